"""The answer at once, without written reasoning: what every other method is compared with."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import solution_of
from .method import method


@method
def direct(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 32) -> Solution:
    """Ask for the final answer only, one greedy completion."""
    chain = lm.sample(prompts.direct(problem), temperature=temperature, max_new_tokens=max_new_tokens)[0]
    return solution_of(problem, chain)
