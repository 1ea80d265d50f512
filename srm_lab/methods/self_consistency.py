"""Self-consistency: draw several chains, let their answers vote."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Problem, Solution
from ..scoring.votes import vote
from .few_shot_cot import few_shot_prompt
from .method import method


@method
def self_consistency(
    problem: Problem,
    lm,
    *,
    n: int = 8,
    temperature: float = 0.7,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """Sample n few-shot chains of thought and take the majority. Source: Wang et al. 2022, arXiv 2203.11171.

    Equal answers count as one however they are written; an unfinished chain abstains.
    """
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)
    return vote(chains, kind=problem.kind)
