"""Debate: several agents answer, read the others' answers, answer again, and vote at the end."""

from __future__ import annotations

from .. import prompts
from ..records import Completion, Problem, Solution
from ..scoring.votes import vote
from .chain import check_instructable, kind_of, said
from .method import method


@method
def debate(
    problem: Problem, lm, *, agents: int = 3, rounds: int = 2, temperature: float = 0.7, max_new_tokens: int = 256
) -> Solution:
    """`agents` chains; in each further round every agent sees the others' latest replies; the last round votes.

    rounds: with the first one. A round that the budget does not pay for whole is not voted on.
    Source: Du et al. 2023, arXiv 2305.14325. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "debate")
    settings = {"temperature": temperature, "max_new_tokens": max_new_tokens}
    question = prompts.zero_shot_cot(problem)
    latest = lm.sample(question, n=agents, **settings)
    trace = [{"step": "round", "texts": [chain.text for chain in latest]}]
    for _ in range(rounds - 1):
        replies: list[Completion] = []
        for agent, own in enumerate(latest):
            if lm.left <= 0:
                break
            others = [said(chain) for at, chain in enumerate(latest) if at != agent]
            talk = [
                *question,
                {"role": "assistant", "content": said(own)},
                *prompts.message(prompts.RECONSIDER, others=numbered(others), question=problem.question),
            ]
            replies += lm.sample(talk, indices=[agent], **settings)
        if len(replies) < len(latest):
            break
        latest = replies
        trace.append({"step": "round", "texts": [chain.text for chain in latest]})
    voted = vote(latest, kind_of(problem))
    return Solution(voted.answer, voted.text if voted.answer else "", trace=(*trace, *voted.trace))


def numbered(replies: list[str]) -> str:
    """Replies one after the other, each under its number."""
    return "\n\n".join(f"Reply {i}:\n{reply}" for i, reply in enumerate(replies, 1))
