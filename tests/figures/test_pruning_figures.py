"""Figures of pruning: what they show of a trial, and that a mask is the mask."""

from __future__ import annotations

import pytest
import torch

from srm_lab.chain_trials import Trial
from srm_lab.errors import SrmLabError
from srm_lab.figures.pruning import (
    SHOWN,
    mask_values,
    pruning_bytes,
    pruning_curves,
    pruning_difficulty,
    pruning_mask,
    pruning_recovery,
    pruning_slips,
)


def trial(family, amount, right, of=4, seed=0):
    correct = tuple(i < right for i in range(of))
    wrong = tuple(None if ok else 1 for ok in correct)
    difficulty = tuple(1 + i % 2 for i in range(of))
    return Trial(
        "tiny/fake (pruned)", family, amount, seed, 1000, int(500 * (1 - amount / 2)), difficulty, correct, (9,) * of,
        wrong, (0.5 * (1 + amount),) * of, (10,) * of,
    )  # fmt: skip


TRIALS = [trial("dense", 0.0, 4), trial("wanda", 0.75, 1), trial("wanda", 0.5, 3), trial("magnitude", 0.5, 2)]


def test_curves_begin_at_the_whole_model_and_go_by_amount():
    figure = pruning_curves(TRIALS, ["wanda", "magnitude"], chosen=0.5)
    above, below = figure.data[0], figure.data[1]
    assert list(above.x) == [0, 50, 75]
    assert list(above.y) == [100, 75, 25]
    assert below.y[0] < below.y[1] < below.y[2]
    assert figure.layout.shapes[0].x0 == 50
    assert "4 problems a point" in figure.layout.annotations[-1].text


def test_a_family_that_was_not_tried_is_named():
    with pytest.raises(SrmLabError, match=r"(?s)no trial of 'heads'.*magnitude, wanda"):
        pruning_curves(TRIALS, ["heads"])


def test_difficulty_has_a_line_for_each_number_of_steps():
    figure = pruning_difficulty(TRIALS, "wanda")
    assert [line.name for line in figure.data] == ["1 step", "2 steps"]
    assert list(figure.data[0].y) == [100, 100, 50]
    assert list(figure.data[1].y) == [100, 50, 0]


def test_slips_fill_the_bar_in_the_order_of_the_steps():
    figure = pruning_slips(TRIALS[:2], ["whole", "pruned"])
    assert [bar.name for bar in figure.data] == ["every step right", "slip at step 2", "never ended"]
    assert sum(bar.x[1] for bar in figure.data) == pytest.approx(100)


def test_bytes_are_shares_of_the_dense_model():
    figure = pruning_bytes(TRIALS, ["wanda"], ["pruned"])
    assert list(figure.data[0].x) == pytest.approx([62.4, 75.0])
    assert list(figure.data[0].y) == [25, 75]


def test_recovery_shows_every_seed():
    figure = pruning_recovery([TRIALS[1]], [[trial("r", 0.75, 3), trial("r", 0.75, 4, seed=1)]], ["wanda"])
    assert [list(dots.x) for dots in figure.data] == [[25], [75, 100]]


def test_a_mask_blanks_what_goes_and_cuts_what_cannot_be_seen():
    weight = torch.tensor([[1.0, -3.0], [0.25, 2.0]])
    kept = torch.tensor([[True, False], [True, True]])
    assert mask_values(weight, kept) == ([[1.0, None], [0.25, 2.0]], 3.0)
    large = torch.randn(SHOWN + 7, SHOWN + 9)
    heat = pruning_mask(large, large > 0).data[0]
    assert (len(heat.z), len(heat.z[0])) == (SHOWN, SHOWN)
    assert heat.zmax == -heat.zmin
