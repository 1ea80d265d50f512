"""Has the model changed since we last looked?

Keys and values in the prefix cache, and weights that were fused into one matrix, are only right for the
weights they came from. Students prune, quantize and train between two samples, so the engine has to notice.
Torch counts in-place changes of a tensor, but not those made through `.data`, so a sum over every weight is
compared as well, whenever nothing is running (16 ms for SmolLM2 in bf16).

Left out: watching for changes while chains are running; such a change takes effect with the next request. Values of
packed tensors: packages that pack weights do not change them through `.data`.
"""

from __future__ import annotations

from typing import Any

import torch


class WeightWatch:
    """Remembers what a model's tensors looked like."""

    def __init__(self, model: Any):
        self._model = model
        self._quick: list[tuple] = []
        self._sums: list[float] = []

    def look(self) -> None:
        """Remembers the model as it is now."""
        self._quick, self._sums = self._identities(), self._totals()

    def changed(self, thorough: bool) -> bool:
        """Whether a tensor was replaced or changed in place; `thorough` also compares sums of the values."""
        return self._quick != self._identities() or (thorough and self._sums != self._totals())

    def _tensors(self) -> list[torch.Tensor]:
        return [*self._model.parameters(), *self._model.buffers()]

    def _identities(self) -> list[tuple]:
        modules = [_state(module) for module in self._model.modules()]
        tensors = [(t.data_ptr(), t.shape, t.dtype, -1 if t.is_inference() else t._version) for t in self._tensors()]
        return modules + tensors

    @torch.no_grad()
    def _totals(self) -> list[float]:
        floats = [t for t in self._tensors() if t.is_floating_point() and t.numel() and plain(t)]
        sums = [t.sum(dtype=torch.float32) for t in floats]
        return torch.stack([s.to(sums[0].device) for s in sums]).tolist() if sums else []


def plain(tensor: torch.Tensor) -> bool:
    """Whether its numbers lie in it as they are. Packages that pack weights (torchao) make tensors of their own."""
    return type(tensor) in (torch.Tensor, torch.nn.Parameter)


def _state(module: torch.nn.Module) -> tuple:
    """What of a module changes its output without changing a tensor: hooks, and switches of peft's adapters."""
    hooks = count_hooks(module)
    if not hasattr(module, "_disable_adapters"):
        return id(module), hooks
    switches = module._disable_adapters, str(module._active_adapter), str(getattr(module, "scaling", None))
    return id(module), hooks, switches


def count_hooks(module: torch.nn.Module) -> int:
    """Hooks that may change or watch what a module computes. Those that transformers leaves behind after
    output_hidden_states=True do nothing outside such a call."""
    hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
    return sum(getattr(hook, "__module__", "") != "transformers.utils.output_capturing" for hook in hooks)
