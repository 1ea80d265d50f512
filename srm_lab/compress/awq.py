"""AWQ: make the important channels larger before rounding, and their inputs smaller by as much.

A few input channels are loud, and errors in the weights that meet them cost the most. Multiplying those columns by
s > 1 lets them use more of the grid; dividing the channel by s where it is made, in the norm or the layer before,
leaves the model's output as it was. Lin et al. 2023 (arXiv 2306.00978) take s = (mean |x|)^alpha and search alpha;
alpha = 0 is plain rounding, so the search never does worse on the calibration set.

Which layer makes the channels of which is a matter of architecture: here that of the Llama family. Left out: the
paper's clipping search, which `clip=True` of `grids.py` stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError
from .calibration import InputSums

ALPHAS = tuple(step / 20 for step in range(21))
_NORMS = ("LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm")  # weight * x; others add 1 to it


@dataclass(frozen=True)
class Fold:
    """Linear layers that read the same channels, and the module that makes these: a norm or a linear layer."""

    source: nn.Module
    readers: Mapping[str, nn.Linear]


def search_scale(
    weights: Sequence[torch.Tensor], sums: InputSums, rounded: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, float]:
    """The scale of each input channel, [inputs], with the least squared error of the layers' outputs; its alpha.

    weights: of all layers that read the channels, [outputs, inputs] each.  rounded: what quantization makes of one.
    """
    loudness, best = sums.mean_abs.clamp(min=1e-6), (torch.inf, 0.0, torch.ones_like(sums.mean_abs))
    for alpha in ALPHAS:
        scale = loudness**alpha
        scale = scale / (scale.max() * scale.min()).sqrt()
        error = 0.0
        for weight in weights:
            difference = rounded(weight.float() * scale) / scale - weight.float()
            error += ((difference @ sums.gram) * difference).sum().item()
        if error < best[0]:
            best = (error, alpha, scale)
    return best[2], best[1]


@torch.no_grad()
def fold(pair: Fold, scale: torch.Tensor) -> None:
    """Multiplies the readers' columns by the scale, and divides the channels by it where they are made. In place."""
    for reader in pair.readers.values():
        reader.weight.mul_(scale.to(reader.weight.dtype))
    made = pair.source.weight
    scale = scale.to(made.dtype)
    made.div_(scale if made.dim() == 1 else scale[:, None])
    if getattr(pair.source, "bias", None) is not None:
        pair.source.bias.div_(scale)


def llama_folds(model: Any) -> list[Fold]:
    """All folds of a Llama-family model. Raises SrmLabError for other architectures."""
    folds = []
    for number, layer in enumerate(_known_layers(model)):
        attention, mlp, at = layer.self_attn, layer.mlp, f"model.layers.{number}"
        qkv = {f"{at}.self_attn.{name}": getattr(attention, name) for name in ("q_proj", "k_proj", "v_proj")}
        gate_up = {f"{at}.mlp.{name}": getattr(mlp, name) for name in ("gate_proj", "up_proj")}
        folds += [Fold(layer.input_layernorm, qkv), Fold(layer.post_attention_layernorm, gate_up)]
        folds.append(Fold(mlp.up_proj, {f"{at}.mlp.down_proj": mlp.down_proj}))
        if attention.v_proj.out_features == attention.o_proj.in_features:  # else value heads are shared
            folds.append(Fold(attention.v_proj, {f"{at}.self_attn.o_proj": attention.o_proj}))
    return folds


def _known_layers(model: Any) -> Any:
    layers = getattr(getattr(model, "model", None), "layers", [])
    if len(layers) and all(type(getattr(layer, "input_layernorm", None)).__name__ in _NORMS for layer in layers):
        return layers
    raise SrmLabError(
        f"AWQ does not know the layers of a {type(model).__name__}.",
        "It has to know which layer feeds which, and how the norms multiply; it knows Llama, Mistral and Qwen.",
        'Use method="gptq" or "rtn".',
    )
