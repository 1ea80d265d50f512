"""Tiny models: Llama architectures of 0.1M to 2M parameters with one token a character, made from nothing.

    model, tokenizer = tiny.make("0.6M", alphabet=ALPHABET, seed=0)      # random weights, ready to train
    lm = srm.load_model("tiny/chain-cot")                                # a trained one, out of data/checkpoints

They are ordinary transformers models: `save_pretrained`, `from_pretrained`, bitsandbytes, peft and the fast decoder
all take them. Widths are multiples of 64, as 4-bit layers ask; the embedding is tied; no weight is wasted on
a vocabulary. No start token: a prompt is a question, and its first character is a start.

A tiny model is asked as it was trained: its tokenizer carries `ask`, the prompt for an answer at once and for
a chain of steps, with a control token where the model knows both. So there is no chat template.
Left out: dropout (data are endless) and any architecture that the kit's larger models don't have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import SrmLabError, unknown_name

PAD, END, UNKNOWN = "<pad>", "<end>", "<unk>"
THINK, END_OF_THINKING, DIRECT = "<think>", "</think>", "<direct>"
CONTROLS = (THINK, END_OF_THINKING, DIRECT)
ASK = {"direct": "{question}", "chain": "{question}"}
ASK_HYBRID = {"direct": "{question}" + DIRECT, "chain": "{question}" + THINK}
CONTEXT = 512  # tokens of prompt and completion together
HEAD = 32  # width of an attention head


@dataclass(frozen=True)
class Shape:
    """Layers and their width; the feed-forward width is three times as much."""

    layers: int
    width: int


SIZES: dict[str, Shape] = {
    "0.1M": Shape(2, 64),
    "0.2M": Shape(4, 64),
    "0.3M": Shape(6, 64),
    "0.6M": Shape(3, 128),
    "2M": Shape(4, 192),  # 7.7 MB in float32
}


def make(size: str, alphabet: str, seed: int, *, hybrid: bool = False) -> tuple[Any, Any]:
    """A new model with random weights, and its tokenizer.

    size: a key of SIZES, about its number of parameters. alphabet: every character that may occur, each once.
    seed: fixes the weights. hybrid: whether it is asked with control tokens, to think or to answer at once.

    Returns (LlamaForCausalLM in float32, PreTrainedTokenizerFast). Raises SrmLabError for an unknown size, and for an
    alphabet with a character twice.
    Source of the architecture: Touvron et al. 2023, arXiv 2302.13971.
    """
    import torch
    from transformers import LlamaForCausalLM

    if size not in SIZES:
        raise unknown_name("size of tiny model", size, SIZES)
    tokenizer = make_tokenizer(alphabet, CONTROLS if hybrid else (), ASK_HYBRID if hybrid else ASK)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay what they were
        torch.manual_seed(seed)
        return LlamaForCausalLM(_config(SIZES[size], tokenizer)), tokenizer


def _config(shape: Shape, tokenizer):
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=3 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.width // HEAD,
        max_position_embeddings=CONTEXT,
        initializer_range=0.6 / shape.width**0.5,  # 0.05 at width 128, where 0.02 learns slowly at first
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def make_tokenizer(alphabet: str, controls: Sequence[str] = (), ask: Mapping[str, str] = ASK):
    """One token a character; controls are tokens of their own, visible in a completion's text as other marks are.

    ask: the prompts "direct" and "chain" with their slot {question}; kept in the tokenizer's files.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    if len(set(alphabet)) < len(alphabet):
        twice = next(c for c in alphabet if alphabet.count(c) > 1)
        raise SrmLabError(f"The alphabet holds {twice!r} more than once.", "", "Write each character once.")
    names = [PAD, END, UNKNOWN, *alphabet]
    backend = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token=UNKNOWN))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    backend.decoder = decoders.Fuse()
    backend.add_special_tokens([PAD, END, UNKNOWN])
    backend.add_tokens([AddedToken(control, normalized=False) for control in controls])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token=PAD, eos_token=END, unk_token=UNKNOWN, ask=dict(ask),
        clean_up_tokenization_spaces=False, model_max_length=CONTEXT, padding_side="right",
    )  # fmt: skip
