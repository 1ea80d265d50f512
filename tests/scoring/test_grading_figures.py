"""Figures of how the rule moves the score."""

from __future__ import annotations

import json

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures import grading
from srm_lab.scoring.other_rules import RULES, rules_for


def test_readings_show_every_rule_and_draw_no_text_of_a_model_as_html():
    figure = grading.readings("<b>18</b> or <script>x</script> 20", "18")
    cells = figure.data[0].cells["values"]
    assert list(cells[0]) == [rule.name for rule in rules_for("number")]
    assert "<b>" not in json.dumps([list(column) for column in cells])
    assert "<script>" not in json.dumps([list(column) for column in cells])


def test_rules_disagree_about_a_hedge():
    verdicts = grading.read_by_all("The answer is 18 or 20.", "18")
    assert verdicts["srm-lab"].correct is False
    assert verdicts["math-verify"].correct is True
    assert verdicts["contains"].correct is True
    assert verdicts["lm-eval flexible"].correct is False


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_gives_a_reason_and_a_span_inside_the_text(name):
    for text in ("The answer is 18.", "#### 18", "<answer>18</answer>", "", "no number", "18 " * 50):
        verdict = RULES[name].judge(text, "18", "number")
        assert verdict.reason.endswith((".", "]"))
        assert verdict.span is None or 0 <= verdict.span[0] < verdict.span[1] <= len(text)


def test_other_rules_read_as_their_projects_say():
    assert RULES["lm-eval flexible"].judge("18 and then 20.", "20", "number").correct is True
    assert RULES["lm-eval flexible"].judge("18 and then 20.", "18", "number").correct is False
    assert RULES["lm-eval strict"].judge("#### 1,800\nor 20", "1800", "number").correct is True
    assert RULES["lm-eval strict"].judge("The answer is 18", "18", "number").correct is False
    assert RULES["reasoning-gym"].judge("20 <answer>18</answer>", "18", "number").correct is True
    assert RULES["reasoning-gym"].judge("18.0 or 20", "18", "number").correct is True
    assert RULES["contains"].judge("118", "18", "number").correct is True
    assert RULES["contains"].judge("19", "18", "number").correct is False


def test_no_rules_are_compared_on_tasks():
    with pytest.raises(SrmLabError, match="no rules"):
        rules_for("task")


def test_disputed_keeps_only_what_rules_disagree_on(make_run):
    run = make_run("direct", 30)
    rows = grading.disputed(run, ["srm-lab", "contains"])
    assert rows
    assert all(len({v.correct is True for v in verdicts.values()}) == 2 for _, verdicts in rows)
    assert grading.disputed(run, ["srm-lab"]) == []


def test_disagreements_count_every_disputed_answer_once(make_run):
    run = make_run("direct", 30)
    figure = grading.disagreements(run)
    counts = [int(text.strip("</b>")) for text in figure.layout.xaxis.ticktext]
    assert sum(counts) == len(grading.disputed(run))
    assert counts == sorted(counts, reverse=True)
    assert "<script>" not in figure.to_json()


def test_scores_by_rule_draws_each_run_under_each_rule(make_run):
    runs = [make_run("direct", 30), make_run("few_shot_cot", 40)]
    figure = grading.scores_by_rule(runs, ["srm-lab", "contains"])
    assert [trace.name for trace in figure.data] == ["direct", "few_shot_cot"]
    assert figure.data[0].x[0] == pytest.approx(100 * runs[0].accuracy.rate)
    assert figure.data[0].x[1] > figure.data[0].x[0]


def test_order_flips_less_often_on_more_problems(make_run):
    runs = [make_run("direct", 24), make_run("few_shot_cot", 36)]
    ten, fifty, many = grading.size_effects(runs)
    assert (ten.n, fifty.n, many.n) == (10, 50, 500)
    assert ten.flips > fifty.flips > many.flips
    assert ten.scores[0][2] - ten.scores[0][0] > many.scores[0][2] - many.scores[0][0]
    assert grading.size_effects(runs) == [ten, fifty, many]


def test_identical_runs_always_flip(make_run):
    effects = grading.size_effects([make_run("a", 30), make_run("b", 30)], [50])
    assert effects[0].flips == 1.0


def test_scores_by_size_needs_two_runs_on_the_same_problems(make_run):
    with pytest.raises(SrmLabError, match="two runs"):
        grading.scores_by_size([make_run("a", 30)])


def test_a_rule_that_does_not_fit_the_run_is_refused(make_run):
    with pytest.raises(SrmLabError, match="do not all fit"):
        grading.disagreements(make_run("a", 30), ["nonsense"])
