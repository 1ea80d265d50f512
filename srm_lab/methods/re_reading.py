"""Re-reading (RE2): the question stands in the prompt twice, so that its first words are read knowing its last."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, solution_of
from .method import method


@method
def re_reading(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Ask for steps after the question was given twice.

    Source: Xu et al. 2023, arXiv 2309.06275. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "re_reading")
    prompt = prompts.message(prompts.RE_READING, question=problem.question)
    return solution_of(problem, lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0])
