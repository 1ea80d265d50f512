"""Majority and weighted votes over sampled chains: the decision rule of self-consistency and its relatives.

Votes are counted over canonical answers, so that 0.5, 1/2 and 50/100 are one, and x+1 and 1+x in mathematics. Chains
that never finished, and chains whose answer cannot be read (hedges, refusals, nonsense), abstain: "[invalid]" can't
win. A tie goes to the answer that was reached first, so that a vote of one chain is that chain. Left out: comparing
free text by meaning, and asking a model to choose.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SrmLabError
from ..records import Completion, Solution, Usage
from .compare import same_answer
from .extract import extract


def vote(completions: Sequence[Completion], kind: str = "number", weights: Sequence[float] | None = None) -> Solution:
    """The answer that most chains, or most weight, agree on.

    weights: one non-negative number a chain (a confidence, a verifier's score); None counts each chain once.
    The solution's text is the first chain that carried the winning answer (the first chain where none had one).
    Raises SrmLabError for no chains, or weights that don't fit them.
    Source: Wang et al. 2022, arXiv 2203.11171 (self-consistency); Li et al. 2022, arXiv 2206.02336 (weighted).
    """
    completions = tuple(completions)
    weights = _checked(weights, completions)
    totals: dict[str, float] = {}
    first: dict[str, int] = {}
    abstained = 0
    for i, (completion, weight) in enumerate(zip(completions, weights)):
        extracted = extract(completion, kind)
        if extracted is None:
            abstained += 1
            continue
        answer = next((known for known in totals if same_answer(known, extracted.answer, kind)), extracted.answer)
        first.setdefault(answer, i)
        totals[answer] = totals.get(answer, 0) + weight
    # max keeps the first of equals, and answers stand in the order they were first reached
    winner = max(totals, key=totals.__getitem__, default=None)
    chosen = first.get(winner, 0)
    step = {"step": "vote", "counts": totals, "abstained": abstained, "winner": winner, "chosen": chosen}
    step["tied"] = [answer for answer, total in totals.items() if total == totals[winner]][1:]
    usage = sum((completion.usage for completion in completions), Usage())
    return Solution(winner, completions[chosen].text, completions, usage, (step,))


def _checked(weights: Sequence[float] | None, completions: Sequence[Completion]) -> Sequence[float]:
    if not completions:
        raise SrmLabError("There are no chains to vote over.", fix="Sample at least one: lm.sample(prompt, n=8).")
    if weights is None:
        return [1] * len(completions)
    if len(weights) != len(completions):
        raise SrmLabError(
            f"{len(weights)} weights do not fit {len(completions)} chains.", fix="Give one weight a chain."
        )
    if not all(0 <= weight < float("inf") for weight in weights):
        raise SrmLabError("A vote's weight must be a finite number of at least 0.", fix="Clip or rescale the weights.")
    return weights
