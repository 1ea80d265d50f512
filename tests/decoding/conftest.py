"""What the tests of decoding share: a byte-level tokenizer and tiny random models, built here, nothing loaded."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    Gemma2Config,
    GemmaConfig,
    GPT2Config,
    Lfm2Config,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

END, VOCABULARY = 256, 260

_SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
}
_GPT_SHAPE = {"vocab_size": VOCABULARY, "n_embd": 64, "n_layer": 3, "n_head": 4}
_ENDS = {"initializer_range": 0.2, "bos_token_id": 257, "eos_token_id": END, "pad_token_id": END}
CONFIGS = {
    "llama": lambda: LlamaConfig(**_SHAPE, **_ENDS),
    "qwen3": lambda: Qwen3Config(**_SHAPE, **_ENDS),
    "gemma": lambda: GemmaConfig(**_SHAPE, **_ENDS),
    "gemma2-sliding": lambda: Gemma2Config(**_SHAPE, **_ENDS, sliding_window=8),
    "gpt2": lambda: GPT2Config(**_GPT_SHAPE, n_positions=512, **_ENDS),
    "bloom-without-positions": lambda: BloomConfig(vocab_size=VOCABULARY, hidden_size=64, n_layer=2, n_head=4, **_ENDS),
    "lfm2-with-state": lambda: Lfm2Config(**_SHAPE, **_ENDS, layer_types=["conv", "full_attention", "conv"]),
}


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, then the end token (256), a beginning (257) and two spare ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["<end>", "<begin>", "<spare1>", "<spare2>"])
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<end>", bos_token="<begin>")


@pytest.fixture(scope="session")
def tiny_model():
    """tiny_model(name): a random model in float32, the same for every test. Do not change its weights."""
    built = {}

    def build(name: str):
        if name not in built:
            built[name] = fresh_model(name)
        return built[name]

    return build


@pytest.fixture(scope="session")
def new_model():
    """new_model(name): a random model of the test's own."""
    return fresh_model


def fresh_model(name: str):
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(CONFIGS[name]()).eval()


@pytest.fixture(scope="session")
def prompts():
    """Prompts of many lengths: two begin alike for 30 tokens, and one comes twice."""
    generator = torch.Generator().manual_seed(1)
    some = [torch.randint(0, 250, (length,), generator=generator).tolist() for length in (5, 40, 17, 33, 90)]
    return [*some, [*some[1][:30], 3, 4, 5], list(some[1])]
