"""Cascades: cheap methods and models first, dear ones only where the cheap answer is not to be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import SrmLabError
from ..records import Problem, Solution
from .method import method


@dataclass(frozen=True)
class Stage:
    """A method (a decorated function or its name), its settings, and the model it runs on; None is the cascade's."""

    method: Callable[..., Solution] | str
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: Any = None


@method
def cascade(
    problem: Problem,
    lm,
    *,
    stages: Sequence[Stage],
    accept: float = 0.9,
    confidence: Callable[[Problem, Solution], float] | None = None,
) -> Solution:
    """Run the stages in turn and take the first solution with a confidence of at least `accept`; else the last one's.

    confidence: from a problem and its solution to a number; None is `agreement`. Where tokens run out before the next
    stage, what there is stands. Source: Chen, Zaharia and Zou 2023, arXiv 2305.05176 (FrugalGPT).
    Raises SrmLabError for no stages, and for a confidence that is not a number.
    """
    if not stages:
        raise SrmLabError("A cascade needs at least one stage.", "", "Pass stages=[Stage('direct'), ...].")
    trace: list[dict] = []
    for at, stage in enumerate(stages):
        if at and lm.left <= 0:
            break
        solution = run_stage(problem, lm, stage)
        sure = (confidence or agreement)(problem, solution)
        if math.isnan(sure):
            raise SrmLabError(
                f"The confidence in a solution of {problem.id!r} is not a number.", "", "Mend the function."
            )
        name = stage.method if isinstance(stage.method, str) else stage.method.__name__
        trace += [{**step, "stage": at} for step in solution.trace]
        trace.append({"step": "stage", "stage": at, "method": name, "answer": solution.answer, "confidence": sure})
        if sure >= accept:
            break
    return Solution(solution.answer, solution.text, trace=tuple(trace))


def run_stage(problem: Problem, lm, stage: Stage) -> Solution:
    """A method inside a method: same seed, Stop button and meter, which has its costs already."""
    from . import get

    run = get(stage.method) if isinstance(stage.method, str) else stage.method
    solution = run(problem, lm.beside(stage.model), seed=lm.seed, cancel=lm.cancel, **stage.settings)
    own = [step for step in solution.trace if step.get("step") not in ("judge cost", "budget")]
    return replace(solution, trace=tuple(own))


def agreement(problem: Problem, solution: Solution) -> float:
    """How sure a solution is of itself: the winner's share of a vote, else the mean probability of a token of its
    chain; 0 without an answer. Raises SrmLabError for a single chain without log-probabilities."""
    from .confidence import likelihood

    if solution.answer is None:
        return 0.0
    votes = [step for step in solution.trace if step.get("step") == "vote"]
    if votes:
        voices = sum(votes[-1]["counts"].values()) + votes[-1]["abstained"]
        return votes[-1]["counts"][votes[-1]["winner"]] / voices
    same = [chain for chain in solution.completions if chain.text == solution.text]
    return likelihood((same or solution.completions)[-1])
