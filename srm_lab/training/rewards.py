r"""What a rollout is worth: reward functions, and how they add up to one number that still shows its parts.

A reward function takes (problem, completion, verdict) and returns a number; the verdict is the kit's own
(`srm_lab.verify`), read once a rollout and handed to every part. `combine` weighs the parts:

    reward = combine(correct=(1.0, correctness()), format=(0.2, follows_format(r"The answer is \d+")))
    reward(problem, completion)     # Reward(total=1.2, parts={"correct": 1.0, "format": 0.2}, correct=True)

Left out: reward models (the score of a trained verifier can be a reward function like any other) and whole-batch
rewards, which no published method of the course needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import SrmLabError
from ..records import Completion, Problem, Verdict
from .chains import judge

RewardFunction = Callable[[Problem, Completion, Verdict], float]


@dataclass(frozen=True)
class Reward:
    """What one rollout earned.

    total: the sum of the parts. parts: each part's name and its value times its weight.
    correct: the verdict's: True, False, or None for a chain that never finished.
    read: the answer that was read, or None.
    """

    total: float
    parts: Mapping[str, float]
    correct: bool | None
    read: str | None = None


@dataclass(frozen=True)
class CombinedReward:
    """Weighted reward functions; called with (problem, completion) it returns a Reward. Made by `combine`."""

    parts: Mapping[str, tuple[float, RewardFunction]]

    def __call__(self, problem: Problem, completion: Completion) -> Reward:
        verdict = judge(problem, completion)
        values = {name: weight * f(problem, completion, verdict) for name, (weight, f) in self.parts.items()}
        for name, value in values.items():
            if not math.isfinite(value):
                raise SrmLabError(
                    f"The reward {name!r} of problem {problem.id} is {value}.",
                    "A reward that is not a finite number would poison its whole group.",
                    "Mend the reward function, or give it a value for this case.",
                )
        return Reward(sum(values.values()), MappingProxyType(values), verdict.correct, verdict.extracted)

    def describe(self) -> dict[str, str]:
        """Each part in words: for run logs and cards."""
        return {name: f"{weight:g} x {f.__qualname__}" for name, (weight, f) in self.parts.items()}


def combine(**parts: tuple[float, RewardFunction]) -> CombinedReward:
    """The weighted sum of reward functions: combine(correct=(1.0, correctness()), ...).

    Raises SrmLabError for no parts, or a weight that is not a finite number.
    """
    if not parts:
        raise SrmLabError(
            "A reward needs at least one part.", "None was given.", "Begin with correct=(1.0, correctness())."
        )
    for name, (weight, _) in parts.items():
        if not math.isfinite(weight):
            raise SrmLabError(f"The weight of {name!r} is {weight}.", "", "Weights are finite numbers.")
    return CombinedReward(MappingProxyType(dict(parts)))


def _named(name: str, function: RewardFunction) -> RewardFunction:
    """A reward function that says in logs and errors what it was made from."""
    function.__qualname__ = function.__name__ = name
    return function


def correctness(right: float = 1.0, wrong: float = 0.0, unfinished: float = 0.0) -> RewardFunction:
    """The checkable reward (RLVR): a value for right, for wrong, and for a chain that never came to its end."""
    values = {True: right, False: wrong, None: unfinished}
    return _named(f"correctness({right:g}, {wrong:g}, {unfinished:g})", lambda p, c, verdict: values[verdict.correct])


def follows_format(pattern: str) -> RewardFunction:
    """1 where the regular expression is found in a finished completion's text, else 0; "." also matches line ends.

    Raises SrmLabError where the pattern is no regular expression.
    """
    try:
        compiled = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise SrmLabError(f"{pattern!r} is no regular expression.", str(error), "Mend it; see Python's `re`.") from None

    def found(problem: Problem, completion: Completion, verdict: Verdict) -> float:
        return float(completion.finished and compiled.search(completion.text) is not None)

    return _named(f"follows_format({pattern!r})", found)


def length_distance(target: int) -> RewardFunction:
    """Minus the tokens by which a completion misses its target length, too long or too short; 0 charges every token.

    With weight alpha beside `correctness` this is the exact form of L1: correct - alpha * |target - length|.
    Source: Aggarwal and Welleck 2025, arXiv 2503.04697.
    """

    def value(problem: Problem, completion: Completion, verdict: Verdict) -> float:
        return -float(abs(target - len(completion.token_ids)))

    return _named(f"length_distance({target})", value)


def correct_within(budget: int, slope: float, at_budget: float = 0.5) -> RewardFunction:
    """A right answer is worth `at_budget` at the budget, `slope` more for each token below, never under 0 or over 1.

    budget: in tokens. slope: reward a token. The upper-limit form of L1: it never pays for a wrong answer, however
    short. Source: Aggarwal and Welleck 2025, arXiv 2503.04697.
    """

    def value(problem: Problem, completion: Completion, verdict: Verdict) -> float:
        if verdict.correct is not True:
            return 0.0
        return min(1.0, max(0.0, slope * (budget - len(completion.token_ids)) + at_budget))

    return _named(f"correct_within({budget}, {slope:g}, {at_budget:g})", value)
