"""How many bytes a model will take, worked out before any of them is read.

    weight_bytes(architecture, "bfloat16")             # {"embeddings": ..., "head": ..., "linear layers": ..., ...}
    weight_bytes(architecture, "bfloat16", "nf4")      # linear layers in 4 bits, the rest stays
    cache_bytes_per_token(architecture, "bfloat16")    # keys and values of one token

A quantized matrix is its codes and its constants: what a row or a group of weights shares. Constants decide between
a right estimate and "a quarter", most of all in small models, so each scheme says how many bytes they are. Schemes
carry the names that models carry in `quantization`. Tests hold the estimate to within 5 % of `bytes_by_part` for every
model and precision that runs there.

Left out: activations, and what the allocator and the libraries take: hundreds of megabytes that are no weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import unknown_name
from .architecture import Architecture

BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True)
class Scheme:
    """How a quantized matrix is stored.

    bits: of a code.  group: weights that share constants; None: all of an output row.
    group_bytes: of a group's constants.  matrix_bytes: of tables that each matrix has once.
    nested: whether the groups' scales are quantized themselves.
    """

    bits: int
    group: int | None
    group_bytes: int
    matrix_bytes: int = 0
    nested: bool = False


def grid_scheme(bits: int, group_size: int) -> Scheme:
    """What `srm.quantize(lm, bits, group_size)` stores: a 16-bit scale and an 8-bit zero for each group."""
    return Scheme(bits, group_size, group_bytes=3)


# bitsandbytes: int8 has a float32 scale a row; nf4 and fp4 a float32 scale for 64 weights and a table of 16 levels a
# matrix; double quantization a byte for 64 weights, a float32 for 256 of those bytes, and their mean.
SCHEMES: Mapping[str, Scheme] = {
    "int8": Scheme(8, None, group_bytes=4),
    "nf4": Scheme(4, 64, group_bytes=4, matrix_bytes=64),
    "fp4": Scheme(4, 64, group_bytes=4, matrix_bytes=64),
    "nf4-double": Scheme(4, 64, group_bytes=1, matrix_bytes=68, nested=True),
    "rtn-8bit-g64": grid_scheme(8, 64),
    "rtn-4bit-g64": grid_scheme(4, 64),
}
# A reader's choices: label -> (dtype of all that is not quantized, scheme).
PRECISIONS: Mapping[str, tuple[str, str | None]] = {
    "float32": ("float32", None),
    "bfloat16": ("bfloat16", None),
    **{scheme: ("bfloat16", scheme) for scheme in ("int8", "nf4", "nf4-double", "rtn-8bit-g64", "rtn-4bit-g64")},
}


def weight_bytes(
    architecture: Architecture, dtype: str = "bfloat16", scheme: str | Scheme | None = None
) -> dict[str, int]:
    """Bytes of the weights by part (architecture.PARTS); a tied head counts with the embeddings.

    dtype: of what is not quantized: "float32", "bfloat16" or "float16".  scheme: of the linear layers, a name of
    SCHEMES or a Scheme; None leaves them in dtype. Raises SrmLabError for names that are unknown.
    """
    number = number_bytes(dtype)
    parts = {part: count * number for part, count in architecture.parameters.items()}
    if scheme is not None:
        form = scheme_of(scheme)
        one_layer = sum(matrix_bytes(outputs, inputs, form) for outputs, inputs in architecture.matrices)
        parts["linear layers"] = architecture.layers * (one_layer + architecture.biases * number)
    return parts


def matrix_bytes(outputs: int, inputs: int, scheme: Scheme) -> int:
    """Bytes of one quantized matrix [outputs, inputs]: codes, then what rows or groups share, then tables."""
    weights = outputs * inputs
    groups = outputs if scheme.group is None else -(-weights // scheme.group)
    constants = groups * scheme.group_bytes + scheme.matrix_bytes
    if scheme.nested:
        constants += 4 * -(-groups // 256)  # a float32 for 256 of the scales
    return -(-weights * scheme.bits // 8) + constants


def cache_bytes_per_token(architecture: Architecture, dtype: str = "bfloat16") -> int:
    """Bytes of the keys and values that one token of one chain leaves behind, all layers together."""
    return 2 * architecture.layers * architecture.kv_heads * architecture.head_dim * number_bytes(dtype)


def number_bytes(dtype: str) -> int:
    """Bytes of one number; raises SrmLabError for a dtype that is not counted here."""
    if dtype not in BYTES:
        raise unknown_name("dtype", dtype, BYTES)
    return BYTES[dtype]


def scheme_of(scheme: str | Scheme) -> Scheme:
    """The scheme of that name (or itself); raises SrmLabError with the nearest names."""
    if isinstance(scheme, Scheme):
        return scheme
    if scheme not in SCHEMES:
        raise unknown_name("scheme", scheme, SCHEMES, "grid_scheme(bits, group_size) makes others of srm.quantize.")
    return SCHEMES[scheme]
