"""The decoder for any transformers causal language model, through its own `forward`.

Rows of different lengths share a forward pass by padding on the left: a row's last token is always in the last
column, the attention mask hides the padding, and `position_ids` count the row's own tokens. To bound the waste,
rows share a batch only with rows of a similar length. Models whose cache is not a list of keys and values, or
that take no positions, get a batch for each prompt, in which all rows have one length and nothing is padded.

Left out: attention over a shared prefix. Each row has a copy of its prompt's keys and values here; `llama.py`
shows how to do without.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache

from srm_lab.decoding import failures
from srm_lab.decoding import generic_cache as caches
from srm_lab.decoding.prefix import MIN_TOKENS, PrefixTree, unused_limit


@dataclass(eq=False)
class GenericPrompt:
    """A prompt on its way into a cache of one row. taken: tokens that are in it, or in a chunk on the way."""

    ids: list[int]
    cache: DynamicCache | None = None
    taken: int = 0
    logits: torch.Tensor | None = None


@dataclass(eq=False)
class GenericChunk:
    prompt: GenericPrompt
    tokens: int


@dataclass(eq=False)
class Batch:
    """Rows that share their forward passes; None stands for one that has left.

    padding: how many columns on the left are not the row's own.  broken: why its cache cannot be used any more.
    """

    cache: DynamicCache
    length: int
    rows: list[GenericRow | None]
    padding: list[int]
    broken: Exception | None = None


@dataclass(eq=False)
class GenericRow:
    prompt_ids: list[int]
    batch: Batch | None = field(default=None, repr=False)


class GenericDecoder:
    """See `decoder.Decoder`."""

    def __init__(self, model: Any):
        self._model = model
        self._device = model.device
        self._config = model.config.get_text_config(decoder=True)
        accepted = forward_parameters(model)
        if "past_key_values" not in accepted:
            raise failures.no_cache(type(model).__name__)
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self._kv_only = caches.keys_and_values_only(self._config)
        self._mergeable = self._kv_only and "position_ids" in accepted
        self.bytes_per_token = caches.kv_bytes_per_token(model)
        self._tree = PrefixTree(unused_limit(self.bytes_per_token))
        self._opened = 0  # tokens in prompts' own caches
        self._taken: list[GenericChunk] = []
        self._batches: list[Batch] = []

    # -------------------------------------------------- prompts

    @property
    def cached_tokens(self) -> int:
        return self._tree.tokens + self._opened

    def missing(self, prompt_ids: Sequence[int]) -> int:
        return 2 * len(prompt_ids) - self._tree.matched(prompt_ids)

    def own_tokens(self, prompt_tokens: int) -> int:
        return prompt_tokens

    def open(self, prompt_ids: Sequence[int]) -> GenericPrompt:
        prompt = GenericPrompt(list(prompt_ids))
        self._opened += len(prompt.ids)
        self._look_up(prompt)
        return prompt

    def take(self, prompt: GenericPrompt, most: int) -> GenericChunk | None:
        tokens = min(most, len(prompt.ids) - prompt.taken)
        if tokens <= 0:
            return None
        prompt.taken += tokens
        self._taken.append(GenericChunk(prompt, tokens))
        return self._taken[-1]

    def untake(self) -> None:
        for chunk in self._taken:
            self._look_up(chunk.prompt)
        self._taken = []

    def release(self, prompt: GenericPrompt) -> None:
        self._opened -= len(prompt.ids)

    def evict(self, tokens: int) -> None:
        self._tree.evict(tokens)

    def _look_up(self, prompt: GenericPrompt) -> None:
        """Begins a prompt, or begins it again, with what the tree has of it."""
        node = self._tree.find(prompt.ids if self._kv_only else [])
        prompt.cache, prompt.taken = caches.new_cache(self._config, self._kv_only), node.length
        if node.length:
            parts = zip(*(above.kv for above in node.path))
            caches.fill(prompt.cache, [torch.cat(part, dim=-2) for part in parts])
        prompt.logits = node.logits if node.length == len(prompt.ids) else None

    def _store(self, prompt_ids: Sequence[int], keys_values: list[torch.Tensor], logits: torch.Tensor | None) -> None:
        """Puts the keys and values of these tokens, [1, heads, tokens, dim] each, into the tree."""
        node = self._tree.find(prompt_ids)
        start, rest = node.length, prompt_ids[node.length :]
        if len(rest) < MIN_TOKENS:
            return
        node = self._tree.add(node, rest, [tensor[..., start:, :].clone() for tensor in keys_values])
        node.planned, node.logits, node.ends_prompt = len(rest), logits, logits is not None
        self._tree.acquire(node)
        self._tree.release(node)  # a use that is over at once: now it counts among what may be dropped

    # -------------------------------------------------- rows

    def join(self, prompt: GenericPrompt, rows: int) -> list[GenericRow]:
        joined = [GenericRow(prompt.ids) for _ in range(rows)]
        if not joined:
            return joined
        length = len(prompt.ids)
        batch = next((batch for batch in self._batches if self._similar(batch, length)), None)
        added = Batch(caches.copy_of(prompt.cache, [0] * rows), length, list(joined), [0] * rows)
        if batch is None:
            self._batches.append(added)
        else:
            _merge(batch, added)
        for row in joined:
            row.batch = batch or added
        return joined

    def leave(self, rows: Sequence[GenericRow]) -> None:
        for row in rows:
            row.batch.rows[row.batch.rows.index(row)] = None
        for batch in {id(row.batch): row.batch for row in rows}.values():
            left = sum(row is not None for row in batch.rows)
            if not left:
                self._batches.remove(batch)
            elif left <= len(batch.rows) * 7 // 8:  # copying the cache for every row that leaves costs more
                _shrink(batch, [at for at, row in enumerate(batch.rows) if row is not None])

    def keep(self, row: GenericRow, tokens: Sequence[int]) -> None:
        if not self._kv_only:
            return
        batch, at = row.batch, row.batch.rows.index(row)
        columns = slice(batch.padding[at], batch.length)
        ids = [*row.prompt_ids, *tokens][: batch.length - batch.padding[at]]
        self._store(ids, [tensor[at : at + 1, :, columns] for tensor in caches.tensors(batch.cache)], None)

    def _similar(self, batch: Batch, length: int) -> bool:
        return self._mergeable and not batch.broken and abs(batch.length - length) <= max(64, batch.length // 4)

    # -------------------------------------------------- the forward pass

    def step(self, rows: Sequence[GenericRow], tokens: Sequence[int], chunks: Sequence[GenericChunk]) -> torch.Tensor:
        for chunk in chunks:
            self._run_chunk(chunk)
        self._taken = []
        token_of, logits_of = dict(zip(map(id, rows), tokens)), {}
        for batch in list({id(row.batch): row.batch for row in rows}.values()):
            batch = self._without_others(batch, token_of)
            logits = self._run_batch(batch, [token_of.get(id(row), 0) for row in batch.rows])
            logits_of.update({id(row): logits[at] for at, row in enumerate(batch.rows) if row is not None})
        return torch.stack([logits_of[id(row)] for row in rows]) if rows else torch.empty(0)

    def _run_chunk(self, chunk: GenericChunk) -> None:
        prompt = chunk.prompt
        start = prompt.taken - chunk.tokens
        if self._kv_only and self._tree.matched(prompt.ids) > start:
            self._look_up(prompt)  # an earlier prompt of this very step has brought a common beginning
            start, chunk.tokens = prompt.taken, min(chunk.tokens, len(prompt.ids) - prompt.taken)
            prompt.taken += chunk.tokens
        if not chunk.tokens:
            return
        ids = torch.tensor([prompt.ids[start : prompt.taken]], device=self._device)
        logits = self._call(ids, prompt.cache, {})
        if prompt.taken == len(prompt.ids):
            prompt.logits = logits[0].clone()
            if self._kv_only:
                self._store(prompt.ids, caches.tensors(prompt.cache), prompt.logits)

    def _run_batch(self, batch: Batch, tokens: list[int]) -> torch.Tensor:
        """One token a row. A failure leaves the cache as it was, or marks it as lost where that cannot be done."""
        if batch.broken:
            raise RuntimeError("This chain's cache was lost in a step that failed.") from batch.broken
        arguments = {}
        if self._mergeable:
            padding = torch.tensor(batch.padding, device=self._device)[:, None]
            arguments["position_ids"] = batch.length - padding
            if any(batch.padding):
                columns = torch.arange(batch.length + 1, device=self._device)
                arguments["attention_mask"] = (columns >= padding).long()
        try:
            logits = self._call(torch.tensor(tokens, device=self._device)[:, None], batch.cache, arguments)
        except Exception as error:
            if self._kv_only:
                caches.fill(batch.cache, [t[:, :, : batch.length] for t in caches.tensors(batch.cache)])
            else:
                batch.broken = error
            raise
        batch.length += 1
        return logits

    def _call(self, ids: torch.Tensor, cache: DynamicCache, arguments: dict[str, Any]) -> torch.Tensor:
        """Runs the model and returns the last token's logits, [rows, vocabulary]."""
        with eval_mode(self._model):
            output = self._model(input_ids=ids, past_key_values=cache, use_cache=True, **arguments, **self._last_only)
        return output.logits[:, -1]

    def _without_others(self, batch: Batch, wanted: dict[int, int]) -> Batch:
        """The batch, or, where some of its rows are not in this step, a new one for those that are."""
        here = [at for at, row in enumerate(batch.rows) if row is not None and id(row) in wanted]
        others = [at for at, row in enumerate(batch.rows) if row is not None and id(row) not in wanted]
        if not others:
            return batch
        everyone = range(len(batch.rows))
        apart = Batch(caches.copy_of(batch.cache, everyone), batch.length, batch.rows, batch.padding, batch.broken)
        _shrink(apart, here)
        _shrink(batch, others)
        for row in apart.rows:
            row.batch = apart
        self._batches.append(apart)
        return apart


def forward_parameters(model: Any) -> Collection[str]:
    """The names of what a model's forward takes; peft's wrapper hides them behind *args and **kwargs."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inspect.signature(base.forward).parameters


@contextlib.contextmanager
def eval_mode(model: Any) -> Iterator[None]:
    """Without dropout, whatever mode the model is in: a loop that trains may sample in between."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()


def _merge(batch: Batch, added: Batch) -> None:
    """Appends the rows of one batch to another; the shorter of the two is padded on the left."""
    length = max(batch.length, added.length)
    pairs = zip(caches.tensors(batch.cache), caches.tensors(added.cache))
    merged = [torch.cat([caches.pad_left(tensor, length) for tensor in pair]) for pair in pairs]
    caches.fill(batch.cache, merged)
    batch.rows = batch.rows + added.rows
    batch.padding = [at + length - part.length for part in (batch, added) for at in part.padding]
    batch.length = length


def _shrink(batch: Batch, rows: Sequence[int]) -> None:
    """Keeps only these rows, and no column that is padding in all of them."""
    trim = min(batch.padding[at] for at in rows)
    caches.select(batch.cache, rows, trim)
    batch.rows = [batch.rows[at] for at in rows]
    batch.padding = [batch.padding[at] - trim for at in rows]
    batch.length -= trim
