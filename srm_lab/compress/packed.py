"""Linear layers and embeddings whose weights really are stored in 2 to 8 bits a weight.

Codes stand in bytes without gaps: two of 4 bits in one, four of 2; a code of 3 bits is one of 2 and one of 1, and so
on. The columns of a byte lie far apart, so that a whole stretch of columns is unpacked by one mask. To multiply,
the weight is unpacked, used and dropped: that saves memory and costs time, because torch has no kernel for these
layouts that is fast on every machine (`int8.py` has one for 8 bits).

The modules keep tensors only as buffers, so that `memory_bytes`, fingerprints and safetensors see all of them.
Left out: gradients for the codes. Inputs do get gradients, so adapters can be trained on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError
from . import grids, nf4
from .grids import Quantized


def pack(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """uint8 codes [outputs, inputs] -> bytes [outputs, inputs * bits / 8]. inputs: a multiple of 8."""
    parts, low = [], 0
    for width in _widths(bits):
        field = (codes >> low) & (2**width - 1)
        columns = field.view(len(codes), 8 // width, -1)
        shifts = torch.arange(0, 8, width, device=codes.device)[:, None]
        parts.append((columns.int() << shifts).sum(1).to(torch.uint8))
        low += width
    return torch.cat(parts, dim=1)


def unpack(packed: torch.Tensor, bits: int) -> torch.Tensor:
    """The inverse of `pack`."""
    inputs, start, low, codes = packed.shape[1] * 8 // bits, 0, 0, None
    for width in _widths(bits):
        part = packed[:, start : start + inputs * width // 8]
        field = part if width == 8 else torch.cat([(part >> at) & (2**width - 1) for at in range(0, 8, width)], dim=1)
        codes = field if codes is None else codes | (field << low)
        start, low = start + part.shape[1], low + width
    return codes


def _widths(bits: int) -> list[int]:
    """The powers of two that make up the bits: 3 is 2 and 1, 6 is 4 and 2."""
    return [width for width in (8, 4, 2, 1) if bits & width]


class PackedWeight(nn.Module):
    """A matrix in packed codes.

    kind: "grid", with tensors codes, scale and zero (grids.py), or "nf4", with codes and absmax, and for double
        quantization absmax_codes and offset (nf4.py).
    shape: [outputs, inputs].  dtype: of the numbers that `dense` makes.
    """

    def __init__(
        self, kind: str, bits: int, shape: Sequence[int], dtype: torch.dtype, tensors: Mapping[str, torch.Tensor]
    ):
        super().__init__()
        self.kind, self.bits, self.shape, self.dtype = kind, bits, tuple(shape), dtype
        for name, tensor in tensors.items():
            self.register_buffer(name, tensor)

    def dense(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The weight, or some of its rows (of a grid), in `dtype`."""
        if self.kind == "nf4":
            return self._dense_nf4().to(self.dtype)
        codes, scale, zero = self.codes, self.scale, self.zero
        if rows is not None:
            codes = codes[rows]
            scale, zero = (part[rows] if len(part) > 1 else part for part in (scale, zero))
        return grids.dequantize(Quantized(unpack(codes, self.bits), scale, zero, self.bits)).to(self.dtype)

    def _dense_nf4(self) -> torch.Tensor:
        absmax = self.absmax
        if hasattr(self, "absmax_codes"):
            absmax = nf4.dequantize_twice(nf4.DoubleQuantized(self.absmax_codes, absmax, self.offset))
        return nf4.dequantize_nf4(unpack(self.codes, 4), absmax)


def pack_grid(quantized: Quantized, dtype: torch.dtype) -> PackedWeight:
    """Packs what `round_to_nearest` or `gptq` made."""
    tensors = {"codes": pack(quantized.codes, quantized.bits), "scale": quantized.scale, "zero": quantized.zero}
    return PackedWeight("grid", quantized.bits, quantized.codes.shape, dtype, tensors)


def pack_nf4(codes: torch.Tensor, absmax: torch.Tensor, dtype: torch.dtype, twice: bool) -> PackedWeight:
    """Packs what `quantize_nf4` made; `twice` rounds the magnitudes to 8 bits."""
    tensors = {"codes": pack(codes, 4), "absmax": absmax}
    if twice:
        double = nf4.quantize_twice(absmax)
        tensors |= {"absmax": double.absmax, "absmax_codes": double.codes, "offset": double.offset}
    return PackedWeight("nf4", 4, codes.shape, dtype, tensors)


class PackedLinear(nn.Module):
    """nn.Linear over a packed weight. store: a PackedWeight; bias: [outputs] or None."""

    def __init__(self, store: PackedWeight, bias: torch.Tensor | None = None):
        super().__init__()
        self.store = store
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone(), requires_grad=False)
        self.out_features, self.in_features = store.shape

    @property
    def weight(self) -> torch.Tensor:
        """The weight, unpacked anew at every call."""
        return self.store.dense()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bits={self.store.bits}"


class PackedEmbedding(nn.Module):
    """nn.Embedding over a packed weight, which a tied output head shares; only the rows asked for are unpacked."""

    def __init__(self, store: PackedWeight):
        super().__init__()
        self.store = store
        self.num_embeddings, self.embedding_dim = store.shape

    @property
    def weight(self) -> torch.Tensor:
        return self.store.dense()

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.store.dense(ids.flatten()).view(*ids.shape, self.embedding_dim)


def check_packable(name: str, inputs: int) -> None:
    """Raises SrmLabError where a row does not fill whole bytes at every width."""
    if inputs % 8:
        raise SrmLabError(
            f"The layer {name} has {inputs} inputs, and packed rows need a multiple of 8.",
            "Codes of one bit fill a byte by eight.",
            'Use storage="simulated".',
        )


def describe(store: PackedWeight) -> dict[str, Any]:
    """What `empty` needs to make a store of the same form, as plain values; tensors are saved apart."""
    tensors = {name: [_name(tensor.dtype), *tensor.shape] for name, tensor in store.named_buffers()}
    return {"kind": store.kind, "bits": store.bits, "shape": list(store.shape), "dtype": _name(store.dtype),
            "tensors": tensors}  # fmt: skip


def empty(described: Mapping[str, Any]) -> PackedWeight:
    """A store of this form, to be filled from a file."""
    tensors = {
        name: torch.empty(shape, dtype=getattr(torch, dtype)) for name, (dtype, *shape) in described["tensors"].items()
    }
    dtype = getattr(torch, described["dtype"])
    return PackedWeight(described["kind"], described["bits"], described["shape"], dtype, tensors)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
