"""The exercises of notebook 04: Wanda's score, 2 of every 4, when noughts are worth their mask, and long chains."""

from __future__ import annotations

import math

from ..exercises import calls, close, exercise


def _plain(value):
    """A tensor as lists, rounded, so that it can be compared; anything else as it is."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def _wanda(weight, mean_square):
    return weight.abs() * mean_square.sqrt()


@exercise(
    "04.1",
    hints=(
        "A small weight on a loud input can matter more than a large one on a quiet input.",
        "Multiply |w|, [outputs, inputs], by the root of the mean square of each input, [inputs].",
    ),
    target="a weight of 1 on an input of size 10 scores 10, one of -3 on an input of size 0.1 scores 0.3",
    placebo=lambda weight, mean_square: weight.abs() * mean_square,
    solution=_wanda,
)
def wanda_score(answer):
    """Write wanda_score(weight, mean_square): the importance of each weight, as Wanda measures it."""
    import torch

    weight = torch.tensor([[1.0, -3.0, 2.0], [0.5, 0.0, -1.0]])
    cases = [((torch.tensor([100.0, 0.01, 1.0]),), [[10.0, 0.3, 2.0], [5.0, 0.0, 1.0]]),
             ((torch.ones(3),), [[1.0, 3.0, 2.0], [0.5, 0.0, 1.0]])]  # fmt: skip
    return calls(lambda mean_square: _plain(answer(weight, mean_square)), cases)


def _best_two(scores):
    import torch

    groups = scores.view(len(scores), -1, 4)
    best = groups.topk(2, dim=-1).indices
    return torch.zeros_like(groups, dtype=torch.bool).scatter_(-1, best, True).view(scores.shape)


def _best_half_of_the_row(scores):
    import torch

    best = scores.topk(scores.shape[1] // 2, dim=-1).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, best, True)


@exercise(
    "04.2",
    hints=(
        "Neighbours compete with each other only: look at the scores as [outputs, inputs / 4, 4].",
        "scores.view(outputs, -1, 4).topk(2, dim=-1).indices says which stay; scatter_ them into a mask of False.",
    ),
    target="of every four neighbours exactly two stay, the two with the highest scores",
    placebo=_best_half_of_the_row,
    solution=_best_two,
)
def two_of_four(answer):
    """Write two_of_four(scores): a mask, true for the two highest of every four neighbours in a row."""
    import torch

    scores = torch.tensor([[1.0, 2.0, 3.0, 4.0, 9.0, 8.0, 7.0, 6.0], [4.0, 1.0, 3.0, 2.0, 0.1, 0.4, 0.2, 0.3]])
    mask = [[False, False, True, True, True, True, False, False], [True, False, True, False, False, True, False, True]]
    return calls(lambda given: _plain(answer(given)), [((scores,), mask), ((scores[:1],), mask[:1])])


@exercise(
    "04.3",
    hints=(
        "A weight costs 1 bit for the mask, and 16 more where it stays.",
        "Solve 1 + 16 * (1 - share) = 4 for the share.",
    ),
    target="the share at which 1 + 16 * (1 - share) is 4 bits a weight",
    placebo=0.75,
    solution=0.8125,
)
def share_for_four_bits(answer):
    """Which share of noughts makes a mask and 16-bit values as small as 4 bits a weight?"""
    return close(answer, 0.8125, 0.001)


@exercise(
    "04.4",
    hints=(
        "A chain is right only if every one of its tokens is: probabilities multiply, so nats add up.",
        "The whole chain costs nats_per_token * tokens nats, and exp(-nats) is its probability.",
    ),
    target="0.02 nats a token leave a chain of 10 tokens a chance of 82 %, and one of 50 tokens 37 %",
    placebo=lambda nats_per_token, tokens: math.exp(-nats_per_token),
    solution=lambda nats_per_token, tokens: math.exp(-nats_per_token * tokens),
)
def chance_of_chain(answer):
    """Write chance_of_chain(nats_per_token, tokens): the probability that a whole chain of so many tokens is right."""
    cases = [((0.02, 10), math.exp(-0.2)), ((0.02, 50), math.exp(-1.0)), ((0.0, 1000), 1.0), ((0.5, 1), math.exp(-0.5))]
    return calls(answer, cases, tolerance=1e-6)
