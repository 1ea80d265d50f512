"""What compression did, in numbers that were measured on the finished model: bytes by part, bits a weight, error.

Frozen, printable and saved with the model. Left out: speed, which depends on the machine and on the number of
chains, and accuracy, which `srm.evaluate` measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..models.architecture import PARTS


@dataclass(frozen=True)
class LayerReport:
    """One matrix. weights: their number. bits_per_weight: with scales and zeros; for pruned ones of those stored.

    weight_error, output_error: |difference| / |original| of the matrix, and of what it computes on the calibration
        texts (None without any). sparsity: the share of its weights that is nought.
    """

    name: str
    weights: int
    bits_per_weight: float
    weight_error: float
    output_error: float | None = None
    sparsity: float = 0.0


@dataclass(frozen=True)
class CompressionReport:
    """Of a compressed model.

    kind: "quantized" or "pruned".  scheme: the name that the model carries in `quantization`.
    runs: how the machine runs it: with which kernel, by unpacking, or simulated, so that it saves no memory or time.
    bytes_before, bytes_after: measured, by part; a tied head counts with the embeddings.
    bytes_packed: what the parts would take if they were stored in the bits they have.
    calibration_tokens: 0 where no texts were read.
    """

    kind: str
    scheme: str
    runs: str
    bytes_before: Mapping[str, int]
    bytes_after: Mapping[str, int]
    bytes_packed: int
    layers: Sequence[LayerReport] = field(repr=False)
    calibration_tokens: int = 0

    @property
    def bits_per_weight(self) -> float:
        """Mean over the weights that were compressed, scales and zeros included."""
        weights = sum(layer.weights for layer in self.layers)
        return sum(layer.bits_per_weight * layer.weights for layer in self.layers) / weights if weights else 0.0

    @property
    def sparsity(self) -> float:
        """The share of noughts among the weights of the compressed layers."""
        weights = sum(layer.weights for layer in self.layers)
        return sum(layer.sparsity * layer.weights for layer in self.layers) / weights if weights else 0.0

    def table(self):
        """Error by layer, as a pandas table."""
        import pandas as pd

        return pd.DataFrame([vars(layer) for layer in self.layers]).set_index("name")

    def __str__(self) -> str:
        before, after = sum(self.bytes_before.values()), sum(self.bytes_after.values())
        lines = [f"{self.scheme} ({self.kind}; {self.runs})", f"{'':16}{'before':>12}{'after':>12}"]
        for part in PARTS:
            lines.append(f"{part:16}{_mb(self.bytes_before[part])}{_mb(self.bytes_after[part])}")
        lines.append(f"{'together':16}{_mb(before)}{_mb(after)}   {after / before:.0%}")
        if self.bytes_packed != after:
            lines.append(f"{'if packed':16}{'':12}{_mb(self.bytes_packed)}   {self.bytes_packed / before:.0%}")
        lines.append(f"{self.bits_per_weight:.2f} bits a weight, {self.sparsity:.0%} noughts in {self._layers}")
        if self.layers:
            worst = max(self.layers, key=lambda layer: layer.output_error or layer.weight_error)
            lines.append(f"largest error: {worst.output_error or worst.weight_error:.2%} in {worst.name}")
        return "\n".join(lines)

    @property
    def _layers(self) -> str:
        return f"{len(self.layers)} matrices"


def bytes_by_part(model: Any) -> dict[str, int]:
    """Measured bytes of embeddings, head, linear layers, and the rest; tensors that are shared count once."""
    from ..models.local import hidden_bytes, stored_tensors

    embedding, head = _prefix(model, model.get_input_embeddings()), _prefix(model, model.get_output_embeddings())
    linear = tuple(f"{name}." for name, module in model.named_modules() if _is_linear(module))
    parts = dict.fromkeys(PARTS, 0)

    def part_of(name: str) -> str:
        if embedding and name.startswith(embedding):
            return "embeddings"
        if head and name.startswith(head):
            return "head"
        return "linear layers" if name.startswith(linear) else "norms and rest"

    for name, tensor in stored_tensors(model):
        parts[part_of(name)] += tensor.numel() * tensor.element_size()
    for name, size in hidden_bytes(model):
        parts[part_of(f"{name}.")] += size
    return parts


def bytes_without_noughts(model: Any, bits: int = 16) -> int:
    """What the model would take if noughts were not stored: a bit a weight says which are left, these in `bits` bits.

    Computed, not measured. A tensor without enough noughts for that counts whole; codes and scales of packed layers
    count as they are.
    """
    from ..models.local import stored_tensors

    total = 0
    for _, tensor in stored_tensors(model):
        stored = tensor.numel() * 8 * tensor.element_size()
        if tensor.is_floating_point():
            stored = min(stored, bits * tensor.numel(), tensor.numel() + bits * int((tensor != 0).sum()))
        total += stored
    return -(-total // 8)


def _prefix(model: Any, module: Any) -> str | None:
    return next((f"{name}." for name, other in model.named_modules() if other is module), None)


def _is_linear(module: Any) -> bool:
    return hasattr(module, "in_features") and hasattr(module, "out_features")


def _mb(size: int) -> str:
    return f"{size / 1e6:>9.2f} MB"
