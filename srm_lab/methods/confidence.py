"""How sure a model is of its own chain: likelihood, self-certainty, and the margin at the answer's tokens.

Likelihood is there with every sample. The other two read the model's whole distributions over again and need a model
that gives them (`distributions`: local ones do); any other is an error, never a weight of 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import SrmLabError
from ..records import Completion


def likelihood(chain: Completion) -> float:
    """The mean probability of a token of the chain, as a geometric mean, 0 to 1, so that long chains lose nothing.

    Raises SrmLabError for a chain without log-probabilities, or with ones that are no numbers.
    Source: Wang et al. 2022, arXiv 2203.11171 (its normalized weights).
    """
    if not chain.logprobs:
        raise SrmLabError(
            "These chains came without log-probabilities, so they have no likelihood.",
            "A server may not send them, and a chain of no tokens has none.",
            "Use a local model, or the plain vote: self_consistency.",
        )
    mean = sum(chain.logprobs) / len(chain.logprobs)
    if math.isnan(mean):
        raise SrmLabError("A chain's log-probabilities are not numbers.", "The model's weights may be broken.")
    return math.exp(min(mean, 0.0))


def self_certainty(lm, prompt, chain: Completion) -> float:
    """How far, in nats, the model's distributions are from even ones, as a mean over the chain's tokens.

    It is the divergence KL(even, model) at each token: larger is surer. The chain is run over once more.
    Source: Kang, Zhao and Song 2025, arXiv 2502.18581. Raises SrmLabError for a model without distributions.
    """
    logs = lm.distributions(prompt, chain.text)[:-1]
    if not len(logs):
        return 0.0
    return float(-logs.clamp(min=-100).mean() - math.log(logs.shape[-1]))


def borda(values: Sequence[float], power: float = 1.0) -> list[float]:
    """Weights by rank: n for the largest value down to 1, each to a power; equal values share the better rank."""
    return [float(sum(other <= value for other in values)) ** power for value in values]


def answer_margin(lm, prompt, chain: Completion, span: tuple[int, int]) -> float:
    """The probability of the likeliest token less that of the next, as a mean over the answer's tokens, 0 to 1.

    span: where the answer stands in the chain's text, in characters. Source: Wang and Zhou 2024, arXiv 2402.10200.
    """
    offsets = lm.tokenizer(chain.text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    places = [at for at, (start, end) in enumerate(offsets) if start < span[1] and end > span[0]]
    best = lm.distributions(prompt, chain.text)[places].exp().topk(2, dim=-1).values
    return float((best[:, 0] - best[:, 1]).mean()) if places else 0.0
