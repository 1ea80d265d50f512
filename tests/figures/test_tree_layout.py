"""Places of nodes: a property test over trees of every shape, and what a view shows of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.figures.tree_layout import VIEWS, below, children_of, hidden_below, places, shown

SMALL = children_of({0: None, 1: 0, 2: 0, 3: 1, 4: 1, 5: 2})


@st.composite
def trees(draw, most=60):
    """node -> parent, parents before children, of any shape."""
    count = draw(st.integers(1, most))
    return {0: None} | {node: draw(st.integers(0, node - 1)) for node in range(1, count)}


@given(trees())
def test_no_two_nodes_overlap(parents):
    columns = {}
    for column, row in places(children_of(parents)).values():
        columns.setdefault(column, []).append(row)
    assert all(b - a >= 1 for rows in columns.values() for a, b in pairwise(sorted(rows)))


@given(trees())
def test_parents_stand_left_of_their_children_and_in_the_middle(parents):
    children = children_of(parents)
    place = places(children)
    for node, found in children.items():
        assert all(place[child][0] == place[node][0] + 1 for child in found)
        rows = [place[child][1] for child in found]
        assert not rows or place[node][1] == (rows[0] + rows[-1]) / 2
        assert rows == sorted(rows)


@given(trees())
def test_every_node_has_a_place_and_leaves_fill_the_rows(parents):
    children = children_of(parents)
    place = places(children)
    leaves = [place[node][1] for node, found in children.items() if not found]
    assert set(place) == set(parents)
    assert sorted(leaves) == list(range(len(leaves)))


@given(trees())
def test_subtrees_of_siblings_share_no_row_so_that_no_edges_cross(parents):
    children = children_of(parents)
    place = places(children)
    for found in children.values():
        spans = [[place[node][1] for node in below(children, child)] for child in found]
        assert all(max(upper) < min(lower) for upper, lower in pairwise(spans))


@given(trees(), st.data())
def test_whatever_is_shown_is_a_tree_with_the_path_and_nothing_is_lost(parents, data):
    children, nodes = children_of(parents), sorted(parents)
    focus = [data.draw(st.sampled_from(nodes))]
    while parents[focus[0]] is not None:
        focus.insert(0, parents[focus[0]])
    folded = data.draw(st.sets(st.sampled_from(nodes)))
    for view in VIEWS:
        visible = shown(children, focus, view, folded)
        assert set(focus) <= visible
        assert all(parents[node] in visible for node in visible if node)
        assert len(visible) + sum(hidden_below(children, visible).values()) == len(parents)


def test_a_small_tree_by_hand():
    place = places(SMALL)
    assert place == {0: (0, 1.25), 1: (1, 0.5), 2: (1, 2.0), 3: (2, 0.0), 4: (2, 1.0), 5: (2, 2.0)}


def test_views_by_hand():
    assert shown(SMALL, [0, 1, 3], "whole tree") == {0, 1, 2, 3, 4, 5}
    assert shown(SMALL, [0, 1, 3], "near the path") == {0, 1, 2, 3, 4}
    assert shown(SMALL, [0, 1, 3], "path only") == {0, 1, 3}
    assert shown(SMALL, [0], "whole tree", folded={1}) == {0, 1, 2, 5}
    assert hidden_below(SMALL, {0, 1, 3}) == {0: 2, 1: 1}


def test_a_deep_tree_needs_no_deep_recursion():
    parents = {0: None} | {node: node - 1 for node in range(1, 5000)}
    assert places(children_of(parents))[4999] == (4999, 0.0)


def test_an_unknown_view_is_an_error():
    with pytest.raises(SrmLabError, match="view of a tree"):
        shown(SMALL, [0], "half")
