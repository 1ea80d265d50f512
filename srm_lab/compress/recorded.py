"""What quantization does to reasoning, as it was recorded: many ways of compressing, one list of problems.

    recorded = load_recorded()                                   # data/results/quantized_reasoning.json.gz
    cell = recorded.cell("chain-cot", "rtn", bits=3, group=64)   # one model, compressed in one way, and its chains
    recorded.right(cell), recorded.votes(cell)[7], recorded.run(cell, votes=8)

`benchmarks/quantized_reasoning.py` draws the chains and writes the file. All models and schemes answer the same
problems with the same random numbers, up to eight chains each, so that everything is compared in pairs, and a figure
or a widget is arithmetic on what is here: no model is loaded. Left out: drawing (see `judged.py`).
"""

from __future__ import annotations

import functools
import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SrmLabError
from ..records import Problem, Proportion, Solution, Usage, Verdict
from ..run import Record, Run
from ..scoring.statistics import Estimate, bootstrap_interval, clustered, majority_curve, share_kept
from .judged import Judged

FORMAT = 1
PLACE = Path(__file__).resolve().parents[2] / "data" / "results" / "quantized_reasoning.json.gz"
COMMAND = "python benchmarks/quantized_reasoning.py"
UNCHANGED = "float16"  # the scheme that the others are compared with


@dataclass(frozen=True)
class Scheme:
    """One way of compressing a model.

    method: "float16", "rtn", "nf4", "gptq", "awq", "w8a8" or "kv".  bits: of a weight, or for "kv" of the cache.
    group: weights that share a scale; 0 for a whole row, or none.
    calibration: what gptq and awq read.  layers: the part of the model's layers that alone has these bits, the
    others having 8; "" for all.
    """

    method: str
    bits: int
    group: int = 0
    calibration: str = ""
    layers: str = ""

    @property
    def name(self) -> str:
        if self.method in (UNCHANGED, "w8a8"):
            return self.method
        groups = [f"g{self.group}" if self.group else "row"] if self.method != "kv" else []
        calibrated = f" on {self.calibration}" if self.calibration not in ("", "chains") else ""
        part = f" in {self.layers}" if self.layers else ""
        return "-".join([self.method, f"{self.bits}bit", *groups]) + calibrated + part


@dataclass(frozen=True)
class Cell:
    """A model compressed in one way, and the chains it wrote: for each problem as many.

    bits_per_weight: of the quantized layers, with scales.  weight_bytes: of all weights, packed, the rest in 16 bits.
    cache_bytes: of keys and values, for each token.
    """

    model: str
    scheme: Scheme
    bits_per_weight: float
    weight_bytes: int
    cache_bytes: float
    chains: Sequence[Sequence[Judged]] = field(repr=False)


@dataclass(frozen=True)
class Recorded:
    """All cells over the same problems. facts: command, versions, date, sampling settings."""

    problems: Sequence[Problem]
    cells: Mapping[tuple[str, Scheme], Cell]
    facts: Mapping[str, Any]

    def cell(self, model: str, method: str = UNCHANGED, bits: int = 16, group: int = 0, **more: str) -> Cell:
        """The cell of a model and a scheme (see `Scheme`; gptq and awq calibrated on chains where nothing is said).

        Raises SrmLabError where it was not measured, with what was.
        """
        if method in ("gptq", "awq"):
            more = {"calibration": "chains", **more}
        scheme = Scheme(method, bits, group, **more)
        if (model, scheme) not in self.cells:
            known = sorted(each.name for name, each in self.cells if name == model)
            models = ", ".join(sorted({name for name, _ in self.cells}))
            raise SrmLabError(
                f"{scheme.name} was not measured on {model}.",
                f"Measured on it: {', '.join(known)}." if known else f"The models are {models}.",
                f"Choose one of those, or draw more: {COMMAND} --help.",
            )
        return self.cells[model, scheme]

    def where(self, difficulty: int | None = None) -> list[int]:
        """Positions of the problems of a difficulty (operations), or of all."""
        return [i for i, p in enumerate(self.problems) if difficulty in (None, p.metadata["difficulty"])]

    def right(self, cell: Cell, difficulty: int | None = None) -> Proportion:
        """The share of right chains; the interval counts problems and not chains."""
        return self.share(cell, lambda chain: chain.right, difficulty)

    def share(self, cell: Cell, having, difficulty: int | None = None) -> Proportion:
        """The share of chains that have a property, a function from a chain to a bool."""
        return clustered([[bool(having(chain)) for chain in cell.chains[i]] for i in self.where(difficulty)])

    def votes(self, cell: Cell, difficulty: int | None = None, ks: Sequence[int] = ()) -> list[Estimate]:
        """How often a vote of k chains is right, averaged over which of the recorded chains vote.

        ks: numbers of votes; 1, 2, ... up to all that were recorded where none are given.
        """
        curves = [vote_curve(*_ballot(cell.chains[i])) for i in self.where(difficulty)]
        columns = {k: [curve[k - 1] for curve in curves] for k in ks or range(1, len(curves[0]) + 1)}
        return [
            Estimate(k, sum(column) / len(column), *bootstrap_interval(column, draws=2000), len(column))
            for k, column in columns.items()
        ]

    def kept(self, cell: Cell, votes: int = 1, difficulty: int | None = None) -> Estimate:
        """The share of the unquantized model's accuracy that is left, both with a vote of so many chains."""
        whole, where = self.cell(cell.model), self.where(difficulty)
        before, after = ([vote_curve(*_ballot(each.chains[i]))[votes - 1] for i in where] for each in (whole, cell))
        return share_kept(before, after)

    def tokens(self, cell: Cell, difficulty: int | None = None) -> float:
        """Mean generated tokens of a chain."""
        lengths = [chain.tokens for i in self.where(difficulty) for chain in cell.chains[i]]
        return sum(lengths) / len(lengths)

    def memory(self, cell: Cell, votes: int = 1, difficulty: int | None = None) -> float:
        """Bytes of the weights, and of keys and values of a question and of `votes` chains side by side."""
        where = self.where(difficulty)
        question = sum(len(self.problems[i].question) for i in where) / len(where)  # one token a character
        return cell.weight_bytes + cell.cache_bytes * (question + votes * self.tokens(cell, difficulty))

    def run(self, cell: Cell, votes: int = 1) -> Run:
        """The first `votes` chains of every problem as a Run, for `srm.compare` and figures of runs."""
        records = [_record(p, chains[:votes]) for p, chains in zip(self.problems, cell.chains)]
        facts = {"quantization": cell.scheme.name, "memory_bytes": cell.weight_bytes}
        method, settings = ("vote", {"n": votes}) if votes > 1 else ("one chain", {})
        return Run(
            f"{cell.model} ({cell.scheme.name})", method, settings, self.facts["sampling"]["seed"], records, 0.0,
            facts, self.facts["versions"], self.facts["date"], len(records) * votes,
        )  # fmt: skip


def votes_needed(curve: Sequence[Estimate], target: float) -> int | None:
    """The fewest votes whose share of right answers is at least the target; None where all of them are too few.

    curve: from `Recorded.votes`.  target: a share, 0 to 1.
    """
    return next((estimate.k for estimate in curve if estimate.value >= target), None)


def step_risks(
    problems: Sequence[Problem], cell: Cell, group_of, kinds: Sequence[str] | None = None
) -> dict[Any, Proportion]:
    """Of the steps that were begun with everything before them right, the share that goes wrong, by group.

    group_of: from (index of the step, its sign) to a group, or None to leave it out.
    kinds: mistakes that count (see judged.KINDS); None for all. A chain that was cut off says nothing of its last step.
    """
    outcomes: dict[Any, dict[int, list[bool]]] = {}
    for i, (problem, chains) in enumerate(zip(problems, cell.chains)):
        signs = problem.metadata["operations"]
        for chain in chains:
            for at, wrong in _steps_begun(chain, len(signs), kinds):
                if (group := group_of(at, signs[at])) is not None:
                    outcomes.setdefault(group, {}).setdefault(i, []).append(wrong)
    return {group: clustered(list(found.values())) for group, found in sorted(outcomes.items())}


def _steps_begun(chain: Judged, due: int, kinds: Sequence[str] | None) -> list[tuple[int, bool]]:
    """(index, whether it is the first wrong one, of these kinds) of every due step up to the first wrong one."""
    if chain.wrong_at is None:
        written = due if chain.finished else chain.text.count(";")
        return [(at, False) for at in range(min(due, written))]
    counts = kinds is None or chain.wrong in kinds
    return [(at, counts and at == chain.wrong_at) for at in range(min(due, chain.wrong_at + 1))]


@functools.lru_cache(maxsize=1 << 14)
def vote_curve(right: int, others: tuple[int, ...], abstaining: int) -> tuple[float, ...]:
    """How often votes of 1, 2, ... of these chains are right: `majority_at_k` for one problem, remembered.

    right: chains with the right answer.  others: how many chains share each wrong answer.
    """
    answers = ["right"] * right + [None] * abstaining
    answers += [f"wrong {i}" for i, count in enumerate(others) for _ in range(count)]
    verdicts = [answer == "right" for answer in answers]
    return tuple(majority_curve(answers, verdicts)[1:])


def _ballot(chains: Sequence[Judged]) -> tuple[int, tuple[int, ...], int]:
    answers = Counter(chain.answer for chain in chains if not chain.right)
    abstaining = answers.pop(None, 0)
    return sum(chain.right for chain in chains), tuple(sorted(answers.values())), abstaining


def _record(problem: Problem, chains: Sequence[Judged]) -> Record:
    """The vote of these chains; a tie goes to the answer that was reached first, as in `srm.vote`."""
    answers = [chain.answer for chain in chains if chain.answer is not None]
    winner = max(dict.fromkeys(answers), key=answers.count, default=None)
    chosen = next((chain for chain in chains if chain.answer == winner), chains[0])
    usage = Usage(generated_tokens=sum(chain.tokens for chain in chains), calls=len(chains))
    correct = chosen.right if winner is not None or chosen.finished else None
    verdict = Verdict(correct, winner, None, "recorded", "Judged when it was recorded.")
    return Record(problem, Solution(winner, chosen.text, (), usage), verdict, None, 0.0)


# -- the file ------------------------------------------------------------------------------------------------------


def load_recorded(path: Path | str = PLACE) -> Recorded:
    """Reads the file. Raises SrmLabError where it is missing, damaged or of another format."""
    try:
        data = json.loads(gzip.decompress(Path(path).read_bytes()))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, and {FORMAT} is read")
        written = [[Judged(*row) for row in rows] for rows in data["written"]]
        cells = [_cell(row, written) for row in data["cells"]]
        problems = [Problem(**row) for row in data["problems"]]
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise SrmLabError(
            f"The recorded chains {Path(path).name} could not be read.", f"{type(error).__name__}: {error}.",
            f"Restore the file from version control, or make it again: {COMMAND}.",
        ) from error  # fmt: skip
    return Recorded(problems, {(cell.model, cell.scheme): cell for cell in cells}, data["facts"])


def dump_recorded(recorded: Recorded) -> bytes:
    """The file's bytes: each different chain of a problem is written once, whichever models wrote it."""
    written: list[dict[Judged, int]] = [{} for _ in recorded.problems]
    cells = []
    for cell in recorded.cells.values():
        numbers = [[seen.setdefault(c, len(seen)) for c in chains] for seen, chains in zip(written, cell.chains)]
        cells.append({**vars(cell), "scheme": vars(cell.scheme), "chains": numbers})
    data = {
        "format": FORMAT,
        "facts": recorded.facts,
        "problems": [vars(problem) for problem in recorded.problems],
        "written": [[list(vars(chain).values()) for chain in seen] for seen in written],
        "cells": cells,
    }
    return gzip.compress(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0)


def _cell(row: Mapping[str, Any], written: Sequence[Sequence[Judged]]) -> Cell:
    chains = [[known[i] for i in numbers] for known, numbers in zip(written, row["chains"])]
    return Cell(**{**row, "scheme": Scheme(**row["scheme"]), "chains": chains})
