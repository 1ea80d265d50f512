"""Figures are pure functions of runs: what they show is what the runs say."""

from __future__ import annotations

import dataclasses

import pytest

import srm_lab as srm
from srm_lab.figures.frontier_plot import pareto
from srm_lab.records import Completion, Problem, Solution, Usage, Verdict
from srm_lab.run import Record, Run, labels_of


def run_of(method: str, correct: list, tokens: int, model: str = "m") -> Run:
    def record(i, verdict):
        chain = Completion("x", None, "x", (), (), "stop", Usage(5, 5, tokens, 1))
        solution = Solution("1", "x", (chain,), chain.usage)
        return Record(Problem(str(i), "?", "1", "t"), solution, Verdict(verdict, "1", None, "r", "why"), None, 0.1)

    return Run(model, method, {}, 0, tuple(record(i, c) for i, c in enumerate(correct)), 1.0)


@pytest.fixture
def runs():
    return [run_of("direct", [True] * 2 + [False] * 8, 5), run_of("cot", [True] * 6 + [None] * 4, 30)]


def test_accuracy_shows_each_runs_rate_and_interval(runs):
    figure = srm.figures.accuracy(runs)
    assert [trace.x[0] for trace in figure.data] == pytest.approx([20, 60])
    for trace, run in zip(figure.data, runs):
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(100 * run.accuracy.high)
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(100 * run.accuracy.low)


def test_frontier_puts_runs_at_their_tokens_and_links_only_the_unbeaten(runs):
    beaten = run_of("worse", [True] + [False] * 9, 100)
    line, *dots = srm.figures.frontier([*runs, beaten]).data
    assert [dot.x[0] for dot in dots] == [5, 30, 100]
    assert list(line.x) == [5, 30, 100]  # and level from the best one on
    assert list(line.y) == [20, 60, 60]


def test_pareto_drops_what_is_beaten_on_both():
    assert pareto([(5, 0.2), (30, 0.6), (30, 0.5), (100, 0.6), (200, 0.7)]) == [(5, 0.2), (30, 0.6), (200, 0.7)]


def test_colour_never_carries_meaning_alone(runs):
    for figure in (srm.figures.accuracy(runs), srm.figures.frontier(runs)):
        dots = [trace for trace in figure.data if "markers" in trace.mode]
        assert len({(d.marker.color) for d in dots}) == len({d.marker.symbol for d in dots}) == len(runs)


def test_labels_name_the_model_only_where_there_are_several(runs):
    other = dataclasses.replace(runs[0], model="other")
    assert srm.figures.accuracy(runs).data[0].name == "direct"
    assert srm.figures.accuracy([runs[0], other]).data[1].name == "direct, other"


def test_runs_of_one_method_are_told_apart_by_the_settings_in_which_they_differ(runs):
    warm = dataclasses.replace(runs[0], settings={**runs[0].settings, "temperature": 0.7, "max_new_tokens": 9})
    cold = dataclasses.replace(warm, settings={**warm.settings, "temperature": 0})
    assert labels_of([warm, cold]) == ["direct, temperature 0.7", "direct, temperature 0"]
    assert labels_of([warm, warm]) == ["direct", "direct"]
    long = dataclasses.replace(warm, settings={**warm.settings, "temperature": "x" * 99})
    assert len(labels_of([warm, long])[1]) < 60


def test_the_caption_gives_n_interval_and_seed(runs):
    text = srm.figures.accuracy(runs).layout.annotations[0].text
    assert all(part in text for part in ("10 problems", "Wilson 95 %", "seed 0"))
