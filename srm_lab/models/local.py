"""A model on this machine: transformers underneath, the kit's sampling in front.

LocalModel turns a prompt into token ids, hands them to the decoding engine, and turns what comes back into
Completions with the thinking split off. It knows nothing of batches and random numbers: that is `decoding`.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import SrmLabError
from ..records import Completion, Usage
from .thinking import opens_thinking, split_thinking

Prompt = str | Sequence[dict[str, str]]


class LocalModel:
    """A causal language model in memory, with its tokenizer.

    name: what it was loaded as. model, tokenizer: the transformers objects; weights may be changed in place.
    quantization: None or the scheme it was loaded with, or was given by `srm.quantize` and `srm.prune`.
    compression: None or the report of these two.
    """

    def __init__(self, name: str, model, tokenizer, quantization: str | None = None, fingerprint: str | None = None):
        self.name, self.model, self.tokenizer, self.quantization = name, model.eval(), tokenizer, quantization
        self.compression: Any = None
        self._fixed_fingerprint = fingerprint
        self._hashed: tuple[tuple, str] | None = None
        self._engine = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return (
            f"<LocalModel {self.name}: {self.num_parameters / 1e6:.1f}M parameters, {self.memory_bytes / 1e6:.0f} MB>"
        )

    @property
    def num_parameters(self) -> int:
        """Weights as counted in papers: tied embeddings once, a packed 4-bit byte as two."""
        packed = (math.prod(m.shape) for m in self.model.modules() if hasattr(m, "bits") and hasattr(m, "shape"))
        hidden = (m.in_features * m.out_features for m in self.model.modules() if hasattr(m, "hidden_bytes"))
        return self.model.num_parameters() + sum(packed) + sum(hidden)

    @property
    def memory_bytes(self) -> int:
        """Measured bytes of all weights and quantization constants, shared tensors once."""
        seen = sum(tensor.numel() * tensor.element_size() for _, tensor in stored_tensors(self.model))
        return seen + sum(size for _, size in hidden_bytes(self.model))

    @property
    def context_length(self) -> int:
        """Tokens that prompt and completion may have together."""
        return getattr(self.model.config.get_text_config(), "max_position_embeddings", 1 << 30)

    @property
    def ask(self) -> Mapping[str, str] | None:
        """Prompts for an answer at once ("direct") and for steps ("chain"), each with a slot {question}, of a model
        that was trained on bare questions (see `tiny`); None for others."""
        return self.tokenizer.init_kwargs.get("ask")

    @property
    def fingerprint(self) -> str:
        """A hash of weights, quantization, dtype and adapter: equal fingerprints give equal samples.

        Recomputed when a weight was changed in place. For bitsandbytes models it is taken once, at loading,
        because their first forward pass reorders the packed weights without changing their meaning.
        """
        if self._fixed_fingerprint:
            return self._fixed_fingerprint
        version = tuple((name, tensor.data_ptr(), tensor._version) for name, tensor in stored_tensors(self.model))
        if self._hashed is None or self._hashed[0] != version:
            self._hashed = (version, hash_weights(self.model, self.quantization))
        return self._hashed[1]

    @property
    def engine(self):
        """The decoding engine, made when it is first needed."""
        from ..decoding import Engine

        with self._lock:
            if self._engine is None:
                self._engine = Engine(self.model, self.tokenizer)
            return self._engine

    def sample(
        self,
        prompt: Prompt,
        n: int = 1,
        *,
        temperature: float = 0.7,
        top_p: float = 1.0,
        top_k: int = 0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        max_new_tokens: int = 256,
        stop: Sequence[str] = (),
        seed: int = 0,
        indices: Sequence[int] | None = None,
        thinking: bool | None = None,
        banned_token_ids: Sequence[int] = (),
        keep: bool = False,
        on_token: Callable[[int, str], None] | None = None,
        on_completion: Callable[[int, Completion], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Completion]:
        """Draw n completions of one prompt.

        prompt: a string, sent as it is, or a list of {"role", "content"} messages, sent through the model's chat
            template; a last message of the assistant is continued.
        n: how many samples, numbered 0 to n-1; indices: these sample numbers instead.
        temperature: 0 is greedy. top_p, top_k, min_p: nucleus, rank and relative-probability limits; 1, 0, 0 are off.
        max_new_tokens: at most so many tokens a sample. stop: strings that end a sample; they are not part of its text.
        seed: with the prompt and the sample's number it fixes the sample, whatever else runs beside it.
        thinking: the chat template's thinking switch; None leaves the model's default.
        banned_token_ids: tokens that are never drawn.
        keep: keep the keys and values of the ended samples, so that a next prompt that begins with this one and a
            sample's text computes only what is new: for methods that append to a chain and go on.
        on_token: called with (sample number, new text) while it is generated, from the engine's thread.
        on_completion: called with (sample number, completion) as a sample ends, from the engine's thread; not for
            cancelled ones. The store keeps samples by it, before the slowest of a call has ended.
        cancel: when set, samples end at their next token with finish_reason "cancelled".

        Raises SrmLabError for a prompt longer than the context, a setting out of range, or a failed forward pass.
        """
        from ..decoding import SamplingSettings

        text = self.render(prompt, thinking)
        prompt_ids = self.encode(text)
        settings = SamplingSettings(
            temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p, repetition_penalty=repetition_penalty,
            max_new_tokens=max_new_tokens, stop=(stop,) if isinstance(stop, str) else tuple(stop), seed=seed,
            banned_token_ids=tuple(banned_token_ids),
        )  # fmt: skip
        wanted, opened = range(n) if indices is None else indices, opens_thinking(text)

        def completed(draw) -> Completion:
            return _completion(draw, len(prompt_ids), opened)

        on_draw = None if on_completion is None else lambda draw: on_completion(draw.index, completed(draw))
        draws = self.engine.sample(
            prompt_ids, wanted, settings, on_token=on_token, cancel=cancel, keep=keep, on_draw=on_draw
        )
        return [completed(draw) for draw in draws]

    def logprobs(self, prompt: Prompt, continuation: str) -> list[float]:
        """Log-probability in nats of each token of the continuation, given the prompt, at temperature 1."""
        ids = self.tokenizer(continuation, add_special_tokens=False).input_ids
        return self.engine.logprobs(self.encode(self.render(prompt)), ids)

    def distributions(self, prompt: Prompt, continuation: str = ""):
        """Log-probabilities in nats of every token at each place of the continuation and after it, at temperature 1: a
        tensor [tokens of the continuation + 1, vocabulary]."""
        ids = self.tokenizer(continuation, add_special_tokens=False).input_ids if continuation else []
        return self.engine.distributions(self.encode(self.render(prompt)), ids)

    def hidden_states(self, prompt: Prompt):
        """What every layer makes of a prompt: a tensor [layers + 1, tokens, width], the embeddings first."""
        return self.engine.hidden_states(self.encode(self.render(prompt)))

    def render(self, prompt: Prompt, thinking: bool | None = None) -> str:
        """The text that is sent: a string as it is, messages through the chat template."""
        if isinstance(prompt, str):
            if thinking is not None:
                raise SrmLabError(
                    "The thinking switch works on messages, and this prompt is a string.",
                    "A string is sent as it is, without the chat template that holds the switch.",
                    'Send [{"role": "user", "content": ...}] instead.',
                )
            return prompt
        template = self.tokenizer.get_chat_template() if self.tokenizer.chat_template else None
        if template is None:
            raise SrmLabError(
                f"{self.name} has no chat template, so it cannot be sent messages.",
                "It is a base model, or its tokenizer was saved without one.",
                "Send a string; few-shot prompts work well with base models.",
            )
        if thinking is not None and "enable_thinking" not in template:
            raise SrmLabError(
                f"{self.name} has no thinking switch in its chat template.",
                "It always thinks or never does.",
                "Leave thinking=None; srm.list_models() shows which models have a switch.",
            )
        switch: dict[str, Any] = {} if thinking is None else {"enable_thinking": thinking}
        goes_on = prompt[-1]["role"] == "assistant"
        return self.tokenizer.apply_chat_template(
            list(prompt),
            tokenize=False,
            add_generation_prompt=not goes_on,
            continue_final_message=goes_on,
            **switch,
        )

    def encode(self, text: str) -> list[int]:
        """Token ids of a rendered prompt; the tokenizer's own start token is added unless it is there already."""
        start = self.tokenizer.bos_token
        return self.tokenizer(text, add_special_tokens=not (start and text.startswith(start))).input_ids


def _completion(draw, prompt_tokens: int, opened: bool) -> Completion:
    thinking, answer = split_thinking(draw.text, opened)
    usage = Usage(prompt_tokens, draw.computed_prompt_tokens, len(draw.token_ids), 1)
    return Completion(
        draw.text, thinking, answer, tuple(draw.token_ids), tuple(draw.logprobs), draw.finish_reason, usage
    )


def stored_tensors(model):
    """(name, tensor) of every weight, buffer and quantization constant, shared memory once."""
    seen: set[int] = set()
    named = [*model.named_parameters(), *model.named_buffers()]
    for name, tensor in named:
        for part, value in ((name, tensor), *_quantization_constants(name, tensor)):
            if value.data_ptr() not in seen or value.numel() == 0:
                seen.add(value.data_ptr())
                yield part, value


def hidden_bytes(model):
    """(module name, bytes) of weights that a kernel keeps out of sight, in an object of its own."""
    return [(name, module.hidden_bytes) for name, module in model.named_modules() if hasattr(module, "hidden_bytes")]


def _quantization_constants(name: str, tensor):
    """The scales that bitsandbytes keeps beside a packed weight."""
    for holder in (getattr(tensor, "quant_state", None), tensor):
        for key in ("absmax", "code", "offset", "SCB"):
            value = getattr(holder, key, None)
            if hasattr(value, "data_ptr"):
                yield f"{name}.{key}", value
        nested = getattr(holder, "state2", None)
        if nested is not None:
            yield f"{name}.nested_absmax", nested.absmax


def hash_weights(model, quantization: str | None) -> str:
    """SHA-256, shortened, over every tensor's name, dtype, shape and bytes, and the quantization's name."""
    import torch

    digest = hashlib.sha256(f"{quantization}".encode())
    for name, tensor in stored_tensors(model):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:24]
