"""The figure of students shows what their rows say."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures.distillation import students
from srm_lab.scoring.statistics import wilson


def row(arm, seed, k, size="0.1M"):
    found = wilson(k, 500)
    return {"arm": arm, "size": size, "seed": seed, "k": k, "n": 500, "rate": found.rate, "low": found.low,
            "high": found.high}  # fmt: skip


ROWS = [row("answers", 0, 50), row("answers", 1, 60), row("answers", 2, 70), row("traces", 0, 480)]


def test_every_seed_is_a_dot_with_its_interval_and_the_number_is_the_mean():
    figure = students(ROWS, labels={"traces": "with chains"})
    assert [list(trace.x) for trace in figure.data] == [pytest.approx([10, 12, 14]), pytest.approx([96])]
    first = figure.data[0]
    assert first.x[0] + first.error_x.array[0] == pytest.approx(100 * ROWS[0]["high"])
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(100 * ROWS[0]["low"])
    assert [a.text for a in figure.layout.annotations][:2] == ["12.0 %", "96.0 %"]
    assert list(figure.layout.yaxis.ticktext) == ["answers", "with chains"]


def test_the_caption_gives_problems_interval_and_seeds():
    caption = students(ROWS).layout.annotations[-1].text
    assert all(part in caption.replace("<br>", " ") for part in ("500 test problems", "Wilson 95 %", "seeds 0, 1, 2"))


def test_sizes_are_named_and_told_apart_where_there_are_several():
    figure = students([*ROWS, row("traces", 0, 490, "0.6M")])
    assert list(figure.layout.yaxis.ticktext) == ["answers, 0.1M", "traces, 0.1M", "traces, 0.6M"]
    looks = [(trace.marker.color, trace.marker.symbol) for trace in figure.data]
    assert looks[0] == looks[1] != looks[2]


def test_a_long_name_takes_two_lines():
    figure = students(ROWS[:1], labels={"answers": "answers alone, as many examples"})
    assert list(figure.layout.yaxis.ticktext) == ["answers alone, as<br>many examples"]


def test_names_are_never_html():
    assert "<b>" not in str(students([row("<b>x</b>", 0, 5)]).layout.yaxis.ticktext)


def test_no_rows_are_an_error_that_says_where_they_come_from():
    with pytest.raises(SrmLabError, match=r"benchmarks/students\.py"):
        students([])
