"""A grader's mistakes on labelled answers: right ones refused, wrong ones accepted."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.scoring.labelled import Case, labelled_cases, mistakes


def case(text, correct, finished=True):
    return Case("c", "number", text, "18", correct, finished, "")


CASES = (
    case("The answer is 18.", True),
    case("#### 18\nBecause 9 are left.", True),
    case("18 or 20", False),
    case("18 is wrong.", False),
    case("The answer is 18", None, finished=False),
)


def test_a_rule_that_looks_for_the_reference_anywhere_refuses_nothing_and_accepts_everything():
    found = mistakes("contains", CASES)
    assert (found.refused.k, found.refused.n) == (0, 2)
    assert (found.accepted.k, found.accepted.n) == (3, 3)
    assert [each.text for each, _ in found.cases] == [each.text for each in CASES[2:]]


def test_the_last_number_refuses_an_answer_that_is_explained():
    found = mistakes("lm-eval flexible", CASES)
    assert [each.text for each, _ in found.cases if each.correct] == ["#### 18\nBecause 9 are left."]


def test_an_unfinished_chain_is_neither_to_the_kits_own_rule():
    found = mistakes("srm-lab", CASES)
    assert (found.refused.k, found.accepted.k) == (0, 0)


def test_labelled_answers_come_by_kind_and_an_unknown_kind_is_named():
    assert {each.kind for each in labelled_cases("choice")} == {"choice"}
    assert any(each.correct is None for each in labelled_cases())
    with pytest.raises(SrmLabError, match="'poems'"):
        labelled_cases("poems")
