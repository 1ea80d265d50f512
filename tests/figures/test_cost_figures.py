"""Figures of cost: what the bars and dots stand for."""

from __future__ import annotations

import json

import pytest

from srm_lab.figures.costs import (
    bytes_text,
    estimate_errors,
    memory_bars,
    plan_bars,
    plan_values,
    seconds_text,
    token_bars,
    vote_cost,
)
from srm_lab.figures.roofline_plot import roofline
from srm_lab.models.architecture import PUBLISHED
from srm_lab.models.footprint import weight_bytes
from srm_lab.models.roofline import Machine, Plan, cost

R1 = PUBLISHED["deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"]
MACHINE = Machine("mine", 20e9, 100e9, 8e9, measured=True)


def test_memory_bars_have_a_trace_for_each_part_that_takes_bytes():
    figure = memory_bars({"R1": weight_bytes(R1), "SmolLM2": weight_bytes(PUBLISHED["smollm2-135m"])})
    values = {trace.name: list(trace.x) for trace in figure.data if trace.type == "bar"}
    assert list(values) == ["embeddings", "head", "linear layers", "norms and rest"]
    assert values["embeddings"][0] == pytest.approx(0.46675, rel=1e-3)
    assert values["head"][1] == 0
    assert figure.data[-1].text[0].strip() == "3.55 GB"


def test_an_estimate_outside_the_band_stays_on_the_figure():
    figure = estimate_errors([("a", "nf4", 130, 100), ("b", "nf4", 99, 100)])
    assert [list(trace.x) for trace in figure.data] == [[pytest.approx(30)], [pytest.approx(-1)]]
    assert figure.layout.xaxis.range[1] > 30
    assert "30.00 %" in figure.layout.annotations[-1].text


def test_a_plans_bars_add_up():
    costs = cost(Plan(R1, chains=4, tokens=1000), MACHINE)
    memory, seconds = plan_values(costs)
    assert sum(height for _, height, _ in memory[:-1]) == pytest.approx(memory[-1][1])
    assert [height for _, height, _ in seconds] == [costs.prefill_seconds, costs.decode_seconds]
    figure = plan_bars(Plan(R1, chains=4, tokens=1000), costs, MACHINE)
    assert figure.layout.title.text == "4 chains of 1,000 tokens on mine"


def test_the_roof_bends_at_the_ridge():
    figure = roofline(MACHINE, {"measured": [("1 row", 0.5, 5e9), ("64 rows", 30, 60e9)]})
    roof = figure.data[0]
    assert roof.x[1] == MACHINE.ridge == 5.0
    assert roof.y[1] == roof.y[2] == 100
    assert list(figure.data[1].y) == [5, 60]


def test_a_vote_is_drawn_as_multiples_of_one_chain():
    figure = vote_cost({1: [1.0, 2.0, 3.0], 8: [4.0, 6.0, 5.0]})
    tokens, seconds, dots = figure.data
    assert list(tokens.y) == [1, 8]
    assert list(seconds.y) == [1.0, 2.5]
    assert list(dots.y) == [0.5, 1.0, 1.5, 2.0, 3.0, 2.5]


def test_shares_are_drawn_in_percent():
    figure = token_bars({"chain": {"restating": 0.25, "calculating": 0.75}})
    assert [list(trace.x) for trace in figure.data] == [[25], [75]]


def test_a_name_is_never_drawn_as_html():
    hostile = Machine("<b>x</b>", 1e9, 1e9, 1e9)
    drawn = roofline(hostile, {"<i>s</i>": [("<u>p</u>", 1, 1e9)]}).to_json()
    drawn += plan_bars(Plan(R1), cost(Plan(R1), hostile), hostile).to_json()
    text = json.dumps(drawn).replace("\\\\u003c", "<").replace("\\u003c", "<")
    assert not any(mark in text for mark in ("<i>", "<b>", "<u>"))


@pytest.mark.parametrize(
    ("size", "text"), [(3.554e9, "3.55 GB"), (28_672, "28.7 kB"), (999.9e9, "1,000 GB"), (5, "5 bytes")]
)
def test_sizes_are_written_with_three_digits(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2e-5, "20 µs"), (0.0123, "12.3 ms"), (45.0, "45 s"), (600.0, "10 min"), (9000.0, "2.5 h"), (864e3, "10 days")],
)
def test_times_are_written_in_the_unit_that_fits(seconds, text):
    assert seconds_text(seconds) == text
