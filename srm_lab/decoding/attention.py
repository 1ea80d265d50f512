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
from srm_lab.decoding.row_table import BLOCK, BlockView, Row, RowTable

FEW_ROWS = 4  # so few rows attend one by one: a fused kernel over one row beats a dozen small products
_STACKED_TOKENS = 256  # longer nodes are not copied side by side: their products are large enough alone


@dataclass(frozen=True)
class Shared:
    """Nodes of similar length at one depth of the tree, whose products are done together.

    kv: [layers, 2, nodes, kv_heads, tokens, dim], shorter nodes padded with zeros.
    gather: [nodes * kv_heads * n], for each node and key head its rows, padded to the largest number n of them;
        a row and a head count as one, row * kv_heads + head.
    spread: [rows * kv_heads], the inverse: where in `gather` each row and head is. Rows without a node take any.
    members: [rows, 1, 1, 1], 1 for rows with a node and 0 for the others, or None where every live row has one.
    start, stop: the columns of their scores.
    """

    kv: torch.Tensor
    gather: torch.Tensor
    spread: torch.Tensor
    members: torch.Tensor | None
    start: int
    stop: int


@dataclass(frozen=True)
class Layout:
    """What all rows share with others, as long as none joins or leaves. visible: [rows, shared columns]."""

    shared: Sequence[Shared]
    visible: torch.Tensor
    stacks: dict[tuple, torch.Tensor]


@dataclass(frozen=True)
class StepPlan:
    """Where the keys and values of one step are. Columns: first the shared ones, then block after block.

    hidden: [rows, 1, 1, columns], where a row has no token.
    scores: [rows, kv_heads, queries, columns], written over in every layer.
    one_by_one: for each of FEW_ROWS rows at most, its keys and values, [layers, 2, kv_heads, tokens, dim] a part;
        None where there are more rows.
    """

    shared: Sequence[Shared]
    blocks: Sequence[BlockView]
    own_start: int
    hidden: torch.Tensor
    scores: torch.Tensor
    one_by_one: Sequence[Sequence[torch.Tensor]] | None


def make_layout(slots: Sequence[Row | None], padded_rows: int, old: Layout | None) -> Layout:
    """Finds which rows share which nodes. Stacks of nodes that the old layout had are used again."""
    users: dict[tuple, dict[Node, list[int]]] = {}
    for slot, row in enumerate(slots):
        for depth, node in enumerate(row.node.path if row is not None else ()):
            users.setdefault(_group(depth, node), {}).setdefault(node, []).append(slot)
    shared, stacks, start = [], {}, 0
    for nodes in users.values():
        key = tuple((node, len(node.tokens)) for node in nodes)
        stacks[key] = old.stacks[key] if old is not None and key in old.stacks else _stack(list(nodes))
        shared.append(_shared(stacks[key], list(nodes.values()), slots, padded_rows, start))
        start = shared[-1].stop
    visible = torch.zeros(padded_rows, start, dtype=torch.bool)
    for one, nodes in zip(shared, users.values()):
        for node, rows in nodes.items():
            visible[rows, one.start : one.start + len(node.tokens)] = True
    return Layout(shared, visible, stacks)


def _group(depth: int, node: Node) -> tuple:
    """Nodes with equal groups are stacked: of one depth, and of lengths within a factor of two."""
    length = len(node.tokens)
    return (depth, node) if length > _STACKED_TOKENS else (depth, max(5, (length - 1).bit_length()))


def _stack(nodes: Sequence[Node]) -> torch.Tensor:
    """[layers, 2, nodes, kv_heads, tokens, dim]. A single node is not copied."""
    if len(nodes) == 1:
        return nodes[0].kv[0].unsqueeze(2)
    tokens = max(len(node.tokens) for node in nodes)
    pad = torch.nn.functional.pad
    return torch.stack([pad(node.kv[0], (0, 0, 0, tokens - len(node.tokens))) for node in nodes], dim=2)


def _shared(
    kv: torch.Tensor, rows_of_each: Sequence[Sequence[int]], slots: Sequence[Row | None], padded_rows: int, start: int
) -> Shared:
    most, heads = max(map(len, rows_of_each)), kv.shape[3]
    gather = torch.tensor([rows + [rows[0]] * (most - len(rows)) for rows in rows_of_each])
    gather = gather[:, None, :] * heads + torch.arange(heads)[:, None]  # [nodes, kv_heads, most]
    spread = torch.zeros(padded_rows, heads, dtype=torch.long)
    members = torch.zeros(padded_rows, dtype=torch.bool)
    for number, rows in enumerate(rows_of_each):
        first = (number * heads + torch.arange(heads)) * most
        spread[rows] = first + torch.arange(len(rows))[:, None]
        members[rows] = True
    everyone = all(members[slot] for slot, row in enumerate(slots) if row is not None)
    members = None if everyone else members.to(kv)[:, None, None, None]
    return Shared(
        kv, gather.flatten().to(kv.device), spread.flatten().to(kv.device), members, start, start + kv.shape[4]
    )


def make_plan(table: RowTable, layout: Layout, kv_heads: int, queries: int) -> StepPlan:
    """Lays out the columns of one step's scores."""
    blocks = table.views()
    rows, device = table.padded_rows, blocks[0].kv.device
    own = torch.zeros(rows, 1, dtype=torch.long)
    own[: len(table.slots), 0] = torch.from_numpy(table.lengths)
    visible = torch.cat([layout.visible, torch.arange(len(blocks) * BLOCK) <= own], dim=1)
    scores = torch.empty(rows, kv_heads, queries, visible.shape[1], dtype=blocks[0].kv.dtype, device=device)
    hidden = ~visible[:, None, None, :].to(device)
    parts = [_parts(table, slot) for slot in range(rows)] if rows <= FEW_ROWS else None
    return StepPlan(layout.shared, blocks, layout.visible.shape[1], hidden, scores, parts)


def _parts(table: RowTable, slot: int) -> list[torch.Tensor]:
    """All that one row attends to, in order: the nodes of its prompt, then its blocks up to this step's token."""
    row = table.slots[slot] if slot < len(table.slots) else None
    tokens = int(table.lengths[slot]) + 1 if row is not None else 1
    parts = [node.kv[0] for node in row.node.path] if row is not None else []
    for number in range(-(-tokens // BLOCK)):
        parts.append(table.blocks[number][:, :, slot, :, : min(BLOCK, tokens - number * BLOCK)])
    return parts


def write_rows(layer: int, kv: torch.Tensor, plan: StepPlan) -> None:
    """Stores this step's keys and values, [2, rows, kv_heads, dim], in the rows' own columns."""
    for block in plan.blocks:
        if len(block.write_rows):
            new = kv if len(block.write_rows) == kv.shape[1] else kv[:, block.write_rows]
            block.kv[layer].flatten(1, 3).index_copy_(1, block.write_places, new.flatten(1, 2))


def attend_rows(layer: int, q: torch.Tensor, plan: StepPlan, scale: float) -> torch.Tensor:
    """Attention of one token a row.  q: [rows, heads, dim].  Returns [rows, heads * dim]."""
    if plan.one_by_one is not None:
        contexts = [torch.cat([part[layer] for part in parts], dim=2) for parts in plan.one_by_one]
        return torch.cat([attend_chunk(q[at : at + 1], kv, scale) for at, kv in enumerate(contexts)])
    q, scores = q * scale, plan.scores
    rows, kv_heads, queries, _ = scores.shape
    q = q.reshape(rows, kv_heads, queries, -1)
    for one in plan.shared:
        keys = one.kv[layer, 0].flatten(0, 1)  # [nodes * kv_heads, tokens, dim]
        products = torch.bmm(_by_node(q, one), keys.transpose(1, 2))
        scores[..., one.start : one.stop] = _by_row(products, one, queries)
    start = plan.own_start
    for block in plan.blocks:
        keys = block.kv[layer, 0, : block.rows]
        scores[: block.rows, :, :, start : start + BLOCK] = q[: block.rows] @ keys.transpose(2, 3)
        start += BLOCK
    weights = scores.masked_fill_(plan.hidden, -torch.inf).softmax(-1, dtype=torch.float32).to(q.dtype)
    return _weigh_values(layer, weights, plan)


def _weigh_values(layer: int, weights: torch.Tensor, plan: StepPlan) -> torch.Tensor:
    """The sum of the values of all places, weighted.  weights: [rows, kv_heads, queries, columns]."""
    rows, _, queries, _ = weights.shape
    start, out = plan.own_start, None
    for block in plan.blocks:  # the first has all rows
        sums = weights[: block.rows, :, :, start : start + BLOCK] @ block.kv[layer, 1, : block.rows]
        if out is None:
            out = sums
        else:
            out[: block.rows] += sums
        start += BLOCK
    for one in plan.shared:
        values = one.kv[layer, 1].flatten(0, 1)
        sums = _by_row(torch.bmm(_by_node(weights[..., one.start : one.stop], one), values), one, queries)
        out += sums if one.members is None else sums * one.members
    return out.view(rows, -1)


def _by_node(x: torch.Tensor, one: Shared) -> torch.Tensor:
    """[rows, kv_heads, queries, d] -> [nodes * kv_heads, n * queries, d]: the rows of each node as one matrix."""
    nodes, kv_heads = one.kv.shape[2:4]
    return x.flatten(0, 1).index_select(0, one.gather).view(nodes * kv_heads, -1, x.shape[-1])


def _by_row(x: torch.Tensor, one: Shared, queries: int) -> torch.Tensor:
    """The inverse of `_by_node`, without the padding: [rows, kv_heads, queries, d]."""
    kv_heads, d = one.kv.shape[3], x.shape[-1]
    return x.view(-1, queries, d).index_select(0, one.spread).view(-1, kv_heads, queries, d)


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
