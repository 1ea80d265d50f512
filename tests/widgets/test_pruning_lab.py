"""The pruning lab's view, without a browser: a slider changes the numbers, the mark and the mask."""

from __future__ import annotations

import pytest

from srm_lab.chain_trials import Trial
from srm_lab.errors import SrmLabError
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks.worked import ALPHABET
from srm_lab.widgets.pruning_lab import numbers_html, pruning_lab

HOSTILE = "<img src=x onerror=alert(1)>"


def trial(family, amount):
    right = 10 - round(10 * amount)
    return Trial(
        "tiny/fake", family, amount, 0, 1000, 500, (1,) * 10, tuple(i < right for i in range(10)), (9,) * 10,
        (None,) * 10, (amount,) * 10, (10,) * 10,
    )  # fmt: skip


TRIALS = [trial("dense", 0.0), *(trial(method, share) for method in ("wanda", "magnitude") for share in (0.25, 0.5))]


@pytest.fixture(scope="module")
def lm():
    return LocalModel("tiny/fake", *tiny.make("0.1M", ALPHABET, 0))


def lab(lm):
    """A lab on a layer with 64 inputs, so that all of every row is shown."""
    view = pruning_lab(lm, TRIALS, ["7+12?7+12=19####19"])
    view.layer.value = next(name for name in view.layers if "k_proj" in name)
    return view


def blanks(view):
    return sum(cell is None for row in view.mask.data[0].z for cell in row)


def test_moving_the_slider_changes_numbers_mark_and_mask_and_draws_nothing_anew(lm):
    view = lab(lm)
    figures = view.curves, view.mask
    assert view.amount.value == 0.5
    assert blanks(view) == 64 * 64 / 2
    view.amount.value = 0.25
    assert blanks(view) == 64 * 64 / 4
    assert view.curves.layout.shapes[0].x0 == 25
    assert "80.0 %" in view.numbers.value
    assert (view.curves, view.mask) == figures


def test_another_method_or_layer_keeps_the_share_and_changes_the_mask(lm):
    view = lab(lm)
    before = [list(row) for row in view.mask.data[0].z]
    view.method.value = "magnitude"
    assert [list(row) for row in view.mask.data[0].z] != before
    assert blanks(view) == 64 * 64 / 2
    view.layer.value = next(name for name in view.layers if "q_proj" in name)
    assert "q_proj" in view.mask.layout.title.text
    assert "q_proj" in view.numbers.value


def test_text_from_outside_is_never_html():
    bad = trial(HOSTILE, 0.5)
    assert "<img" not in numbers_html(bad, TRIALS[0], HOSTILE, 0.5, 0.1)


@pytest.mark.parametrize("trials", [[], TRIALS[1:], TRIALS[:-1]])
def test_missing_trials_are_an_error(lm, trials):
    with pytest.raises(SrmLabError, match=r"pruned_reasoning\.py"):
        pruning_lab(lm, trials, ["7+12?"])


def test_no_calibration_is_an_error(lm):
    with pytest.raises(SrmLabError, match="no tokens"):
        pruning_lab(lm, TRIALS, [])
