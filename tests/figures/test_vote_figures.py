"""Figures of votes: what they show of the numbers they are given."""

from __future__ import annotations

import pytest

from srm_lab.figures.votes import (
    CURVES,
    RIGHT,
    ballot_parts,
    ballots,
    curve_values,
    interval_arms,
    mode_map,
    vote_curves,
    vote_fates,
)
from srm_lab.scoring.statistics import Estimate, wilson

HOSTILE = "<img src=x onerror=alert(1)>"
VOTES = [Estimate(1, 0.25, 0.2, 0.3, 100), Estimate(4, 0.4, 0.3, 0.5, 100)]
CEILING = [Estimate(1, 0.25, 0.2, 0.3, 100), Estimate(4, 0.7, 0.6, 0.8, 100)]


def test_the_map_has_a_series_for_each_difficulty_and_moves_dots_only_a_little():
    points = [("1+1?", 1, 0.5, 0.25), ("1+1?", 1, 0.5, 0.25), (HOSTILE, 2, 0.0, 1.0)]
    figure = mode_map(points)
    assert [trace.name for trace in figure.data[1:]] == ["1", "2"]
    assert figure.data[1].x[0] != figure.data[1].x[1]
    assert list(figure.data[1].x) == pytest.approx([50, 50], abs=1)
    assert list(figure.data[2].y) == pytest.approx([100], abs=1)
    assert "<img" not in figure.data[2].text[0]


def test_fates_are_shares_of_each_rows_problems_with_their_counts():
    figure = vote_fates({"1": {"won": 3, "lost": 1}, "2": {"lost": 2}}, "t", "operations")
    assert [trace.name for trace in figure.data] == ["won", "lost"]
    assert list(figure.data[0].y) == [75, 0]
    assert list(figure.data[1].text) == ["1", "2"]
    assert list(figure.data[0].text) == ["3", ""]


def test_ballots_name_the_truth_first_then_the_top_mistakes_and_lump_the_rest():
    rows = {"cold": {"7": 4, "8": 9}, "hot": {"7": 1, "8": 2, "1": 1, "2": 1, "3": 1, "5": 1, None: 3}}
    parts = ballot_parts(rows, "7")
    assert parts[0] == ("7 (right)", RIGHT, [4, 1])
    assert parts[1][0] == "8"
    assert parts[1][2] == [9, 2]
    assert parts[-2][2] == [0, 1]
    assert parts[-1] == ("no answer", parts[-1][1], [0, 3])
    assert sum(sum(counts) for _, _, counts in parts) == 13 + 10


def test_an_answer_of_a_model_is_never_html():
    figure = ballots({"1": {HOSTILE: 2, "7": 1}}, "7", "t")
    assert "<img" not in figure.to_json()
    assert list(figure.data[0].x) == pytest.approx([100 / 3])


def test_curves_show_ceiling_vote_one_chain_and_a_ring_at_the_chosen_number():
    figure = vote_curves(wilson(25, 100), VOTES, CEILING, "t", own=[0.5, 0.1], chosen=4)
    assert [trace.name for trace in figure.data[:4]] == list(CURVES)
    assert list(figure.data[1].y) == [25, 40]
    assert list(figure.data[2].y) == [25, 25]
    assert (list(figure.data[-1].x), list(figure.data[-1].y)) == ([4], [40])
    assert list(figure.layout.xaxis.tickvals) == [1, 4]
    without = vote_curves(wilson(25, 100), VOTES, CEILING, "t")
    assert without.data[3].showlegend is False
    assert not without.data[-1].x


def test_heights_and_arms_are_percent():
    assert curve_values(wilson(1, 4), VOTES, CEILING)[3] == []
    above, below = interval_arms(VOTES)
    assert above == pytest.approx([5, 10])
    assert below == pytest.approx([5, 10])
