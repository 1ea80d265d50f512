"""A tiny Llama of 0.1M parameters with a word tokenizer, saved as a folder, for tests of loading."""

from __future__ import annotations

WORDS = (
    "<unk> <s> </s> user assistant : what is the answer a b c d 0 1 2 3 4 5 6 7 8 9 + - = . ? <think> </think>".split(
        " "
    )
)
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] + ' : ' + m['content'] + ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}assistant : {% if enable_thinking is defined and not enable_thinking %}"
    "<think> </think> {% endif %}{% endif %}"
)


def save_tiny(folder, hidden=64, template=TEMPLATE, **config):
    """Save a random model and its tokenizer; returns the folder's path as a string."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=template
    )
    torch.manual_seed(0)
    shape = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 128}
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=hidden, max_position_embeddings=64, eos_token_id=2, **shape, **config
        )
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return str(folder)
