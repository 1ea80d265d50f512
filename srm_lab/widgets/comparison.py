"""`live_comparison`: reasoning methods write side by side on one problem, with a vote, verdicts and a running tally.

A thin view: inputs (`controls`) become a `Request`, the `Controller` runs it in threads, `render` draws its
snapshots, and the `Painter` says when. Everything shown comes from the same public functions that
`srm.evaluate` uses. Left out: figures that need a browser library of their own, and saving (see `srm.evaluate`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as w

from .. import methods as registry
from ..errors import SrmLabError
from ..records import Problem
from . import render
from .controller import Controller
from .controls import Controls
from .outcome import failure_of
from .painter import Painter
from .request import OWN_TASK, Method, Request, about, own_problem, title
from .snapshots import ColumnShot, RunShot
from .style import STYLE

DEFAULT_METHODS = ("direct", "zero_shot_cot", "few_shot_cot", "self_consistency")
DEFAULT_PROBLEMS = 40
PROBLEMS_AT_ONCE = 2  # of a batch; each of them runs all methods side by side
NOTE = "Run the notebook to use this; a recorded result is below."
_IDLE = (
    '<div class="srm-status" role="status">Nothing is running yet: press Run.</div>'
    f'<div class="srm-quiet">Does nothing happen? Then there is no kernel behind this page. {NOTE}</div>'
)
_ON_SCREEN: dict[str, LiveComparison] = {}


def live_comparison(
    models: Sequence[Any] = ("smollm2-135m",),
    methods: Sequence[str | Method] = DEFAULT_METHODS,
    problems: Sequence[Problem] | None = None,
    *,
    chains: int = 5,
    temperature: float = 0.7,
    seed: int = 0,
    batch: int = 10,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> LiveComparison:
    """A widget that compares reasoning methods live.

    models: names for `srm.load_model` (loaded when Run is first pressed), or models that are loaded already.
    methods: names or decorated functions, a column each.
    problems: what to choose from; None gives one-step word problems of the test split.
    chains, temperature, seed: where the inputs start. batch: how many problems the batch button runs.
    settings: further settings by method name, such as {"few_shot_cot": {"shots": 2}}.

    Returns an ipywidgets box; nothing is loaded or generated before Run is pressed. A cell that is executed again
    stops and replaces its earlier widget. Raises SrmLabError for no models, methods or problems, an unknown method,
    or a setting that a method does not have.
    """
    methods = tuple(registry.get(method) if isinstance(method, str) else method for method in methods)
    if problems is None:
        from ..tasks import load_problems

        problems = load_problems("word_problems", n=DEFAULT_PROBLEMS, seed=0, split="test", steps=1)
    settings = settings or {}
    _check(models, methods, problems, settings)
    box = LiveComparison(tuple(models), methods, tuple(problems), chains, temperature, seed, batch, settings)
    if (cell := _cell_id()) is not None:
        if cell in _ON_SCREEN:
            _ON_SCREEN[cell].close()
        _ON_SCREEN[cell] = box
    return box


def _check(models, methods, problems, settings) -> None:
    for name, given in (("models", models), ("methods", methods), ("problems", problems)):
        if not given or isinstance(given, (str, Problem)):
            raise SrmLabError(f"live_comparison needs {name}.", f"It was given {given!r}.", f"Pass a list of {name}.")
    from ..methods.method import check_settings

    by_name = {getattr(method, "__name__", ""): method for method in methods}
    for method in methods:
        if not hasattr(method, "settings"):
            raise SrmLabError(f"{method!r} is not a method.", "It lacks the decorator.", "Write @srm.method above it.")
    for name, given in settings.items():
        check_settings(by_name.get(name) or registry.get(name), given)


class LiveComparison(w.VBox):
    """The widget that `live_comparison` returns. `controller` runs, `controls` are the inputs."""

    def __init__(self, models, methods, problems, chains, temperature, seed, batch, settings):
        self._models, self._methods, self._problems = models, methods, problems
        self._batch, self._overrides = batch, settings
        self._fresh = True  # the columns wait for a run: nothing was run yet, or the problem was changed since
        self._next = 0  # where the batch button goes on
        self._following = False  # the list of problems is being moved by the run, not by the reader
        self._refusal: str | None = None
        self.controller = Controller()
        self.controls = Controls(models, methods, problems, chains, temperature, seed, batch)
        self._painter = Painter(self._paint, lambda: self.controller.busy)
        self.controller.on_change = self._painter.poke
        self._question, self._status, self._meter, self._tally = (w.HTML() for _ in range(4))
        self._columns = w.Box()
        self._columns.add_class("srm-columns")
        super().__init__(self._lay_out(), layout={"width": "100%", "overflow": "visible"})
        self.add_class("srm-live")
        self._connect()
        self._painter.paint()

    def _lay_out(self) -> list[w.Widget]:
        source, given, own, *settings, actions = self.controls.boxes
        state = w.Box([self._status, self._meter])
        state.add_class("srm-state")
        groups = [[source, given, own, self._question], settings, [actions, state], [self._columns], [self._tally]]
        boxes = [w.VBox(group, layout={"width": "100%", "overflow": "visible"}) for group in groups]
        for box in boxes[1:]:
            box.add_class("srm-group")
        return [w.HTML(STYLE, layout={"display": "none"}), *boxes]

    def _connect(self) -> None:
        c = self.controls
        for button, act in (
            (c.run, self._run_one), (c.batch, self._run_batch), (c.stop, self.controller.stop),
            (c.reset, self._reset), (c.previous, lambda: self._step(-1)), (c.following, lambda: self._step(1)),
            (c.reseed, self._reseed),
        ):  # fmt: skip
            button.on_click(lambda _, act=act: act())
        for control in (c.problem, c.source, c.question, c.reference):
            control.observe(lambda _: self._new_problem(), "value")
        for control in (c.model, c.precision, c.chains, c.temperature, c.greedy, *c.chosen):
            control.observe(lambda _: self._painter.paint(), "value")

    def close(self) -> None:
        """Stop what runs and close the widget."""
        self.controller.stop()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """With a note for viewers that show no widgets; those that do prefer the widget."""
        text = f"Live comparison of reasoning methods. {NOTE}"
        fallback = {"text/plain": text, "text/html": f"<p><em>{text}</em></p>"}
        return {**super()._repr_mimebundle_(**kwargs), **fallback}

    # what the inputs say

    def _shown_problem(self) -> Problem:
        c = self.controls
        return own_problem(c.question.value, c.reference.value) if c.own else self._problems[c.problem.value]

    def _request(self, problems: Sequence[Problem]) -> Request:
        c = self.controls
        chosen = tuple(method for method, box in zip(self._methods, c.chosen) if box.value)
        if not chosen:
            raise SrmLabError("No method is chosen.", "", "Tick at least one method.")
        model = self._models[c.model.value]
        return Request(
            model, chosen, tuple(problems), c.quantization if isinstance(model, str) else None, c.chains.value,
            c.temperature.value, c.greedy.value, c.seed.value, PROBLEMS_AT_ONCE if len(problems) > 1 else 1,
            self._overrides,
        )  # fmt: skip

    # what the buttons do

    def _start(self, problems: Callable[[], Sequence[Problem]]) -> None:
        if self.controller.busy and not self.controller.stopping:
            return
        try:
            request, self._refusal = self._request(problems()), None
        except SrmLabError as error:
            self._refusal = render.failure(failure_of(error))
            self._painter.paint()
            return
        self._fresh = False
        self.controller.run(request)
        self._painter.start()

    def _run_one(self) -> None:
        self._start(lambda: [self._shown_problem()])

    def _run_batch(self) -> None:
        self.controls.use_given()
        count = len(self._problems)
        places = [(self._next + i) % count for i in range(min(self._batch, count))]
        self._start(lambda: [self._problems[place] for place in places])

    def _reset(self) -> None:
        self.controller.reset()
        self._painter.paint()

    def _step(self, by: int) -> None:
        self.controls.problem.value = (self.controls.problem.value + by) % len(self._problems)

    def _reseed(self) -> None:
        self.controls.seed.value += 1

    def _new_problem(self) -> None:
        """The reader chose another problem: what the columns show no longer belongs to it."""
        if self._following or self.controller.busy:
            return
        self.controls.show_source()
        self._fresh, self._next, self._refusal = True, self.controls.problem.value, None
        self._painter.paint()

    # what is drawn

    def _paint(self) -> None:
        shot = self.controller.snapshot()
        self._paint_inputs(shot)
        self._question.value = self._question_html(shot)
        self._paint_columns(self._waiting() if self._fresh or not shot.columns else shot.columns)
        idle = self._fresh and shot.state in ("idle", "done", "stopped", "failed")
        self._status.value = self._refusal or (_IDLE if idle else render.status(shot))
        if shot.failure and not idle:
            self._status.value = render.failure(shot.failure)
        self._meter.value = "" if idle else render.meter(shot)
        self._tally.value = render.tally(shot.tally)

    def _paint_inputs(self, shot: RunShot) -> None:
        c, busy = self.controls, shot.state in ("loading", "running", "stopping")
        c.run.disabled = c.batch.disabled = busy and shot.state != "stopping"
        c.stop.disabled = shot.state not in ("loading", "running")
        several = any("n" in m.settings for m, box in zip(self._methods, c.chosen) if box.value)
        c.chains.disabled = not several
        c.temperature.disabled = not several and c.greedy.value
        c.precision.disabled = not isinstance(self._models[c.model.value], str)
        c.progress.layout.display = "flex" if busy and shot.total > 1 else "none"
        c.progress.max, c.progress.value = max(shot.total, 1), shot.finished
        for control in (c.problem, c.previous, c.following, c.source, c.question, c.reference):
            control.disabled = busy
        self._follow(shot)

    def _follow(self, shot: RunShot) -> None:
        """Let the list of problems show the one that is drawn, and remember where a batch goes on."""
        if self._fresh or shot.problem is None or shot.problem.task == OWN_TASK:
            return
        place = self._problems.index(shot.problem)
        through = all(column.state in ("done", "failed") for column in shot.columns)
        self._following = True
        self.controls.problem.value = place
        self._following = False
        self._next = (place + through) % len(self._problems)

    def _question_html(self, shot: RunShot) -> str:
        if not self._fresh and shot.problem is not None:
            return render.problem(shot.problem)
        if self.controls.own:
            return ""
        return render.problem(self._problems[self.controls.problem.value])

    def _waiting(self) -> tuple[ColumnShot, ...]:
        try:
            request = self._request(self._problems[:1])
        except SrmLabError:
            return ()
        return tuple(
            ColumnShot(title(m), about(m), request.describe(m), several="n" in m.settings) for m in request.methods
        )

    def _paint_columns(self, shots: Sequence[ColumnShot]) -> None:
        if len(self._columns.children) != len(shots):
            self._columns.children = tuple(w.HTML() for _ in shots)
        for cell, shot in zip(self._columns.children, shots):
            (cell.add_class if shot.several else cell.remove_class)("srm-wide-cell")
            cell.value = render.column(shot)


def _cell_id() -> str | None:
    """The id of the cell that is being executed, where the front end tells it."""
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    if kernel is None:
        return None
    return kernel.get_parent("shell").get("metadata", {}).get("cellId")
