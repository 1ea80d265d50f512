"""Votes over recorded chains: what one chain, a vote of k and the best of k give, at every temperature recorded.

    recorded = load_votes()                                      # data/results/votes.json.gz
    recorded.one("chain-voter", 1.0)                             # the share of right chains
    recorded.votes("chain-voter", 1.0, ks=(1, 4, 16))            # votes of so many chains
    recorded.run("chain-voter", 1.0, n=16, weigh="likelihood")   # one draw of a vote, for srm.compare

`benchmarks/votes.py` draws the chains and writes the file. All models answer the same problems, so that everything is
compared in pairs, and a figure or a widget only counts what is here: no model is loaded. Left out: drawing, and the
steps of a chain, which the task's `check_steps` judges.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .compress.recorded import vote_curve
from .errors import SrmLabError, unknown_name
from .methods.confidence import borda
from .records import Problem, Proportion, Solution, Usage, Verdict
from .run import Record, Run
from .scoring.statistics import Estimate, bootstrap_interval, clustered, pass_at_k

FORMAT = 1
PLACE = Path(__file__).resolve().parents[1] / "data" / "results" / "votes.json.gz"
COMMAND = "python benchmarks/votes.py"
WEIGHTS = ("likelihood", "self_certainty", "verifier")
FATES = ("the vote is right", "the truth is outvoted", "no chain is right")


@dataclass(frozen=True)
class Ballot:
    """One chain.

    tokens: drawn, the end token included.  finished: whether it came to its own end.  answer: canonical, or None.
    likelihood: the mean probability of its tokens.  self_certainty: in nats.  verifier: the probability, by a trained
    verifier, that it is right. The last two are None where they were not worked out.
    """

    text: str
    tokens: int
    finished: bool
    answer: str | None
    right: bool
    likelihood: float
    self_certainty: float | None = None
    verifier: float | None = None


@dataclass(frozen=True)
class RecordedVotes:
    """The chains of every model and temperature over the same problems.

    cells: (model, temperature) -> for each problem its chains.  facts: command, versions, date, settings.
    `where`, in every method: positions of problems; None for all.
    """

    problems: Sequence[Problem]
    cells: Mapping[tuple[str, float], Sequence[Sequence[Ballot]]]
    facts: Mapping[str, Any]

    def chains(self, model: str, temperature: float) -> Sequence[Sequence[Ballot]]:
        """For each problem its chains. Raises SrmLabError where they were not recorded, with what was."""
        if (model, temperature) not in self.cells:
            known = ", ".join(f"{name} at {at:g}" for name, at in self.cells)
            raise SrmLabError(
                f"{model} was not recorded at temperature {temperature}.", f"Recorded are: {known}.",
                f"Choose one of those, or draw more: {COMMAND}.",
            )  # fmt: skip
        return self.cells[model, temperature]

    def temperatures(self, model: str) -> list[float]:
        """The temperatures at which the model was recorded, rising; 0 is one greedy chain."""
        return sorted(at for name, at in self.cells if name == model)

    def where(self, difficulty: int) -> list[int]:
        """Positions of the problems of a difficulty."""
        return [i for i, problem in enumerate(self.problems) if problem.metadata["difficulty"] == difficulty]

    def one(self, model: str, temperature: float, where: Sequence[int] | None = None) -> Proportion:
        """The share of right chains; the interval counts problems and not chains."""
        return clustered([[chain.right for chain in chains] for chains in self._of(model, temperature, where)])

    def votes(
        self, model: str, temperature: float, ks: Sequence[int], where: Sequence[int] | None = None
    ) -> list[Estimate]:
        """How often a vote of k chains is right, averaged over which of the recorded chains vote."""
        curves = [own_curve(chains) for chains in self._of(model, temperature, where)]
        return [_mean(k, [curve[k - 1] for curve in curves]) for k in ks]

    def ceiling(
        self, model: str, temperature: float, ks: Sequence[int], where: Sequence[int] | None = None
    ) -> list[Estimate]:
        """How often at least one of k chains is right (pass@k): what a perfect choice among them would give."""
        return pass_at_k([[chain.right for chain in chains] for chains in self._of(model, temperature, where)], ks)

    def tokens(self, model: str, temperature: float) -> float:
        """Mean generated tokens of a chain."""
        lengths = [chain.tokens for chains in self.chains(model, temperature) for chain in chains]
        return sum(lengths) / len(lengths)

    def run(
        self,
        model: str,
        temperature: float,
        n: int = 1,
        *,
        weigh: str | None = None,
        start: int = 0,
        where: Sequence[int] | None = None,
    ) -> Run:
        """One draw: the vote of n chains of each problem, from chain `start` on, as a Run.

        weigh: one of WEIGHTS, or None where each chain counts once.
        Raises SrmLabError for another weight, one that was not worked out, and where so many chains were not recorded.
        """
        places = range(len(self.problems)) if where is None else where
        rows = self.chains(model, temperature)
        records = [_record(self.problems[i], rows[i][start : start + n], n, weigh) for i in places]
        method = "one chain" if n == 1 else f"vote by {weigh}" if weigh else "plain vote"
        settings = {"temperature": temperature} | ({"n": n} if n > 1 else {})
        return Run(
            model, method, settings, self.facts["seed"], records, 0.0, {}, self.facts["versions"], self.facts["date"],
            len(records) * n,
        )  # fmt: skip

    def _of(self, model: str, temperature: float, where: Sequence[int] | None) -> Sequence[Sequence[Ballot]]:
        rows = self.chains(model, temperature)
        return rows if where is None else [rows[i] for i in where]


def tally(chains: Sequence[Ballot], weigh: str | None = None) -> dict[str, float]:
    """The votes of each answer, in the order in which they were reached; chains without an answer abstain.

    weigh: one of WEIGHTS, or None. `max(found, key=found.get)` is the winner: a tie goes to the first, as in srm.vote.
    """
    totals: dict[str, float] = {}
    for chain, weight in zip(chains, _weights(chains, weigh)):
        if chain.answer is not None:
            totals[chain.answer] = totals.get(chain.answer, 0) + weight
    return totals


def winner(chains: Sequence[Ballot], weigh: str | None = None) -> Ballot | None:
    """The first chain that carries the winning answer; None where all abstain."""
    totals = tally(chains, weigh)
    best = max(totals, key=totals.__getitem__, default=None)
    return next((chain for chain in chains if chain.answer == best), None) if totals else None


def _weights(chains: Sequence[Ballot], weigh: str | None) -> list[float]:
    """As srm.methods.weighted_self_consistency has them: self-certainty counts by its rank among finished chains."""
    if weigh is None:
        return [1] * len(chains)
    if weigh not in WEIGHTS:
        raise unknown_name("weight", weigh, WEIGHTS)
    finished = [chain for chain in chains if chain.finished]
    values = [getattr(chain, weigh) for chain in finished]
    if any(value is None for value in values):
        raise SrmLabError(
            f"These chains have no weight by {weigh}.", "It was not worked out at every temperature.",
            f"Take the temperatures that the file's facts name, or work out more: {COMMAND}.",
        )  # fmt: skip
    found = iter(borda(values) if weigh == "self_certainty" else values)
    return [next(found) if chain.finished else 0.0 for chain in chains]


def own_curve(chains: Sequence[Ballot]) -> tuple[float, ...]:
    """How often votes of 1, 2, ... of these chains of one problem are right, over all ways of choosing them."""
    others = Counter(chain.answer for chain in chains if not chain.right)
    silent = others.pop(None, 0)
    return vote_curve(sum(chain.right for chain in chains), tuple(sorted(others.values())), silent)


def shares(chains: Sequence[Ballot]) -> tuple[float, float]:
    """The share of right chains, and that of the most frequent wrong answer: a vote is decided between the two."""
    wrong = Counter(chain.answer for chain in chains if not chain.right and chain.answer is not None)
    right = sum(chain.right for chain in chains)
    return right / len(chains), max(wrong.values(), default=0) / len(chains)


def fate(chains: Sequence[Ballot]) -> str:
    """What a vote of these chains comes to: one of FATES."""
    if not any(chain.right for chain in chains):
        return FATES[2]
    return FATES[0] if winner(chains).right else FATES[1]


def _record(problem: Problem, chains: Sequence[Ballot], n: int, weigh: str | None) -> Record:
    if len(chains) < n:
        raise SrmLabError(f"{len(chains)} chains are there, and {n} were asked for.", "", f"Draw more: {COMMAND}.")
    chosen = winner(chains, weigh) or chains[0]
    usage = Usage(generated_tokens=sum(chain.tokens for chain in chains), calls=len(chains))
    correct = chosen.right if chosen.answer is not None or chosen.finished else None
    verdict = Verdict(correct, chosen.answer, None, "recorded", "Judged when it was recorded.")
    return Record(problem, Solution(chosen.answer, chosen.text, (), usage), verdict, None, 0.0)


def _mean(k: int, values: Sequence[float]) -> Estimate:
    return Estimate(k, sum(values) / len(values), *bootstrap_interval(values, draws=2000), len(values))


# -- the file ------------------------------------------------------------------------------------------------------


def load_votes(path: Path | str = PLACE) -> RecordedVotes:
    """Reads the file. Raises SrmLabError where it is missing, damaged or of another format."""
    try:
        data = json.loads(gzip.decompress(Path(path).read_bytes()))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, and {FORMAT} is read")
        problems = [Problem(**row) for row in data["problems"]]
        cells = {}
        for model, found in data["models"].items():
            written = [[Ballot(*row) for row in rows] for rows in found["written"]]
            for at, numbers in found["temperatures"]:
                cells[model, at] = [[known[i] for i in row] for known, row in zip(written, numbers)]
        return RecordedVotes(problems, cells, data["facts"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise SrmLabError(
            f"The recorded votes {Path(path).name} could not be read.", f"{type(error).__name__}: {error}.",
            f"Restore the file from version control, or make it again: {COMMAND}.",
        ) from error  # fmt: skip


def dump_votes(recorded: RecordedVotes) -> bytes:
    """The file's bytes: of each model and problem, a chain that was drawn several times is written once."""
    models = {}
    for model in dict.fromkeys(name for name, _ in recorded.cells):
        written: list[dict[Ballot, int]] = [{} for _ in recorded.problems]
        temperatures = []
        for at in recorded.temperatures(model):
            rows = recorded.cells[model, at]
            temperatures.append([at, [[s.setdefault(c, len(s)) for c in row] for s, row in zip(written, rows)]])
        rows = [[list(vars(chain).values()) for chain in seen] for seen in written]
        models[model] = {"written": rows, "temperatures": temperatures}
    problems = [vars(problem) for problem in recorded.problems]
    data = {"format": FORMAT, "facts": recorded.facts, "problems": problems, "models": models}
    return gzip.compress(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0)
