"""The exercises of notebook 08: the best of k, pairs within a problem, a noisy verifier, and honest scores."""

from __future__ import annotations

from math import comb

from ..exercises import calls, exercise


def _best_of_k(ranked, k):
    n = len(ranked)
    return sum(right * comb(n - 1 - j, k - 1) for j, right in enumerate(ranked)) / comb(n, k)


@exercise(
    "08.1",
    hints=(
        "The chain of rank j (the best has j = 0) is chosen where it is among the k and all better ones are not.",
        "Besides itself, k - 1 of the n - 1 - j worse chains must be drawn: comb(n - 1 - j, k - 1) of comb(n, k) ways.",
    ),
    target="[False, True, True] with k = 1 gives 2/3, with k = 3 it gives 0: the wrong one is always in front",
    placebo=lambda ranked, k: float(any(ranked[:k])),
    solution=_best_of_k,
)
def best_of_k(answer):
    """Write best_of_k(ranked, k): how often the best scored of k of these chains is right, the best one first."""
    cases = [
        ([False, True, True], 1),
        ([False, True, True], 2),
        ([False, True, True], 3),
        ([True, False, False, True], 2),
        ([False, False], 2),
    ]
    return calls(answer, [(case, float(_best_of_k(*case))) for case in cases], tolerance=1e-6)


def _pairs(groups):
    """groups: for each problem its (score, right)."""
    won = total = 0
    for group in groups:
        good, bad = [s for s, right in group if right], [s for s, right in group if not right]
        won += sum((g > b) + (g == b) / 2 for g in good for b in bad)
        total += len(good) * len(bad)
    return won / total


def _all_together(groups):
    """Plausible and wrong: pairs over all problems, where knowing easy from hard is enough."""
    return _pairs([[pair for group in groups for pair in group]])


_EASY_AND_HARD = [[(0.9, True), (0.9, True), (0.95, False)], [(0.1, False), (0.2, False), (0.15, True)]]


@exercise(
    "08.2",
    hints=(
        "Within each problem, compare every right chain with every wrong one. Add up wins and pairs over problems.",
        "A tie counts half. Divide once, at the end: problems with more pairs count more.",
    ),
    target="the two problems of the example have 4 pairs; 1 of them is in order: 0.25",
    placebo=_all_together,
    solution=_pairs,
)
def pairs_in_order(answer):
    """Write pairs_in_order(groups): of all pairs of a right and a wrong chain of one problem, the share in order."""
    cases = [
        _EASY_AND_HARD,
        [[(0.5, True), (0.5, False)]],
        [[(0.9, True), (0.1, False)], [(0.3, True)], [(0.2, False), (0.1, True)]],
    ]
    return calls(answer, [((groups,), float(_pairs(groups))) for groups in cases], tolerance=1e-6)


def _trusted(p, wrong):
    accepted = p * (1 - wrong) + (1 - p) * wrong
    return p * (1 - wrong) / accepted


@exercise(
    "08.3",
    hints=(
        "Who is accepted? Right chains that are not turned round, and wrong chains that are.",
        "p * (1 - wrong) right ones and (1 - p) * wrong wrong ones are accepted. What share of these is right?",
    ),
    target="with p = 0.1 and wrong = 0.1 every second accepted chain is right",
    placebo=lambda p, wrong: 1 - wrong,
    solution=_trusted,
)
def trusted(answer):
    """Write trusted(p, wrong): chains are right with probability p, verdicts are turned round with probability wrong;
    how likely is an accepted chain right?"""
    cases = [(0.1, 0.1), (0.5, 0.2), (0.02, 0.05), (0.3, 0.0), (0.3, 0.5)]
    return calls(answer, [(case, _trusted(*case)) for case in cases], tolerance=1e-6)


def _gap(scores, right):
    groups = {}
    for score, good in zip(scores, right):
        groups.setdefault(min(int(score * 10), 9), []).append((score, good))
    return sum(abs(sum(s - r for s, r in group)) for group in groups.values()) / len(scores)


@exercise(
    "08.4",
    hints=(
        "Put each chain into a bin: min(int(score * 10), 9). Compare its mean score with its share of right ones.",
        "Each bin counts by its chains: len(bin) / n * abs(mean score - share right), added up.",
    ),
    target="scores [0.9, 0.9, 0.1, 0.1] of chains of which the first alone is right have a gap of 0.25",
    placebo=lambda scores, right: abs(sum(scores) / len(scores) - sum(right) / len(right)),
    solution=_gap,
)
def calibration_gap(answer):
    """Write calibration_gap(scores, right): how far scores are from shares of right chains, in ten bins (the expected
    calibration error of Guo et al. 2017, arXiv 1706.04599)."""
    cases = [
        ([0.9, 0.9, 0.1, 0.1], [True, False, False, False]),
        ([0.8, 0.8, 0.2, 0.2], [False, False, True, True]),
        ([1.0, 0.0], [True, False]),
        ([0.55, 0.51, 0.58], [True, True, False]),
    ]
    return calls(answer, [(case, _gap(*case)) for case in cases], tolerance=1e-6)
