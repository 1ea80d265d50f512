"""Matrix products with a model's weights, in the form that is fastest for the number of rows at hand.

A decoding step multiplies few rows by large weights, so most of its time goes into reading the weights. Three
things make that cheaper: one product where a model has several of the same input (query, key and value; gate
and up), weights laid out once in the blocks that the processor's matrix unit reads (oneDNN would otherwise
rearrange them in every call), and, where asked for by name, weights of 8 or 4 bits for a handful of rows.

Only plain `nn.Linear` modules are read like that. Anything else (bitsandbytes layers, adapters, a student's own
module) is called as it is, so quantized and adapted models keep working.

Left out: quantizing for good. `srm_lab.compress` does that, and measures what it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from srm_lab.decoding.weights import count_hooks

STREAM_ROWS = 4  # up to so many rows the 8- and 4-bit kernels are faster than bf16
_INT4_GROUP = 32  # columns that share a scale

Projection = Callable[[torch.Tensor], torch.Tensor]  # [rows, inputs] -> [rows, outputs of all modules]


def projection(modules: Sequence[nn.Module], stream_weights: str | None = None) -> Projection:
    """One function for linear modules that share their input; their outputs stand side by side.

    stream_weights: None, "int8" or "int4": the weights for up to STREAM_ROWS rows (CPU and bfloat16 only).
    """
    if not all(is_plain_linear(module) for module in modules):
        return separate(modules)
    weight = torch.cat([m.weight for m in modules]) if len(modules) > 1 else modules[0].weight
    bias = torch.cat([m.bias for m in modules]) if modules[0].bias is not None else None
    if weight.device.type != "cpu" or weight.dtype != torch.bfloat16:
        return lambda x: nn.functional.linear(x, weight, bias)
    many = packed(weight.detach(), bias)
    if stream_weights is None or bias is not None:
        return many
    few = {"int8": int8, "int4": int4}[stream_weights](weight.detach())
    return lambda x: few(x) if len(x) <= STREAM_ROWS else many(x)


def is_plain_linear(module: nn.Module) -> bool:
    return type(module) is nn.Linear and count_hooks(module) == 0


def separate(modules: Sequence[nn.Module]) -> Projection:
    """Each module's own forward."""
    return lambda x: torch.cat([module(x) for module in modules], dim=-1)


def packed(weight: torch.Tensor, bias: torch.Tensor | None) -> Projection:
    """The weight in oneDNN's own blocked layout: a third faster than `linear` up to 128 rows, equal at 512."""
    if not torch.backends.mkldnn.is_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return lambda x: nn.functional.linear(x, weight, bias)
    blocked = torch.ops.mkldnn._reorder_linear_weight(weight, None)
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, blocked, bias, "none", [], "")


def int8(weight: torch.Tensor) -> Projection:
    """8 bits a weight with one scale a row of the weight; torch's kernel multiplies without unpacking."""
    scales = weight.abs().amax(1).float().clamp(min=1e-12) / 127
    codes = (weight.float() / scales[:, None]).round().to(torch.int8)
    scales = scales.to(weight.dtype)
    return lambda x: torch._weight_int8pack_mm(x, codes, scales)


def int4(weight: torch.Tensor) -> Projection:
    """4 bits a weight with a scale and an offset for each group of 32; falls back to 8 where shapes don't fit."""
    outputs, inputs = weight.shape
    if inputs % _INT4_GROUP or outputs % 16:
        return int8(weight)
    groups = weight.float().view(outputs, -1, _INT4_GROUP)
    low, high = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
    scale = ((high - low) / 15).clamp(min=1e-9)
    codes = ((groups - low) / scale).round().clamp(0, 15).to(torch.int32).view(outputs, inputs)
    # The kernel computes (code - 8) * scale + offset.
    grid = torch.cat([scale, low + 8 * scale], dim=-1).transpose(0, 1).contiguous().to(weight.dtype)
    blocked = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes, 1)
    return lambda x: torch.ops.aten._weight_int4pack_mm_for_cpu(x, blocked, _INT4_GROUP, grid)
