"""What can go wrong while sampling, said in full: what, why, what to do."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from srm_lab.errors import SrmLabError

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")


def empty_prompt() -> SrmLabError:
    return SrmLabError(
        "The prompt is empty.",
        "A causal language model continues a text, so it needs at least one token.",
        "Send some text, or the tokenizer's beginning-of-text token.",
    )


def token_out_of_range(token: int, vocabulary: int) -> SrmLabError:
    return SrmLabError(
        f"Token {token} does not exist in this model.",
        f"Its embedding knows the ids 0 to {vocabulary - 1}.",
        "Tokenize the prompt with this model's own tokenizer.",
    )


def context_too_small(tokens: int, context: int) -> SrmLabError:
    return SrmLabError(
        f"The prompt has {tokens} tokens, but this model's context holds {context}.",
        "The prompt and everything the model writes have to fit into the context together.",
        "Shorten the prompt, give fewer examples, or load a model with a longer context.",
    )


def too_little_kv_memory(needed_tokens: int, free_tokens: int, bytes_per_token: int) -> SrmLabError:
    def megabytes(tokens: int) -> str:
        return f"{tokens * bytes_per_token / 1e6:,.0f} MB"

    return SrmLabError(
        f"One chain of this request needs {megabytes(needed_tokens)} for its keys and values, "
        f"and {megabytes(free_tokens)} are set aside.",
        f"Its prompt and new tokens come to {needed_tokens} tokens of {bytes_per_token:,} bytes each.",
        "Lower max_new_tokens, shorten the prompt, or close other programs.",
    )


def format_does_not_fit(name: str, wanted: Sequence[torch.dtype], weight: torch.Tensor) -> SrmLabError:
    def plain(dtype: torch.dtype) -> str:
        return str(dtype).removeprefix("torch.")

    return SrmLabError(
        f"Weights streamed as {name} do not fit this model.",
        f"They are for {' and '.join(map(plain, wanted))} models on a CPU; "
        f"this one is {plain(weight.dtype)} on {weight.device.type}.",
        f'Load it with dtype="{plain(wanted[0])}" and device="cpu", or leave stream_weights out.',
    )


def no_kernel(name: str) -> SrmLabError:
    return SrmLabError(
        f"This machine cannot stream weights as {name}.",
        "torch's FBGEMM kernels are not in this build; they need an x86 processor with AVX2.",
        "Leave stream_weights out: the plain float32 weights run everywhere.",
    )


def no_cache(architecture: str) -> SrmLabError:
    return SrmLabError(
        f"{architecture} cannot be sampled here.",
        "It keeps its state in a form of its own instead of taking past_key_values.",
        "Serve it with another program and use srm_lab.connect, or load a model with attention layers.",
    )


def not_numbers() -> SrmLabError:
    return SrmLabError(
        "The model returned logits that are not numbers.",
        "Its weights are broken, or the number format overflowed (float16 often does).",
        "Load it with dtype bfloat16 or float32, and check what changed its weights last.",
    )


def forward_failed(error: BaseException) -> SrmLabError:
    """A forward pass that raised, as a message for the one whose request it was."""
    if isinstance(error, SrmLabError):
        return error
    cause = f"{type(error).__name__}: {error}"
    out_of_memory = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    if out_of_memory or any(words in str(error).lower() for words in _MEMORY_WORDS):
        fix = "Ask for fewer or shorter samples at a time, close other programs, or load the model quantized."
        failure = SrmLabError("The machine ran out of memory while sampling.", cause, fix)
    else:
        fix = "Other requests go on. If the model was just changed (pruned, quantized, adapted), load it afresh."
        failure = SrmLabError("The model's forward pass failed.", cause, fix)
    failure.__cause__ = error
    return failure
