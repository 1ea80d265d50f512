"""Copies of models that leave the original as it is, and the replacing of modules by name."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError


def copy_model(model: nn.Module, *, share: bool = False, without: Collection[nn.Module] = ()) -> nn.Module:
    """A deep copy. share: with the original's own weights and buffers instead of copies of them.

    without: modules whose weight the copy will not keep anyway; it is shared, which spares its copying.
    """
    kept = [*model.parameters(), *model.buffers()] if share else [module.weight for module in without]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in kept})


def replace_module(model: nn.Module, name: str, new: nn.Module) -> None:
    """Puts a module in the place of the one of this name."""
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent) if parent else model, last, new)


def linear_layers(model: Any) -> dict[str, nn.Linear]:
    """Name to module of every plain linear layer but the output head. Raises SrmLabError where there is none."""
    head = model.get_output_embeddings()
    layers = {name: m for name, m in model.named_modules() if type(m) is nn.Linear and m is not head}
    if not layers:
        raise SrmLabError(
            f"A {type(model).__name__} has no plain linear layers.",
            "They were replaced, or the architecture has none.",
            "Load the model without quantization or adapters.",
        )
    return layers


def check_local(lm: Any) -> None:
    """Raises SrmLabError where there are no weights to work on."""
    if not isinstance(getattr(lm, "model", None), nn.Module):
        raise SrmLabError(
            f"{getattr(lm, 'name', lm)} has no weights on this machine.",
            "Recordings and servers are not compressed here.",
            "Load a local model with srm.load_model.",
        )


def check_compressible(lm: Any) -> None:
    """Raises SrmLabError for what cannot be compressed: no local model, quantized already, adapters, broken weights."""
    check_local(lm)
    if _is_quantized(lm):
        raise SrmLabError(
            f"{lm.name} is already quantized ({lm.quantization or 'its configuration says so'}).",
            "Rounding what was rounded adds up errors and says nothing about either.",
            "Start from the model before it was quantized.",
        )
    if hasattr(lm.model, "peft_config"):
        raise SrmLabError(
            f"{lm.name} carries adapters.", "Their weights are not yet in the layers.",
            "Merge them first: lm.model.merge_and_unload().",
        )  # fmt: skip
    broken = [name for name, weight in lm.model.named_parameters() if not torch.isfinite(weight).all()]
    if broken:
        raise SrmLabError(
            f"The weight {broken[0]} of {lm.name} holds numbers that are not finite.",
            "No grid covers them.",
            "Load or train the model again.",
        )


def _is_quantized(lm: Any) -> bool:
    if getattr(lm.model.config, "quantization_config", None) or getattr(lm.model, "is_quantized", False):
        return True
    return bool(lm.quantization) and getattr(lm.compression, "kind", None) != "pruned"
