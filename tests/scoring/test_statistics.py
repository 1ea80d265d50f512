"""Statistics against scipy, statsmodels and brute force."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint, proportion_effectsize

from srm_lab.errors import SrmLabError
from srm_lab.scoring.statistics import (
    bootstrap_interval,
    clustered,
    holm,
    majority_at_k,
    mcnemar,
    paired_bootstrap,
    pass_at_k,
    problems_needed,
    share_kept,
    wilson,
)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (18, 20), (333, 1000), (1, 1)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_equals_statsmodels(k, n, level):
    expected = proportion_confint(k, n, alpha=1 - level, method="wilson")
    ours = wilson(k, n, level)
    assert (ours.low, ours.high) == pytest.approx(expected, abs=1e-12)
    assert (ours.k, ours.n) == (k, n)


def test_wilson_of_no_problems_says_nothing():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(k, n):
    with pytest.raises(SrmLabError, match="not a proportion"):
        wilson(k, n)


def test_wilson_refuses_an_impossible_level():
    with pytest.raises(SrmLabError, match="does not exist"):
        wilson(1, 2, level=95)


def test_wilson_covers_the_true_rate_about_as_often_as_it_says():
    drawn = np.random.default_rng(0).binomial(50, 0.1, size=4000)
    covered = np.mean([wilson(int(k), 50).low <= 0.1 <= wilson(int(k), 50).high for k in drawn])
    assert 0.93 < covered < 0.98


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 3), (5, 5), (2, 9), (40, 61), (300, 200)])
def test_mcnemar_equals_statsmodels_and_the_binomial_test(b, c):
    assert mcnemar(b, c) == pytest.approx(statsmodels_mcnemar([[7, b], [c, 9]], exact=True).pvalue, abs=1e-12)
    if b + c:
        assert mcnemar(b, c) == pytest.approx(stats.binomtest(b, b + c).pvalue, abs=1e-12)


def test_mcnemar_refuses_negative_counts():
    with pytest.raises(SrmLabError, match="not counts"):
        mcnemar(-1, 3)


def test_paired_bootstrap_agrees_with_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.random(200) < 0.4, rng.random(200) < 0.55
    value, low, high = paired_bootstrap(a.tolist(), b.tolist())
    gaps = b.astype(float) - a.astype(float)
    theirs = stats.bootstrap((gaps,), np.mean, method="percentile", n_resamples=9999, rng=rng).confidence_interval
    assert value == pytest.approx(gaps.mean())
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.012)


def test_paired_bootstrap_counts_unfinished_as_not_right_and_keeps_the_direction():
    value, low, high = paired_bootstrap([True, None] * 50, [True, True] * 50)
    assert value == 0.5
    assert 0.39 < low < 0.5 < high < 0.61
    assert paired_bootstrap([True, True], [True, False])[0] == -0.5


def test_paired_bootstrap_is_the_same_each_time_and_differs_by_seed():
    a, b = [True, False, True, False] * 9, [False, True, True, True] * 9
    assert paired_bootstrap(a, b) == paired_bootstrap(a, b)
    uneven = [i / 97 for i in range(97)]
    assert bootstrap_interval(uneven, seed=0) != bootstrap_interval(uneven, seed=1)


@pytest.mark.parametrize("n", [1, 10, 500])
def test_ten_equal_verdicts_leave_more_doubt_than_five_hundred(n):
    bound = proportion_confint(0, n, method="wilson")[1]
    assert bootstrap_interval([1.0] * n) == pytest.approx((1 - bound, 1.0))
    assert bootstrap_interval([0.0] * n) == pytest.approx((0.0, bound))
    assert paired_bootstrap([True] * n, [True] * n) == pytest.approx((0.0, -bound, bound))
    assert paired_bootstrap([False] * n, [True] * n) == pytest.approx((1.0, 1 - 2 * bound, 1.0))
    assert pass_at_k([[True, True]] * n, [1])[0].low < 1


@pytest.mark.parametrize(("a", "b"), [([True], [True, False]), ([], [])])
def test_paired_bootstrap_refuses_unpaired_verdicts(a, b):
    with pytest.raises(SrmLabError, match="same problems"):
        paired_bootstrap(a, b)


def test_share_kept_is_a_ratio_of_means_whose_interval_agrees_with_scipy():
    rng = np.random.default_rng(2)
    before = rng.random(300)
    after = before * rng.random(300)
    kept = share_kept(before, after)
    ratio = lambda b, a, axis: a.mean(axis) / b.mean(axis)  # noqa: E731
    theirs = stats.bootstrap(
        (before, after), ratio, paired=True, vectorized=True, method="percentile", n_resamples=2000, rng=rng
    ).confidence_interval
    assert kept.value == pytest.approx(after.mean() / before.mean())
    assert (kept.low, kept.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_share_kept_is_above_one_where_a_change_helped_and_never_certain():
    assert share_kept([True, False] * 50, [True, True] * 50).value == 2.0
    same = share_kept([True] * 100, [True] * 100)
    assert same.low < same.value == 1.0 < same.high
    nothing = share_kept([True] * 100, [None] * 100)
    assert nothing.low == nothing.value == 0.0 < nothing.high


@pytest.mark.parametrize(("before", "after"), [([True], [True, True]), ([], []), ([False, None], [True, True])])
def test_share_kept_of_nothing_is_refused(before, after):
    with pytest.raises(SrmLabError, match="no share kept"):
        share_kept(before, after)


def test_clustered_variance_equals_statsmodels_cluster_robust_one():
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    outcomes = [(rng.random(rng.integers(3, 9)) < rate).tolist() for rate in rng.random(60)]
    flat = np.array([float(verdict) for samples in outcomes for verdict in samples])
    groups = np.repeat(np.arange(60), [len(samples) for samples in outcomes])
    fit = sm.OLS(flat, np.ones_like(flat)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    variance = fit.bse[0] ** 2 * 60 / 59
    rate = flat.mean()
    effective = rate * (1 - rate) / variance
    expected = proportion_confint(rate * effective, effective, method="wilson")
    ours = clustered(outcomes)
    assert (ours.low, ours.high) == pytest.approx(expected, abs=1e-9)


def test_clustered_is_wilson_where_each_problem_has_one_sample():
    # the n - 1 of the variance between problems is the only difference
    ours, plain = clustered([[True]] * 30 + [[False]] * 70), wilson(30, 100)
    assert (ours.low, ours.high) == pytest.approx((plain.low, plain.high), abs=1e-3)


def test_clustered_does_not_take_copies_of_a_sample_for_evidence():
    copies = clustered([[True] * 50, [False] * 50] * 10)
    plain = wilson(10, 20)
    assert copies.high - copies.low > 0.95 * (plain.high - plain.low)
    assert copies.high - copies.low > 4 * (wilson(500, 1000).high - wilson(500, 1000).low)


def test_clustered_never_claims_certainty_from_few_problems():
    assert clustered([[True] * 100]).low < 0.3
    assert clustered([[False] * 64] * 5).high > 0.3
    with pytest.raises(SrmLabError, match="no samples"):
        clustered([[]])


def test_clustered_covers_the_true_rate_where_wilson_on_samples_does_not():
    rng = np.random.default_rng(3)
    naive = honest = 0
    for _ in range(300):
        outcomes = [(rng.random(16) < rate).tolist() for rate in rng.beta(0.5, 0.5, size=40)]
        k = sum(map(sum, outcomes))
        naive += wilson(k, 640).low <= 0.5 <= wilson(k, 640).high
        interval = clustered(outcomes)
        honest += interval.low <= 0.5 <= interval.high
    assert honest / 300 > 0.9
    assert naive / 300 < 0.6


def test_holm_equals_statsmodels_and_keeps_the_keys():
    p_values = {f"m{i}": p for i, p in enumerate([0.01, 0.04, 0.03, 0.005, 0.9, 0.04])}
    expected = multipletests(list(p_values.values()), method="holm")[1]
    assert list(holm(p_values).values()) == pytest.approx(list(expected))
    assert list(holm(p_values)) == list(p_values)
    assert holm({}) == {}


@pytest.mark.parametrize(("difference", "base"), [(0.05, 0.4), (0.1, 0.2), (-0.08, 0.7)])
def test_problems_needed_agrees_with_statsmodels_for_unrelated_methods(difference, base):
    ours = problems_needed(difference, base)
    effect = proportion_effectsize(base + difference, base)
    theirs = NormalIndPower().solve_power(abs(effect), alpha=0.05, power=0.8)
    assert ours == pytest.approx(theirs, rel=0.03)


def test_problems_needed_gives_the_power_it_promises_on_simulated_pairs():
    n, rng, shown = problems_needed(0.12, 0.4), np.random.default_rng(4), 0
    for _ in range(400):
        a, b = rng.random(n) < 0.4, rng.random(n) < 0.52
        shown += mcnemar(int((a & ~b).sum()), int((b & ~a).sum())) < 0.05
    assert 0.7 < shown / 400 < 0.88


def test_problems_needed_falls_with_correlation_and_refuses_nonsense():
    assert problems_needed(0.05, 0.4, correlation=0.5) < 0.6 * problems_needed(0.05, 0.4)
    for difference, base in [(0.0, 0.4), (0.7, 0.4), (0.1, 0.0)]:
        with pytest.raises(SrmLabError, match="cannot be planned"):
            problems_needed(difference, base)


def test_pass_at_k_equals_the_average_over_all_subsets():
    outcomes = [[True, False, None, False, True], [False] * 5, [True] * 5]
    for k in range(1, 6):
        brute = np.mean(
            [np.mean([any(s is True for s in subset) for subset in itertools.combinations(o, k)]) for o in outcomes]
        )
        assert pass_at_k(outcomes, [k])[0].value == pytest.approx(brute)


def _brute_majority(answers, verdicts, k):
    right = {a for a, v in zip(answers, verdicts) if v}
    total = 0.0
    for subset in itertools.combinations(answers, k):
        counts = {a: subset.count(a) for a in subset if a is not None}
        best = [a for a, c in counts.items() if c == max(counts.values())]
        total += sum(a in right for a in best) / len(best) if best else 0.0
    return total / math.comb(len(answers), k)


def test_majority_at_k_equals_the_average_over_all_subsets():
    rng = random.Random(5)
    for _ in range(25):
        answers = [rng.choice(["1", "2", "3", "4", None]) for _ in range(9)]
        verdicts = [a in ("1", "4") for a in answers]
        for k in range(1, 10):
            ours = majority_at_k([answers], [verdicts], [k])[0].value
            assert ours == pytest.approx(_brute_majority(answers, verdicts, k))


def test_majority_at_one_is_the_accuracy_and_at_n_is_the_vote():
    answers, verdicts = [["7", "7", "8", None]], [[True, True, False, None]]
    one, four = majority_at_k(answers, verdicts, [1, 4])
    assert one.value == pytest.approx(0.5)
    assert four.value == pytest.approx(1.0)


def test_majority_of_64_samples_is_exact_and_between_its_bounds():
    rng = random.Random(6)
    answers = [[rng.choice("1122345678") for _ in range(64)] for _ in range(10)]
    verdicts = [[a == "1" for a in row] for row in answers]
    curve = majority_at_k(answers, verdicts, [1, 2, 4, 8, 16, 32, 64])
    ceiling = pass_at_k(verdicts, [1, 2, 4, 8, 16, 32, 64])
    assert curve[0].value == pytest.approx(ceiling[0].value)
    assert all(m.value <= p.value + 1e-9 and m.low <= m.value <= m.high for m, p in zip(curve, ceiling))


@pytest.mark.parametrize("ks", [[0], [6], [3, 9]])
def test_curves_refuse_more_samples_than_were_drawn(ks):
    with pytest.raises(SrmLabError, match="cannot be estimated"):
        pass_at_k([[True] * 5], ks)
    with pytest.raises(SrmLabError, match="cannot be estimated"):
        majority_at_k([["1"] * 5], [[True] * 5], ks)
