"""A decoder without a model: its next token depends on everything before it, so a mix-up of rows shows at once."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, field

import torch

WORDS = 11  # token 0 ends a chain


def logits_after(ids) -> torch.Tensor:
    """The fake model: logits that are a hash of the whole text so far."""
    generator = torch.Generator().manual_seed(zlib.crc32(repr(list(map(int, ids))).encode()))
    return torch.randn(WORDS, generator=generator) * 2


@dataclass(eq=False)
class FakePrompt:
    ids: list[int]
    taken: int = 0
    logits: torch.Tensor | None = None
    open: bool = True


@dataclass(eq=False)
class FakeChunk:
    prompt: FakePrompt
    tokens: int


@dataclass(eq=False)
class FakeRow:
    ids: list[int]
    shared: int  # of these, tokens that only the prompt holds
    live: bool = True


@dataclass(eq=False)
class FakeDecoder:
    """Keeps count of all that it is asked to hold.

    poison(ids): whether a text makes the forward pass raise.
    copied: tokens of its prompt that each row holds again.
    """

    poison: object = None
    copied: int = 0
    bytes_per_token: int = 1
    prompts: list[FakePrompt] = field(default_factory=list)
    rows: list[FakeRow] = field(default_factory=list)
    most_tokens: int = 0
    most_rows: int = 0
    chunk_sizes: list[int] = field(default_factory=list)
    steps: int = 0
    threads: set = field(default_factory=set)

    @property
    def cached_tokens(self):
        return sum(len(prompt.ids) for prompt in self.prompts)

    def missing(self, prompt_ids):
        return len(prompt_ids)

    def own_tokens(self, prompt_tokens):
        return min(prompt_tokens, self.copied)

    def open(self, prompt_ids):
        self.prompts.append(FakePrompt(list(prompt_ids)))
        return self.prompts[-1]

    def take(self, prompt, most):
        tokens = min(most, len(prompt.ids) - prompt.taken)
        prompt.taken += tokens
        return FakeChunk(prompt, tokens) if tokens else None

    def untake(self):
        for prompt in self.prompts:
            if prompt.logits is None:
                prompt.taken = 0

    def release(self, prompt):
        assert prompt.open, "released twice"
        prompt.open = False
        self.prompts.remove(prompt)

    def evict(self, tokens):
        pass

    def join(self, prompt, rows):
        assert prompt.open
        assert prompt.logits is not None
        shared = len(prompt.ids) - self.own_tokens(len(prompt.ids))
        joined = [FakeRow(list(prompt.ids), shared) for _ in range(rows)]
        self.rows += joined
        return joined

    def leave(self, rows):
        for row in rows:
            assert row.live, "left twice"
            row.live = False
            self.rows.remove(row)

    def keep(self, row, tokens):
        assert row.live

    def step(self, rows, tokens, chunks):
        assert all(row.live for row in rows)
        self.threads.add(threading.get_ident())
        self.steps += 1
        self.chunk_sizes.append(sum(chunk.tokens for chunk in chunks))
        texts = [[*row.ids, token] for row, token in zip(rows, tokens)]
        if self.poison is not None and any(map(self.poison, [*texts, *(chunk.prompt.ids for chunk in chunks)])):
            raise RuntimeError("poisoned")
        for row, text in zip(rows, texts):
            row.ids = text
        for chunk in chunks:
            if chunk.prompt.taken == len(chunk.prompt.ids):
                chunk.prompt.logits = logits_after(chunk.prompt.ids)
        self.most_rows = max(self.most_rows, len(self.rows))
        held = self.cached_tokens + sum(len(row.ids) - row.shared for row in self.rows)
        self.most_tokens = max(self.most_tokens, held)
        return torch.stack([logits_after(row.ids) for row in rows]) if rows else torch.empty(0, WORDS)
