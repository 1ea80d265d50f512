"""The exercises of notebook 03: the first wrong step, risks that multiply, memory of a vote, votes needed."""

from __future__ import annotations

import operator

from ..exercises import calls, close, exercise

_DO = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _first_wrong(numbers, signs, steps):
    before = numbers[0]
    for at, step in enumerate(steps):
        left, result = step.split("=")
        due = f"{before}{signs[at]}{numbers[at + 1]}"
        if left != due or int(result) != _DO[signs[at]](before, numbers[at + 1]):
            return at
        before = int(result)
    return None


def _sums_only(numbers, signs, steps):
    """Plausible and wrong: it checks each sum and never where its numbers come from."""
    for at, step in enumerate(steps):
        left, result = step.split("=")
        first, second = left.replace("*", "+").replace("-", "+").split("+")
        if int(result) != _DO[signs[at]](int(first), int(second)):
            return at
    return None


@exercise(
    "03.1",
    hints=(
        "Each step must start with the result before it, carry the next sign, and bring in the next number.",
        "Keep `before`, at first numbers[0]. The step due is f'{before}{signs[at]}{numbers[at + 1]}'; compare the "
        "left side with it, then the result.",
    ),
    target="7+12=19;18-5=13 goes wrong at step 1: 19 was to be copied",
    placebo=_sums_only,
    solution=_first_wrong,
)
def first_wrong_step(answer):
    """Write first_wrong_step(numbers, signs, steps): the index of the first wrong step, or None where all are right."""
    numbers, signs = [7, 12, 5, 2], "+-*"
    cases = [
        (["7+12=19", "19-5=14", "14*2=28"], None),
        (["7+12=18", "18-5=13", "13*2=26"], 0),
        (["7+12=19", "18-5=13", "13*2=26"], 1),
        (["7+12=19", "19-5=14", "14*2=26"], 2),
        (["7+12=19"], None),
    ]
    return calls(answer, [((numbers, signs, steps), expected) for steps, expected in cases])


@exercise(
    "03.2",
    hints=(
        "All five steps are right with probability (1 - risk) ** 5.",
        "Solve (1 - risk) ** 5 = 0.5 for the risk.",
    ),
    target="a risk of about an eighth: a little more than 0.5 / 5",
    placebo=0.5 / 5,
    solution=1 - 0.5 ** (1 / 5),
)
def risk_that_halves(answer):
    """Which risk a step leaves half of the chains of five steps right, if steps fail independently?"""
    return close(answer, 1 - 0.5 ** (1 / 5), 0.002)


def _kilobytes(weights, bits, group, votes, tokens, cache_bytes):
    return (weights * (bits + 24 / group) / 8 + votes * tokens * cache_bytes) / 1000


@exercise(
    "03.3",
    hints=(
        "Each group of weights has a scale of 16 bits and a zero of 8: 24 bits more, shared by the group.",
        "Bits a weight are bits + 24 / group. Every vote keeps tokens * cache_bytes of keys and values.",
    ),
    target="640,000 weights in 4 bits and groups of 64, with 8 votes of 40 tokens at 1,536 bytes, take 841.5 kB",
    placebo=lambda weights, bits, group, votes, tokens, cache_bytes: (
        (weights * bits / 8 + votes * tokens * cache_bytes) / 1000
    ),
    solution=_kilobytes,
)
def kilobytes(answer):
    """Write kilobytes(weights, bits, group, votes, tokens, cache_bytes): memory of a vote, in 1000 bytes."""
    cases = [(640_000, 4, 64, 8, 40, 1536), (640_000, 4, 64, 1, 40, 1536), (1000, 3, 32, 0, 40, 1536)]
    return calls(answer, [(case, _kilobytes(*case)) for case in cases], tolerance=0.01)


def _votes_needed(curve, target):
    return next((k for k, share in enumerate(curve, 1) if share >= target), None)


@exercise(
    "03.4",
    hints=(
        "curve[0] is the share of one vote, so number k stands at position k - 1.",
        "Go through enumerate(curve, 1), return the first k whose share reaches the target, and None after the loop.",
    ),
    target="[0.30, 0.30, 0.36, 0.39] reaches 0.35 with 3 votes",
    placebo=lambda curve, target: curve.index(max(curve)) + 1,
    solution=_votes_needed,
)
def votes_needed(answer):
    """Write votes_needed(curve, target): the fewest votes whose share is at least the target, None where none is."""
    curve = [0.30, 0.30, 0.36, 0.39]
    cases = [((curve, 0.35), 3), ((curve, 0.30), 1), ((curve, 0.39), 4), ((curve, 0.50), None)]
    return calls(answer, cases)
