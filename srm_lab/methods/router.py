"""Routers: one look at the problem decides which method and model it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import unknown_name
from ..records import Problem, Solution
from .cascade import Stage, run_stage
from .method import method


@method
def router(problem: Problem, lm, *, choose: Callable[[Problem], str], routes: Mapping[str, Stage]) -> Solution:
    """Run the stage of `routes` that `choose` names for this problem.

    choose: from a problem to a key of `routes`; it must not look at the answer.
    Source: Ong et al. 2024, arXiv 2406.18665 (RouteLLM). Raises SrmLabError for a route that does not exist.
    """
    name = choose(problem)
    if name not in routes:
        raise unknown_name("route", str(name), routes)
    solution = run_stage(problem, lm, routes[name])
    return Solution(solution.answer, solution.text, trace=({"step": "route", "name": name}, *solution.trace))
