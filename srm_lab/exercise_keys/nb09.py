"""The exercises of notebook 09: what a beam search costs, the bound of UCT, steps against chains, a replay."""

from __future__ import annotations

import math

from ..exercises import calls, exercise


@exercise(
    "09.1",
    hints=(
        "How many steps are drawn at each level of the tree?",
        "beams * width steps at every level, at the first one too; each of `tokens` tokens.",
    ),
    target="3 beams of width 3, 5 steps of 8 tokens: 360 tokens",
    placebo=lambda beams, width, steps, tokens: beams * width**steps * tokens,
    solution=lambda beams, width, steps, tokens: beams * width * steps * tokens,
)
def beam_tokens(answer):
    """Write beam_tokens(beams, width, steps, tokens): the tokens that a beam search over such chains draws."""
    return calls(answer, [((3, 3, 5, 8), 360), ((1, 1, 4, 10), 40), ((4, 2, 3, 7), 168)])


def _bound(mean, visits, above, c):
    return math.inf if visits == 0 else mean + c * math.sqrt(math.log(above) / visits)


@exercise(
    "09.2",
    hints=(
        "A child that was never visited comes before all others: how large must its bound be?",
        "math.inf for no visits, else mean + c * math.sqrt(math.log(above) / visits).",
    ),
    target="a mean of 0.5 from 4 of 16 visits has the bound 1.67 at c = 1.4",
    placebo=lambda mean, visits, above, c: mean + c * math.sqrt(math.log(max(visits, 1)) / above),
    solution=_bound,
)
def bound(answer):
    """Write bound(mean, visits, above, c): the upper confidence bound of a child whose parent has `above` visits."""
    cases = [((0.5, 4, 16, 1.4), 1.6656), ((0.25, 1, 1, 2.0), 0.25), ((0.9, 100, 1000, 0.0), 0.9)]
    verdict = calls(answer, cases, tolerance=1e-3)
    if verdict is not True:
        return verdict
    return answer(0.0, 0, 7, 1.4) == math.inf or "A child without visits must come before all others."


def _step_by_step(share, width, steps):
    return (1 - (1 - share) ** width) ** steps


@exercise(
    "09.3",
    hints=(
        "What is the chance that at least one of `width` drawn steps is right?",
        "That chance has to come true at each of `steps` levels, one after the other.",
    ),
    target="steps right in 60 of 100 draws, 4 draws a level, 5 levels: 0.878; 4 whole chains: 0.277",
    placebo=lambda share, width, steps: 1 - (1 - share**steps) ** width,
    solution=_step_by_step,
)
def step_by_step(answer):
    """Write step_by_step(share, width, steps): the chance that one beam with a perfect verifier ends right."""
    cases = [((0.6, 4, 5), 0.8784), ((0.5, 1, 3), 0.125), ((1.0, 2, 9), 1.0), ((0.5, 2, 2), 0.5625)]
    return calls(answer, cases, tolerance=1e-3)


def _answer_at(log, budget):
    spent, standing = 0, None
    for tokens, found in log:
        spent += tokens
        if spent > budget:
            break
        standing = standing if found is None else found
    return standing


@exercise(
    "09.4",
    hints=(
        "Add up the tokens in order. What happens at the first entry that no longer fits?",
        "The search ends there: later entries don't count, even small ones. Keep the last answer that is not None.",
    ),
    target="the log [(8, None), (8, '5'), (20, None), (2, '7')] has answered '5' after 18 to 37 tokens",
    placebo=lambda log, budget: next((found for _, found in reversed(log) if found is not None), None),
    solution=_answer_at,
)
def answer_at(answer):
    """Write answer_at(log, budget): the answer that stands after so many tokens; log: (tokens, new answer or None)."""
    log = [(8, None), (8, "5"), (20, None), (2, "7")]
    return calls(answer, [((log, at), expected) for at, expected in ((18, "5"), (37, "5"), (38, "7"), (15, None))])
