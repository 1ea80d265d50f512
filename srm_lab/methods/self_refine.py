"""Self-refine: the model criticises its own answer and writes it anew, until it finds nothing wrong.

On small models this often loses: they find mistakes in right answers. The trace shows every round.
"""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable
from .method import method
from .revising import revise


@method
def self_refine(
    problem: Problem, lm, *, rounds: int = 2, temperature: float = 0.0, max_new_tokens: int = 256
) -> Solution:
    """Draft, then up to `rounds` times feedback and a new version; all three by the same model.

    It ends early where the feedback says that there are no mistakes; where the feedback is empty or was cut off, and
    where a new version was cut off, the version before it stands. Source: Madaan et al. 2023, arXiv 2303.17651.
    Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "self_refine")
    settings = {"temperature": temperature, "max_new_tokens": max_new_tokens}
    draft = lm.sample(prompts.zero_shot_cot(problem), **settings)[0]
    return revise(problem, draft, critic=lm, reviser=lm, rounds=rounds, settings=settings)
