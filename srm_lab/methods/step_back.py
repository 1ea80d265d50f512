"""Step-back prompting: a more general question first, whose answer then helps with this one."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, chosen, said
from .method import method


@method
def step_back(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Let the model ask a more general question, answer that, and solve the problem with it.

    Source: Zheng et al. 2023, arXiv 2310.06117. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "step_back")

    def asked(template: str, **values: str):
        prompt = prompts.message(template, question=problem.question, **values)
        return lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0]

    general = said(asked(prompts.STEP_BACK_QUESTION))
    principle = said(asked(prompts.STEP_BACK_ANSWER, general=general))
    chain = asked(prompts.STEP_BACK_SOLVE, general=general, principle=principle)
    trace = [{"step": "step back", "question": general}, {"step": "principle", "text": principle}]
    return chosen(problem, chain, trace)
