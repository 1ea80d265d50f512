"""Mixture of agents: layers of models, each of which reads all replies of the layer before it."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Completion, Problem, Solution
from .chain import check_instructable, chosen, said
from .debate import numbered
from .method import method


@method
def mixture_of_agents(
    problem: Problem,
    lm,
    *,
    models: Sequence | None = None,
    layers: int = 2,
    temperature: float = 0.7,
    max_new_tokens: int = 256,
) -> Solution:
    """`layers` layers of proposers, then one reply that `lm` writes greedily after reading the last layer.

    models: the proposers; None is `lm` three times. Replies that were cut off are not passed on.
    Source: Wang et al. 2024, arXiv 2406.04692. Raises SrmLabError for models that know bare questions only.
    """
    proposers = [lm.beside(model) for model in (models or (None, None, None))]
    for model in (lm, *proposers):
        check_instructable(model, "mixture_of_agents")
    replies: list[Completion] = []
    trace: list[dict] = []

    def asked(model, **settings) -> Completion:
        heard = numbered([said(reply) for reply in replies])
        prompt = prompts.message(prompts.AGGREGATE, question=problem.question, replies=heard)
        prompt = prompt if replies else prompts.zero_shot_cot(problem)
        return model.sample(prompt, max_new_tokens=max_new_tokens, **settings)[0]

    for _ in range(layers):
        layer = [asked(model, temperature=temperature, indices=[i]) for i, model in enumerate(proposers)]
        trace.append({"step": "layer", "texts": [reply.text for reply in layer]})
        replies = [reply for reply in layer if reply.finished]
    return chosen(problem, asked(lm, temperature=0.0), trace)
