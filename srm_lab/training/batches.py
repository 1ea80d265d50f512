"""Examples as token ids, and batches of them with hardly any padding.

A batch is drawn at random, as it should be, and then sorted by length and cut into a few rectangles of nearly equal
lengths. All tokens of the batch stand one after the other, so that every product of the model runs over one long
list of tokens; only attention looks at a rectangle at a time. Padding stands at an example's end, where causal
attention never sees it, and stays below MOST_PADDING.

One rectangle padded to the longest example is slower (benchmarks/training.md). Left out: rows packed with several
examples behind a mask, which give up the causal kernel and spend attention on what is masked. Ids are kept in three
flat arrays, so that a batch costs a few copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import SrmLabError
from .examples import Example

MOST_PADDING = 0.06  # of a rectangle: less makes more rectangles, and each costs attention a few calls


@dataclass(frozen=True)
class TokenTable:
    """Examples as ids. ids: all of them in a row, end tokens included, [tokens]. starts: of each example, and the end,
    [examples + 1]. prompts: tokens of each prompt, [examples]."""

    ids: np.ndarray
    starts: np.ndarray
    prompts: np.ndarray

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def counted(self) -> int:
        """Tokens that are learned: completions and their end tokens."""
        return len(self.ids) - int(self.prompts.sum())


@dataclass(frozen=True)
class Batch:
    """Rectangles of examples, one after the other in one list of tokens.

    ids, positions: [tokens], padding included. rectangles: (rows, length) of each.
    counted: indices into ids of the tokens whose next token is learned, [n]. targets: that next token, [n].
    owners: which example of the batch, as it was asked for, each of them belongs to, [n].
    """

    ids: torch.Tensor
    positions: torch.Tensor
    rectangles: tuple[tuple[int, int], ...]
    counted: torch.Tensor
    targets: torch.Tensor
    owners: torch.Tensor

    def to(self, device) -> Batch:
        moved = (t.to(device) for t in (self.ids, self.positions, self.counted, self.targets, self.owners))
        ids, positions, counted, targets, owners = moved
        return Batch(ids, positions, self.rectangles, counted, targets, owners)


def tokenize(examples: Sequence[Example], tokenizer, context: int | None = None) -> TokenTable:
    """Every example's ids: its prompt as it will be sent, its completion, the end token.

    context: tokens an example may have. Raises SrmLabError for no examples, an empty completion, one that is too
    long, and a character that the tokenizer does not know.
    """
    if not examples:
        raise SrmLabError("There are no examples to train on.", "The list is empty.", "See training.from_problems.")
    prompts = encode([e.prompt for e in examples], tokenizer, True)
    completions = encode([e.completion for e in examples], tokenizer, False)
    for example, prompt, completion in zip(examples, prompts, completions):
        _check(example, prompt, completion, tokenizer, context)
    return make_table(prompts, [[*c, tokenizer.eos_token_id] for c in completions])


def encode(texts: Sequence[str], tokenizer, start: bool) -> list[list[int]]:
    """Ids of each text. start: whether the tokenizer's own start token is added, as it is to prompts."""
    bos = tokenizer.bos_token
    doubled = bool(start and bos and texts and texts[0].startswith(bos))
    return tokenizer(list(texts), add_special_tokens=start and not doubled).input_ids


def _check(example: Example, prompt, completion, tokenizer, context: int | None) -> None:
    tokens = len(prompt) + len(completion) + 1
    if not example.completion or not prompt:
        part = "completion" if prompt else "prompt"
        raise SrmLabError(f"The example {example} has an empty {part}.", "", "Leave it out, or fill it in.")
    if context is not None and tokens > context:
        raise SrmLabError(
            f"An example has {tokens} tokens, the model's context {context}.", f"It begins: {example.prompt[:80]!r}",
            "Leave long examples out, or take a model with a longer context.",
        )  # fmt: skip
    if tokenizer.unk_token_id is not None and tokenizer.unk_token_id in (*prompt, *completion):
        raise SrmLabError(
            f"The tokenizer does not know a character of the example {example}.",
            "It would be taught as an unknown one.",
            "Make the model with an alphabet that holds every character of its examples.",
        )


def make_table(prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> TokenTable:
    """A table of ids that exist already, such as those of rollouts; completions with their end tokens."""
    whole = [np.asarray([*p, *c], dtype=np.int32) for p, c in zip(prompts, completions)]
    starts = np.cumsum([0, *map(len, whole)])
    return TokenTable(np.concatenate(whole), starts, np.asarray([len(p) for p in prompts]))


def order(examples: int, seed: int, batch: int, step: int) -> np.ndarray:
    """Which examples the batch of a step holds: every epoch is a new permutation, and no state is kept.

    A batch may end one epoch and begin the next. Returns indices, [batch].
    """
    wanted = np.arange(step * batch, (step + 1) * batch)
    epochs = {int(e): np.random.default_rng([seed, int(e)]).permutation(examples) for e in set(wanted // examples)}
    return np.array([epochs[int(at // examples)][at % examples] for at in wanted])


def make_batches(table: TokenTable, chosen: Sequence[int] | np.ndarray, most_tokens: int) -> list[Batch]:
    """The examples at these indices as batches of at most so many tokens each, for one step's gradients together."""
    chosen = np.asarray(chosen)
    lengths = table.starts[chosen + 1] - table.starts[chosen]
    sorting = np.argsort(lengths, kind="stable")
    number = max(1, -(-int(lengths.sum()) // most_tokens))
    ends = np.searchsorted(np.cumsum(lengths[sorting]), lengths.sum() * np.arange(1, number) / number)
    return [make_batch(table, chosen[part], part) for part in np.split(sorting, ends) if len(part)]


def make_batch(table: TokenTable, chosen: Sequence[int] | np.ndarray, owners: np.ndarray | None = None) -> Batch:
    """The examples at these indices as one batch. owners: their numbers, where these are not 0, 1, 2 ..."""
    chosen = np.asarray(chosen)
    numbers = np.arange(len(chosen)) if owners is None else owners
    lengths = (table.starts[chosen + 1] - table.starts[chosen]) - 1  # the last token is only ever a target
    sorting = np.argsort(lengths, kind="stable")
    parts, rectangles, at = [], [], 0
    for rows in cut(lengths[sorting].tolist()):
        members = sorting[at : at + rows]
        length = int(lengths[members[-1]])
        parts.append(_rectangle(table, chosen[members], numbers[members], lengths[members], length))
        rectangles.append((rows, length))
        at += rows
    sizes = np.cumsum([0, *(rows * length for rows, length in rectangles)])[:-1]
    ids, positions, counted, targets, owners = zip(*parts)
    shifted = [part + offset for part, offset in zip(counted, sizes)]
    tensors = (torch.from_numpy(np.concatenate(p).astype(np.int64)) for p in (ids, positions, shifted, targets, owners))
    ids, positions, counted, targets, owners = tensors
    return Batch(ids, positions, tuple(rectangles), counted, targets, owners)


def cut(lengths: Sequence[int]) -> list[int]:
    """How many of the sorted lengths go into each rectangle, so that its padding stays below MOST_PADDING."""
    rows, tokens, sizes = 0, 0, []
    for length in lengths:
        if rows and 1 - (tokens + length) / ((rows + 1) * length) > MOST_PADDING:
            sizes.append(rows)
            rows, tokens = 0, 0
        rows, tokens = rows + 1, tokens + length
    return [*sizes, rows]


def _rectangle(table: TokenTable, examples, owners, lengths, length: int) -> tuple[np.ndarray, ...]:
    """Flat arrays of one rectangle: ids, positions, counted, targets, owners."""
    column = np.arange(length)
    inside = column < lengths[:, None]
    source = table.starts[examples][:, None] + np.minimum(column, lengths[:, None] - 1)
    ids, following = table.ids[source], table.ids[source + 1]
    learned = inside & (column >= table.prompts[examples][:, None] - 1)
    whose = np.broadcast_to(owners[:, None], learned.shape)[learned]
    positions = np.broadcast_to(column, ids.shape)
    return ids.ravel(), positions.ravel(), np.flatnonzero(learned), following[learned], whose
