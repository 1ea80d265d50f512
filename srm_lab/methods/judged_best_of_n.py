"""Best-of-N with a language model as the judge, by default the very model that wrote the chains."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Problem, Solution
from .best_of_n import best_of
from .few_shot_cot import few_shot_prompt
from .judge import judge as verifier_of
from .method import method


@method
def judged_best_of_n(
    problem: Problem,
    lm,
    *,
    n: int = 8,
    judge=None,
    temperature: float = 0.7,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """Sample n chains and take the one to which the judge gives the highest probability of being right.

    judge: another model; None is the model itself. Graded from the probabilities of Yes and No, see judge.py.
    Source: Kadavath et al. 2022, arXiv 2207.05221. Raises SrmLabError for a judge without logprobs.
    """
    grader = verifier_of(lm.beside(judge).judge)
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)
    return best_of(problem, chains, grader)
