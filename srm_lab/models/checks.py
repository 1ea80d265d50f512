"""What is checked before any weight is read: already quantized, layer widths, memory.

The architecture is laid out on torch's meta device, which has shapes and no memory, so the numbers are exact for
every model that transformers knows, and nothing large has been touched when an error is raised.
"""

from __future__ import annotations

from ..errors import SrmLabError
from .catalogue import BYTES_PER_WEIGHT
from .machine import free_memory, quiet

QUANTIZATIONS = ("int8", "nf4", "fp4", "nf4-double")


def check_before_loading(name, config, gguf, quantization, torch_dtype, device) -> None:
    """Raise SrmLabError if this model cannot be loaded this way here."""
    if quantization and (gguf or getattr(config, "quantization_config", None)):
        raise SrmLabError(
            f"{name} is already quantized, so it cannot be loaded as {quantization}.",
            "Its files say so." if not gguf else "A GGUF file holds quantized weights.",
            "Load it with quantization=None, or take the model's unquantized version.",
        )
    shapes = shapes_only(config)
    if shapes is None:  # an architecture transformers cannot lay out beforehand
        return
    if quantization in ("nf4", "fp4", "nf4-double") and device == "cpu":
        _check_widths(name, shapes, quantization)
    _check_memory(name, shapes, quantization, torch_dtype, device)


def shapes_only(config):
    """The model without its weights: every parameter's shape, no memory."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"), quiet():
        try:
            return AutoModelForCausalLM.from_config(config)
        except (ValueError, ImportError):
            return None


def _check_widths(name, model, quantization) -> None:
    """On CPUs with AVX512-BF16 bitsandbytes' 4-bit kernel needs inputs in multiples of 64."""
    import torch

    odd = [(n, m.in_features) for n, m in model.named_modules()
           if isinstance(m, torch.nn.Linear) and not n.endswith("lm_head") and m.in_features % 64]  # fmt: skip
    if odd:
        raise SrmLabError(
            f"{name} cannot run as {quantization} on this CPU.",
            f"Its layer {odd[0][0]} has {odd[0][1]} inputs; bitsandbytes' 4-bit kernel needs a multiple of 64.",
            'Use quantization="int8", or None.',
        )


def estimate_memory(model, quantization: str | None, torch_dtype) -> int:
    """Bytes the weights will take: linear layers quantized, embeddings and norms in the dtype, tied ones once."""
    import torch

    heads = {id(model.get_output_embeddings())}
    linear = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear) and id(m) not in heads)
    everything = sum(p.numel() for p in model.parameters())
    per_weight = BYTES_PER_WEIGHT[quantization] if quantization else torch_dtype.itemsize
    return int((everything - linear) * torch_dtype.itemsize + linear * per_weight)


def _check_memory(name, model, quantization, torch_dtype, device) -> None:
    # a tenth more for activations and the allocator; the KV cache is bounded by the engine from what is left
    needed, free = int(1.1 * estimate_memory(model, quantization, torch_dtype)), free_memory(device)
    if needed <= free:
        return
    sizes = {q: int(1.1 * estimate_memory(model, q, torch_dtype)) for q in QUANTIZATIONS}
    fits = [q for q in QUANTIZATIONS if sizes[q] <= free]
    raise SrmLabError(
        f"{name} needs about {needed / 1e9:.1f} GB and {device} has {free / 1e9:.1f} GB free.",
        "Nothing was loaded.",
        f"Load it with quantization={fits[0]!r} (about {sizes[fits[0]] / 1e9:.1f} GB)."
        if fits
        else f"Take a smaller model: even nf4-double needs {sizes['nf4-double'] / 1e9:.1f} GB.",
    )
