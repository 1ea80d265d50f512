"""The numbers of a configuration that decide what a model costs, without any of its weights.

    architecture_of(lm.model.config)                        # of a model that is here
    PUBLISHED["deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"]  # of one that is not

Bytes and operations follow from ten numbers (`footprint.py`, `roofline.py`), so that a model's price is known before
a single byte of it is downloaded. Where transformers is at hand and more than a sum is wanted, `checks.py` lays out
the model itself.

Left out: mixtures of experts, layers with extra norms (Gemma), and biases other than Qwen2's. An architecture that is
not counted here is refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SrmLabError

PARTS = ("embeddings", "head", "linear layers", "norms and rest")
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "smollm3")


@dataclass(frozen=True)
class Architecture:
    """A dense decoder of the Llama family.

    layers, width: of the decoder.  heads, kv_heads, head_dim: of attention; query heads share key heads.
    feed_forward: width between its three matrices.  vocabulary: rows of the embedding, and of the output head,
    which is the same matrix where the two are tied.  qkv_bias: Qwen2 has it.  qk_norm: Qwen3 has it.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    vocabulary: int
    tied: bool
    qkv_bias: bool = False
    qk_norm: bool = False

    @property
    def matrices(self) -> tuple[tuple[int, int], ...]:
        """(outputs, inputs) of one layer's matrices: query, key, value, output, gate, up, down."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = ((queries, self.width), (keys, self.width), (keys, self.width), (self.width, queries))
        return (*attention, *((self.feed_forward, self.width),) * 2, (self.width, self.feed_forward))

    @property
    def biases(self) -> int:
        """Biases of one layer's matrices."""
        return (self.heads + 2 * self.kv_heads) * self.head_dim if self.qkv_bias else 0

    @property
    def parameters(self) -> dict[str, int]:
        """Numbers by part, the parts of PARTS; a tied head counts with the embeddings."""
        one_layer = sum(outputs * inputs for outputs, inputs in self.matrices) + self.biases
        norms = 2 * self.width + (2 * self.head_dim if self.qk_norm else 0)
        table = self.vocabulary * self.width
        counts = (table, 0 if self.tied else table, self.layers * one_layer, self.layers * norms + self.width)
        return dict(zip(PARTS, counts))


def architecture_of(config: Any) -> Architecture:
    """From a transformers config.

    Raises SrmLabError for an architecture whose matrices are not those counted here.
    """
    config = config.get_text_config(decoder=True)
    family, heads = config.model_type, config.num_attention_heads
    extra = getattr(config, "mlp_bias", False) or (family != "qwen2" and getattr(config, "attention_bias", False))
    if family not in FAMILIES or extra:
        raise SrmLabError(
            f"The costs of a {family!r} model{' with biases' if extra else ''} are not counted here.",
            f"Its matrices differ from those of {', '.join(FAMILIES)}.",
            "Fill in an Architecture by hand where the difference is small, or load the model and measure.",
        )
    return Architecture(
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=heads,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
        feed_forward=config.intermediate_size,
        vocabulary=config.vocab_size,
        tied=bool(config.tie_word_embeddings),
        qkv_bias=family == "qwen2",
        qk_norm=family == "qwen3",
    )


# From the models' published config.json; a test holds their sums to the catalogue's parameter counts.
PUBLISHED: Mapping[str, Architecture] = {
    "smollm2-135m": Architecture(30, 576, 9, 3, 64, 1536, 49152, True),
    "HuggingFaceTB/SmolLM2-360M-Instruct": Architecture(32, 960, 15, 5, 64, 2560, 49152, True),
    "HuggingFaceTB/SmolLM2-1.7B-Instruct": Architecture(24, 2048, 32, 32, 64, 8192, 49152, True),
    "Qwen/Qwen3-0.6B": Architecture(28, 1024, 16, 8, 128, 3072, 151936, True, qk_norm=True),
    "Qwen/Qwen3-1.7B": Architecture(28, 2048, 16, 8, 128, 6144, 151936, True, qk_norm=True),
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": Architecture(28, 1536, 12, 2, 128, 8960, 151936, False, qkv_bias=True),
    "meta-llama/Llama-3.2-1B-Instruct": Architecture(16, 2048, 32, 8, 64, 8192, 128256, True),
}
