"""Linear layers in 8 bits that are faster than float32 on an ordinary processor: FBGEMM's int8 product.

Weights have one scale an output channel, inputs one a token (W8A8, as in LLM.int8(), Dettmers et al. 2022, arXiv
2208.07339, without its outlier columns). The kernel takes one scale for all rows of a call, which would make a token
depend on its neighbours in the batch. So each row is divided by its own largest magnitude first, and two more
columns, -1 and 1, which meet weights of nought, pin the kernel's range: it has nothing left to choose.

Processors without VNNI add pairs of products in 16 bits, which overflow unless the inputs keep a bit back, so the
inputs get 7 bits here. Left out: other bit widths, for which torch has no kernel that is fast everywhere.
"""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import nn

from ..decoding.projections import prepacked
from .grids import Quantized

_ENDS = torch.tensor([[-1.0, 1.0]])


def has_int8_kernel(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether this machine multiplies int8 with FBGEMM for a model on this device and of this dtype."""
    if device.type != "cpu" or dtype != torch.float32 or "fbgemm" not in torch.backends.quantized.supported_engines:
        return False
    return hasattr(torch, "_make_per_channel_quantized_tensor") and hasattr(torch.ops.quantized, "linear_dynamic")


class Int8Linear(nn.Module):
    """A linear layer of 8-bit weights and inputs. The kernel keeps the only copy of the weight, in its own layout.

    codes: int8 [outputs, inputs], around nought.  scale: float32 [outputs].  bias: float32 [outputs] or None.
    """

    def __init__(self, codes: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None):
        super().__init__()
        self.out_features, self.in_features = codes.shape
        self.register_buffer("digest", torch.empty(32, dtype=torch.uint8))  # lets fingerprints see the hidden weight
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone(), requires_grad=False)
        self._prepack(codes, scale)

    def _prepack(self, codes: torch.Tensor, scale: torch.Tensor) -> None:
        codes = nn.functional.pad(codes, (0, 2))
        self._kernel = prepacked(codes, scale)
        hashed = hashlib.sha256(codes.numpy().tobytes() + scale.numpy().tobytes())
        self.digest = torch.frombuffer(bytearray(hashed.digest()), dtype=torch.uint8)

    @property
    def hidden_bytes(self) -> int:
        """Bytes in the kernel's object: codes, and for each output a scale, an offset and a sum over its codes."""
        return (self.in_features + 2) * self.out_features + 12 * self.out_features

    @property
    def weight(self) -> torch.Tensor:
        return torch.ops.quantized.linear_unpack(self._kernel)[0].dequantize()[:, :-2]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, self.in_features)
        loudest = rows.abs().amax(1, keepdim=True).clamp_(min=1e-12)
        pinned = torch.cat([rows / loudest, _ENDS.expand(len(rows), 2)], dim=1)
        out = torch.ops.quantized.linear_dynamic(pinned, self._kernel, True).mul_(loudest)
        out = out if self.bias is None else out + self.bias
        return out.view(*x.shape[:-1], self.out_features)

    def tensors(self) -> dict[str, torch.Tensor]:
        """What a file keeps: codes, scale and, where there is one, bias."""
        weight, _ = torch.ops.quantized.linear_unpack(self._kernel)
        kept = {"codes": weight.int_repr()[:, :-2].contiguous(), "scale": weight.q_per_channel_scales().float()}
        return kept if self.bias is None else {**kept, "bias": self.bias.detach()}

    def _save_to_state_dict(self, destination: dict, prefix: str, keep_vars: bool) -> None:
        destination.update({prefix + name: tensor for name, tensor in self.tensors().items()})

    def _load_from_state_dict(self, state: dict, prefix: str, *arguments: Any) -> None:
        if prefix + "codes" in state:
            self._prepack(state[prefix + "codes"], state[prefix + "scale"])
            bias = state.get(prefix + "bias")
            self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)

    def __deepcopy__(self, memo: dict) -> Int8Linear:
        parts = self.tensors()
        return type(self)(parts["codes"], parts["scale"], parts.get("bias"))


def int8_linear(quantized: Quantized, bias: torch.Tensor | None) -> Int8Linear:
    """From a symmetric 8-bit grid with one scale an output channel."""
    codes = (quantized.codes.to(torch.int16) - 128).to(torch.int8)
    return Int8Linear(codes, quantized.scale[:, 0].float().contiguous(), bias)
