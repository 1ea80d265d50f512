"""The product of an adapted layer with fewer passes over its output than peft's own: W x + B (s A x).

The strength s multiplies the few numbers in the middle instead of the many at the end, and the sum is part of the
second product. Same mathematics, same gradients. Source: Hu et al. 2021, arXiv 2106.09685. Every other kind of layer,
and an adapter with dropout, a variant, several at once, or a packed base, runs as the module it is.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def product(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """layer(x). x: [tokens, inputs]; returns [tokens, outputs]."""
    name = _only_plain_adapter(layer)
    if name is None:
        return layer(x)
    inner = layer.scaling[name] * functional.linear(x, layer.lora_A[name].weight)
    return torch.addmm(layer.base_layer(x), inner, layer.lora_B[name].weight.t())


def _only_plain_adapter(layer: nn.Module) -> str | None:
    """The adapter's name where nothing but W x + B (s A x) is to be done, else None."""
    active = getattr(layer, "active_adapters", ())
    if len(active) != 1 or layer.merged or layer.disable_adapters or type(layer.base_layer) is not nn.Linear:
        return None
    (name,) = active
    if name not in layer.lora_A or name in layer.lora_variant or layer.lora_bias[name]:
        return None
    weights = (layer.base_layer.weight, layer.lora_A[name].weight, layer.lora_B[name].weight)
    same = len({weight.dtype for weight in weights}) == 1 and not torch.is_autocast_enabled(weights[0].device.type)
    return name if same and isinstance(layer.lora_dropout[name], nn.Identity) else None
