"""The prefix cache: keys and values of prompts, kept in a tree, so that a common beginning is computed once.

A node holds a run of tokens with their keys and values; a prompt is a path from the root. Two prompts that
begin alike share the nodes of their common beginning: a node is split where they part (RadixAttention, Zheng
et al. 2023, arXiv 2312.07104). Nodes that nothing uses stay until room is needed; least recently used go first.

Nodes shorter than MIN_TOKENS are not shared: each node costs a step two more matrix products a layer, which
is more than the few tokens that it would save.

Left out: sharing inside the tokens of running chains, and moving cold nodes to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

MIN_TOKENS = 16
_KEPT_BYTES, _KEPT_TOKENS = 512 * 2**20, 2**15  # of prompts that are kept although nothing uses them


def unused_limit(bytes_per_token: int) -> int:
    """How many unused tokens to keep. Of a tiny model few bytes are keys and values, so tokens count too."""
    return min(_KEPT_BYTES // bytes_per_token, _KEPT_TOKENS)


@dataclass(eq=False)
class Node:
    """A run of tokens after its parent's.

    kv: tensors of keys and values, whose last but one dimension counts these tokens.
    planned: how many of these tokens have, or are about to have, their keys and values.
    ends_prompt: whether a prompt ends here, so that `logits` [vocabulary] is known or on its way.
    users: prompts and rows whose path leads through this node.
    """

    tokens: tuple[int, ...]
    kv: list[torch.Tensor]
    parent: Node | None
    planned: int = 0
    ends_prompt: bool = False
    logits: torch.Tensor | None = None
    children: dict[tuple[int, ...], Node] = field(default_factory=dict)
    users: int = 0
    last_used: int = 0
    shared: bool = True

    @property
    def path(self) -> list[Node]:
        """The nodes from the first below the root down to this one."""
        above = self.parent.path if self.parent is not None else []
        return [*above, self] if self.parent is not None else above

    @property
    def length(self) -> int:
        """Tokens from the root to the end of this node."""
        return sum(len(node.tokens) for node in self.path)


class PrefixTree:
    """All nodes, and how many tokens they hold.

    unused_limit: tokens that nodes without a user may hold.
    """

    def __init__(self, unused_limit: int):
        self._root = Node((), [], None)
        self._unused_limit = unused_limit
        self._unused = 0
        self._clock = 0
        self.tokens = 0

    def matched(self, ids: Sequence[int]) -> int:
        """How many tokens of a prompt are in the tree."""
        node, partial = self._walk(ids)
        return node.length + (partial[1] if partial else 0)

    def find(self, ids: Sequence[int]) -> Node:
        """The node at which the longest known beginning of the prompt ends; splits one where it has to."""
        node, partial = self._walk(ids)
        if partial:
            node = self._split(*partial)
        self._clock += 1
        for above in node.path:
            above.last_used = self._clock
        return node

    def add(self, parent: Node, tokens: Sequence[int], kv: list[torch.Tensor]) -> Node:
        """A new node below another. It is shared unless it is too short or its place is taken."""
        node = Node(tuple(tokens), kv, parent, last_used=self._clock)
        key = node.tokens[:MIN_TOKENS]
        node.shared = parent.shared and len(key) == MIN_TOKENS and key not in parent.children
        if node.shared:
            parent.children[key] = node
        self.tokens += len(node.tokens)
        self._unused += len(node.tokens)
        return node

    def acquire(self, node: Node) -> None:
        """One more user of the path to this node."""
        for above in node.path:
            self._unused -= len(above.tokens) if above.users == 0 else 0
            above.users += 1

    def release(self, node: Node) -> None:
        """One user less. What nobody uses and nobody could find again goes at once, the rest when room is needed."""
        for above in reversed(node.path):
            above.users -= 1
            if above.users == 0:
                self._unused += len(above.tokens)
                if not above.shared or above.planned < len(above.tokens):
                    self._drop(above)
        if self._unused > self._unused_limit:
            self.evict(self._unused - self._unused_limit)

    def evict(self, tokens: int) -> None:
        """Drops unused nodes, least recently used first, until so many tokens are free or none is left."""
        goal = self.tokens - tokens
        while self.tokens > goal and (leaves := self._unused_leaves()):
            for node in sorted(leaves, key=lambda node: node.last_used):
                if self.tokens > goal:
                    self._drop(node)

    def _walk(self, ids: Sequence[int]) -> tuple[Node, tuple[Node, int] | None]:
        """The last node matched whole, and, where a part of a child matches too, that child and how much.

        A prompt's last token is only matched where its logits are kept; otherwise it has to be run again.
        """
        node, at = self._root, 0
        while (child := node.children.get(tuple(ids[at : at + MIN_TOKENS]))) is not None:
            rest = tuple(ids[at : at + len(child.tokens)])
            common = _common(child.tokens, rest)
            whole = common == len(child.tokens)
            if whole and (at + common < len(ids) or child.ends_prompt):
                node, at = child, at + common
                continue
            common = min(common, len(ids) - at - 1, len(child.tokens) - MIN_TOKENS)
            return node, (child, common) if common >= MIN_TOKENS else None
        return node, None

    def _split(self, node: Node, at: int) -> Node:
        """Cuts a node in two after `at` tokens and returns the upper part. Both copy, so each can be freed."""
        upper = Node(node.tokens[:at], [t[..., :at, :].clone() for t in node.kv], node.parent)
        upper.planned, upper.users, upper.last_used = min(node.planned, at), node.users, node.last_used
        node.parent.children[upper.tokens[:MIN_TOKENS]] = upper
        node.tokens, node.kv = node.tokens[at:], [t[..., at:, :].clone() for t in node.kv]
        node.planned, node.parent = max(node.planned - at, 0), upper
        upper.children[node.tokens[:MIN_TOKENS]] = node
        return upper

    def _unused_leaves(self) -> list[Node]:
        found, queue = [], list(self._root.children.values())
        while queue:
            node = queue.pop()
            queue += node.children.values()
            if node.users == 0 and not node.children:
                found.append(node)
        return found

    def _drop(self, node: Node) -> None:
        key = node.tokens[:MIN_TOKENS]
        if node.parent.children.get(key) is node:
            del node.parent.children[key]
        self.tokens -= len(node.tokens)
        self._unused -= len(node.tokens)


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """How many leading items are equal."""
    for at, (left, right) in enumerate(zip(a, b)):
        if left != right:
            return at
    return min(len(a), len(b))
