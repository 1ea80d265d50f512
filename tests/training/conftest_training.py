"""What tests of training share: a tiny random model that answers in words, and a reward it can learn."""

from __future__ import annotations

import pytest

from srm_lab.records import Problem

WORDS = "<unk> <s> </s> pick a b c d 0 1 2 3 ?".split()


def small_model():
    """A Llama of 20 thousand parameters with a word tokenizer, the same every time; context of 32 tokens."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from srm_lab.models.local import LocalModel

    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(WORDS), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=32, bos_token_id=1, eos_token_id=2, initializer_range=0.2,
    )  # fmt: skip
    return LocalModel("small", LlamaForCausalLM(config), tokenizer)


@pytest.fixture
def lm():
    """A model of the test's own, so that it may train it."""
    model = small_model()
    yield model
    model.engine.close()


@pytest.fixture
def picks():
    """Eight problems; "2" is right for all of them."""
    return [Problem(f"p{i}", f"pick {letter} {digit} ?", "2", "picks") for i, (letter, digit) in enumerate(
        (letter, digit) for letter in "abcd" for digit in "01"
    )]  # fmt: skip


@pytest.fixture
def question():
    """From a problem to its prompt: the question as it is."""
    return lambda problem: problem.question
