"""A trap of bitsandbytes, closed: 4-bit layers that were sampled from and then let no gradient through.

On processors with AVX512-BF16, a forward pass in evaluation mode repacks the weights of a 4-bit layer for speed, and
the backward pass has no rule for the packed form: after `train()` a frozen layer hands on no gradient, with a warning
only. That is the loop of QLoRA with sampling in between: adapters below the last layer would learn from nothing.
So before training every layer is told not to repack, for good, and packed weights are put back. It costs the
fast sampling of 4-bit models on such processors, once they have been trained. Seen in bitsandbytes 0.50.2.

Do it before the first forward pass where you can: packing rounds the scales to bfloat16, so a model that was packed
once keeps weights that are changed a little. And unpacking, in the same version, leaves the scales of layers without
double quantization transposed, which scrambles the weights; here they are turned back.
"""

from __future__ import annotations

import sys
from typing import Any

REPACKING = "support_avx512bf16_for_cpu"  # the attribute of a layer that allows it


def keep_gradients(model: Any) -> int:
    """Make every 4-bit layer of a model pass gradients, whatever was run before. Returns how many there are."""
    layers = four_bit_layers(model)
    for layer in layers:
        setattr(layer, REPACKING, False)
        if getattr(getattr(layer.weight, "quant_state", None), "packing_format_for_cpu", False):
            _unpack(layer)
    return len(layers)


def _unpack(layer: Any) -> None:
    layer.state_dict()  # bitsandbytes unpacks in place for it
    state = layer.weight.quant_state
    if not state.nested and state.absmax.ndim == 2:  # as it was packed: blocks of a row, rows
        state.absmax = state.absmax.T.reshape(-1).float()


def four_bit_layers(model: Any) -> list[Any]:
    """The bitsandbytes 4-bit layers of a model; none, without importing anything, where it was never imported."""
    if "bitsandbytes" not in sys.modules:
        return []
    from bitsandbytes.nn import Linear4bit

    return [module for module in model.modules() if isinstance(module, Linear4bit)]
