"""Least-to-most: simpler questions first, each answered with the answers before it in sight."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, chosen, listed, said
from .method import method


@method
def least_to_most(
    problem: Problem, lm, *, max_parts: int = 4, temperature: float = 0.0, max_new_tokens: int = 256
) -> Solution:
    """Let the model list simpler questions, answer them in order, then the question itself.

    max_parts: simpler questions asked at most. Where the reply lists none, the question is asked alone.
    The paper shows examples of both stages; here they are described.
    Source: Zhou et al. 2022, arXiv 2205.10625. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "least_to_most")
    settings = {"temperature": temperature, "max_new_tokens": max_new_tokens}
    plan = lm.sample(prompts.message(prompts.LEAST_TO_MOST_PARTS, question=problem.question), **settings)[0]
    parts = [*listed(said(plan))[:max_parts], problem.question]
    trace: list[dict] = [{"step": "parts", "text": plan.text, "parts": parts}]
    known: list[str] = []
    for part in parts:
        values = {"question": problem.question, "known": "\n".join(known), "part": part}
        chain = lm.sample(prompts.message(prompts.LEAST_TO_MOST_SOLVE, **values), **settings)[0]
        known.append(prompts.fill(prompts.ANSWERED_PART, part=part, answer=said(chain)))
        trace.append({"step": "part", "question": part, "text": chain.text})
    return chosen(problem, chain, trace)
