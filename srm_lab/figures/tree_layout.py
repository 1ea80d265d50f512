"""Where the nodes of a tree stand, and which of them are shown.

A tree grows to the right: a node's depth is its column, its leaves take a row each, from the top down, and a parent
stands in the middle of its children. So nothing overlaps, no edges cross, and a node stays in its column. Large trees
are shown in part (`shown`); what is left out below a node is counted. Left out: narrower drawings, in which a subtree
moves up into free room beside another one, because a reader follows rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..errors import unknown_name

VIEWS = ("whole tree", "near the path", "path only")
Children = Mapping[int, Sequence[int]]


def children_of(parents: Mapping[int, int | None]) -> dict[int, list[int]]:
    """node -> its children, in the order in which they stand in `parents` (node -> parent)."""
    found: dict[int, list[int]] = {node: [] for node in parents}
    for node, parent in parents.items():
        if parent is not None:
            found[parent].append(node)
    return found


def places(children: Children, root: int = 0) -> dict[int, tuple[int, float]]:
    """node -> (column, row), for the root and all below it. Rows are counted from 0 at the top."""
    found: dict[int, tuple[int, float]] = {}
    rows = 0
    stack = [(root, 0, False)]
    while stack:
        node, depth, are_placed = stack.pop()
        below = children.get(node, ())
        if not below:
            found[node] = (depth, float(rows))
            rows += 1
        elif are_placed:
            found[node] = (depth, (found[below[0]][1] + found[below[-1]][1]) / 2)
        else:
            stack.append((node, depth, True))
            stack += [(child, depth + 1, False) for child in reversed(below)]
    return found


def shown(children: Children, focus: Sequence[int], view: str, folded: Collection[int] = (), root: int = 0) -> set[int]:
    """The nodes that a view shows: always a tree with this root.

    focus: the path, from the root. view: "whole tree"; "near the path", its nodes and their children; "path only".
    folded: nodes below which nothing is shown, save the path. Raises SrmLabError for another view.
    """
    if view not in VIEWS:
        raise unknown_name("view of a tree", view, VIEWS)
    path = [root, *focus]
    if view == "path only":
        return set(path)
    if view == "near the path":
        return {*path, *(child for node in path if node not in folded for child in children.get(node, ()))}
    return {*path, *_unfolded(children, folded, root)}


def hidden_below(children: Children, visible: Collection[int]) -> dict[int, int]:
    """visible node -> how many of the nodes below it are not shown under any visible child; without those of 0."""
    found = {
        node: sum(1 for child in children.get(node, ()) if child not in visible for _ in below(children, child))
        for node in visible
    }
    return {node: count for node, count in found.items() if count}


def below(children: Children, node: int) -> Iterable[int]:
    """A node and all below it."""
    stack = [node]
    while stack:
        yield (node := stack.pop())
        stack += children.get(node, ())


def _unfolded(children: Children, folded: Collection[int], root: int) -> Iterable[int]:
    stack = [root]
    while stack:
        yield (node := stack.pop())
        stack += () if node in folded else children.get(node, ())
