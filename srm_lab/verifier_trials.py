"""Verifiers over recorded chains: what best-of-N by each of them gives, and a vote weighted by it, at any noise.

    recorded = load_verifiers()                                # data/results/verifiers.json.gz
    scores = recorded.scores("process", "min", wrong=0.1)      # [problems, chains], one score in ten turned round
    recorded.best_of(scores, ks=(1, 4, 16))                    # best of so many chains, over all choices of them
    recorded.picks(scores, 16)                                 # one draw: is the best of the first 16 right?

`benchmarks/verifiers.py` trains the verifiers and writes the file; the chains are those of vote_trials.py. Everything
here counts with numpy, so that a slider is answered at once. Left out: noise in single steps, which
`srm.methods.noisy_verifier` has, and a search that the verifier guides, which needs new chains.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from .errors import SrmLabError, unknown_name
from .methods.verifiers import AGGREGATES
from .scoring.statistics import Estimate, bootstrap_interval
from .vote_trials import Ballot, RecordedVotes, load_votes

FORMAT = 1
PLACE = Path(__file__).resolve().parents[1] / "data" / "results" / "verifiers.json.gz"
COMMAND = "python benchmarks/verifiers.py"
ORACLE, LIKELIHOOD = "oracle", "likelihood"
_LEAST = 1e-9  # added to every weight, so that a vote of weight 0 is told from none
ORDERS = 8  # random orders of the chains over which a weighted vote is averaged


@dataclass(frozen=True)
class RecordedVerifiers:
    """What every verifier says of every chain of one model at one temperature.

    steps: verifier -> for each problem, text -> the scores of its steps, 0 to 1; of an outcome verifier one score.
    judged: of a real model as the judge, one pair of chains a problem: [problem, P(Yes) for the right one, P(Yes) for
    the wrong one, P(the right one is better)].  facts: command, versions, date, how the verifiers were trained.
    `where`, in every method: positions of problems; None for all.
    """

    votes: RecordedVotes
    model: str
    temperature: float
    steps: Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
    judged: Sequence[Sequence[float]]
    facts: Mapping[str, Any]

    @property
    def problems(self):
        """The problems, in order."""
        return self.votes.problems

    @functools.cached_property
    def rows(self) -> Sequence[Sequence[Ballot]]:
        """For each problem its chains."""
        return self.votes.chains(self.model, self.temperature)

    @functools.cached_property
    def right(self) -> np.ndarray:
        """Whether each chain is right, [problems, chains]."""
        return np.array([[chain.right for chain in chains] for chains in self.rows])

    @functools.cached_property
    def finished(self) -> np.ndarray:
        """Whether each chain came to its own end, [problems, chains]. Others are never chosen and do not vote."""
        return np.array([[chain.finished for chain in chains] for chains in self.rows])

    @functools.cached_property
    def likelihood(self) -> np.ndarray:
        """The mean probability of each chain's tokens, [problems, chains]."""
        return np.array([[chain.likelihood for chain in chains] for chains in self.rows])

    @functools.cached_property
    def answers(self) -> np.ndarray:
        """The answer of each chain as a number of its own within the problem, -1 for none, [problems, chains]."""
        return np.array([_numbered([chain.answer for chain in chains]) for chains in self.rows])

    def scores(self, verifier: str, aggregate: str = "last", wrong: float = 0.0, seed: int = 0) -> np.ndarray:
        """One score a chain, 0 to 1, [problems, chains]; -inf for one that was cut off.

        verifier: one that was recorded; or "oracle", which knows the answer; or "likelihood", the mean probability of
        the chain's tokens.  aggregate: of steps: "min", "product" or "last".  wrong: how often a score is turned round;
        which ones, is fixed by seed, problem and text, just as in `srm.methods.noisy_verifier`.
        Raises SrmLabError for another verifier or aggregate.
        """
        clean = self._clean(verifier, aggregate)
        noisy = np.where(self._luck(seed) < wrong, 1 - clean, clean) if wrong else clean
        return np.where(self.finished, noisy, -np.inf)

    def best_of(
        self, scores: np.ndarray, ks: Sequence[int], where: Sequence[int] | None = None, draws: int = 2000
    ) -> list[Estimate]:
        """How often the best of k chains is right, averaged over which of the recorded ones they are."""
        return _estimates(best_shares(scores, self.right, ks), ks, where, draws)

    def votes_by(
        self, scores: np.ndarray, ks: Sequence[int], where: Sequence[int] | None = None, draws: int = 2000
    ) -> list[Estimate]:
        """How often a vote of k chains, weighted by the scores, is right, averaged over ORDERS random orders."""
        return _estimates(vote_shares(scores, self.answers, self.right, ks), ks, where, draws)

    def picks(self, scores: np.ndarray, n: int) -> list[bool]:
        """One draw: for each problem, whether the best of its first n chains is right; the first of equals."""
        best = scores[:, :n].argmax(axis=1)
        return self.right[np.arange(len(best)), best].tolist()

    def voted(self, scores: np.ndarray | None, n: int) -> list[bool]:
        """One draw: for each problem, whether the vote of its first n chains is right.

        scores: the weights, or None where every chain counts once. Ties go to the answer that was reached first.
        """
        weights = self.finished * 1.0 if scores is None else np.where(self.finished, scores, 0)
        rows = zip(self.answers[:, :n], weights[:, :n], self.right[:, :n])
        return [_winner_is_right(*row) for row in rows]

    def _clean(self, verifier: str, aggregate: str) -> np.ndarray:
        if verifier == ORACLE:
            return self.right * 1.0
        if verifier == LIKELIHOOD:
            return self.likelihood
        if verifier not in self.steps:
            raise unknown_name("recorded verifier", verifier, [ORACLE, LIKELIHOOD, *self.steps])
        if aggregate not in AGGREGATES:
            raise unknown_name("aggregate", aggregate, AGGREGATES)
        return self._joined(verifier, aggregate)

    def _joined(self, verifier: str, aggregate: str) -> np.ndarray:
        known, join = self.__dict__.setdefault("_known", {}), AGGREGATES[aggregate]
        if (verifier, aggregate) not in known:
            pairs = zip(self.steps[verifier], self.rows)
            known[verifier, aggregate] = np.array(
                [[join(found[c.text]) if found.get(c.text) else 0.0 for c in chains] for found, chains in pairs]
            )
        return known[verifier, aggregate]

    def _luck(self, seed: int) -> np.ndarray:
        """A number from 0 to 1 for each chain, the same for the same text. See srm.methods.noisy_verifier."""
        known = self.__dict__.setdefault("_lucks", {})
        if seed not in known:
            pairs = zip(self.problems, self.rows)
            known[seed] = np.array([[_chance(seed, p.id, c.text) for c in chains] for p, chains in pairs])
        return known[seed]


@functools.lru_cache(maxsize=1 << 17)
def _chance(seed: int, problem: str, text: str) -> float:
    return Random(repr((seed, problem, text))).random()


def _numbered(answers: Sequence[str | None]) -> list[int]:
    known: dict[str, int] = {}
    return [-1 if answer is None else known.setdefault(answer, len(known)) for answer in answers]


def _winner_is_right(answers: np.ndarray, weights: np.ndarray, right: np.ndarray) -> bool:
    """The answer of the most weight; of equals the one reached first, as in srm.vote."""
    totals: dict[int, float] = {}
    for answer, weight in zip(answers.tolist(), weights.tolist()):
        if answer >= 0:
            totals[answer] = totals.get(answer, 0) + weight
    if not totals:
        return False
    return bool(right[answers == max(totals, key=totals.__getitem__)].any())


def best_shares(scores: np.ndarray, right: np.ndarray, ks: Sequence[int]) -> np.ndarray:
    """How often the best scored of k chains is right, over all ways to choose k of the n, [problems, ks].

    scores, right: [problems, n]. Exact: the chain of rank j (from 0) is the best of comb(n - 1 - j, k - 1) of the
    comb(n, k) choices. Equal scores share evenly. The same idea as in Chen et al. 2021, arXiv 2107.03374 (pass@k).
    """
    n = scores.shape[1]
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked, hits = np.take_along_axis(scores, order, 1), np.take_along_axis(right, order, 1)
    starts = np.ones(ranked.shape, dtype=bool)  # where a group of equal scores begins
    starts[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    group = starts.ravel().cumsum() - 1
    shared = (np.bincount(group, hits.ravel()) / np.bincount(group))[group].reshape(hits.shape)
    chances = [[comb(n - 1 - j, k - 1) / comb(n, k) for j in range(n)] for k in ks]
    return shared @ np.array(chances).T


def vote_shares(
    scores: np.ndarray, answers: np.ndarray, right: np.ndarray, ks: Sequence[int], orders: int = ORDERS
) -> np.ndarray:
    """How often the answer with the largest sum of scores among k chains is right, [problems, ks].

    scores, answers, right: [problems, n]; -inf and -1 abstain.  ks: rising. Averaged over random orders.
    """
    rng, (problems, n), width = np.random.default_rng(0), scores.shape, int(answers.max()) + 1
    votes = np.isfinite(scores) & (answers >= 0)
    weights = np.where(votes, np.where(votes, scores, 0) + _LEAST, 0)
    seat = np.arange(problems)[:, None] * width + np.maximum(answers, 0)
    truth = np.bincount(seat.ravel(), (right & votes).ravel(), problems * width).reshape(problems, width) > 0
    won = np.zeros((problems, len(ks)))
    for _ in range(orders):
        order, before = rng.permutation(n), 0
        totals = 0.001 * _LEAST * rng.random(problems * width)  # a tie is broken by luck
        for column, k in enumerate(ks):
            more, before = order[before:k], k
            totals += np.bincount(seat[:, more].ravel(), weights[:, more].ravel(), problems * width)
            best = totals.reshape(problems, width).argmax(axis=1)
            won[:, column] += truth[np.arange(problems), best] & (totals.reshape(problems, width).max(axis=1) >= _LEAST)
    return won / orders


def _estimates(shares: np.ndarray, ks: Sequence[int], where: Sequence[int] | None, draws: int) -> list[Estimate]:
    shares = shares if where is None else shares[list(where)]
    return [
        Estimate(k, float(values.mean()), *bootstrap_interval(values, draws=draws), len(values))
        for k, values in zip(ks, shares.T)
    ]


def first_pair(chains: Sequence[Ballot]) -> tuple[Ballot, Ballot] | None:
    """The first right and the first wrong finished chain, or None where one of them is missing."""
    right = next((chain for chain in chains if chain.finished and chain.right), None)
    wrong = next((chain for chain in chains if chain.finished and not chain.right), None)
    return (right, wrong) if right and wrong else None


# -- the file ------------------------------------------------------------------------------------------------------


def load_verifiers(path: Path | str = PLACE, votes: RecordedVotes | None = None) -> RecordedVerifiers:
    """Reads the file, and the chains it belongs to. Raises SrmLabError where it is missing, damaged or of another
    format, or belongs to other chains."""
    votes = votes or load_votes()
    try:
        data = json.loads(gzip.decompress(Path(path).read_bytes()))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, and {FORMAT} is read")
        facts = data["facts"]
        rows = votes.chains(facts["model"], facts["temperature"])
        texts = [list(dict.fromkeys(chain.text for chain in chains if chain.finished)) for chains in rows]
        found = {name: [dict(zip(*pair, strict=True)) for pair in zip(texts, lists, strict=True)]
                 for name, lists in data["scores"].items()}  # fmt: skip
        return RecordedVerifiers(votes, facts["model"], facts["temperature"], found, data["judged"], facts)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SrmLabError(
            f"The recorded verifiers {Path(path).name} could not be read.", f"{type(error).__name__}: {error}.",
            f"Restore the file from version control, or make it again: {COMMAND}.",
        ) from error  # fmt: skip


def dump_verifiers(recorded: RecordedVerifiers) -> bytes:
    """The file's bytes: scores in the order in which a problem's different finished chains first come, without them."""
    scores = {name: [list(found.values()) for found in rows] for name, rows in recorded.steps.items()}
    data = {"format": FORMAT, "facts": recorded.facts, "judged": list(recorded.judged), "scores": scores}
    return gzip.compress(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0)
