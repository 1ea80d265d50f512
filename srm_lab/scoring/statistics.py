"""Intervals and tests for scores that are counts of right answers.

One function a question: how sure is this accuracy (`wilson`, `clustered`), do two methods differ on the same
problems (`paired_bootstrap`, `mcnemar`). Left out: t tests and standard errors of a proportion, which mislead at
the sizes and rates met here, and anything that treats several samples of one problem as independent.

A verdict of None (unfinished chain) counts as not right: an accuracy is over all problems asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from ..errors import SrmLabError
from ..records import Proportion


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


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided McNemar p-value: would as lopsided a split be likely, if both methods were equally good?

    only_a, only_b: problems that just one of the two methods solved; those that both or neither solved say nothing.
    Source: McNemar 1947, Psychometrika 12 (exact binomial form).
    """
    n, smaller = only_a + only_b, min(only_a, only_b)
    if smaller < 0:
        raise SrmLabError(f"{only_a} and {only_b} are not counts.", fix="Give two numbers of problems, from 0.")
    if n == 0:
        return 1.0
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(smaller + 1)) / 2**n)


def paired_bootstrap(
    a: Sequence[bool | float | None],
    b: Sequence[bool | float | None],
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Mean score of b minus that of a, and its percentile interval over resampled problems: (value, low, high).

    a, b: one score a problem (a verdict, or a share of its samples), the same problems in the same order.
    Source: Efron & Tibshirani 1993, "An introduction to the bootstrap".
    """
    scores_a, scores_b = _scores(a), _scores(b)
    if len(scores_a) != len(scores_b) or not len(scores_a):
        raise SrmLabError(
            f"A paired comparison needs the same problems on both sides, not {len(a)} and {len(b)} verdicts.",
            "Each problem is its own control: that is what makes small differences visible.",
            "Evaluate both methods on the same list of problems, and at least one of them.",
        )
    gaps = scores_b - scores_a
    return float(gaps.mean()), *bootstrap_interval(gaps, level, draws, seed)


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
