"""Figures of training: what they show of runs, seeds and rounds."""

from __future__ import annotations

import pytest

from srm_lab.figures.training import by_difficulty, caption_of, chain_fates, learning_curves, mean_interval, star_rounds
from srm_lab.scoring.statistics import wilson

METRICS = [{"step": i, "seconds": i / 2, "loss": 4 / i} for i in range(1, 5)]
THREE = [wilson(40, 100), wilson(50, 100), wilson(60, 100)]


def test_a_curve_holds_every_step_unsmoothed():
    figure = learning_curves({"full": METRICS, "answer": []})
    assert list(figure.data[0].x) == [0.5, 1.0, 1.5, 2.0]
    assert list(figure.data[0].y) == [4, 2, pytest.approx(4 / 3), 1]
    assert len(figure.data[1].x) == 0
    assert list(learning_curves({"full": METRICS}, x="step").data[0].x) == [1, 2, 3, 4]


def test_three_seeds_have_a_t_interval_and_fewer_have_wilsons():
    mean, low, high = mean_interval(THREE)
    assert mean == pytest.approx(0.5)
    assert high - mean == pytest.approx(4.303 * 0.1 / 3**0.5, abs=1e-3)
    assert low == pytest.approx(1 - high)
    assert mean_interval(THREE[:1]) == (0.4, THREE[0].low, THREE[0].high)
    assert mean_interval([wilson(100, 100)] * 2 + [wilson(40, 100)])[2] == 1.0


def test_each_style_stands_beside_its_difficulty_with_its_seeds():
    figure = by_difficulty({"answer": {2: THREE, 4: THREE}, "full": {2: THREE, 4: THREE}}, "operations")
    means = [trace for trace in figure.data if trace.name]
    assert [trace.name for trace in means] == ["answer", "full"]
    assert all(abs(x - level) < 0.5 for trace in means for x, level in zip(trace.x, (2, 4)))
    assert set(means[0].x).isdisjoint(means[1].x)
    assert len(figure.data[1].y) == 6
    assert list(figure.layout.xaxis.tickvals) == [2, 4]


def test_one_seed_has_no_small_marks():
    assert len(star_rounds({"live": [[wilson(1, 4)], [wilson(3, 4)]]}).data) == 1
    assert len(star_rounds({"live": [THREE, THREE]}).data) == 2


def test_rounds_are_counted_from_the_start():
    figure = star_rounds({"plain": [THREE, THREE, THREE], "one": [THREE, THREE]})
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2]
    assert list(figure.data[0].y) == [pytest.approx(50)] * 3


def test_the_caption_says_what_the_bars_are():
    assert caption_of([THREE]).startswith("Small marks: 3 seeds, 100 problems each")
    assert "1 seed, 100 problems" in caption_of([THREE[:1]])
    assert "Wilson" in caption_of([THREE[:2]])


def test_fates_say_their_share_and_why():
    figure = chain_fates({"kept": 30, "wrong": 70, "unfinished": 0})
    assert list(figure.data[0].x) == [30, 70, 0]
    assert list(figure.data[0].text) == ["30 (30 %)", "70 (70 %)", "0 (0 %)"]
    assert figure.data[0].y[1] == "dropped: wrong answer"


def test_names_are_never_markup():
    assert "<b>" not in learning_curves({"<b>x</b>": METRICS}).data[0].name
    assert "<b>" not in by_difficulty({"<b>x</b>": {1: THREE}}, "<b>").data[0].name
