"""Votes over several prompts: chains that were asked in different words make different mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..errors import unknown_name
from ..records import Problem, Solution
from ..scoring.votes import vote
from .chain import check_instructable, kind_of
from .method import method

WORDINGS = {
    "zero_shot_cot": prompts.ZERO_SHOT_COT,
    "plan_and_solve": prompts.PLAN_AND_SOLVE,
    "re_reading": prompts.RE_READING,
}


@method
def multi_prompt_vote(
    problem: Problem,
    lm,
    *,
    n: int = 9,
    wordings: Sequence[str] = tuple(WORDINGS),
    temperature: float = 0.7,
    max_new_tokens: int = 256,
) -> Solution:
    """Sample n chains, the wordings taking turns, and take the majority.

    wordings: names of WORDINGS. After Li et al. 2022, arXiv 2206.02336, who vary the examples of few-shot prompts.
    Raises SrmLabError for an unknown wording, and for a model that knows bare questions only.
    """
    check_instructable(lm, "multi_prompt_vote")
    for name in wordings:
        if name not in WORDINGS:
            raise unknown_name("wording", name, WORDINGS)
    chains, asked = [], []
    for turn, name in enumerate(wordings):
        share = len(range(turn, n, len(wordings)))
        if share and (not chains or lm.left > 0):
            prompt = prompts.message(WORDINGS[name], question=problem.question)
            drawn = lm.sample(prompt, n=share, temperature=temperature, max_new_tokens=max_new_tokens)
            chains += drawn
            asked += [name] * len(drawn)
    voted = vote(chains, kind_of(problem))
    return Solution(voted.answer, voted.text, trace=({"step": "wordings", "asked": asked}, *voted.trace))
