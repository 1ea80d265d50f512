"""Attention for a step of many chains, most of which share the beginning of their prompts.

The keys and values of a chain lie in several places: those of its prompt in nodes of the prefix tree, together
with other chains, and its own in the row table. The softmax does not care where a score came from. So the
scores of all places are written side by side into one matrix, which gets one softmax, and the weighted values
of all places are added up.

For a shared place the queries of all its chains form *one* matrix: n chains of a prompt read its keys once
instead of n times (Juravsky et al. 2024, "Hydragen", arXiv 2402.05099). Grouped-query attention falls out of the
same view: the query heads that share a key head are just more rows of that matrix, and nothing is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from srm_lab.decoding.prefix import Node
from srm_lab.decoding.row_table import BlockView, Row, RowTable


@dataclass(frozen=True)
class Run:
    """Neighbouring rows, [first, last), whose prompts all contain a node, at columns [start, stop)."""

    kv: torch.Tensor  # [layers, 2, kv_heads, tokens, dim]
    first: int
    last: int
    start: int
    stop: int


@dataclass(frozen=True)
class StepPlan:
    """Where the keys and values of one step are. Columns: first the shared ones, then block after block.

    hidden: [rows, 1, 1, columns], where a row has no token.
    scores: [rows, kv_heads, queries, columns], written over in every layer.
    """

    runs: Sequence[Run]
    blocks: Sequence[BlockView]
    starts: Sequence[int]
    hidden: torch.Tensor
    scores: torch.Tensor


def find_runs(slots: Sequence[Row | None]) -> list[Run]:
    """The longest runs of neighbouring rows for each shared node. A crossed out slot interrupts none."""
    runs: list[Run] = []
    open_runs: dict[int, tuple[Node, int, int, int]] = {}  # depth -> node, first row, last row + 1, start column
    for slot, row in enumerate(slots):
        if row is None:
            continue
        path, start = row.node.path, 0
        for depth, node in enumerate(path):
            current = open_runs.get(depth)
            if current is not None and current[0] is node:
                open_runs[depth] = (node, current[1], slot + 1, start)
            else:
                _close(runs, open_runs.pop(depth, None))
                open_runs[depth] = (node, slot, slot + 1, start)
            start += len(node.tokens)
        for depth in [depth for depth in open_runs if depth >= len(path)]:
            _close(runs, open_runs.pop(depth))
    for current in open_runs.values():
        _close(runs, current)
    return runs


def _close(runs: list[Run], current: tuple[Node, int, int, int] | None) -> None:
    if current is not None:
        node, first, last, start = current
        runs.append(Run(node.kv[0], first, last, start, start + len(node.tokens)))


def make_plan(table: RowTable, runs: Sequence[Run], kv_heads: int, queries: int) -> StepPlan:
    """Lays out the columns of one step's scores."""
    blocks = table.views()
    rows, device = table.padded_rows, blocks[0].kv.device
    shared_width = max((run.stop for run in runs), default=0)
    starts, width = [], shared_width
    for block in blocks:
        starts.append(width)
        width += block.columns
    shared, own = torch.zeros(2, rows, 1, dtype=torch.long)
    shared[: len(table.slots), 0] = torch.tensor([row.shared if row else 0 for row in table.slots])
    own[: len(table.slots), 0] = torch.from_numpy(table.lengths)
    column = torch.arange(width)
    # Blocks but the last are BLOCK wide, so a row's own tokens are at consecutive columns.
    visible = torch.where(column < shared_width, column < shared, column - shared_width <= own)
    scores = torch.empty(rows, kv_heads, queries, width, dtype=blocks[0].kv.dtype, device=device)
    return StepPlan(runs, blocks, starts, ~visible[:, None, None, :].to(device), scores)


def write_rows(layer: int, kv: torch.Tensor, plan: StepPlan) -> None:
    """Stores this step's keys and values, [2, rows, kv_heads, dim], in the rows' own columns."""
    for block in plan.blocks:
        if len(block.write_rows):
            new = kv if len(block.write_rows) == kv.shape[1] else kv[:, block.write_rows]
            block.kv[layer].flatten(1, 3).index_copy_(1, block.write_places, new.flatten(1, 2))


def attend_rows(layer: int, q: torch.Tensor, plan: StepPlan) -> torch.Tensor:
    """Attention of one token a row.  q: [rows, heads, dim], already scaled.  Returns [rows, heads * dim]."""
    rows, _, dim = q.shape
    scores = plan.scores
    kv_heads, queries = scores.shape[1:3]
    q = q.reshape(rows, kv_heads, queries, dim)
    for run in plan.runs:
        together = q[run.first : run.last].transpose(0, 1).reshape(kv_heads, -1, dim)
        products = torch.bmm(together, run.kv[layer, 0].transpose(1, 2))
        apart = products.view(kv_heads, -1, queries, run.stop - run.start).transpose(0, 1)
        scores[run.first : run.last, :, :, run.start : run.stop] = apart
    for block, start in zip(plan.blocks, plan.starts):
        keys = block.kv[layer, 0, : block.rows, :, : block.columns]
        scores[: block.rows, :, :, start : start + block.columns] = q[: block.rows] @ keys.transpose(2, 3)
    weights = scores.masked_fill_(plan.hidden, -torch.inf).softmax(-1, dtype=torch.float32).to(q.dtype)
    return _weigh_values(layer, weights, plan, dim)


def _weigh_values(layer: int, weights: torch.Tensor, plan: StepPlan, dim: int) -> torch.Tensor:
    """The sum of the values of all places, weighted.  weights: [rows, kv_heads, queries, columns]."""
    rows, kv_heads, queries, _ = weights.shape
    out = weights.new_zeros(rows, kv_heads, queries, dim)
    for block, start in zip(plan.blocks, plan.starts):
        values = block.kv[layer, 1, : block.rows, :, : block.columns]
        out[: block.rows] += weights[: block.rows, :, :, start : start + block.columns] @ values
    for run in plan.runs:
        part = weights[run.first : run.last, :, :, run.start : run.stop]
        together = part.transpose(0, 1).reshape(kv_heads, -1, run.stop - run.start)
        sums = torch.bmm(together, run.kv[layer, 1]).view(kv_heads, -1, queries, dim)
        out[run.first : run.last] += sums.transpose(0, 1)
    return out.view(rows, -1)


def attend_chunk(q: torch.Tensor, kv: torch.Tensor, scale: float) -> torch.Tensor:
    """Causal attention of a run of prompt tokens over all tokens up to them.

    q: [tokens, heads, dim].  kv: [2, kv_heads, all tokens, dim], the last of which are these.
    Returns [tokens, heads * dim].
    """
    tokens, total = len(q), kv.shape[2]
    mask = None
    if 1 < tokens < total:
        mask = torch.ones(tokens, total, dtype=torch.bool, device=q.device).tril(total - tokens)
    attended = torch.nn.functional.scaled_dot_product_attention(
        q.transpose(0, 1)[None],
        kv[0][None],
        kv[1][None],
        attn_mask=mask,
        is_causal=tokens == total,
        scale=scale,
        enable_gqa=True,
    )
    return attended[0].transpose(0, 1).reshape(tokens, -1)
