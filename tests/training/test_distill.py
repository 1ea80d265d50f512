"""Distillation: what a teacher's chains become, fair comparisons, mixing, and distributions."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scripted import Scripted, tiny_lm

from srm_lab.errors import SrmLabError
from srm_lab.tasks import load_problems
from srm_lab.tasks.worked import worked
from srm_lab.training.distill import (
    answers_alone,
    check_same_tokens,
    counted_tokens,
    distill_logits,
    equal_examples,
    equal_tokens,
    mix,
    soft_divergence,
    teacher_examples,
)
from srm_lab.training.examples import Example
from srm_lab.training.sft import SftSettings

TRAIN = load_problems("arithmetic", 4, split="train", operations=2)
BY_QUESTION = {p.question: p for p in TRAIN}
TOKENIZER = tiny_lm().tokenizer
SETTINGS = SftSettings(steps=30, batch_size=4, learning_rate=3e-3)

texts = st.text("0123;#", min_size=1, max_size=12)
some_examples = st.lists(st.builds(Example, st.just("1?"), texts), min_size=1, max_size=12)


def teacher(prompt, index, seed):
    """Right at even indices and on all but the last problem; two ways to write it."""
    one = BY_QUESTION[prompt]
    if index % 2 or one is TRAIN[-1]:
        return "####no"
    return worked(one, "full" if index < 4 else "draft")


# -- a teacher's chains --------------------------------------------------------------------------------------------


def test_only_right_chains_are_taught_each_once_a_first_one_of_every_problem_before_second_ones():
    traces = teacher_examples(Scripted(teacher), TRAIN, n=6, ask="Q:{question}")
    firsts = [Example(f"Q:{p.question}", worked(p, "full")) for p in TRAIN[:3]]
    seconds = [Example(f"Q:{p.question}", worked(p, "draft")) for p in TRAIN[:3]]
    assert list(traces.chains) == firsts + seconds


def test_answers_alone_are_for_the_same_problems_in_the_same_order():
    traces = teacher_examples(Scripted(teacher), TRAIN, n=6)
    assert [e.prompt for e in traces.answers] == [e.prompt for e in traces.chains[:3]]
    assert [e.completion for e in traces.answers] == [f"####{p.answer}" for p in TRAIN[:3]]


def test_the_teachers_accuracy_counts_every_chain_it_wrote():
    accuracy = teacher_examples(Scripted(teacher), TRAIN, n=6).accuracy
    assert (accuracy.k, accuracy.n) == (9, 24)


def test_a_teacher_whose_chains_are_all_wrong_is_an_error_that_shows_one():
    with pytest.raises(SrmLabError, match=r"None of the 8 chains of tiny/test is right[\s\S]*####no"):
        teacher_examples(Scripted(lambda *_: "####no"), TRAIN, n=2)


def test_problems_without_known_steps_are_answered_in_a_sentence(problems):
    assert answers_alone(problems[:1])[0].completion == "The answer is 2."


# -- fair comparisons ----------------------------------------------------------------------------------------------


@given(st.lists(some_examples, min_size=2, max_size=3))
def test_equal_examples_are_beginnings_of_one_length(sets):
    cut = equal_examples(*sets)
    assert {len(part) for part in cut} == {min(map(len, sets))}
    assert all(part == whole[: len(part)] for part, whole in zip(cut, sets))


@given(st.lists(some_examples, min_size=2, max_size=3))
def test_equal_tokens_differ_by_less_than_one_example(sets):
    counts = [counted_tokens(examples, TOKENIZER) for examples in sets]
    budget = min(map(sum, counts))
    if any(count[0] > budget for count in counts):
        with pytest.raises(SrmLabError, match="less than one example"):
            equal_tokens(*sets, tokenizer=TOKENIZER)
        return
    for part, whole, count in zip(equal_tokens(*sets, tokenizer=TOKENIZER), sets, counts):
        assert part == whole[: len(part)]
        assert budget - max(count) < sum(counted_tokens(part, TOKENIZER)) <= budget


def test_learned_tokens_are_the_completions_and_their_ends():
    assert counted_tokens([Example("a long prompt", "12;3"), Example("", "#")], TOKENIZER) == [5, 2]


def test_an_empty_data_set_cannot_be_compared():
    with pytest.raises(SrmLabError, match="empty"):
        equal_examples([Example("a", "b")], [])


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1), st.integers(0, 5))
def test_a_mix_has_its_share_of_long_ones_and_each_place_once(longs, shorts, share, seed):
    long, short = [Example(f"{i}", "long") for i in range(longs)], [Example(f"{i}", "short") for i in range(shorts)]
    mixed, size = mix(long, short, share, seed), min(longs, shorts)
    assert [e.prompt for e in mixed] == [f"{i}" for i in range(size)]
    assert sum(e.completion == "long" for e in mixed) == round(share * size)
    assert mixed == mix(long, short, share, seed)


def test_a_share_above_one_is_refused():
    with pytest.raises(SrmLabError, match=r"share of 1\.5"):
        mix([Example("a", "b")], [Example("a", "c")], 1.5)


# -- distributions -------------------------------------------------------------------------------------------------


def test_the_divergence_is_torchs_own_and_zero_between_equals():
    torch.manual_seed(0)
    ours, theirs = torch.randn(5, 7), torch.randn(5, 7)
    p, q = (theirs / 3).softmax(-1), (ours / 3).softmax(-1)
    assert torch.allclose(soft_divergence(ours, theirs, 3.0), 9 * (p * (p / q).log()).sum(), atol=1e-5)
    assert soft_divergence(ours, ours, 3.0).abs() < 1e-6
    assert soft_divergence(ours, theirs, 3.0) > 0.01


def test_a_student_comes_closer_to_its_teacher_which_stays_as_it_was():
    student, big = tiny_lm(1), tiny_lm(2, name="tiny/teacher")
    before = big.fingerprint
    examples = [Example(p.question, worked(p)) for p in TRAIN]
    losses = [line["loss"] for line in distill_logits(student, big, examples, SETTINGS).metrics]
    assert losses[-1] < 0.7 * losses[0]
    assert big.fingerprint == before


def test_a_resumed_run_may_not_change_its_teacher_or_temperature(tmp_path):
    examples = [Example(p.question, worked(p)) for p in TRAIN]
    few = SftSettings(steps=1, batch_size=2)
    distill_logits(tiny_lm(1), tiny_lm(2), examples, few, folder=tmp_path)
    with pytest.raises(SrmLabError, match="temperature"):
        distill_logits(tiny_lm(1), tiny_lm(2), examples, few, temperature=3.0, folder=tmp_path)
    with pytest.raises(SrmLabError, match="teacher"):
        distill_logits(tiny_lm(1), tiny_lm(3), examples, few, folder=tmp_path)


def test_models_with_different_tokens_are_refused():
    check_same_tokens(tiny_lm(1), tiny_lm(2))
    with pytest.raises(SrmLabError, match="their tokens differ"):
        check_same_tokens(tiny_lm(1), tiny_lm(2, alphabet="0123456789+-*=?;#"))
