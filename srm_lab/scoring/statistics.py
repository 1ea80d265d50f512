"""Intervals and tests for scores that are counts of right answers.

One function a question: how sure is this accuracy (`wilson`; `clustered` when each problem was sampled several
times), do two methods differ on the same problems (`paired_bootstrap`, `mcnemar`; `holm` when there are many), which
share of an accuracy is left after a change (`share_kept`), what would k samples have given (`pass_at_k`,
`majority_at_k`), how many problems show a difference (`problems_needed`).
Left out: t tests and standard errors of a proportion, which mislead at the sizes and rates met here, and anything
that treats several samples of one problem as independent.

A verdict of None (unfinished chain) counts as not right: an accuracy is over all problems asked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..errors import SrmLabError
from ..records import Proportion


@dataclass(frozen=True)
class Estimate:
    """A mean over n problems with its interval, all of value, low and high between 0 and 1.  k: samples a problem."""

    k: int
    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}] at k = {self.k}"


def wilson(k: int, n: int, level: float = 0.95) -> Proportion:
    """k right of n with the Wilson score interval. Source: Wilson 1927, J. Am. Stat. Assoc. 22.

    n = 0 gives the interval from 0 to 1.  Raises SrmLabError unless 0 <= k <= n and 0 < level < 1.
    """
    if not 0 <= k <= n:
        raise SrmLabError(f"{k} of {n} is not a proportion.", fix="Give counts with 0 <= k <= n.")
    if n == 0:
        return Proportion(0, 0, 0.0, 1.0)
    return Proportion(k, n, *_wilson_interval(k / n, n, level))


def _wilson_interval(rate: float, n: float, level: float) -> tuple[float, float]:
    z = normal_quantile(level)
    shrink = 1 + z * z / n
    middle = (rate + z * z / (2 * n)) / shrink
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / shrink
    return (0.0 if rate == 0 else max(0.0, middle - half)), (1.0 if rate == 1 else min(1.0, middle + half))


def clustered(outcomes: Sequence[Sequence[bool | None]], level: float = 0.95) -> Proportion:
    """The accuracy over several samples a problem, with an interval that counts problems, not samples.

    outcomes: for each problem its samples' verdicts (any number a problem, at least one problem with one).
    Samples of one problem rise and fall together, so the interval is Wilson's at the effective sample size: as many
    independent samples as would give the standard error that is seen between problems.
    Source: Korn & Graubard 1998, Survey Methodology 24 (effective size); Miller 2024, arXiv 2411.00640 (for evals).
    """
    problems = [(sum(verdict is True for verdict in samples), len(samples)) for samples in outcomes if len(samples)]
    if not problems:
        raise SrmLabError("There are no samples to score.", fix="Give at least one problem with one sample.")
    k, n, m = sum(p[0] for p in problems), sum(p[1] for p in problems), len(problems)
    rate = k / n
    if m == 1 or k in (0, n):
        effective = float(m)
    else:
        spread = sum((right - rate * drawn) ** 2 for right, drawn in problems)
        variance = m / (m - 1) * spread / n**2
        effective = min(float(n), rate * (1 - rate) / variance) if variance else float(n)
    return Proportion(k, n, *_wilson_interval(rate, effective, level))


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
    return float(gaps.mean()), *bootstrap_interval(gaps, level, draws, seed, bounds=(-1.0, 1.0))


def bootstrap_interval(
    values: Sequence[float],
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float]:
    """Percentile interval of the mean of `values`, one a problem, over `draws` resamples of the problems.

    bounds: what a value may be. Where all values are the same, resampling shows no spread, but problems that behave
    otherwise may just not have been met: their share is then taken to be at most Wilson's bound for none among n.
    """
    values = np.asarray(values, dtype=float)
    kinds, counts = np.unique(values, return_counts=True)
    if len(kinds) == 1:
        same, unmet = float(kinds[0]), wilson(0, len(values), level).high
        return same - unmet * (same - bounds[0]), same + unmet * (bounds[1] - same)
    # drawing n problems with replacement is drawing how often each distinct value comes up
    drawn = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=draws)
    means = drawn @ kinds / len(values)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def share_kept(
    before: Sequence[bool | float | None],
    after: Sequence[bool | float | None],
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """The mean score after a change over the mean score before it, with a percentile interval over problems.

    before, after: one score a problem (a verdict, or a share of its samples), the same problems in the same order.
    The share is above 1 where the change helped. Where resampling shows no spread, the interval is as wide as if
    what was not met among n problems were met as often as Wilson's bound allows.
    Source: Efron & Tibshirani 1993, "An introduction to the bootstrap".  Raises SrmLabError where nothing was right.
    """
    old, new = _scores(before), _scores(after)
    if len(old) != len(new) or not old.sum():
        raise SrmLabError(
            f"Of {len(old)} and {len(new)} scores no share kept can be told.",
            "It needs the same problems on both sides, some of them right before the change.",
            "Evaluate both on the same list of problems, one on which the first is right now and then.",
        )
    drawn = np.random.default_rng(seed).integers(0, len(old), (draws, len(old)))
    bottoms, tops = old[drawn].sum(axis=1), new[drawn].sum(axis=1)
    shares = tops[bottoms > 0] / bottoms[bottoms > 0]
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    unmet = wilson(0, len(old), level).high if low == high else 0.0
    return Estimate(1, float(new.sum() / old.sum()), max(0.0, float(low) - unmet), float(high) + unmet, len(old))


def _scores(values: Sequence[bool | float | None]) -> np.ndarray:
    return np.array([0.0 if value is None else float(value) for value in values])


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for having looked at all of them; same keys. Below 0.05 they hold together at 5 %.

    Source: Holm 1979, Scandinavian Journal of Statistics 6.
    """
    corrected, worst = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p))
        corrected[name] = worst
    return {name: corrected[name] for name in p_values}


def problems_needed(
    difference: float, base_rate: float, correlation: float = 0.0, level: float = 0.95, power: float = 0.8
) -> int:
    """How many problems show a difference of this size, when both methods run on the same ones.

    difference: the better method's accuracy minus the other's, 0.05 for 5 points.  base_rate: the other's accuracy.
    correlation: of the two methods' verdicts over problems (0 for unrelated ones, often 0.3 to 0.7 on one model).
    power: how often an experiment of this size would show the difference.
    Source: Connor 1987, Biometrics 43 (paired proportions).  Raises SrmLabError for rates outside 0 to 1.
    """
    rate = base_rate + difference
    if not (0 < base_rate < 1 and 0 < rate < 1 and difference and -1 < correlation < 1 and 0 < power < 1):
        raise SrmLabError(
            f"A difference of {difference} from {base_rate} cannot be planned for.",
            "Both accuracies must lie between 0 and 1, and differ.",
            "For example problems_needed(0.05, base_rate=0.4).",
        )
    spread_a, spread_b = base_rate * (1 - base_rate), rate * (1 - rate)
    variance = spread_a + spread_b - 2 * correlation * math.sqrt(spread_a * spread_b)
    z = normal_quantile(level) + NormalDist().inv_cdf(power)
    return max(2, math.ceil(z * z * variance / difference**2))


# -- what k samples would have given -------------------------------------------------------------------------------


def pass_at_k(
    outcomes: Sequence[Sequence[bool | None]], ks: Sequence[int], level: float = 0.95, seed: int = 0
) -> list[Estimate]:
    """How often at least one of k samples is right: one estimate for each of `ks`.

    outcomes: for each problem the verdicts of its n samples, n at least every k.
    Unbiased: the average over all subsets of k of the n samples, with an interval over resampled problems.
    Source: Chen et al. 2021, arXiv 2107.03374.
    """
    _check_ks([len(samples) for samples in outcomes], ks)
    right = [(len(samples), sum(verdict is True for verdict in samples)) for samples in outcomes]
    return [_estimate(k, [_pass(n, c, k) for n, c in right], level, seed) for k in ks]


def _pass(n: int, right: int, k: int) -> float:
    return 1.0 - math.comb(n - right, k) / math.comb(n, k)


def majority_at_k(
    answers: Sequence[Sequence[str | None]],
    outcomes: Sequence[Sequence[bool | None]],
    ks: Sequence[int],
    level: float = 0.95,
    seed: int = 0,
) -> list[Estimate]:
    """How often a vote over k samples is right: one estimate for each of `ks`.

    answers: for each problem its n samples' canonical answers, None for a sample that abstains.
    outcomes: their verdicts, in the same order.
    Exact: the average over all subsets of k of the n samples. Ties are shared evenly among the tied answers, which
    is what `vote`'s rule (the first reached) comes to over random orders. Interval over resampled problems.
    Source of the vote: Wang et al. 2022, arXiv 2203.11171.
    """
    _check_ks([len(samples) for samples in answers], ks)
    curves = [majority_curve(given, verdicts) for given, verdicts in zip(answers, outcomes)]
    return [_estimate(k, [curve[k] for curve in curves], level, seed) for k in ks]


def majority_curve(answers: Sequence[str | None], verdicts: Sequence[bool | None]) -> list[float]:
    """For every k from 0 to n: the share of k-subsets whose vote is right."""
    n = len(answers)
    counts = Counter(answer for answer in answers if answer is not None)
    right = {answer for answer, verdict in zip(answers, verdicts) if verdict is True and answer is not None}
    abstaining = n - sum(counts.values())
    wins = np.zeros(n + 1)
    for answer in right:
        others = [count for other, count in counts.items() if other != answer]
        for votes in range(1, counts[answer] + 1):
            wins += _ways_to_win(votes, counts[answer], others, abstaining, n)
    return [float(wins[k] / math.comb(n, k)) for k in range(n + 1)]


def _ways_to_win(votes: int, of: int, others: Sequence[int], abstaining: int, n: int) -> np.ndarray:
    """Subsets, by size, in which an answer wins with exactly `votes`; a tie among t answers counts 1/t.

    ways[t, s]: subsets of s samples in which t other answers have as many votes, and none has more.
    """
    ways = np.zeros((n // votes + 1, n + 1))
    ways[0, votes] = math.comb(of, votes)
    for count in others:
        grown = ways.copy()
        for taken in range(1, min(count, votes - 1) + 1):
            grown[:, taken:] += math.comb(count, taken) * ways[:, :-taken]
        if count >= votes:
            grown[1:, votes:] += math.comb(count, votes) * ways[:-1, :-votes]
        ways = grown
    won = (ways / np.arange(1, len(ways) + 1)[:, None]).sum(axis=0)
    silent = np.array([math.comb(abstaining, taken) for taken in range(abstaining + 1)], dtype=float)
    return np.convolve(won, silent)[: n + 1]


def _check_ks(drawn: Sequence[int], ks: Sequence[int]) -> None:
    fewest = min(drawn, default=0)
    if not fewest or not all(1 <= k <= fewest for k in ks):
        raise SrmLabError(
            f"k = {list(ks)} cannot be estimated from {fewest} samples a problem.",
            "A subset of k is drawn out of the samples of each problem.",
            f"Ask for k from 1 to {fewest}, or draw more samples." if fewest else "Draw samples first.",
        )


def _estimate(k: int, values: Sequence[float], level: float, seed: int) -> Estimate:
    low, high = bootstrap_interval(values, level, seed=seed)
    return Estimate(k, float(np.mean(values)), low, high, len(values))
