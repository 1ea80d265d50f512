"""How well scores tell right from wrong: the area under the ROC curve, with an interval that counts problems.

0.5 is guessing, 1 is perfect: the chance that a right one is scored above a wrong one, ties counting half. It needs
no threshold, so that scores of different verifiers can be compared. `auc_within` compares chains of one problem only,
which is what a choice among them needs. Left out: the curve itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SrmLabError


@dataclass(frozen=True)
class Auc:
    """The area with its 95 % interval, all between 0 and 1. right, wrong: how many were scored of each."""

    value: float
    low: float
    high: float
    right: int
    wrong: int

    def __str__(self) -> str:
        return f"AUC {self.value:.3f} [{self.low:.3f}, {self.high:.3f}] ({self.right} right, {self.wrong} wrong)"


def auc(
    scores: Sequence[float], right: Sequence[bool], problems: Sequence[Hashable], draws: int = 1000, seed: int = 0
) -> Auc:
    """The area under the ROC curve of scores, [n], for what is right, [n].

    problems: which problem each belongs to, [n]; the interval is over resampled problems, because what belongs to one
    rises and falls together. Raises SrmLabError where all are right or all are wrong.
    Source: Hanley and McNeil 1982, Radiology 143 (the area); Efron and Tibshirani 1993 (percentile interval).
    """
    scores, right = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    if not 0 < right.sum() < len(right):
        raise SrmLabError(
            f"{int(right.sum())} of {len(right)} are right: nothing can be told apart.", "",
            "Score chains of which some are right and some are wrong.",
        )  # fmt: skip
    sorting = np.argsort(scores, kind="stable")
    _, tied = np.unique(scores[sorting], return_inverse=True)
    _, owner = np.unique([str(problem) for problem in problems], return_inverse=True)
    owner, right, groups = owner[sorting], right[sorting], int(owner.max()) + 1
    value = _area(np.ones(len(right)), right, tied)
    rng = np.random.default_rng(seed)
    resampled = [_area(rng.multinomial(groups, np.full(groups, 1 / groups))[owner], right, tied) for _ in range(draws)]
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Auc(float(value), float(low), float(high), int(right.sum()), int((~right).sum()))


def _area(weights: np.ndarray, right: np.ndarray, tied: np.ndarray) -> float:
    """The area where each score counts so many times. tied: rank of each among the different scores, rising."""
    of_right = np.bincount(tied, weights * right)
    of_wrong = np.bincount(tied, weights * ~right)
    below = np.cumsum(of_wrong) - of_wrong / 2
    pairs = of_right.sum() * of_wrong.sum()
    return float((of_right * below).sum() / pairs) if pairs else float("nan")


def auc_within(
    scores: Sequence[float], right: Sequence[bool], problems: Sequence[Hashable], draws: int = 1000, seed: int = 0
) -> Auc:
    """The chance that a right one is scored above a wrong one **of the same problem**, over all such pairs.

    Arguments and interval as of `auc`. A problem counts by its pairs; one whose samples are all right or all wrong has
    none. `right` and `wrong` of the result count the samples in pairs.
    Raises SrmLabError where no problem has both a right and a wrong one.
    """
    groups: dict[Hashable, tuple[list[float], list[float]]] = {}
    for score, good, problem in zip(scores, right, problems):
        groups.setdefault(problem, ([], []))[bool(good)].append(score)
    mixed = [(np.asarray(good), np.asarray(bad)) for bad, good in groups.values() if good and bad]
    if not mixed:
        raise SrmLabError(
            "No problem has both a right and a wrong one, so no pair can be compared.", "",
            "Score several chains of each problem, drawn at a temperature above 0.",
        )  # fmt: skip
    won = np.array([((good[:, None] > bad).sum() + (good[:, None] == bad).sum() / 2) for good, bad in mixed])
    pairs = np.array([len(good) * len(bad) for good, bad in mixed])
    counts = np.random.default_rng(seed).multinomial(len(mixed), np.full(len(mixed), 1 / len(mixed)), draws)
    low, high = np.quantile(counts @ won / (counts @ pairs), [0.025, 0.975])
    sizes = [sum(len(pair[side]) for pair in mixed) for side in (0, 1)]
    return Auc(float(won.sum() / pairs.sum()), float(low), float(high), *sizes)
