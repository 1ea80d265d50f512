"""Plan-and-solve: one prompt that asks for a plan before the steps."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, solution_of
from .method import method


@method
def plan_and_solve(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Ask for a plan and for carrying it out, with intermediate results (their "PS+").

    The paper asks for the answer in a second call; here the one prompt asks for it.
    Source: Wang et al. 2023, arXiv 2305.04091. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "plan_and_solve")
    prompt = prompts.message(prompts.PLAN_AND_SOLVE, question=problem.question)
    return solution_of(problem, lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0])
