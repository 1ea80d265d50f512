"""A pairwise tournament: chains meet in pairs, the better one goes on."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, chosen
from .few_shot_cot import few_shot_prompt
from .judge import preference
from .method import method


@method
def tournament(
    problem: Problem,
    lm,
    *,
    n: int = 8,
    judge=None,
    temperature: float = 0.7,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """Sample n chains; let the finished ones meet in knock-out rounds; n - 1 matches find the winner.

    judge: another model; None is the model itself. A match is decided by the probabilities of "A" and "B", averaged
    over both orders; at even odds the first goes on. A chain without an opponent goes on too.
    After Liu et al. 2025, arXiv 2501.13007 (pairwise reward models with knock-out rounds).
    Raises SrmLabError for a judge without logprobs, or one that knows bare questions only.
    """
    grader = lm.beside(judge).judge
    check_instructable(grader, "A judge")
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)
    standing = [i for i, chain in enumerate(chains) if chain.finished] or [0]
    trace: list[dict] = []
    while len(standing) > 1:
        winners = []
        for a, b in zip(standing[::2], standing[1::2]):
            share = preference(grader, problem, chains[a], chains[b])
            winners.append(a if share >= 0.5 else b)
            trace.append({"step": "match", "first": a, "second": b, "preference": share, "winner": winners[-1]})
        standing = winners + standing[len(winners) * 2 :]
    return chosen(problem, chains[standing[0]], [*trace, {"step": "chosen", "chain": standing[0]}])
