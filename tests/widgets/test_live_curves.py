"""Curves that follow a run: they show what was told, seldom enough, and stay small."""

from __future__ import annotations

import sys

from srm_lab.widgets.live_curves import MOST_POINTS, live_curves, thinned

MODULE = sys.modules[live_curves.__module__]  # the package's attribute of this name is the function


def line(step):
    return {"step": step, "seconds": 0.1 * step, "loss": 1 / step}


def test_a_curve_grows_with_its_run(monkeypatch):
    monkeypatch.setattr(MODULE, "INTERVAL_SECONDS", 0.0)
    curves = live_curves()
    on_step = curves.follow("full")
    for step in (1, 2, 3):
        on_step(line(step))
    figure = curves.children[0].figure
    assert list(figure.data[0].y) == [1, 1 / 2, 1 / 3]
    curves.follow("answer")(line(1))
    figure = curves.children[0].figure
    assert [len(trace.y) for trace in figure.data] == [3, 1]


def test_steps_in_quick_succession_wait_for_the_next_painting(monkeypatch):
    monkeypatch.setattr(MODULE, "INTERVAL_SECONDS", 1e9)
    curves = live_curves(x="step")
    curves.follow("full")(line(1))
    assert sum(len(trace.y) for trace in curves.children[0].figure.data) == 0
    curves.paint()
    assert list(curves.children[0].figure.data[0].x) == [1]


def test_a_long_run_is_thinned_and_keeps_its_last_step():
    lines = [line(step) for step in range(1, 3000)]
    assert len(thinned(lines)) <= MOST_POINTS + 1
    assert thinned(lines)[-1] is lines[-1]
    assert thinned(lines[:10]) == lines[:10]
