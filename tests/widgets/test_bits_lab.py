"""The bits lab's view, without a browser."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.compress.judged import Judged, first_error
from srm_lab.compress.recorded import Cell, Recorded, Scheme
from srm_lab.records import Problem
from srm_lab.widgets.bits_lab import bits_lab, example_html, examples, facts_html, row_html

HOSTILE = "<img src=x onerror=alert(1)>"
RIGHT, WRONG = "7+12=19;19-5=14####14", "7+12=18;18-5=13####13"


def problem(i, operations="+-"):
    facts = {"difficulty": len(operations), "operations": operations, "operands": [7, 12, 5], "form": "chain"}
    return Problem(f"p{i}", "7+12-5?", "14", "arithmetic", facts)


def judged(text, finished=True):
    right = finished and text.endswith("#14")
    return Judged(text, len(text), finished, text[-2:] if finished else None, right, *first_error(problem(0), text))


@pytest.fixture
def recorded():
    cells = {
        Scheme("float16", 16): [RIGHT, RIGHT], Scheme("rtn", 8, 64): [RIGHT, RIGHT],
        Scheme("rtn", 3, 64): [WRONG, RIGHT], Scheme("rtn", 3, 32): [RIGHT, WRONG],
        Scheme("gptq", 3, 64, "chains"): [RIGHT, RIGHT],
        Scheme("gptq", 3, 64, "plain text"): [WRONG, WRONG], Scheme("rtn", 2, 64, layers="q_proj"): [WRONG, WRONG],
    }  # fmt: skip
    made = [Cell("cot", s, 4.0, 5000, 1.0, [list(map(judged, texts))] * 3) for s, texts in cells.items()]
    made.append(Cell("voter", Scheme("float16", 16), 16.0, 9000, 1.0, [[judged(WRONG), judged(RIGHT)]] * 3))
    return Recorded([problem(i) for i in range(3)], {(cell.model, cell.scheme): cell for cell in made}, {})


def test_the_boxes_offer_only_what_was_recorded(recorded):
    lab = bits_lab(recorded)
    assert [value for _, value in lab.method.options] == ["rtn", "gptq", "float16"]
    assert [value for _, value in lab.bits.options] == [3, 8]
    assert [value for _, value in lab.group.options] == [64, 32]
    assert lab.group.value == 64
    lab.bits.value = 8
    assert [value for _, value in lab.group.options] == [64]
    lab.model.value = "voter"
    assert (lab.method.value, lab.bits.value) == ("float16", 16)
    assert lab.cell.weight_bytes == 9000


def test_every_change_is_counted_again(recorded):
    lab = bits_lab(recorded)
    lab.bits.value, lab.group.value = 3, 64
    assert "50.0 %" in lab.facts.value
    lab.method.value = "gptq"
    assert lab.facts.value.count("100.0 %") == 2
    before = lab.facts.value
    lab.votes.value = 2
    assert lab.facts.value != before
    lab.difficulty.value = 2
    assert lab.cell.scheme.calibration == "chains"


def test_an_example_marks_the_first_wrong_step_and_says_why(recorded):
    html = example_html(problem(0), judged(WRONG))
    assert "<mark>7+12=18</mark>" in html
    assert "number 1, adding. 7+12 is 19." in html
    right = example_html(problem(0), judged(RIGHT))
    assert "<mark>" not in right
    assert "✓ right" in right
    assert "cut off" in example_html(problem(0), judged("7+12=19;19", finished=False))


def test_chains_with_a_wrong_step_are_shown_first_and_the_button_goes_on(recorded):
    lab = bits_lab(recorded)
    lab.bits.value, lab.group.value = 3, 64
    assert examples(recorded, lab.cell, None)[0][1].wrong == "adding"
    lab.another.click()
    assert "<mark>" in lab.example.value


def test_text_of_a_model_is_never_html(recorded):
    text = f"7+12=19;{HOSTILE}####{HOSTILE}"
    html = example_html(Problem("p", HOSTILE, HOSTILE, "arithmetic", problem(0).metadata), judged(text))
    assert "<img" not in html
    assert "&lt;img" in html


def test_facts_name_the_scheme_the_model_and_the_price(recorded):
    html = facts_html([row_html(recorded, recorded.cell("cot", "rtn", 3, 64), 1, None)])
    assert "rtn-3bit-g64" in html
    assert "cot" in html
    assert "5 kB" in html


def test_the_whole_model_stands_beside_the_chosen_one_and_once_where_it_is_chosen(recorded):
    lab = bits_lab(recorded)
    assert lab.facts.value.count("<tr>") == 3
    lab.method.value = "float16"
    assert lab.facts.value.count("<tr>") == 2


def test_no_chains_is_an_error():
    with pytest.raises(srm.SrmLabError, match="recorded chains"):
        bits_lab(Recorded([], {}, {}))
