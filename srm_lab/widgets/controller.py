"""Runs methods beside one another in threads and keeps what they wrote, for a live view to draw.

No ipywidgets and no HTML here: a view calls `run`, `stop`, `reset`, and draws `snapshot()` whenever `on_change` was
called. `on_change` comes from the engine's thread at every token, so it must only set a flag.

Each run has state and a cancel event of its own. A new run, or Stop, sets the event and leaves the old threads to
notice it at their next token; whatever they still report goes to a run nobody looks at any more. Threads are daemons:
a kernel that shuts down does not wait for a model. Left out: retries, and any second model on one screen.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from ..evaluate import grade as grade_solution
from ..records import Problem
from .outcome import Grade, failure_of, outcome
from .request import Method, Request, about, title
from .snapshots import ChainShot, ColumnShot, RunShot
from .tally import Entry, Tally

_WRITING_SECONDS = 0.8  # a chain that got no text for so long has ended, though its method is not through yet
_ALIVE: weakref.WeakSet[Controller] = weakref.WeakSet()


class _Column:
    """One method on one problem while it runs. `lock` guards every field."""

    def __init__(self, request: Request, method: Method, problem: Problem):
        self.method, self.problem = method, problem
        self.words = {"title": title(method), "about": about(method), "settings": request.describe(method)}
        self.several = "n" in method.settings
        self.lock = threading.Lock()
        self.state = "waiting"
        self.texts: dict[int, str] = {}
        self.pieces: dict[int, int] = {}
        self.touched: dict[int, float] = {}
        self.started = self.ended = 0.0
        self.result: dict[str, Any] = {}

    def begin(self, now: float) -> None:
        with self.lock:
            self.state, self.started = "running", now

    def add(self, chain: int, piece: str, now: float) -> None:
        with self.lock:
            self.texts[chain] = self.texts.get(chain, "") + piece
            self.pieces[chain] = self.pieces.get(chain, 0) + 1
            self.touched[chain] = now

    def end(self, state: str, now: float, **result: Any) -> None:
        with self.lock:
            self.state, self.ended, self.result = state, now, result

    @property
    def tokens(self) -> int:
        with self.lock:
            return self.result.get("tokens", sum(self.pieces.values()))

    def shot(self, now: float) -> ColumnShot:
        with self.lock:
            chains = self.result.get("chains") or self._streaming(now)
            rest = {key: value for key, value in self.result.items() if key != "chains"}
            return ColumnShot(
                **self.words, state=self.state, chains=chains, several=self.several or len(chains) > 1,
                graded=bool(self.problem.answer), seconds=(self.ended or now) - (self.started or now),
                **{"tokens": sum(self.pieces.values()), **rest},
            )  # fmt: skip

    def _streaming(self, now: float) -> tuple[ChainShot, ...]:
        running = self.state == "running"
        return tuple(
            ChainShot(
                self.texts[i], self.pieces[i], running and now - self.touched[i] < _WRITING_SECONDS,
                finish="" if self.state != "stopped" else "cancelled",
            )
            for i in sorted(self.texts)
        )  # fmt: skip


class _Run:
    """One press of Run: its request, its columns (one row of them a problem) and its own cancel event."""

    def __init__(self, request: Request, now: float):
        self.request, self.cancel = request, threading.Event()
        self.rows = [[_Column(request, method, problem) for method in request.methods] for problem in request.problems]
        self.state, self.failure = "loading", None
        self.started, self.ended = now, 0.0

    @property
    def alive(self) -> bool:
        return not self.ended

    def front(self) -> int:
        """The problem to show: the first that is not through, at the end of a run the last of all."""
        open_states = ("waiting", "running", "stopped")
        return next(
            (i for i, row in enumerate(self.rows) if any(c.state in open_states for c in row)), len(self.rows) - 1
        )

    def finished(self) -> int:
        return sum(all(column.state in ("done", "failed") for column in row) for row in self.rows)


class Controller:
    """Runs requests, one at a time in a kernel, and remembers the last one and the tally.

    load: from (name, quantization) to a model. grade: from (problem, solution) to a verdict.
    on_change: called after every change, from any thread. clock: seconds.
    """

    def __init__(
        self,
        load: Callable[[str, str | None], Any] | None = None,
        grade: Grade | None = None,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._load, self._grade = load or _load_model, grade or grade_solution
        self.on_change, self._clock = on_change, clock
        self._models: dict[tuple[str, str | None], Any] = {}
        self._tally, self._run, self._lock = Tally(), None, threading.Lock()
        _ALIVE.add(self)

    def run(self, request: Request) -> None:
        """Start; returns at once. Stops this controller's earlier run and those of other controllers."""
        for other in list(_ALIVE):
            other.stop()
        with self._lock:
            self._run = run = _Run(request, self._clock())
        self._tally.expect([request.row(method) for method in request.methods])
        threading.Thread(target=self._work, args=(run,), daemon=True, name="live-comparison").start()
        self.on_change()

    def stop(self) -> None:
        """Every chain ends at its next token. Returns at once; harmless when nothing runs."""
        with self._lock:
            if self._run and self._run.alive and not self._run.cancel.is_set():
                self._run.cancel.set()
                self._run.state = "stopping"
        self.on_change()

    def reset(self) -> None:
        """Empty the tally. What is running goes on, and counts into the new one."""
        self._tally.clear()
        self.on_change()

    @property
    def busy(self) -> bool:
        return self._run is not None and self._run.alive

    @property
    def stopping(self) -> bool:
        """Whether a run was told to stop and has not ended yet. A new one may start: nobody waits for the old."""
        run = self._run
        return run is not None and run.alive and run.cancel.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until nothing runs; whether that came within the time. For scripts and tests."""
        end = None if seconds is None else time.monotonic() + seconds
        while self.busy and (end is None or time.monotonic() < end):
            time.sleep(0.005)
        return not self.busy

    def snapshot(self) -> RunShot:
        """The run as it stands."""
        run, now = self._run, self._clock()
        if run is None:
            return RunShot("idle", tally=self._tally.rows())
        front = run.front()
        columns = [column for row in run.rows for column in row]
        return RunShot(
            run.state, run.request.model_label, run.request.problems[front], front, len(run.rows), run.finished(),
            tuple(column.shot(now) for column in run.rows[front]), self._tally.rows(),
            sum(column.tokens for column in columns), (run.ended or now) - run.started, run.failure,
        )  # fmt: skip

    def _work(self, run: _Run) -> None:
        """A run from loading to its end, in a thread of its own."""
        try:
            model = self._model(run.request)
            run.started = self._clock()
            self._set_state(run, "running")
            waiting: SimpleQueue = SimpleQueue()
            for row in run.rows:
                waiting.put(row)
            lanes = [self._thread(self._lane, run, model, waiting) for _ in range(max(run.request.lanes, 1))]
            for lane in lanes:
                lane.join()
        except Exception as error:  # noqa: BLE001 - whatever went wrong is shown in the widget
            run.failure = failure_of(error)
        with self._lock:
            run.state = "failed" if run.failure else "stopped" if run.cancel.is_set() else "done"
            run.ended = self._clock()
        self.on_change()

    def _set_state(self, run: _Run, state: str) -> None:
        with self._lock:
            if not run.cancel.is_set():
                run.state = state
        self.on_change()

    def _thread(self, function: Callable, *args: Any) -> threading.Thread:
        thread = threading.Thread(target=function, args=args, daemon=True, name="live-comparison")
        thread.start()
        return thread

    def _model(self, request: Request) -> Any:
        """The model, loaded when it is first asked for; only the latest one loaded by name is kept."""
        if not isinstance(request.model, str):
            return request.model
        key = (request.model, request.quantization)
        if key not in self._models:
            self._models.clear()
            self._models[key] = self._load(*key)
        return self._models[key]

    def _lane(self, run: _Run, model: Any, waiting: SimpleQueue) -> None:
        """Takes problems until none is left or the run is stopped; a problem's methods run side by side."""
        while not run.cancel.is_set():
            try:
                row = waiting.get_nowait()
            except Empty:
                return
            for thread in [self._thread(self._solve, run, model, column) for column in row]:
                thread.join()

    def _solve(self, run: _Run, model: Any, column: _Column) -> None:
        """One method on one problem. An exception becomes part of the column, never of the thread."""
        request, problem = run.request, column.problem
        column.begin(self._clock())
        self.on_change()

        def on_token(chain: int, piece: str) -> None:
            column.add(chain, piece, self._clock())
            self.on_change()

        try:
            solution = column.method(
                problem, model, seed=request.seed, cancel=run.cancel, on_token=on_token,
                **request.settings_for(column.method, problem),
            )  # fmt: skip
            ended = self._clock()
            state, result = outcome(problem, solution, self._grade)
            column.end(state, ended, **result)
        except Exception as error:  # noqa: BLE001 - a method's failure, of whatever kind, is shown in its column
            state = "stopped" if run.cancel.is_set() else "failed"
            column.end(state, self._clock(), failure=failure_of(error) if state == "failed" else None)
        self._count(run, column)
        self.on_change()

    def _count(self, run: _Run, column: _Column) -> None:
        """Add a graded problem to the tally; one that was stopped, or has no reference, is not counted."""
        shot = column.shot(self._clock())
        if run.cancel.is_set() or not shot.graded or shot.state not in ("done", "failed"):
            return
        self._tally.add(
            run.request.row(column.method), column.problem.id, Entry(shot.verdict, shot.tokens, shot.seconds)
        )


def _load_model(name: str, quantization: str | None) -> Any:
    from ..models import load_model

    return load_model(name, quantization=quantization)
