"""A GRPO run in a thread of its own, step by step, for a live view to draw: no ipywidgets and no HTML here.

Each run trains a model of its own, made when the run starts, so that every run begins at the same weights. `on_change`
comes from the run's thread after each step. A run that was stopped may still be finishing its step when the next one
starts; what it reports then goes to nobody. Left out: saving (see `srm_lab.training.grpo_run.grpo` with a folder).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..records import Problem
from ..training.doctor import Finding, diagnose
from ..training.grpo_run import grpo
from ..training.grpo_settings import GrpoSettings
from ..training.rewards import CombinedReward
from ..training.rollouts import Group
from .outcome import failure_of
from .snapshots import Failure


@dataclass(frozen=True)
class SandboxShot:
    """A run as it stands. state: "idle", "running", "stopping", "done", "stopped" or "failed".

    steps: that the run will have. rows: metrics, a mapping a step. groups: the last step's rollouts. findings: what the
    doctor says of them.
    """

    state: str = "idle"
    steps: int = 0
    rows: tuple[Mapping[str, float], ...] = ()
    groups: tuple[Group, ...] = ()
    findings: tuple[Finding, ...] = ()
    failure: Failure | None = None


@dataclass
class _Run:
    """One press of Run."""

    steps: int
    stop: threading.Event = field(default_factory=threading.Event)
    state: str = "running"
    rows: list[Mapping[str, float]] = field(default_factory=list)
    groups: tuple[Group, ...] = ()
    findings: tuple[Finding, ...] = ()
    failure: Failure | None = None


class SandboxRun:
    """Runs GRPO on fresh models, one run at a time.

    make_lm: gives a model at its start. problems: to train on. on_change: called after every step, from any thread.
    """

    def __init__(self, make_lm: Callable[[], Any], problems: Sequence[Problem], on_change: Callable[[], None]):
        self._make_lm, self._problems, self.on_change = make_lm, list(problems), on_change
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None

    def start(self, reward: CombinedReward, settings: GrpoSettings) -> None:
        """Begin a run; returns at once. An earlier one is told to stop, and waited for before this one trains."""
        self.stop()
        before, self._run = self._thread, _Run(settings.steps)
        self._thread = threading.Thread(target=self._work, args=(self._run, before, reward, settings), daemon=True)
        self._thread.start()
        self.on_change()

    def stop(self) -> None:
        """End after the step that is going on. Harmless when nothing runs."""
        if self.busy:
            self._run.stop.set()
            self._run.state = "stopping"
            self.on_change()

    @property
    def busy(self) -> bool:
        return self._run is not None and self._run.state in ("running", "stopping")

    def wait(self, seconds: float) -> bool:
        """Block until nothing runs; whether that came within the time. For scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.busy

    def shot(self) -> SandboxShot:
        """The run as it stands."""
        run = self._run
        if run is None:
            return SandboxShot()
        return SandboxShot(run.state, run.steps, tuple(run.rows), run.groups, run.findings, run.failure)

    def _work(self, run: _Run, before: threading.Thread | None, reward: CombinedReward, settings: GrpoSettings) -> None:
        if before is not None:
            before.join()
        try:
            grpo(self._make_lm(), self._problems, reward, settings, on_step=lambda s: self._keep(run, s), stop=run.stop)
            run.state = "done" if len(run.rows) == run.steps else "stopped"
        except Exception as error:  # noqa: BLE001 - whatever went wrong is shown in the widget
            run.failure, run.state = failure_of(error), "failed"
        self.on_change()

    def _keep(self, run: _Run, step) -> None:
        run.rows.append({"step": step.step, **step.metrics})
        run.groups = step.groups
        run.findings = tuple(diagnose([rollout for group in step.groups for rollout in group.rollouts]))
        self.on_change()
