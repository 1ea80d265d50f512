"""`live_curves`: learning curves that grow while the runs train, for the cell that trains.

    curves = live_curves()
    display(curves)
    sft(lm, examples, settings, on_step=curves.follow("steps in full"))

A thin view over `srm_lab.figures.learning_curves`: the same figure, repainted at most a few times a second with the
metrics of every run so far. Left out: starting and stopping (interrupt the kernel: the step is finished, and a run with
a folder goes on when it is called again).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as w

from ..figures.training import learning_curves
from .figure_view import figure_view

INTERVAL_SECONDS = 0.5
MOST_POINTS = 400  # of a curve on the page: a browser draws them in milliseconds


def live_curves(title: str = "Loss on completions", x: str = "seconds") -> LiveCurves:
    """A widget that shows the loss of runs while they go on. x: "seconds" of training or "step"."""
    return LiveCurves(title, x)


class LiveCurves(w.VBox):
    """The curves' widget; see `live_curves`. runs: from a name to its metrics so far."""

    def __init__(self, title: str, x: str):
        self.runs: dict[str, list[Mapping[str, Any]]] = {}
        self._title, self._x, self._painted = title, x, 0.0
        self._figure = None
        super().__init__([], layout=w.Layout(width="100%"))
        self.paint()

    def follow(self, name: str) -> Callable[[Mapping[str, Any]], None]:
        """A curve of that name; returns what `sft` calls with each step's metrics as `on_step`."""
        metrics = self.runs[name] = []

        def on_step(line: Mapping[str, Any]) -> None:
            metrics.append(line)
            if time.monotonic() - self._painted > INTERVAL_SECONDS:
                self.paint()

        return on_step

    def paint(self) -> None:
        """Show every step so far; call it once more when a run has ended."""
        drawn = learning_curves({name: thinned(lines) for name, lines in self.runs.items()}, self._title, self._x)
        if self._figure is None or len(self._figure.data) != len(drawn.data):
            view = figure_view(drawn)
            self._figure, self.children = view.figure, [view]
        else:
            with self._figure.batch_update():
                for shown, new in zip(self._figure.data, drawn.data):
                    shown.x, shown.y = new.x, new.y
        self._painted = time.monotonic()


def thinned(lines: list[Mapping[str, Any]], most: int = MOST_POINTS) -> list[Mapping[str, Any]]:
    """Every k-th line and the last one, so that at most `most` + 1 remain."""
    step = max(1, -(-len(lines) // most))
    return lines[::step] + lines[-1:] if step > 1 else lines
