"""`training_curve`: a figure that follows training runs while they go on, and says where each stands.

    curve = srm.widgets.training_curve(["traces", "answers"])
    display(curve)
    with curve.follow("traces") as on_step:
        sft(student, examples, settings, on_step=on_step)

A thin view over `srm_lab.figures.learning_curves`. It repaints a few times a second, so that training is not slowed
down, and once more when the run ends. To stop a run, interrupt the kernel: its last step is finished first. Left out:
starting a run from the widget, since the call that trains is what the cell is there to show.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as w

from ..errors import SrmLabError
from ..figures.distillation import curve, learning_curves
from .render import escape
from .style import STYLE

SECONDS = 0.4  # between two repaints
NOTE = "No kernel is behind this page, or nothing was trained yet; the finished curves are below."


def training_curve(names: Sequence[str], title: str = "Training, as it happens") -> TrainingCurve:
    """A widget with one curve for each name. Raises SrmLabError for no names, or one that comes twice."""
    names = list(names)
    if not names or len(set(names)) < len(names):
        raise SrmLabError(
            "A training curve needs names, each once.", f"It was given {names!r}.", 'Pass ["traces", "answers"].'
        )
    return TrainingCurve(names, title)


def status_html(rows: dict[str, list[dict[str, Any]]]) -> str:
    """A line for each run that has begun: step, loss, tokens and seconds."""
    lines = [
        f"<div><b>{escape(name)}</b>: step {log[-1]['step']:,}, loss {log[-1]['loss']:.3g} nats a token, "
        f"{log[-1]['tokens']:,} tokens, {log[-1]['seconds']:.0f} s</div>"
        for name, log in rows.items()
        if log
    ]
    return "".join(lines) or f'<div class="srm-quiet">{NOTE}</div>'


class TrainingCurve(w.VBox):
    """The widget; see `training_curve`. rows: each run's metrics so far."""

    def __init__(self, names: Sequence[str], title: str, clock: Callable[[], float] = time.monotonic):
        import plotly.graph_objects as go

        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self._clock, self._painted = clock, -SECONDS
        self.figure = go.FigureWidget(learning_curves(self.rows, title).update_layout(autosize=True))
        self.status = w.HTML(status_html(self.rows))
        super().__init__([w.HTML(STYLE, layout={"display": "none"}), self.status, self.figure])
        self.add_class("srm-live")

    @contextlib.contextmanager
    def follow(self, name: str) -> Iterator[Callable[[dict[str, Any]], None]]:
        """Gives the `on_step` of a run, whose earlier curve is wiped. Raises SrmLabError for an unknown name."""
        if name not in self.rows:
            raise SrmLabError(f"This figure has no curve {name!r}.", f"It has {', '.join(self.rows)}.")
        self.rows[name] = []

        def on_step(line: dict[str, Any]) -> None:
            self.rows[name].append(line)
            if self._clock() - self._painted >= SECONDS:
                self._paint(name)

        try:
            yield on_step
        finally:
            self._paint(name)

    def _paint(self, name: str) -> None:
        self._painted = self._clock()
        x, y = curve(self.rows[name])
        trace = self.figure.data[list(self.rows).index(name)]
        with self.figure.batch_update():
            trace.x, trace.y = x, y
        self.status.value = status_html(self.rows)
