"""The exercises of notebook 13: advantages, clipping, flat groups, a reward that is hard to hack, DPO's margin."""

from __future__ import annotations

import math
from statistics import fmean, stdev

from ..exercises import calls, exercise
from ..records import Completion, Problem, Usage, Verdict


def _advantages(rewards):
    spread = stdev(rewards)
    return [(reward - fmean(rewards)) / (spread + 1e-4) for reward in rewards]


@exercise(
    "13.1",
    hints=(
        "Every rollout is compared with its own group alone.",
        "(reward - mean) / (deviation + 1e-4), with n - 1 inside the deviation.",
    ),
    target="the rewards 1, 0, 0, 0 become 1.5, -0.5, -0.5, -0.5, and equal rewards become zeros",
    placebo=lambda rewards: [reward - 0.5 for reward in rewards],
    solution=_advantages,
)
def group_advantages(answer):
    """Write group_advantages(rewards): one group's advantages, divided by the group's deviation (that of a sample)."""
    cases = [[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.2, 0.4], [-3.0, 5.0, 1.0]]
    return _lists(answer, [((rewards,), _advantages(rewards)) for rewards in cases])


def _lists(answer, cases):
    """`calls` for functions that give a list of numbers, compared to a thousandth."""
    if not callable(answer):
        return calls(answer, cases)
    rounded = [(arguments, [round(value, 2) + 0.0 for value in expected]) for arguments, expected in cases]
    return calls(lambda *arguments: _rounded(answer(*arguments)), rounded)


def _rounded(given):
    return [round(float(value), 2) + 0.0 for value in given] if isinstance(given, list | tuple) else given


def _clipped_gain(ratio, advantage, clip=0.2):
    return min(ratio * advantage, max(1 - clip, min(1 + clip, ratio)) * advantage)


@exercise(
    "13.2",
    hints=(
        "Two products: with the ratio, and with the ratio held between 1 - clip and 1 + clip.",
        "The smaller of the two counts: a bad token that became likelier is still pushed down.",
    ),
    target="ratio 1.5 with advantage 1 gives 1.2, with advantage -1 it gives -1.5",
    placebo=lambda ratio, advantage, clip=0.2: max(1 - clip, min(1 + clip, ratio)) * advantage,
    solution=_clipped_gain,
)
def clipped_gain(answer):
    """Write clipped_gain(ratio, advantage, clip=0.2): what one token adds to the objective of GRPO."""
    cases = [(1.0, 1.0), (1.5, 1.0), (1.5, -1.0), (0.5, 1.0), (0.5, -1.0), (1.1, 2.0)]
    return calls(answer, [(case, float(_clipped_gain(*case))) for case in cases], tolerance=1e-6)


@exercise(
    "13.3",
    hints=("A group is flat where all rollouts are right, or all are wrong.", "p ** n + (1 - p) ** n."),
    target="8 rollouts of a problem that is solved one time in 100 are flat 92 times in 100",
    placebo=lambda p, n: (1 - p) ** n,
    solution=lambda p, n: p**n + (1 - p) ** n,
)
def flat_probability(answer):
    """Write flat_probability(p, n): how likely n rollouts earn all the same, each right with probability p."""
    cases = [(0.01, 8), (0.5, 8), (0.9, 8), (0.5, 2), (1.0, 4)]
    return calls(answer, [((p, n), float(p**n + (1 - p) ** n)) for p, n in cases], tolerance=1e-6)


def _short_if_right(problem, completion, verdict):
    return 1 - 0.01 * len(completion.token_ids) if verdict.correct is True else 0.0


@exercise(
    "13.4",
    hints=(
        "When may shortness earn anything at all?",
        "Pay 1 minus a little a token where verdict.correct is True, and 0 in every other case.",
    ),
    target="right and short > right and long > wrong, however short, and unfinished earns nothing",
    placebo=lambda problem, completion, verdict: float(verdict.correct is True) - 0.05 * len(completion.token_ids),
    solution=_short_if_right,
)
def unhackable(answer):
    """Write reward(problem, completion, verdict): short right chains earn most, and shortness never makes up for it."""
    problem = Problem("e", "7+12?", "19", "arithmetic")

    def earned(correct, tokens):
        chain = Completion("", None, "", (0,) * tokens, (0.0,) * tokens, "stop", Usage())
        return answer(problem, chain, Verdict(correct, None, None, "rule", "reason"))

    if not callable(answer):
        return calls(answer, [])
    values = {case: earned(*case) for case in ((True, 8), (True, 40), (False, 2), (False, 40), (None, 40))}
    if any(value is None or value is ... for value in values.values()):
        return False
    if not values[True, 8] > values[True, 40]:
        return "A right chain of 8 tokens should earn more than one of 40."
    if not values[True, 40] > max(values[False, 2], values[False, 40], values[None, 40]):
        return "A right chain of 40 tokens should earn more than any wrong or unfinished one."
    return values[False, 2] == values[False, 40] or "Two wrong chains should earn the same, however long they are."


def _dpo(right, wrong, reference_right, reference_wrong, beta=0.1):
    return math.log1p(math.exp(-beta * ((right - reference_right) - (wrong - reference_wrong))))


@exercise(
    "13.5",
    hints=(
        "The margin is how much more the policy prefers the right chain than the reference does, times beta.",
        "log(1 + exp(-margin)) is -log sigmoid(margin).",
    ),
    target="a policy that equals its reference has a loss of log 2 on every pair",
    placebo=lambda right, wrong, reference_right, reference_wrong, beta=0.1: math.log1p(
        math.exp(-beta * (right - wrong))
    ),
    solution=_dpo,
)
def dpo_loss(answer):
    """Write dpo_loss(right, wrong, reference_right, reference_wrong, beta=0.1): the loss of one pair of chains."""
    cases = [(-9.0, -5.0, -9.0, -5.0), (-8.0, -6.0, -9.0, -5.0), (-9.0, -30.0, -8.0, -5.0), (-1.0, -2.0, -3.0, -1.0)]
    return calls(answer, [(case, _dpo(*case)) for case in cases], tolerance=1e-6)
