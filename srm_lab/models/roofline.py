"""How long a model will take at least: bytes it moves, operations it does, and the slower of the two.

A machine moves so many bytes a second and does so many operations a second. A step that does few operations for
each byte waits for memory, one that does many waits for arithmetic: the roofline (Williams, Waterman and Patterson
2009, CACM 52(4)). Writing a token reads every weight once, however many chains are written side by side.

What comes out is a floor: no program can be faster, and all are slower. Quantized weights count as if a kernel
multiplied with the codes as they are; where weights are unpacked first, as `srm.quantize` does, it takes longer.

Left out: norms, softmax and sampling (small), several devices, and that neighbours in a batch share a prompt's keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .architecture import Architecture
from .footprint import cache_bytes_per_token, weight_bytes


@dataclass(frozen=True)
class Machine:
    """bytes_per_second: read from memory.  flops_per_second: of large matrix products.  memory_bytes: for a model.
    measured: by `speed.measure_machine`, or else from a data sheet, which no program reaches."""

    name: str
    bytes_per_second: float
    flops_per_second: float
    memory_bytes: float
    measured: bool = False

    @property
    def ridge(self) -> float:
        """Operations a byte from which on arithmetic is what a step waits for."""
        return self.flops_per_second / self.bytes_per_second


# 16-bit numbers, without sparsity.
DATA_SHEETS = (
    Machine("NVIDIA T4 (data sheet)", 320e9, 65e12, 16e9),
    Machine("NVIDIA H100 SXM (data sheet)", 3.35e12, 989e12, 80e9),
)


@dataclass(frozen=True)
class Plan:
    """What is asked for: `chains` chains of `tokens` tokens each, side by side, after one prompt of `prompt` tokens.

    dtype, scheme: as in `footprint.weight_bytes`; keys and values are kept in dtype.
    """

    architecture: Architecture
    dtype: str = "bfloat16"
    scheme: str | None = None
    chains: int = 1
    tokens: int = 1000
    prompt: int = 100


@dataclass(frozen=True)
class Cost:
    """What a plan takes.

    memory: bytes by part, among them "keys and values" at the end of the chains.
    prefill_seconds: reading the prompt.  decode_seconds: writing all chains.
    waits_for: "memory" or "arithmetic", what a decoding step waits for.
    """

    memory: Mapping[str, int]
    prefill_seconds: float
    decode_seconds: float
    waits_for: str

    @property
    def bytes(self) -> int:
        return sum(self.memory.values())

    @property
    def seconds(self) -> float:
        return self.prefill_seconds + self.decode_seconds


def cost(plan: Plan, machine: Machine) -> Cost:
    """Memory at the end, and the seconds that the machine needs at least."""
    model, kept = plan.architecture, (plan.dtype, plan.scheme)
    cached = (plan.prompt + plan.chains * plan.tokens) * cache_bytes_per_token(model, plan.dtype)
    context = plan.prompt + plan.tokens / 2  # its mean while the chains grow: bytes and operations rise evenly
    flops, moved = step_flops(model, plan.chains, context), step_bytes(model, plan.chains, context, *kept)
    reading = max(
        step_bytes(model, 1, 0, *kept) / machine.bytes_per_second,
        step_flops(model, plan.prompt, plan.prompt / 2) / machine.flops_per_second,
    )
    return Cost(
        {**weight_bytes(model, *kept), "keys and values": cached},
        reading if plan.prompt else 0.0,
        plan.tokens * step_seconds(flops, moved, machine),
        "memory" if flops / moved < machine.ridge else "arithmetic",
    )


def step_seconds(flops: float, moved: float, machine: Machine) -> float:
    """The roofline: a step lasts as long as the slower of its arithmetic and its reading."""
    return max(flops / machine.flops_per_second, moved / machine.bytes_per_second)


def step_flops(architecture: Architecture, rows: int, context: float) -> float:
    """Operations of a step that adds one token to each of `rows` texts of `context` tokens.

    Two for each weight of the matrices and the head (multiply, add), and for each token looked back at.
    """
    weights = architecture.parameters["linear layers"] + architecture.vocabulary * architecture.width
    looking_back = 4 * architecture.layers * architecture.heads * architecture.head_dim * context
    return rows * (2 * weights + looking_back)


def step_bytes(
    architecture: Architecture, rows: int, context: float, dtype: str = "bfloat16", scheme: str | None = None
) -> float:
    """Bytes that the same step reads: every weight once, and each row's own keys and values.

    Of an embedding that is not the head too, a step reads a few rows: nothing.
    """
    parts = weight_bytes(architecture, dtype, scheme)
    weights = sum(parts.values()) - (0 if architecture.tied else parts["embeddings"])
    return weights + rows * context * cache_bytes_per_token(architecture, dtype)
