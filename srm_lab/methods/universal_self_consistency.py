"""Universal self-consistency: the model itself says which of its replies agrees best with the others."""

from __future__ import annotations

import re

from .. import prompts
from ..records import Completion, Problem, Solution
from ..scoring.votes import vote
from .chain import check_instructable, chosen, kind_of, said
from .method import method


@method
def universal_self_consistency(
    problem: Problem, lm, *, n: int = 8, temperature: float = 0.7, max_new_tokens: int = 256, judge=None
) -> Solution:
    """Sample n zero-shot chains, show the finished ones to the model, and take the one it names.

    judge: another model that chooses. Where the choice names no reply, the plain vote decides, and the trace says
    "named": None. Source: Chen et al. 2023, arXiv 2311.17311.
    Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "universal_self_consistency")
    chains = lm.sample(prompts.zero_shot_cot(problem), n=n, temperature=temperature, max_new_tokens=max_new_tokens)
    finished = [chain for chain in chains if chain.finished]
    if len(finished) < 2 or lm.left <= 0:
        return vote(chains, kind_of(problem))
    replies = "\n\n".join(f"Reply {i}:\n{said(chain)}" for i, chain in enumerate(finished, 1))
    prompt = prompts.message(prompts.MOST_CONSISTENT, question=problem.question, replies=replies)
    choice = lm.beside(judge).judge.sample(prompt, temperature=0.0, max_new_tokens=32)[0]
    number = named(choice, len(finished))
    step = {"step": "most consistent", "named": number, "text": choice.text}
    if number is None:
        voted = vote(chains, kind_of(problem))
        return Solution(voted.answer, voted.text, trace=(step, *voted.trace))
    return chosen(problem, finished[number - 1], [step])


def named(choice: Completion, replies: int) -> int | None:
    """The first number from 1 to `replies` in what was said, or None."""
    numbers = (int(digits) for digits in re.findall(r"\d{1,6}", said(choice)))
    return next((number for number in numbers if 1 <= number <= replies), None)
