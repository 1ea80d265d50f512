"""The prefix cache: finds the longest beginning, keeps what is used, and counts what it holds."""

import random

import pytest
import torch

from srm_lab.decoding.prefix import MIN_TOKENS, PrefixTree


def _insert(tree, ids, ends=True):
    """What a decoder does with a prompt; the 'keys and values' are the tokens themselves."""
    node = tree.find(ids)
    if rest := ids[node.length :]:
        node = tree.add(node, rest, [torch.tensor(rest, dtype=torch.float32)[:, None]])
        node.planned, node.ends_prompt = len(rest), ends
    tree.acquire(node)
    return node


def _content(node):
    return [int(value) for part in node.path for value in part.kv[0][:, 0]]


def test_a_common_beginning_is_found_and_split_off():
    tree = PrefixTree(10_000)
    first, second = [*range(50), *range(100, 130)], [*range(50), *range(200, 230)]
    a, b = _insert(tree, first), _insert(tree, second)
    assert tree.tokens == 50 + 30 + 30
    assert [len(node.tokens) for node in b.path] == [50, 30]
    assert a.path[0] is b.path[0]
    assert _content(a) == first
    assert _content(b) == second


def test_the_last_token_is_found_only_where_its_logits_are_kept():
    tree = PrefixTree(10_000)
    _insert(tree, list(range(100)), ends=True)
    assert tree.matched(list(range(100))) == 100
    assert tree.matched(list(range(60))) == 59  # a prompt that ends inside another has to run its last token
    assert tree.matched(list(range(150))) == 100


def test_less_than_the_shortest_node_is_not_shared():
    tree = PrefixTree(10_000)
    _insert(tree, list(range(100)))
    assert tree.matched([*range(MIN_TOKENS - 1), *range(500, 600)]) == 0
    assert tree.matched([*range(MIN_TOKENS), *range(500, 600)]) == MIN_TOKENS


def test_what_is_used_is_never_evicted_and_the_oldest_goes_first():
    tree = PrefixTree(10_000)
    used, old, young = (list(range(at, at + 40)) for at in (0, 100, 200))
    _insert(tree, used)
    for ids in (old, young):
        tree.release(_insert(tree, ids))
    tree.evict(40)
    assert [tree.matched(ids) for ids in (used, old, young)] == [40, 0, 40]
    tree.evict(1_000)
    assert [tree.matched(ids) for ids in (used, old, young)] == [40, 0, 0]
    assert tree.tokens == 40


def test_unused_nodes_are_bounded():
    tree = PrefixTree(unused_limit=100)
    for start in range(0, 10_000, 100):
        tree.release(_insert(tree, list(range(start, start + 40))))
        assert tree.tokens <= 100


def test_a_node_that_was_never_computed_does_not_stay():
    tree = PrefixTree(10_000)
    node = tree.add(tree.find(list(range(40))), list(range(40)), [torch.zeros(40, 1)])
    tree.acquire(node)
    tree.release(node)
    assert tree.tokens == 0
    assert tree.matched(list(range(41))) == 0


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_inserts_releases_and_evictions_keeps_content_and_counts_right(seed):
    rng, tree, in_use = random.Random(seed), PrefixTree(300), []
    bodies = [[rng.randrange(3) for _ in range(60)] for _ in range(3)]
    for _ in range(200):
        action = rng.random()
        if action < 0.6:
            ids = rng.choice(bodies)[: rng.randrange(1, 60)] + [rng.randrange(5) for _ in range(rng.randrange(40))]
            in_use.append((_insert(tree, ids), ids))
        elif action < 0.9 and in_use:
            tree.release(in_use.pop(rng.randrange(len(in_use)))[0])
        else:
            tree.evict(rng.randrange(200))
        for node, ids in in_use:
            assert _content(node) == ids
        alive = {id(part): part for node, _ in in_use for part in node.path}
        assert tree.tokens - tree._unused == sum(len(part.tokens) for part in alive.values())
    for node, _ in in_use:
        tree.release(node)
    tree.evict(10**6)
    assert tree.tokens == tree._unused == 0
