"""The figure of what became of every answer."""

from __future__ import annotations

import pytest

from srm_lab.figures.answer_fates import FATES, answer_fates, fates
from srm_lab.records import Problem, Solution
from srm_lab.run import Record, Run
from srm_lab.scoring.verify import verify

TEXTS = ("The answer is 18.", "The answer is 7.", "Nobody knows.", "18 or 20", "<think>18")


def run(name="direct"):
    records = [
        Record(Problem(str(i), "?", "18", "made up"), Solution(None, text), verify(text, "18"), None, 0.0)
        for i, text in enumerate(TEXTS)
    ]
    failed = Record(Problem("f", "?", "18", "made up"), None, None, "ValueError", 0.0)
    return Run("fake", name, {}, 0, (*records, failed), 1.0)


def test_an_answer_that_cannot_be_read_is_not_a_wrong_one():
    assert fates(run()) == {"right": 1, "wrong": 1, "no answer read": 2, "unfinished": 1}


def test_every_fate_has_its_share_of_each_bar_and_a_pattern_of_its_own():
    figure = answer_fates([run(), run("other")], labels=["<b>one</b>", "two"])
    assert [bar.name for bar in figure.data] == list(FATES)
    assert sum(bar.x[0] for bar in figure.data) == pytest.approx(100)
    assert len({bar.marker.pattern.shape for bar in figure.data}) == len(FATES)
    assert "<b>" not in "".join(figure.data[0].y)
