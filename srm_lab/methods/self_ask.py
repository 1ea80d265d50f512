"""Self-ask: the model asks itself follow-up questions and answers them before it answers."""

from __future__ import annotations

import re

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, solution_of
from .method import method


@method
def self_ask(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Show one question that is answered through follow-up questions, then ask. All of it is one chain.

    Source: Press et al. 2022, arXiv 2210.03350; without their search engine, so the model answers its own questions.
    Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "self_ask")
    prompt = prompts.fill(prompts.SELF_ASK, question=problem.question)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)[0]
    solution = solution_of(problem, chain)
    trace = [{"step": "follow up", "question": q, "answer": a} for q, a in follow_ups(chain.text)]
    return Solution(solution.answer, solution.text, (chain,), trace=tuple(trace))


def follow_ups(text: str) -> list[tuple[str, str]]:
    """Every follow-up question in a self-ask chain, with its answer ("" where it has none)."""
    asked, answer = re.escape(prompts.FOLLOW_UP), re.escape(prompts.FOLLOW_UP_ANSWER)
    pairs = re.findall(rf"{asked}[ \t]*(.*)(?:\n{answer}[ \t]*(.*))?", text)
    return [(question.strip(), reply.strip()) for question, reply in pairs]
