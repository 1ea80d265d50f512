"""The answer at once, without written reasoning: what every other method is compared with."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import solution_of
from .method import method


@method
def direct(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 16) -> Solution:
    """One completion that begins with the answer: the reply "The answer is" is opened for the model."""
    prompt = prompts.own(problem, lm, "direct") or prompts.direct(problem)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.DIRECT_STOP)[0]
    return solution_of(problem, chain)
