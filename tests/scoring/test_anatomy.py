"""What a sentence of a chain is spent on, by hand-labelled sentences and by properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.scoring.anatomy import KINDS, anatomy, kind_of, token_shares

QUESTION = "Ann has 16 eggs. She eats 3 eggs and sells the other eggs for 2 dollars each. How many dollars is that?"


def kinds(text):
    return [part.kind for part in anatomy(text, QUESTION)]


LABELLED = [
    ("Ann has 16 eggs.", "restating"),
    ("Okay, so she sells the other eggs for 2 dollars each.", "restating"),
    ("16 - 3 = 13.", "calculating"),
    ("She has 16 eggs - 3 eggs left.", "calculating"),
    ("13 times 2 is 26.", "calculating"),
    ("That makes $26 + $4 in all.", "calculating"),
    ("So x = 13.", "calculating"),
    ("Then \\(13 \\times 2\\) follows.", "calculating"),
    ("Wait, is that right?", "checking"),
    ("Let me check: 13 * 2 = 26.", "checking"),
    ("Hmm, I should verify this.", "checking"),
    ("I made a mistake there.", "checking"),
    ("The answer is 26.", "answering"),
    ("Answer: 26", "answering"),
    ("So we get \\boxed{26}.", "answering"),
    ("#### 26", "answering"),
    ("First we must find out what remains.", "other"),
    ("Therefore let us multiply.", "other"),
    ("She lives near the river with her friends.", "other"),
]


@pytest.mark.parametrize(("sentence", "kind"), LABELLED)
def test_hand_labelled_sentences(sentence, kind):
    assert kinds(sentence) == [kind]


def test_a_chain_is_read_sentence_by_sentence():
    text = "Ann has 16 eggs. 16 - 3 = 13.\nWait, let me check. 3 + 13 = 16.\nThe answer is 26."
    assert kinds(text) == ["restating", "calculating", "checking", "calculating", "answering"]


def test_the_number_of_a_list_item_is_not_a_sentence():
    text = "1. Ann has 16 eggs.\n2. 16 - 3 = 13."
    assert kinds(text) == ["restating", "calculating"]
    assert [text[slice(*part.span)] for part in anatomy(text, QUESTION)] == text.split("\n")


def test_a_decimal_point_does_not_end_a_sentence():
    assert kinds("It costs 2.50 + 1.25 dollars.") == ["calculating"]


def test_without_a_question_nothing_is_restated():
    assert kind_of("Ann has 16 eggs.", set()) == "other"


def test_shares_count_tokens_and_add_up_to_one():
    chains = [("Ann has 16 eggs. 16 - 3 = 13.", QUESTION), ("The answer is 26.", QUESTION)]
    shares = token_shares(chains, lambda text: len(text.split()))
    assert shares["calculating"] == pytest.approx(5 / 13)
    assert shares["restating"] == shares["answering"] == pytest.approx(4 / 13)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_no_text_has_no_shares():
    assert token_shares([("", QUESTION)], len) == dict.fromkeys(KINDS, 0.0)


@given(st.text("ab1 .!?\n=+", max_size=80))
def test_parts_are_in_order_hold_text_and_lose_none(text):
    parts = anatomy(text, QUESTION)
    assert all(part.kind in KINDS and text[slice(*part.span)].strip() for part in parts)
    ends = [position for part in parts for position in part.span]
    assert ends == sorted(ends)
    kept = "".join("".join(text[slice(*part.span)].split()) for part in parts)
    assert kept == "".join(text.split())
