"""Zero-shot chain of thought: one sentence that asks for steps."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import solution_of
from .method import method


@method
def zero_shot_cot(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Ask the model to think step by step, without examples. Source: Kojima et al. 2022, arXiv 2205.11916."""
    prompt = prompts.own(problem, lm, "chain") or prompts.zero_shot_cot(problem)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0]
    return solution_of(problem, chain)
