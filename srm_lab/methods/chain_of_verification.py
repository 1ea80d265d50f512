"""Chain of verification: the model asks questions that check its draft, answers them without seeing it, and revises."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, chosen, listed, said
from .method import method


@method
def chain_of_verification(
    problem: Problem, lm, *, questions: int = 3, temperature: float = 0.0, max_new_tokens: int = 256
) -> Solution:
    """Draft, plan verification questions, answer each on its own, write the final answer.

    questions: at most so many. Where the plan lists none, or tokens run out before the end, the draft stands.
    It is the paper's "factored" variant. Source: Dhuliawala et al. 2023, arXiv 2309.11495.
    Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "chain_of_verification")
    settings = {"temperature": temperature, "max_new_tokens": max_new_tokens}
    draft = lm.sample(prompts.zero_shot_cot(problem), **settings)[0]
    trace: list[dict] = [{"step": "draft", "text": draft.text}]
    values = {"question": problem.question, "solution": said(draft)}
    asked = []
    if lm.left > 0:
        plan = lm.judge.sample(prompts.message(prompts.VERIFICATION_QUESTIONS, **values), **settings)[0]
        asked = listed(said(plan))[:questions]
    checks = []
    for question in asked:
        if lm.left <= 0:
            break
        reply = said(lm.judge.sample(prompts.message(prompts.VERIFICATION_ANSWER, question=question), **settings)[0])
        checks.append(f"{question}\n{reply}")
        trace.append({"step": "check", "question": question, "answer": reply})
    if not checks or lm.left <= 0:
        return chosen(problem, draft, trace)
    final = lm.sample(prompts.message(prompts.VERIFIED, **values, checks="\n\n".join(checks)), **settings)[0]
    trace.append({"step": "revision", "text": final.text})
    return chosen(problem, final, trace)
