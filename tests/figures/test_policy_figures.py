"""Figures that compare policies: every seed is there, a mean is a mean, and what is missing is refused or a gap."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures.policies import policy_points, seed_curves, style_shares


def test_every_seed_is_a_line_and_the_thick_one_is_their_mean():
    figure = seed_curves({"a": [[0.0, 1.0], [1.0, 3.0]]}, "t", "y")
    assert [list(trace.y) for trace in figure.data] == [[0, 1], [1, 3], [0.5, 2]]
    assert list(figure.data[2].x) == [1, 2]
    assert [trace.showlegend for trace in figure.data[:2]] == [False, False]


def test_one_seed_is_one_line():
    assert len(seed_curves({"a": [[1.0, 2.0]], "b": [[2.0, 2.0]]}, "t", "y").data) == 2


def test_a_missing_value_is_a_gap_and_a_shorter_run_ends_earlier():
    mean = seed_curves({"a": [[None, 2.0, 4.0], [None, 4.0]]}, "t", "y").data[-1]
    assert list(mean.y) == [None, 3, 4]


def test_no_curves_are_an_empty_figure():
    assert len(seed_curves({}, "t", "y").data) == 0


def test_a_policy_stands_at_the_mean_of_its_seeds_in_percent():
    seeds, mean = policy_points({"start": [(10, 0.4), (20, 0.6)]}, "t").data
    assert list(seeds.y) == [40, 60]
    assert (mean.x[0], mean.y[0]) == (15, pytest.approx(50))
    with pytest.raises(SrmLabError, match="'empty' has no points"):
        policy_points({"empty": []}, "t")


def test_a_bar_shows_every_style_even_those_that_never_come():
    figure = style_shares({"<b>start</b>": {"answer": 0.5, "full": 0.5}, "end": {"full": 1.0}})
    assert [list(trace.x) for trace in figure.data] == [[50, 0], [0, 0], [50, 100]]
    assert figure.data[0].y[0] == "&lt;b&gt;start&lt;/b&gt;"
    assert list(figure.data[1].text) == ["", ""]
