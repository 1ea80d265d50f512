"""What the tests of compression share: tiny random models with a word tokenizer, built here, nothing loaded."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config, Qwen3Config

from srm_lab.models.local import LocalModel

WORDS = "<unk> <s> </s> a b c d e f g h i j k l m n o p q r 0 1 2 3 4 5 6 7 8 9 + - = .".split(" ")
TEXTS = ["a b c 1 + 2 = 3 .", "d e f 4 - 1 = 3 . a a b", "g h i j k l m n o p q r", "5 + 5 = 1 0 . q q q q"]
SHAPE = {
    "vocab_size": len(WORDS),
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 128,
    "initializer_range": 0.2,
    "eos_token_id": 2,
    "bos_token_id": 1,
}
CONFIGS = {
    "llama": lambda: LlamaConfig(**SHAPE, tie_word_embeddings=True),
    "untied": lambda: LlamaConfig(**SHAPE, tie_word_embeddings=False),
    "biased": lambda: LlamaConfig(**SHAPE, attention_bias=True, mlp_bias=True),
    "all-heads": lambda: LlamaConfig(**{**SHAPE, "num_key_value_heads": 4}, attention_bias=True),
    "qwen2": lambda: Qwen2Config(**{k: v for k, v in SHAPE.items() if k != "head_dim"}),
    "qwen3": lambda: Qwen3Config(**SHAPE),
}


@pytest.fixture(scope="session")
def tokenizer():
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


@pytest.fixture
def make_lm(tokenizer):
    """make_lm("llama"): a LocalModel of the test's own, with norms and biases that are not all ones and noughts."""

    def make(name: str = "llama", dtype: torch.dtype = torch.float32) -> LocalModel:
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(CONFIGS[name]()).to(dtype).requires_grad_(False)
        for key, weight in model.named_parameters():
            if "norm" in key:
                weight.copy_(1 + torch.rand_like(weight))
            elif key.endswith("bias"):
                weight.copy_(torch.randn_like(weight) * 0.1)
        return LocalModel("tiny-test", model, tokenizer)

    return make


@pytest.fixture
def lm(make_lm):
    return make_lm()


@pytest.fixture
def texts():
    return TEXTS


def logits(lm, text="a b 1 + 2 ="):
    """[tokens, vocabulary] of the model's own forward."""
    with torch.no_grad():
        return lm.model(input_ids=torch.tensor([lm.encode(text)])).logits[0]


def divergence(lm, other, text="a b c 1 + 2 = 3 . d e f"):
    """Mean KL in nats between what two models predict on a text."""
    p, q = (logits(each, text).double().log_softmax(-1) for each in (lm, other))
    return (p.exp() * (p - q)).sum(-1).mean().item()
