"""What the scheduler asks of whatever runs the model: the interface of a decoder.

Three classes keep it: `llama.LlamaDecoder` (fast, dense Llama-family models), `generic.GenericDecoder` (any
transformers causal language model), and the fake of the tests. A decoder is used by one thread at a time and
knows nothing of sampling, text, threads or requests: token ids in, logits out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch


class Prompt(Protocol):
    """A prompt whose keys and values are, or are being, computed."""

    logits: torch.Tensor | None  # [vocabulary], after its last token; None until that token was run


class Chunk(Protocol):
    """A run of prompt tokens that one step computes."""

    tokens: int


class Decoder(Protocol):
    """Runs the model one step at a time."""

    bytes_per_token: int  # of keys and values, all layers together
    cached_tokens: int  # tokens whose keys and values prompts hold, in use or kept for later

    def missing(self, prompt_ids: Sequence[int]) -> int:
        """How many tokens `open` would add to `cached_tokens`."""

    def own_tokens(self, prompt_tokens: int) -> int:
        """How many tokens of a prompt each of its rows may hold a copy of."""

    def open(self, prompt_ids: Sequence[int]) -> Prompt:
        """Finds what is cached of the prompt and makes room for the rest."""

    def take(self, prompt: Prompt, most: int) -> Chunk | None:
        """The prompt's next tokens that no chunk has yet, at most so many; None where all are taken."""

    def untake(self) -> None:
        """Forgets the chunks that were taken but never ran, after a step that raised."""

    def release(self, prompt: Prompt) -> None:
        """No more rows will join. The prompt stays cached while there is room."""

    def evict(self, tokens: int) -> None:
        """Drops cached prompts that nothing uses, least recently used first, until so many tokens are free."""

    def join(self, prompt: Prompt, rows: int) -> list[Any]:
        """Adds rows that continue the prompt to the batch, and returns their handles."""

    def leave(self, rows: Sequence[Any]) -> None:
        """Takes rows out of the batch."""

    def keep(self, row: Any, tokens: Sequence[int]) -> None:
        """Puts a row's chain, whose tokens these are, into the prefix cache. Called before `leave`."""

    def step(self, rows: Sequence[Any], tokens: Sequence[int], chunks: Sequence[Chunk]) -> torch.Tensor:
        """One forward pass: one token for each row, and the prompt tokens of the chunks.

        Returns the rows' next logits, [len(rows), vocabulary], in the order of `rows`. Where a chunk was the
        last of its prompt, `prompt.logits` is set. A step that raises can be tried again.
        """
