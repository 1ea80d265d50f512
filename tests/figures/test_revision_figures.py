"""The figure of revisions: broken to the left, mended to the right, the change with its interval beside the name."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.evaluate import paired
from srm_lab.figures.revision import mended_and_broken

CHANGE = paired("draft", "revised", [True] * 6 + [False] * 4, [True] * 3 + [False] * 6 + [True])


def test_broken_answers_point_left_and_mended_ones_right():
    broken, mended = mended_and_broken({"self_refine": CHANGE}).data
    assert (list(broken.x), list(broken.text)) == ([-30.0], ["3"])
    assert (list(mended.x), list(mended.text)) == ([10.0], ["1"])


def test_the_name_carries_the_change_and_its_interval():
    label = mended_and_broken({"chain_of_verification": CHANGE}).data[0].y[0]
    assert "-20 points" in label
    assert f"[{100 * CHANGE.low:+.0f}, {100 * CHANGE.high:+.0f}]" in label


def test_a_name_is_text_and_no_markup():
    assert "<b>" not in mended_and_broken({"<b>mine": CHANGE}).data[0].y[0]


def test_nothing_recorded_is_an_error_that_names_the_command():
    with pytest.raises(SrmLabError, match="no revisions"):
        mended_and_broken({})
