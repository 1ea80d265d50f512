"""Matrix products with a model's weights, in the form that is fastest for the number of rows at hand.

A decoding step multiplies few rows by large weights, so most of its time goes into reading the weights. Three
things make that cheaper: one product where a model has several of the same input (query, key and value; gate
and up), weights laid out once in the blocks that the processor's kernels read (they would otherwise be
rearranged in every call), and, where asked for by name, weights of fewer bits, which are sooner read:

    float32 model   "float16"            for any number of rows; sums stay float32 (FBGEMM, x86 processors)
    float32 model   "int8"               for steps of up to STREAM_ROWS rows; inputs in 7 bits too (FBGEMM)
    bfloat16 model  "int8" or "int4"     for steps of up to STREAM_ROWS rows

Where a format is for few rows only, more of them use the model's own weights.

Only plain `nn.Linear` modules are read like that. Anything else (bitsandbytes layers, adapters, a student's own
module) is called as it is, so quantized and adapted models keep working.

Left out: quantizing for good. `srm_lab.compress` does that, and measures what it costs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from srm_lab.decoding import failures
from srm_lab.decoding.weights import count_hooks, plain
from srm_lab.errors import unknown_name

FORMATS = {  # for models of which dtypes
    "float16": (torch.float32,),
    "int8": (torch.float32, torch.bfloat16),
    "int4": (torch.bfloat16,),
}
STREAM_ROWS = 4  # up to so many rows the 8- and 4-bit kernels are faster than a model's own weights
PACKED_NUMBERS = 2**18  # smaller weights stay in the cache, where a plain call has less to set up
_INT4_GROUP = 32  # columns that share a scale

Projection = Callable[[torch.Tensor], torch.Tensor]  # [rows, inputs] -> [rows, outputs of all modules]


def check_format(stream_weights: str | None, model: nn.Module) -> None:
    """Raises SrmLabError where this model or this machine cannot run the format."""
    if stream_weights is None:
        return
    if stream_weights not in FORMATS:
        raise unknown_name("weight format", stream_weights, FORMATS)
    weight = model.get_input_embeddings().weight
    if weight.device.type != "cpu" or weight.dtype not in FORMATS[stream_weights]:
        raise failures.format_does_not_fit(stream_weights, FORMATS[stream_weights], weight)
    if weight.dtype == torch.float32 and "fbgemm" not in torch.backends.quantized.supported_engines:
        raise failures.no_kernel(stream_weights)


def projection(modules: Sequence[nn.Module], stream_weights: str | None = None) -> Projection:
    """One function for linear modules that share their input; their outputs stand side by side.

    stream_weights: None, or one of FORMATS that `check_format` let pass.
    """
    if not all(is_plain_linear(module) for module in modules):
        return separate(modules)
    weight = torch.cat([m.weight for m in modules]) if len(modules) > 1 else modules[0].weight
    bias = torch.cat([m.bias for m in modules]) if modules[0].bias is not None else None
    if stream_weights == "float16":
        return float16(weight.detach(), bias)
    if weight.device.type != "cpu" or weight.numel() < PACKED_NUMBERS:
        return lambda x: nn.functional.linear(x, weight, bias)
    many = packed(weight.detach(), bias)
    if stream_weights is None or bias is not None:
        return many
    few = _for_few_rows(stream_weights, weight.dtype)(weight.detach())
    return lambda x: few(x) if len(x) <= STREAM_ROWS else many(x)


def _for_few_rows(stream_weights: str, dtype: torch.dtype) -> Callable[[torch.Tensor], Projection]:
    if dtype == torch.float32:
        return int8_by_row
    return {"int8": int8, "int4": int4}[stream_weights]


def is_plain_linear(module: nn.Module) -> bool:
    return type(module) is nn.Linear and count_hooks(module) == 0 and plain(module.weight)


def separate(modules: Sequence[nn.Module]) -> Projection:
    """Each module's own forward."""
    return lambda x: torch.cat([module(x) for module in modules], dim=-1)


def packed(weight: torch.Tensor, bias: torch.Tensor | None) -> Projection:
    """The weight in oneDNN's own blocked layout, so that no call has to rearrange it."""
    if not packable(weight.dtype):
        return lambda x: nn.functional.linear(x, weight, bias)
    blocked = torch.ops.mkldnn._reorder_linear_weight(weight, None)
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, blocked, bias, "none", [], "")


def packable(dtype: torch.dtype) -> bool:
    """Whether oneDNN multiplies this number format here."""
    if not torch.backends.mkldnn.is_available():
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def float16(weight: torch.Tensor, bias: torch.Tensor | None) -> Projection:
    """16 bits a weight, inputs and sums in float32. On AVX2 it reads three times as fast as a plain float32 call."""
    half = torch.ops.quantized.linear_prepack_fp16(weight, bias)
    return lambda x: torch.ops.quantized.linear_dynamic_fp16(x, half)


def int8(weight: torch.Tensor) -> Projection:
    """8 bits a weight with one scale a row of the weight; torch's kernel multiplies without unpacking."""
    codes, scales = _eight_bits(weight)
    scales = scales.to(weight.dtype)
    return lambda x: torch._weight_int8pack_mm(x, codes, scales)


def int8_by_row(weight: torch.Tensor) -> Projection:
    """The same weights, and inputs in 7 bits: FBGEMM multiplies whole numbers, and only the sums become floats.

    The kernel takes one scale for all the inputs that it is given, so it gets one row at a time: a chain's numbers
    must not depend on its neighbours.
    """
    kernel = prepacked(*_eight_bits(weight))

    def multiply(x: torch.Tensor) -> torch.Tensor:
        rows = [torch.ops.quantized.linear_dynamic(x[at : at + 1], kernel, True) for at in range(len(x))]
        return rows[0] if len(rows) == 1 else torch.cat(rows)

    return multiply


def _eight_bits(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes, int8 [outputs, inputs], and their scales, float32 [outputs]."""
    scales = weight.abs().amax(1).float().clamp(min=1e-12) / 127
    return (weight.float() / scales[:, None]).round().to(torch.int8), scales


def prepacked(codes: torch.Tensor, scales: torch.Tensor) -> Any:
    """A weight in 8 bits, int8 [outputs, inputs] and float32 [outputs], in the layout of FBGEMM's product."""
    zeros = torch.zeros(len(scales), dtype=torch.long)
    with warnings.catch_warnings():  # torch means to drop quantized tensors some day
        warnings.simplefilter("ignore", UserWarning)
        weight = torch._make_per_channel_quantized_tensor(codes, scales.double(), zeros, 0)
    return torch.ops.quantized.linear_prepack(weight, None)


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
