"""Batches hold every example once, hardly any padding, and count the completions' tokens and no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab import SrmLabError
from srm_lab.training.batches import MOST_PADDING, cut, make_batch, make_batches, make_table, order, tokenize
from srm_lab.training.examples import Example

LENGTHS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 30)), min_size=1, max_size=20)


def table_of(lengths):
    """Examples whose ids are all different, so that each can be recognised."""
    numbers = iter(range(10_000))
    pairs = [([next(numbers) for _ in range(p)], [next(numbers) for _ in range(c)]) for p, c in lengths]
    return make_table(*zip(*pairs)), pairs


@given(LENGTHS)
def test_the_targets_are_the_completions_each_under_its_owner(lengths):
    table, pairs = table_of(lengths)
    batch = make_batch(table, range(len(table)))
    for number, (_, completion) in enumerate(pairs):
        assert batch.targets[batch.owners == number].tolist() == completion


@given(LENGTHS)
def test_each_counted_token_stands_just_before_its_target(lengths):
    table, pairs = table_of(lengths)
    batch = make_batch(table, range(len(table)))
    following = {a: b for p, c in pairs for a, b in zip([*p, *c], [*p, *c][1:])}
    assert [following[int(i)] for i in batch.ids[batch.counted]] == batch.targets.tolist()


@given(LENGTHS, st.integers(1, 100))
def test_a_batch_in_parts_has_the_same_targets(lengths, most):
    table, _ = table_of(lengths)
    parts = make_batches(table, range(len(table)), most)
    together = sorted((int(o), int(t)) for part in parts for o, t in zip(part.owners, part.targets))
    whole = make_batch(table, range(len(table)))
    assert together == sorted(zip(whole.owners.tolist(), whole.targets.tolist()))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=60))
def test_padding_stays_below_its_limit(lengths):
    lengths, at = sorted(lengths), 0
    for rows in cut(lengths):
        part = lengths[at : at + rows]
        assert 1 - sum(part) / (rows * part[-1]) <= MOST_PADDING
        at += rows
    assert at == len(lengths)


def test_every_epoch_shows_every_example_once_in_another_order():
    shown = np.concatenate([order(10, seed=3, batch=4, step=step) for step in range(5)])
    assert sorted(shown[:10]) == sorted(shown[10:]) == list(range(10))
    assert shown[:10].tolist() != shown[10:].tolist()


def test_the_order_depends_on_the_seed_and_the_step_alone():
    assert order(50, 1, 8, 7).tolist() == order(50, 1, 8, 7).tolist()
    assert order(50, 1, 8, 7).tolist() != order(50, 2, 8, 7).tolist()


def test_an_example_ends_with_the_end_token(new_lm):
    tokenizer = new_lm().tokenizer
    table = tokenize([Example("1+1?", "2")], tokenizer)
    assert tokenizer.decode(table.ids) == "1+1?2<end>"
    assert table.counted == 2


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        (Example("1+1?", ""), "empty completion"),
        (Example("", "2"), "empty prompt"),
        (Example("1+1?", "Ä"), "does not know a character"),
        (Example("1" * 30, "2"), "32 tokens"),
    ],
)
def test_an_example_that_cannot_be_learned_is_named(new_lm, example, complaint):
    with pytest.raises(SrmLabError, match=complaint):
        tokenize([Example("1+1?", "2"), example], new_lm().tokenizer, context=31)


def test_no_examples_is_an_error(new_lm):
    with pytest.raises(SrmLabError, match="no examples"):
        tokenize([], new_lm().tokenizer)
