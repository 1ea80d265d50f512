"""The exercises of notebook 07: a vote of three, weights, the ceiling, and the cheapest vote that will do."""

from __future__ import annotations

from math import comb

from ..exercises import calls, exercise


def _vote_of_three(p):
    return p**3 + 3 * p**2 * (1 - p)


@exercise(
    "07.1",
    hints=(
        "The vote is right where two or three of the chains are right. In how many orders can exactly two be right?",
        "All three: p ** 3. Exactly two: three orders of probability p ** 2 * (1 - p) each.",
    ),
    target="with p = 0.6 a vote of three is right in 64.8 % of cases, and with p = 0.4 in 35.2 %",
    placebo=lambda p: 1 - (1 - p) ** 3,
    solution=_vote_of_three,
)
def vote_of_three(answer):
    """Write vote_of_three(p): how often a vote of three is right where every wrong chain has the same wrong answer."""
    return calls(answer, [((p,), _vote_of_three(p)) for p in (0.6, 0.4, 0.5, 0.0, 1.0)], tolerance=1e-6)


def _weighted(answers, weights):
    totals = {}
    for answer, weight in zip(answers, weights):
        if answer is not None:
            totals[answer] = totals.get(answer, 0) + weight
    return max(totals, key=totals.get, default=None)


def _heaviest(answers, weights):
    """Plausible and wrong: the one chain of most weight decides, and nobody votes."""
    known = [(weight, answer) for answer, weight in zip(answers, weights) if answer is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


@exercise(
    "07.2",
    hints=(
        "Add up the weights of equal answers in a dictionary, and skip None.",
        "max(totals, key=totals.get, default=None) keeps the answer that was reached first where two are equal.",
    ),
    target='answers ["7", "8", "8"] with weights [0.9, 0.5, 0.6] give "8"',
    placebo=_heaviest,
    solution=_weighted,
)
def weighted_vote(answer):
    """Write weighted_vote(answers, weights): the answer of the most weight; None abstains, ties go to the first."""
    cases = [
        ((["7", "8", "8"], [0.9, 0.5, 0.6]), "8"),
        ((["7", "8", "8"], [1.0, 0.2, 0.3]), "7"),
        (([None, None, "3"], [0.9, 0.9, 0.1]), "3"),
        ((["4", "5"], [0.5, 0.5]), "4"),
        (([None], [1.0]), None),
    ]
    return calls(answer, cases)


def _pass_at_k(n, right, k):
    return 1 - comb(n - right, k) / comb(n, k)


@exercise(
    "07.3",
    hints=(
        "Count the ways to choose k of the n chains, and those that avoid every right one.",
        "comb(n - right, k) of comb(n, k) choices hold no right chain; math.comb gives 0 where k is too large.",
    ),
    target="of 4 chains 1 is right: 2 of them hold it in half of all choices",
    placebo=lambda n, right, k: 1 - (1 - right / n) ** k,
    solution=_pass_at_k,
)
def pass_at_k(answer):
    """Write pass_at_k(n, right, k): how often at least one of k chains, chosen out of n, is right."""
    cases = [(4, 1, 2), (16, 3, 4), (16, 0, 8), (5, 4, 2), (8, 8, 1)]
    return calls(answer, [(case, float(_pass_at_k(*case))) for case in cases], tolerance=1e-6)


def _cheapest(curve, within):
    best = max(curve.values())
    return min(k for k, share in curve.items() if share >= best - within)


@exercise(
    "07.4",
    hints=(
        "Find the best share on the curve first. Which numbers of chains come close enough to it?",
        "min(k for k, share in curve.items() if share >= best - within)",
    ),
    target="{1: 0.25, 4: 0.31, 8: 0.34, 16: 0.35} needs 8 chains to come within 0.02 of its best",
    placebo=lambda curve, within: max(curve, key=curve.get),
    solution=_cheapest,
)
def cheapest_vote(answer):
    """Write cheapest(curve, within): the fewest chains whose share is at most `within` below the curve's best."""
    curve = {1: 0.25, 4: 0.31, 8: 0.34, 16: 0.35}
    cases = [((curve, 0.02), 8), ((curve, 0.05), 4), ((curve, 0.0), 16), ((curve, 0.5), 1)]
    return calls(answer, [*cases, (({8: 0.3, 2: 0.5}, 0.1), 2)])
