"""Rejection sampling: each chain's fate, and that the fates of a problem do not depend on another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from scripted import completion

from srm_lab.records import Problem
from srm_lab.training.chains import Chain, different, judge
from srm_lab.training.rejection import FATES, count_fates, kept_chains, sift

PROBLEM = Problem("p", "7+12-5?", "14", "made up")
RIGHT, OTHER, WRONG, CUT = "7+12=19;19-5=14####14", "19;14####14", "7+12=18;18-5=13####13", "7+12=..."
TEXTS = (RIGHT, OTHER, "14####14", WRONG, CUT)


def chain(text: str) -> Chain:
    written = completion(text, "length" if text.endswith("...") else "stop")
    return Chain(PROBLEM, written, judge(PROBLEM, written))


def fates(*texts: str, keep: int = 4) -> list[str]:
    return [one.fate for one in sift([chain(text) for text in texts], keep)]


def test_every_fate_has_its_reason():
    sifted = sift([chain(text) for text in (WRONG, RIGHT, RIGHT, OTHER, CUT)], keep=1)
    assert [one.fate for one in sifted] == ["wrong", "kept", "repeated", "enough", "unfinished"]
    assert "13" in sifted[0].reason
    assert sifted[2].reason == "It says the same as chain 2."
    assert sifted[3].reason.startswith("1 chains of this problem")


def test_a_chain_that_was_cut_off_is_not_kept_although_it_names_the_answer():
    assert fates("7+12=19;19-5=14####14...") == ["unfinished"]


def test_a_wrong_step_before_a_right_answer_is_kept_because_only_the_answer_is_judged():
    assert fates("7+12=18;18-5=14####14") == ["kept"]


def test_counts_name_every_fate_even_where_no_chain_met_it():
    groups = [sift([chain(RIGHT), chain(WRONG)], 4), sift([chain(WRONG)], 4)]
    assert count_fates(groups) == {"kept": 1, "repeated": 0, "enough": 0, "wrong": 2, "unfinished": 0}
    assert tuple(count_fates([])) == FATES


@given(st.lists(st.sampled_from(TEXTS), max_size=12), st.integers(1, 4))
def test_kept_are_the_first_different_right_chains(texts, keep):
    chains = [chain(text) for text in texts]
    kept = kept_chains(sift(chains, keep))
    assert kept == different([one for one in chains if one.right])[:keep]
    assert len({one.text for one in kept}) == len(kept) <= keep


def test_a_verdict_and_not_the_text_decides():
    one = chain(RIGHT)
    wrong = replace(one, verdict=replace(one.verdict, correct=False))
    assert [each.fate for each in sift([wrong, one], 4)] == ["wrong", "kept"]
