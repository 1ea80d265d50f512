"""Critic and reviser: one model writes, another finds mistakes, a third (or the first) mends them."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable
from .method import method
from .revising import revise


@method
def critic_and_reviser(
    problem: Problem,
    lm,
    *,
    critic,
    reviser=None,
    rounds: int = 1,
    temperature: float = 0.0,
    max_new_tokens: int = 256,
) -> Solution:
    """Draft by `lm`, then up to `rounds` times feedback by `critic` and a new version by `reviser`.

    critic, reviser: models; None for the reviser is `lm`. It ends early as self_refine does.
    Source: Paul et al. 2023, arXiv 2304.01904 (REFINER), without its training of the critic.
    Raises SrmLabError for models that know bare questions only.
    """
    reads, mends = lm.beside(critic), lm.beside(reviser)
    for model in (lm, reads, mends):
        check_instructable(model, "critic_and_reviser")
    settings = {"temperature": temperature, "max_new_tokens": max_new_tokens}
    draft = lm.sample(prompts.zero_shot_cot(problem), **settings)[0]
    return revise(problem, draft, critic=reads, reviser=mends, rounds=rounds, settings=settings)
