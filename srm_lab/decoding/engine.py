"""The engine that all threads of a model share: prompt ids in, draws out.

It checks what is asked, hands it to the scheduler, waits, and turns what came back into text. It knows the
tokenizer only for that last part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch

from srm_lab.decoding import counter_random, failures, memory
from srm_lab.decoding.decoder import Decoder
from srm_lab.decoding.generic import GenericDecoder, eval_mode, forward_parameters
from srm_lab.decoding.llama import LlamaDecoder, readable
from srm_lab.decoding.projections import check_format
from srm_lab.decoding.requests import Chain, Job, Request
from srm_lab.decoding.scheduler import Scheduler
from srm_lab.decoding.settings import Draw, SamplingSettings
from srm_lab.decoding.stops import Transcript
from srm_lab.decoding.weights import WeightWatch
from srm_lab.openmp import release_team

MAX_ROWS = 256  # chains in the running batch; above, a step gets longer and no faster a token
_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<turn|>", "<|end|>")


class Engine:
    """Samples chains from a transformers causal language model. Safe to call from many threads.

    model: in eval mode, on any device, in any dtype, quantized or with adapters.
    kv_memory_bytes: for keys and values; None takes a share of what is free when the first request arrives.
    stream_weights: a copy of the weights in fewer bits, faster and a little less exact, on CPUs and for Llama-family
        models: "float16" for float32 models, "int8" or "int4" for steps of at most four chains of bfloat16 models.

    Raises SrmLabError for a format that is unknown or that the model or the machine cannot run.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        kv_memory_bytes: int | None = None,
        stream_weights: str | None = None,
    ):
        check_format(stream_weights, model)
        self._model, self._tokenizer = model, tokenizer
        self._end_ids = end_token_ids(model, tokenizer)
        self._context = context_tokens(model)
        self._vocabulary = model.get_input_embeddings().num_embeddings
        watch = WeightWatch(model)

        def make_decoder() -> Decoder:
            watch.look()
            return LlamaDecoder(model, stream_weights) if readable(model) else GenericDecoder(model)

        def kv_bytes() -> int:
            return kv_memory_bytes or memory.kv_budget(model.device)

        self._scheduler = Scheduler(make_decoder, watch.changed, kv_bytes, MAX_ROWS)

    def sample(
        self,
        prompt_ids: Sequence[int],
        indices: Sequence[int],
        settings: SamplingSettings,
        on_token: Callable[[int, str], None] | None = None,
        cancel: threading.Event | None = None,
        *,
        keep: bool = False,
        on_draw: Callable[[Draw], None] | None = None,
    ) -> list[Draw]:
        """Draws one chain for each index and returns them in that order. Blocks until all have ended.

        prompt_ids: token ids, at least one.  indices: which samples of the prompt to draw; sample s is the
            same whatever else is asked for.
        on_token: called as on_token(index, text_piece) from the engine's thread; the pieces join to the text.
        cancel: once set, the chains end where they are, with finish reason "cancelled".
        keep: keeps the ended chains in the prefix cache, so that a later prompt that begins with this prompt
            and one of its chains computes only what is new.
        on_draw: called with each chain as it ends, from the engine's thread; not for cancelled ones.
        Raises SrmLabError where the prompt does not fit into the context, or the model or the memory fails.
        """
        request = self._request(list(prompt_ids), list(indices), settings)
        request.on_token, request.cancel, request.keep = on_token, cancel, keep
        if on_draw is not None:
            request.on_end = lambda chain: on_draw(self._draw(chain))
        try:
            self._wait_for(request)
        finally:
            request.abandoned = True  # of no effect once answered; after Ctrl-C it frees the rows
        return [self._draw(chain) for chain in request.chains]

    def logprobs(self, prompt_ids: Sequence[int], continuation_ids: Sequence[int]) -> list[float]:
        """Log-probability, in nats at temperature 1, of each token of the continuation after the prompt."""
        prompt_ids, continuation_ids = list(prompt_ids), list(continuation_ids)
        self._check(prompt_ids, len(continuation_ids))
        if not continuation_ids:
            return []
        n, last = len(continuation_ids), {}
        if "logits_to_keep" in forward_parameters(self._model):
            last = {"logits_to_keep": n + 1}

        def score() -> list[float]:
            output = self._plain_forward(prompt_ids + continuation_ids, **last)
            chosen = torch.tensor(continuation_ids, device=output.logits.device)[:, None]
            return output.logits[0, -n - 1 : -1].float().log_softmax(-1).gather(-1, chosen)[:, 0].tolist()

        return self._wait_for(Job(score)).result

    def distributions(self, prompt_ids: Sequence[int], continuation_ids: Sequence[int]) -> torch.Tensor:
        """Log-probabilities, in nats at temperature 1, of every token at each place of the continuation and after it:
        [continuation + 1, vocabulary], on the CPU in float32."""
        prompt_ids, continuation_ids = list(prompt_ids), list(continuation_ids)
        self._check(prompt_ids, len(continuation_ids))
        n, last = len(continuation_ids), {}
        if "logits_to_keep" in forward_parameters(self._model):
            last = {"logits_to_keep": n + 1}

        def run() -> torch.Tensor:
            output = self._plain_forward(prompt_ids + continuation_ids, **last)
            return output.logits[0, -n - 1 :].float().log_softmax(-1).cpu()

        return self._wait_for(Job(run)).result

    def hidden_states(self, token_ids: Sequence[int]) -> torch.Tensor:
        """What every layer makes of a text: [layers + 1, tokens, hidden], the embeddings first."""
        token_ids = list(token_ids)
        self._check(token_ids, 0)

        def run() -> torch.Tensor:
            return torch.cat(self._plain_forward(token_ids, output_hidden_states=True).hidden_states)

        return self._wait_for(Job(run)).result

    def forget(self) -> None:
        """Drops all cached prompts. Only needed after a change that no weight shows, such as a switch of your own."""
        self._scheduler.forget()

    def close(self) -> None:
        """Cancels what is running and frees keys, values and fused weights. The model itself stays."""
        self._scheduler.close()

    def _plain_forward(self, token_ids: list[int], **options: Any) -> Any:
        """The model's own forward over a whole text, without any cache."""
        ids = torch.tensor([token_ids], device=self._model.device)
        with eval_mode(self._model):
            return self._model(input_ids=ids, use_cache=False, **options)

    def _wait_for(self, work: Request | Job) -> Any:
        """Hands work to the scheduler, waits, and raises what went wrong."""
        release_team()
        self._scheduler.submit(work)
        while not work.done.wait(timeout=1.0):  # a bounded wait lets Ctrl-C through on every system
            pass
        if work.error is not None:
            raise failures.forward_failed(work.error) if isinstance(work, Job) else work.error
        return work

    def _request(self, prompt_ids: list[int], indices: list[int], settings: SamplingSettings) -> Request:
        room = self._check(prompt_ids, 1)
        for token in settings.banned_token_ids:
            if not 0 <= token < self._vocabulary:
                raise failures.token_out_of_range(token, self._vocabulary)
        request = Request(prompt_ids, settings, min(room, settings.max_new_tokens), self._end_ids)
        keys = counter_random.sample_keys(settings.seed, prompt_ids, indices)
        for index, key in zip(indices, keys):
            request.chains.append(Chain(request, index, key, Transcript(self._decode, settings.stop)))
        request.waiting = list(request.chains)
        return request

    def _check(self, prompt_ids: list[int], new_tokens: int) -> int:
        """Raises where the prompt cannot be run; returns how many new tokens fit after it."""
        if not prompt_ids:
            raise failures.empty_prompt()
        for token in (min(prompt_ids), max(prompt_ids)):
            if not 0 <= token < self._vocabulary:
                raise failures.token_out_of_range(token, self._vocabulary)
        if self._context is None:
            return 2**31
        if len(prompt_ids) + new_tokens > self._context:
            raise failures.context_too_small(len(prompt_ids) + new_tokens - 1, self._context)
        return self._context - len(prompt_ids)

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _draw(self, chain: Chain) -> Draw:
        first = chain is chain.request.chains[0]
        computed = chain.request.computed_prompt_tokens if first else 0
        return Draw(
            chain.index,
            tuple(chain.token_ids),
            tuple(chain.logprobs),
            "".join(chain.pieces),
            chain.finish_reason,
            computed,
        )


def end_token_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end a chain: the model's, the tokenizer's, and the end of turn of the chat template."""
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ids = set(configured) if isinstance(configured, (list, tuple)) else {configured}
    ids.add(getattr(tokenizer, "eos_token_id", None))
    template, vocabulary = str(getattr(tokenizer, "chat_template", "")), tokenizer.get_vocab()
    ids.update(vocabulary[end] for end in _TURN_ENDS if end in template and end in vocabulary)
    return frozenset(ids - {None})


def context_tokens(model: Any) -> int | None:
    """The longest sequence the model was made for, or None where it has no such bound."""
    return getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None)
