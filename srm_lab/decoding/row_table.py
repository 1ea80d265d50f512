"""Keys and values of the tokens that belong to one chain alone.

The table has a slot for each row of the batch and grows to the right in blocks of BLOCK columns. Slots are kept
in the order of their rows' lengths, longest first, so a block far to the right covers only the first few
slots: attention reads, and memory holds, little more than the tokens that are there.

A row that leaves is only crossed out; copying its neighbours together for each would cost more than the row
itself. When an eighth of the slots is crossed out, `tidy` moves the others together and sorts them.

Left out: pages of 16 tokens with a page table (vLLM). They waste less, but need an attention kernel of their
own; here each block is one ordinary batched matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from srm_lab.decoding.prefix import Node

BLOCK = 64
_ROUND_ROWS = 8  # each new number of rows costs oneDNN a millisecond of code generation: keep them few


@dataclass(eq=False)
class Row:
    """One chain in the batch. node: the end of the shared part of its prompt.  shared: that part's length."""

    prompt_ids: Sequence[int]
    node: Node
    shared: int
    slot: int = -1


@dataclass(frozen=True)
class BlockView:
    """What one step needs of a block.

    kv: [layers, 2, rows, kv_heads, BLOCK, dim].  rows: how many of them hold anything.
    write_rows: which rows write their token of this step here.  write_places: where, [rows * kv_heads], in the
        block's rows, heads and columns counted as one.
    """

    kv: torch.Tensor
    rows: int
    write_rows: torch.Tensor
    write_places: torch.Tensor


class RowTable:
    """Slots and blocks. `lengths[slot]` counts the columns filled; crossed out slots count 0."""

    def __init__(self, layers: int, kv_heads: int, dim: int, dtype: torch.dtype, device: torch.device):
        self._shape = (layers, 2, kv_heads, dim)
        self._dtype, self._device = dtype, device
        self.slots: list[Row | None] = []
        self.lengths = np.zeros(0, dtype=np.int64)
        self.blocks: list[torch.Tensor] = []

    @property
    def padded_rows(self) -> int:
        """Slots, rounded up: the rows of the forward pass. The extra ones compute what nobody reads."""
        return -(-len(self.slots) // _ROUND_ROWS) * _ROUND_ROWS if len(self.slots) > 2 else len(self.slots)

    def add(self, row: Row, kv: torch.Tensor | None) -> None:
        """A new slot. kv: [layers, 2, kv_heads, tokens, dim] that the row owns from the beginning, or None."""
        row.slot, tokens = len(self.slots), 0 if kv is None else kv.shape[-2]
        self.slots.append(row)
        self.lengths = np.append(self.lengths, tokens)
        for number in range(-(-tokens // BLOCK)):
            part = kv[..., number * BLOCK : (number + 1) * BLOCK, :]
            self._reach(number, row.slot + 1)[:, :, row.slot, :, : part.shape[-2]] = part

    def cross_out(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.slots[row.slot] = None
            self.lengths[row.slot] = 0
        if sum(row is None for row in self.slots) * 8 >= len(self.slots):
            self.tidy()

    def kv_of(self, row: Row) -> torch.Tensor:
        """A copy of a row's own keys and values, [layers, 2, kv_heads, tokens, dim]."""
        length = int(self.lengths[row.slot])
        parts = [block[:, :, row.slot] for block in self.blocks[: -(-length // BLOCK)]]
        layers, two, heads, dim = self._shape
        empty = torch.empty(layers, two, heads, 0, dim, dtype=self._dtype, device=self._device)
        return torch.cat([empty, *parts], dim=-2)[..., :length, :]

    def tidy(self) -> None:
        """Moves the rows together, longest first, and frees what nothing reaches any more."""
        order = sorted((s for s, row in enumerate(self.slots) if row), key=lambda s: (-self.lengths[s], s))
        at = torch.tensor(order, dtype=torch.long, device=self._device)
        reaching = [int((self.lengths > number * BLOCK).sum()) for number in range(len(self.blocks))]
        self.blocks = self.blocks[: sum(count > 0 for count in reaching)]
        for number, block in enumerate(self.blocks):
            count = reaching[number]
            if block.shape[2] > 2 * count + 2 * _ROUND_ROWS:
                self.blocks[number] = block[:, :, at[:count]]
            else:
                for layer in block:  # one layer at a time: the copy in between stays small
                    layer[:, :count] = layer[:, at[:count]]
        self.slots, self.lengths = [self.slots[s] for s in order], self.lengths[order]
        for slot, row in enumerate(self.slots):
            row.slot = slot

    def untidy(self) -> bool:
        """Whether sorting would save a third of what attention reads."""
        held = sum(self._rows_reaching(number) for number in range(len(self.blocks))) * BLOCK
        return held > 1.5 * (self.lengths.sum() + BLOCK * len(self.slots))

    def views(self) -> list[BlockView]:
        """The blocks as the next step needs them, with room for one more token in each row."""
        lengths = np.zeros(self.padded_rows, dtype=np.int64)
        lengths[: len(self.lengths)] = self.lengths
        number_of = lengths // BLOCK
        views = []
        for number in range(int(number_of.max()) + 1):
            rows = self._rows_reaching(number)
            writes = np.flatnonzero(number_of == number)
            if number == 0:
                rows = len(lengths)
            heads = np.arange(self._shape[2])
            places = (writes[:, None] * len(heads) + heads) * BLOCK + lengths[writes, None] % BLOCK
            to = [torch.from_numpy(index).to(self._device) for index in (writes, places.ravel())]
            views.append(BlockView(self._reach(number, rows), rows, *to))
        return views

    def _rows_reaching(self, number: int) -> int:
        """Slots up to the last one that has, or gets in this step, a token in the block."""
        reaching = np.flatnonzero(self.lengths >= number * BLOCK)
        last = int(reaching[-1]) + 1 if len(reaching) else 0
        return min(_round_up(last, _ROUND_ROWS), self.padded_rows)

    def _reach(self, number: int, rows: int) -> torch.Tensor:
        """The block with at least so many rows. New places are zeros: attention weighs them by 0, never by nothing."""
        layers, two, heads, dim = self._shape
        old = self.blocks[number] if number < len(self.blocks) else None
        if old is not None and old.shape[2] >= rows:
            return old
        rows = _round_up(max(rows, 0 if old is None else old.shape[2] * 3 // 2), _ROUND_ROWS)
        block = torch.zeros(layers, two, rows, heads, BLOCK, dim, dtype=self._dtype, device=self._device)
        if old is None:
            self.blocks.append(block)
        else:
            block[:, :, : old.shape[2]] = old
            self.blocks[number] = block
        return block


def _round_up(number: int, to: int) -> int:
    return -(-number // to) * to
