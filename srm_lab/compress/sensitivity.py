"""Mixed precision: find out which layers suffer most from few bits, and spend a budget of bits where it helps.

Layer by layer, one at a time, the weight is rounded and the model reads the texts: how far do its predictions move?
The mean Kullback-Leibler divergence a token is the layer's sensitivity at those bits. Then everything starts at the
fewest bits, and the budget buys, again and again, the step with the largest fall of divergence for each bit paid.
That takes the layers as independent, which they are not quite.

Left out: Hessian-based guesses (HAWQ), which are cheaper and measure something else than what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..errors import SrmLabError
from .calibration import token_batches
from .copies import check_compressible, linear_layers
from .grids import GroupSize, check_grid, dequantize, round_to_nearest


@torch.no_grad()
def layer_sensitivity(
    lm: Any, texts: Sequence[Any], bits: Sequence[int] = (2, 3, 4, 8), group_size: GroupSize = 64
) -> dict[str, dict[int, float]]:
    """For each linear layer and number of bits: the mean divergence a token, in nats, when it alone is rounded.

    texts: what the model reads; a few hundred tokens rank the layers. The model is as it was afterwards.
    Raises SrmLabError for texts without tokens, bits or groups that cannot be, or a model quantized already.
    """
    check_compressible(lm)
    layers, batches = linear_layers(lm.model), token_batches(lm, texts)
    for name, layer in layers.items():
        for width in bits:
            check_grid(width, group_size, layer.in_features, f"The layer {name}")
    reference = _log_probabilities(lm.model, batches)
    found: dict[str, dict[int, float]] = {}
    for name, layer in layers.items():
        original, found[name] = layer.weight, {}
        try:
            for width in bits:
                rounded = dequantize(round_to_nearest(original, width, group_size)).to(original.dtype)
                layer.weight = torch.nn.Parameter(rounded, requires_grad=False)
                found[name][width] = _divergence(reference, _log_probabilities(lm.model, batches))
        finally:
            layer.weight = original
    return found


def allocate_bits(
    sensitivity: Mapping[str, Mapping[int, float]], weights: Mapping[str, int], mean_bits: float
) -> dict[str, int]:
    """Bits for each layer, of those measured, so that the mean over all weights is at most `mean_bits`.

    sensitivity: from `layer_sensitivity`.  weights: how many each layer has. Scales come on top.
    Raises SrmLabError where even the fewest bits are more than the budget.
    """
    ladder = sorted(next(iter(sensitivity.values())))
    total = sum(weights[name] for name in sensitivity)
    chosen, left = dict.fromkeys(sensitivity, ladder[0]), (mean_bits - ladder[0]) * total
    if left < 0:
        raise SrmLabError(
            f"A budget of {mean_bits} bits a weight buys nothing.",
            f"The fewest bits that were measured are {ladder[0]}.",
            "Raise the budget, or measure fewer bits.",
        )
    while True:
        steps = [
            ((costs[now] - costs[then]) / (then - now) / weights[name], name, then)
            for name, costs in sensitivity.items()
            for now in [chosen[name]]
            for then in ladder
            if then > now and (then - now) * weights[name] <= left and costs[then] < costs[now]
        ]
        if not steps:
            return chosen
        _, name, then = max(steps)
        left -= (then - chosen[name]) * weights[name]
        chosen[name] = then


def _log_probabilities(model: Any, batches: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [model(input_ids=ids, use_cache=False).logits[0].float().log_softmax(-1) for ids in batches]


def _divergence(reference: Sequence[torch.Tensor], rounded: Sequence[torch.Tensor]) -> float:
    """Mean KL(reference || rounded) over all tokens, in nats."""
    sums = [(p.exp() * (p - q)).sum().item() for p, q in zip(reference, rounded)]
    return max(sum(sums) / sum(map(len, reference)), 0.0)
