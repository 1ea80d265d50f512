"""What turns a plain function into a method: the decorator.

A method's author writes only the algorithm. The decorator calls it with a metered view of the model (see metering.py),
which counts what every call cost, wasted chains included; so usage is right even when the author forgets a chain.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable

from ..errors import SrmLabError
from ..records import Problem, Solution
from .metering import BudgetSpent, Meter, MeteredModel

METHODS: dict[str, Callable[..., Solution]] = {}
EVERY_METHOD = ("budget",)  # settings that the decorator adds


def method(function: Callable[..., Solution]) -> Callable[..., Solution]:
    """Make a reasoning method of a function (problem, lm, *, settings) -> Solution.

    The method takes four more keywords: seed, on_token(chain number, text), cancel (a threading.Event), and budget,
    the tokens that it may generate for the problem, judging included. Out of budget, it does what its loop makes of
    fewer chains; where it cannot go on it has no answer, and its trace says so.
    Its solution's usage is what the model counted, not what the function says. Use it as @srm.method.
    """
    parameters = list(inspect.signature(function).parameters.values())
    if len(parameters) < 2 or any(p.kind is not p.KEYWORD_ONLY for p in parameters[2:]):
        raise SrmLabError(
            f"{function.__name__} cannot be a method.",
            "A method takes (problem, lm, *, settings...): two arguments, then settings by keyword only.",
            f"Write: def {function.__name__}(problem, lm, *, n=8): ...",
        )
    settings = tuple(p.name for p in parameters[2:])

    @functools.wraps(function)
    def run(problem: Problem, lm, *, seed: int = 0, on_token=None, cancel=None, budget=None, **given) -> Solution:
        check_settings(run, given)
        meter = Meter(_checked(budget))
        try:
            solution = function(problem, MeteredModel(lm, seed, on_token, cancel, meter), **given)
        except BudgetSpent:
            solution = Solution(answer=None, text="")
        if not isinstance(solution, Solution):
            raise SrmLabError(
                f"The method {function.__name__} returned {type(solution).__name__}, not a Solution.",
                "Figures, scoring and votes read solutions.",
                "Return srm.Solution(answer=..., text=...), or what `vote` returns.",
            )
        trace = (*solution.trace, *_costs(meter))
        return dataclasses.replace(solution, usage=meter.usage, completions=tuple(meter.completions), trace=trace)

    run.settings = settings
    METHODS[function.__name__] = run
    return run


def _checked(budget: int | None) -> int | None:
    if budget is not None and budget < 1:
        raise SrmLabError(
            f"A budget of {budget} tokens is too small for one chain.", "It counts generated tokens of one problem.",
            "Give at least as many as a chain has, often 50 to 300; None is no limit.",
        )  # fmt: skip
    return budget


def _costs(meter: Meter) -> list[dict]:
    """What the trace says of the run's cost beyond its usage."""
    steps = []
    if meter.judge.calls:
        steps.append({"step": "judge cost", **dataclasses.asdict(meter.judge), "replies": meter.judged})
    if meter.budget is not None:
        spent = meter.usage.generated_tokens
        steps.append({"step": "budget", "tokens": meter.budget, "spent": spent, "cut": meter.cut})
    return steps


def check_settings(method: Callable, given) -> None:
    """Raise SrmLabError for a setting the method does not have, before any token is drawn."""
    unknown = sorted(set(given) - set(method.settings) - set(EVERY_METHOD))
    if unknown:
        known = ", ".join(method.settings) or "none"
        raise SrmLabError(
            f"The method {method.__name__} has no setting {unknown[0]!r}.", f"Its settings are: {known}.",
            "Leave it out, or check its spelling.",
        )  # fmt: skip
