"""The grader lab's view, without a browser."""

from __future__ import annotations

import sys

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.widgets.grader_lab import EXAMPLES, grader_lab, readings_html

HOSTILE = "<img src=x onerror=alert(1)> The answer is <script>18</script>."


def test_text_of_a_model_is_never_html():
    html = readings_html(HOSTILE, "18", "number")
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img" in html


def test_each_rule_marks_what_it_read():
    html = readings_html("18 or 20", "18", "number")
    assert html.count("<tr data-rule") == 6
    assert "<mark" in html


def test_unreadable_reference_is_said_not_graded():
    html = readings_html("18", "18 or 20", "number")
    assert 'role="alert"' in html
    assert "not a number" in html
    assert "data-rule" not in html


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_shows_graders_that_disagree_or_a_decision(name):
    html = readings_html(*EXAMPLES[name])
    assert 'role="alert"' not in html
    assert "data-rule" in html


def test_typing_reads_again_and_forgets_the_example():
    lab = grader_lab()
    assert lab.example.value == "a hedge"
    lab.text.value = "The answer is 18."
    assert lab.wait()
    assert lab.example.value is None
    assert "Read 18" in lab.readings.value


def test_picking_an_example_fills_every_box():
    lab = grader_lab(text="7", reference="7")
    assert lab.example.value is None
    lab.example.value = "an option that was ruled out"
    assert lab.wait()
    assert (lab.kind.value, lab.reference.value) == ("choice", "B")
    assert "Read B" in lab.readings.value
    assert lab.example.value == "an option that was ruled out"


def test_runs_add_disagreements_and_scores(make_run):
    lab = grader_lab([make_run("direct", 24), make_run("few_shot_cot", 36)])
    assert lab.wait()
    assert len(lab.tabs.children) == 3
    assert "data-rule" in lab.judged.value
    assert len(lab.by_rule.children) == len(lab.by_size.children) == len(lab.pattern.children) == 1
    before = lab.by_size.children[0]
    lab.size.value = 200
    assert lab.wait()
    assert lab.by_size.children[0] is not before
    assert any("200 problems" in text for text in lab.by_size.children[0].figure.layout.xaxis.ticktext)
    assert lab.failure.value == ""


def test_one_run_shows_no_ranking(make_run):
    lab = grader_lab(make_run("direct", 24))
    assert lab.wait()
    assert lab.by_size.children == ()
    assert len(lab.by_rule.children) == 1


def test_a_failure_in_the_background_is_shown_and_the_view_lives_on(monkeypatch):
    lab = grader_lab()
    assert lab.wait()
    # by the module's own entry: the package's attribute of that name may be the function
    monkeypatch.setattr(sys.modules["srm_lab.widgets.grader_lab"], "readings_html", lambda *asked: 1 / 0)
    lab.text.value = "19"
    assert lab.wait()
    assert "ZeroDivisionError" in lab.failure.value
    monkeypatch.undo()
    lab.text.value = "The answer is 18."
    assert lab.wait()
    assert "Read 18" in lab.readings.value


@pytest.mark.parametrize("wrong", [{"kind": "numbers"}, {"runs": ["run.json"]}])
def test_wrong_input_is_an_error(wrong):
    with pytest.raises(SrmLabError, match="grader lab"):
        grader_lab(**wrong)
