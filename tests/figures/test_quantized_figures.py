"""Rates with intervals, and votes that buy back bits."""

from __future__ import annotations

import json

import pytest

from srm_lab.compress.judged import Judged
from srm_lab.compress.recorded import Cell, Recorded, Scheme
from srm_lab.figures.rate_lines import rates
from srm_lab.figures.vote_offers import offers, votes_for_bits
from srm_lab.records import Problem
from srm_lab.scoring.statistics import Estimate, wilson

FACTS = {"difficulty": 1, "operations": "+", "operands": [1, 1], "form": "chain"}


def chain(answer):
    return Judged(f"1+1={answer}####{answer}", 10, True, answer, answer == "2", None if answer == "2" else 0, "")


@pytest.fixture
def recorded():
    """One chain of the whole model is right half of the time, one of the small model too, but its votes are better."""
    problems = [Problem(f"p{i}", "1+1?", "2", "arithmetic", FACTS) for i in range(4)]
    whole = [[chain("2")] * 4, [chain("3")] * 4] * 2
    small = [[chain("2"), chain("2"), chain("3"), chain("4")]] * 4
    poor = [[chain("5")] * 4] * 4
    schemes = [Scheme("float16", 16), Scheme("rtn", 4, 64), Scheme("rtn", 2, 64)]
    sizes = [1000, 300, 200]
    cells = [Cell("m", s, 4.0, size, 1.0, rows) for s, size, rows in zip(schemes, sizes, (whole, small, poor))]
    return Recorded(problems, {(cell.model, cell.scheme): cell for cell in cells}, {})


def test_lines_show_percent_with_their_intervals_at_equal_distances():
    figure = rates(
        {"a": [(2, wilson(5, 10)), (16, wilson(9, 10))], "b": [(16, Estimate(1, 0.5, 0.4, 0.7, 10))]},
        x="bits",
        title="t",
    )
    assert list(figure.layout.xaxis.ticktext) == ["2", "16"]
    assert list(figure.data[0].y) == [50, 90]
    assert figure.data[0].error_y.array[0] == pytest.approx(100 * (wilson(5, 10).high - 0.5))
    assert list(figure.data[1].error_y.array) == pytest.approx([20])
    assert round(figure.data[1].x[0]) == 1
    assert "5/10" in figure.data[0].text[0]


def test_names_without_an_order_are_not_joined():
    points = {"a": [("q_proj", wilson(5, 10)), ("v_proj", wilson(9, 10))]}
    assert rates(points, x="part", title="t", joined=False).data[0].mode == "markers"
    assert rates(points, x="part", title="t").data[0].mode == "lines+markers"


def test_series_without_points_are_an_empty_line():
    assert len(rates({"a": []}, x="bits", title="t").data[0].x) == 0


def test_an_offer_says_how_many_votes_reach_one_chain_of_the_whole_model(recorded):
    whole, small, poor = recorded.cells.values()
    good, bad = offers(recorded, whole, [small, poor])
    assert (good.needed, bad.needed) == (1, None)
    assert good.curve[3].value == 1.0
    assert good.tokens == [10, 20, 30, 40]
    assert good.kilobytes[1] == pytest.approx((300 + 4 + 2 * 10) / 1000)


def test_the_figure_has_a_line_for_each_offer_at_both_prices_and_rings_only_where_the_line_is_reached(recorded):
    whole, small, poor = recorded.cells.values()
    figure = votes_for_bits(recorded, whole, [whole, small, poor])
    rings = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert len(rings) == 4
    assert len(figure.data) == 10
    assert "50.0" in json.dumps(figure.to_dict()["layout"]["annotations"], default=str)
