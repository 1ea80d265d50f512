"""Intervals and tests for scores that are counts of right answers.

One function a question: how sure is this accuracy (`wilson`, `clustered`), do two methods differ on the same
problems (`paired_bootstrap`, `mcnemar`). Left out: t tests and standard errors of a proportion, which mislead at
the sizes and rates met here, and anything that treats several samples of one problem as independent.

A verdict of None (unfinished chain) counts as not right: an accuracy is over all problems asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..errors import SrmLabError
from ..records import Proportion


@dataclass(frozen=True)
class Difference:
    """Score of b minus score of a on the same problems, between -1 and 1, with its interval.

    p: the exact McNemar p-value.  only_a, only_b: problems that just one of the two solved.  n: problems.
    """

    value: float
    low: float
    high: float
    p: float
    only_a: int
    only_b: int
    n: int

    def __str__(self) -> str:
        points = f"{100 * self.value:+.1f} points [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"
        return f"{points}, p = {self.p:.3g} ({self.only_b} gained, {self.only_a} lost of {self.n})"


def wilson(k: int, n: int, level: float = 0.95) -> Proportion:
    """k right of n with the Wilson score interval. Source: Wilson 1927, J. Am. Stat. Assoc. 22.

    n = 0 gives the interval from 0 to 1.  Raises SrmLabError unless 0 <= k <= n and 0 < level < 1.
    """
    if not 0 <= k <= n:
        raise SrmLabError(f"{k} of {n} is not a proportion.", fix="Give counts with 0 <= k <= n.")
    if n == 0:
        return Proportion(0, 0, 0.0, 1.0)
    z = normal_quantile(level)
    rate, shrink = k / n, 1 + z * z / n
    middle = (rate + z * z / (2 * n)) / shrink
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / shrink
    low = 0.0 if k == 0 else max(0.0, middle - half)
    high = 1.0 if k == n else min(1.0, middle + half)
    return Proportion(k, n, low, high)


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise SrmLabError(f"An interval at level {level} does not exist.", fix="Give a level between 0 and 1: 0.95.")
    return NormalDist().inv_cdf((1 + level) / 2)


def mcnemar(a: Sequence[bool | None], b: Sequence[bool | None]) -> float:
    """The exact two-sided McNemar p-value: would as lopsided a split of the problems that only one of the two
    solved be likely, if both were equally good?

    a, b: one verdict a problem, in the same order.  Source: McNemar 1947, Psychometrika 12 (exact binomial form).
    """
    right_a, right_b = _paired(a, b)
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    return exact_sign_test(only_a, only_b)


def exact_sign_test(first: int, second: int) -> float:
    """Two-sided p-value of a split first : second under a fair coin."""
    n, smaller = first + second, min(first, second)
    if n == 0:
        return 1.0
    logs = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(smaller + 1)]
    return min(1.0, 2 * math.fsum(math.exp(value - n * math.log(2)) for value in logs))


def paired_bootstrap(
    a: Sequence[bool | float | None],
    b: Sequence[bool | float | None],
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Mean score of b minus that of a, with a percentile interval over resampled problems.

    a, b: one score a problem (a verdict, or a share of its samples), the same problems in the same order.
    Source: Efron & Tibshirani 1993, "An introduction to the bootstrap".
    """
    scores_a, scores_b = _scores(a), _scores(b)
    if len(scores_a) != len(scores_b) or not len(scores_a):
        raise _unpaired(len(scores_a), len(scores_b))
    gaps = scores_b - scores_a
    low, high = bootstrap_interval(gaps, level, draws, seed)
    only_a, only_b = int(np.sum(gaps < 0)), int(np.sum(gaps > 0))
    return Difference(float(gaps.mean()), low, high, exact_sign_test(only_a, only_b), only_a, only_b, len(gaps))


def bootstrap_interval(
    values: Sequence[float], level: float = 0.95, draws: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean of `values`, one a problem, over `draws` resamples of the problems."""
    values = np.asarray(values, dtype=float)
    kinds, counts = np.unique(values, return_counts=True)
    if len(kinds) == 1:
        return float(kinds[0]), float(kinds[0])
    # drawing n problems with replacement is drawing how often each distinct value comes up
    drawn = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=draws)
    means = drawn @ kinds / len(values)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _scores(values: Sequence[bool | float | None]) -> np.ndarray:
    return np.array([0.0 if value is None else float(value) for value in values])


def _paired(a: Sequence[bool | None], b: Sequence[bool | None]) -> tuple[np.ndarray, np.ndarray]:
    if len(a) != len(b):
        raise _unpaired(len(a), len(b))
    return np.array([bool(x) for x in a], dtype=bool), np.array([bool(x) for x in b], dtype=bool)


def _unpaired(a: int, b: int) -> SrmLabError:
    return SrmLabError(
        f"A paired comparison needs the same problems on both sides, not {a} and {b} verdicts.",
        "Each problem is its own control: that is what makes small differences visible.",
        "Evaluate both methods on the same list of problems, and at least one of them.",
    )
