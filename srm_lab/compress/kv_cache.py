"""A KV cache in fewer bits: keys and values rounded as they would be written, for every method and decoder.

Keys and values of one token and head share a scale and an offset, or each `group_size` channels of a head do. The
rounding sits at the end of the key and value projections, so keys are rounded before they are rotated; Hooper et
al. 2024 (KVQuant, arXiv 2401.18079) found that the better place, since rotation mixes outlier channels with others.

It is simulated: the engine's cache still holds floats, and its memory is what it was. `bytes_per_token` says what a
packed one would take. Left out: a packed cache, and a window of recent tokens in full precision.
"""

from __future__ import annotations

from typing import Any

from ..errors import SrmLabError
from .activations import RoundedOutputs
from .copies import check_local, copy_model, replace_module

KV_BITS = (16, 8, 4, 3, 2)


def quantize_kv_cache(lm: Any, bits: int = 4, group_size: int | None = None) -> Any:
    """A LocalModel like lm whose keys and values are rounded. It shares lm's weights; lm itself stays as it is.

    bits: 16 (changes nothing), 8, 4, 3 or 2.  group_size: channels of a head that share a scale; None takes a head.
    Raises SrmLabError for other bits, groups that don't divide a head, or models without k_proj and v_proj.
    """
    from ..models.local import LocalModel

    check_local(lm)
    head_dim = _head_dim(lm)
    group_size = group_size or head_dim
    if bits not in KV_BITS:
        raise SrmLabError(
            f"A KV cache of {bits!r} bits is not made here.", "", f"Choose one of {', '.join(map(str, KV_BITS))}."
        )
    if head_dim % group_size:
        raise SrmLabError(
            f"group_size={group_size} does not divide a head of {head_dim} channels.", "",
            "Choose a divisor, or None for the whole head.",
        )  # fmt: skip
    names = [name for name, _ in lm.model.named_modules() if name.rsplit(".", 1)[-1] in ("k_proj", "v_proj")]
    if not names or any(isinstance(lm.model.get_submodule(name), RoundedOutputs) for name in names):
        raise SrmLabError(
            f"The keys and values of {lm.name} cannot be rounded.",
            "They are already." if names else f"A {type(lm.model).__name__} has no k_proj and v_proj.",
            "Start from the model before its cache was quantized, of the Llama family.",
        )
    model = copy_model(lm.model, share=True)
    for name in names:
        replace_module(model, name, RoundedOutputs(model.get_submodule(name), bits, group_size))
    label = f"kv{bits}" if group_size == head_dim else f"kv{bits}-g{group_size}"
    quantized = LocalModel(lm.name, model, lm.tokenizer, "+".join(filter(None, (lm.quantization, label))))
    quantized.compression = lm.compression
    return quantized


def bytes_per_token(lm: Any, bits: int, group_size: int | None = None) -> float:
    """What a packed cache takes for each token: codes, and 16 bits each for the scale and offset of each group."""
    config, head_dim = lm.model.config.get_text_config(decoder=True), _head_dim(lm)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    numbers = 2 * config.num_hidden_layers * heads * head_dim
    overhead = 0 if bits >= 16 else 32 / (group_size or head_dim)
    return numbers * (bits + overhead) / 8


def _head_dim(lm: Any) -> int:
    config = lm.model.config.get_text_config(decoder=True)
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
