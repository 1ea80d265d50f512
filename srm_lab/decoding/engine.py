"""The engine that all threads of a model share: prompt ids in, draws out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch
from transformers import DynamicCache

from srm_lab.decoding import counter_random, rules
from srm_lab.decoding.settings import Draw, SamplingSettings
from srm_lab.decoding.stops import Transcript
from srm_lab.errors import SrmLabError

_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")


class Engine:
    """Samples chains from a transformers causal language model. Safe to call from many threads."""

    def __init__(self, model, tokenizer, *, kv_memory_bytes: int | None = None):
        self._model, self._tokenizer = model, tokenizer
        self._lock = threading.Lock()
        self._end_ids = end_token_ids(model, tokenizer)
        self._context = context_tokens(model)

    def sample(
        self,
        prompt_ids: Sequence[int],
        indices: Sequence[int],
        settings: SamplingSettings,
        on_token: Callable[[int, str], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Draw]:
        """Draws one chain for each index and returns them in that order. Blocks."""
        prompt_ids, indices = list(prompt_ids), list(indices)
        room = room_for_new_tokens(len(prompt_ids), self._context)
        with self._lock, torch.no_grad():
            try:
                return self._run(
                    prompt_ids, indices, settings, min(room, settings.max_new_tokens), on_token, cancel
                )
            except SrmLabError:
                raise
            except Exception as error:
                raise forward_failed(error) from error

    def _run(self, prompt_ids, indices, settings, limit, on_token, cancel):
        rows = [_Row(index, self._transcript(settings)) for index in indices]
        keys = counter_random.sample_keys(settings.seed, prompt_ids, indices)
        cache = DynamicCache(config=self._model.config)
        ids = torch.tensor([prompt_ids], device=self._model.device)
        logits = self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[
            :, -1
        ]
        logits = logits.expand(len(rows), -1)
        cache.reorder_cache(torch.zeros(len(rows), dtype=torch.long, device=ids.device))
        live = list(range(len(rows)))
        while live:
            if cancel is not None and cancel.is_set():
                for slot in live:
                    rows[slot].reason = "cancelled"
                break
            tokens, logprobs = self._choose(
                logits.float(), settings, prompt_ids, [rows[s] for s in live], keys[live]
            )
            for slot, token, logprob in zip(live, tokens, logprobs):
                rows[slot].take(token, logprob, self._end_ids, limit, on_token)
            kept = [at for at, slot in enumerate(live) if rows[slot].reason is None]
            if len(kept) < len(live):
                cache.reorder_cache(torch.tensor(kept, device=ids.device, dtype=torch.long))
                live = [live[at] for at in kept]
            if live:
                ids = torch.tensor([[rows[slot].token_ids[-1]] for slot in live], device=ids.device)
                logits = self._model(input_ids=ids, past_key_values=cache, use_cache=True).logits[:, -1]
        return [row.draw(self._end_ids, len(prompt_ids) * (at == 0), on_token) for at, row in enumerate(rows)]

    def _choose(self, logits, settings, prompt_ids, rows, keys):
        positions = np.array([len(row.token_ids) for row in rows])
        uniforms = torch.from_numpy(counter_random.uniforms(keys, positions)).to(logits.device)
        seen = [torch.tensor(prompt_ids + row.token_ids, device=logits.device) for row in rows]
        tokens, logprobs = rules.choose_tokens(logits, settings, uniforms, seen)
        if not bool(torch.isfinite(logprobs).all()):
            raise SrmLabError(
                "The model returned logits that are not numbers.", "", "Load it with another dtype."
            )
        return tokens.tolist(), logprobs.tolist()

    def _transcript(self, settings):
        def decode(ids):
            return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

        return Transcript(decode, settings.stop)

    def logprobs(self, prompt_ids: Sequence[int], continuation_ids: Sequence[int]) -> list[float]:
        """Log-probability (nats, temperature 1) of each continuation token after the prompt."""
        prompt_ids, continuation_ids = list(prompt_ids), list(continuation_ids)
        if not continuation_ids:
            return []
        room = room_for_new_tokens(len(prompt_ids), self._context)
        if len(continuation_ids) > room:
            raise context_too_small(len(prompt_ids) + len(continuation_ids), self._context)
        with self._lock, torch.no_grad():
            ids = torch.tensor([prompt_ids + continuation_ids[:-1]], device=self._model.device)
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=len(continuation_ids)).logits[
                0
            ]
            logits = logits[-len(continuation_ids) :].float().log_softmax(-1)
            return logits.gather(-1, torch.tensor(continuation_ids, device=ids.device)[:, None])[
                :, 0
            ].tolist()

    def close(self) -> None:
        """Frees what the engine holds. The model stays."""


class _Row:
    def __init__(self, index, transcript):
        self.index, self.transcript = index, transcript
        self.token_ids, self.logprobs, self.pieces, self.reason = [], [], [], None

    def take(self, token, logprob, end_ids, limit, on_token):
        self.token_ids.append(token)
        self.logprobs.append(logprob)
        if token in end_ids:
            self.reason = "stop"
            return
        self.show(self.transcript.add(token), on_token)
        if self.transcript.stopped:
            self.reason = "stop_string"
        elif len(self.token_ids) >= limit:
            self.reason = "length"

    def show(self, piece, on_token):
        if piece:
            self.pieces.append(piece)
            if on_token is not None:
                on_token(self.index, piece)

    def draw(self, end_ids, computed, on_token):
        self.show(self.transcript.finish(), on_token)
        reason = "stop_string" if self.transcript.stopped and self.reason == "length" else self.reason
        return Draw(
            self.index, tuple(self.token_ids), tuple(self.logprobs), "".join(self.pieces), reason, computed
        )


def end_token_ids(model, tokenizer) -> frozenset[int]:
    """Tokens that end a chain: the model's, the tokenizer's, and the chat template's end of turn."""
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ids = set(configured) if isinstance(configured, (list, tuple)) else {configured}
    ids.add(getattr(tokenizer, "eos_token_id", None))
    template = getattr(tokenizer, "chat_template", None) or ""
    vocabulary = tokenizer.get_vocab()
    ids.update(vocabulary[end] for end in _TURN_ENDS if end in str(template) and end in vocabulary)
    return frozenset(ids - {None})


def context_tokens(model) -> int | None:
    """The longest sequence the model was made for, or None where it has no such bound."""
    return getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None)


def room_for_new_tokens(prompt_tokens: int, context: int | None) -> int:
    """How many tokens fit after the prompt. Raises SrmLabError where there is no prompt or no room."""
    if prompt_tokens == 0:
        raise SrmLabError(
            "The prompt is empty.",
            "A causal language model continues a text, so it needs at least one token.",
            "Send some text, or the tokenizer's beginning-of-text token.",
        )
    if context is None:
        return 2**31
    if prompt_tokens >= context:
        raise context_too_small(prompt_tokens, context)
    return context - prompt_tokens


def context_too_small(tokens: int, context: int) -> SrmLabError:
    return SrmLabError(
        f"The prompt has {tokens} tokens, but this model's context holds {context}.",
        "The prompt and everything the model writes have to fit into the context together.",
        "Shorten the prompt, give fewer examples, or load a model with a longer context.",
    )


def forward_failed(error: BaseException) -> SrmLabError:
    """A forward pass that raised, as a message for the one whose request it was."""
    memory_words = ("out of memory", "can't allocate memory", "not enough memory")
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        w in str(error).lower() for w in memory_words
    ):
        return SrmLabError(
            "The machine ran out of memory while sampling.",
            f"{type(error).__name__}: {error}",
            "Ask for fewer or shorter samples at a time, close other programs, or load the model quantized.",
        )
    return SrmLabError(
        "The model's forward pass failed.",
        f"{type(error).__name__}: {error}",
        "Other requests go on. If the model was just changed (pruned, quantized, adapted), load it afresh.",
    )
