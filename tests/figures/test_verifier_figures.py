"""Figures of verifiers: what they show of the numbers they are given."""

from __future__ import annotations

import pytest

from srm_lab.figures.verifiers import LINES, arms, best_of_curves, reliability, reliability_bins
from srm_lab.scoring.statistics import Estimate


def estimates(*values):
    return [Estimate(k, value, value - 0.1, value + 0.05, 50) for k, value in zip((1, 4), values)]


def test_bins_hold_the_mean_score_and_the_share_of_right_chains():
    bins = reliability_bins([0.05, 0.95, 1.0, 0.92], [False, True, True, False], ["a", "a", "b", "c"])
    assert [(score, share.k, count) for score, share, count in bins] == [
        (0.05, 0, 1),
        (pytest.approx(2.87 / 3), 2, 3),
    ]


def test_reliability_draws_the_diagonal_and_a_dot_a_bin():
    bins = reliability_bins([0.05, 0.15, 0.15], [False, True, False], ["a", "b", "c"])
    figure = reliability({"outcome": bins}, "t")
    assert [trace.name for trace in figure.data] == ["calibrated", "outcome"]
    assert list(figure.data[1].x) == pytest.approx([5, 15])
    assert list(figure.data[1].y) == [0, 50]
    assert figure.data[1].marker.size[1] > figure.data[1].marker.size[0]


def test_the_five_lines_stand_in_order_and_the_ring_at_the_chosen_n():
    curves = [estimates(0.3, 0.8), estimates(0.3, 0.5), estimates(0.3, 0.45), estimates(0.3, 0.4), estimates(0.3, 0.3)]
    figure = best_of_curves(curves, "t", chosen=4)
    assert tuple(trace.name for trace in figure.data[:5]) == LINES
    assert list(figure.data[1].y) == [30, 50]
    assert (list(figure.data[-1].x), list(figure.data[-1].y)) == ([4], [50])
    assert not best_of_curves(curves, "t").data[-1].x


def test_arms_are_percent():
    above, below = arms(estimates(0.3))
    assert above == pytest.approx([5])
    assert below == pytest.approx([10])
