"""A training run on disk: what it was asked for, what it measured, where it stood, what came out.

    run folder/  configuration.json   fixed at the start; a run goes on only under the same one
                 metrics.jsonl        a line a step, written at once, for a figure that follows live
                 state.safetensors    weights, optimizer and random numbers of the last saved step
                 card.json            at the end

Every file but the metrics is written beside its place and moved there in one step, so that a killed run leaves
the old file or the new one. No pickle. Left out: several saved steps of one run; a run that went wrong is repeated.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SrmLabError

CONFIGURATION, METRICS, STATE, CARD = "configuration.json", "metrics.jsonl", "state.safetensors", "card.json"


class TrainingInterrupted(SrmLabError):
    """A run ended by Ctrl-C or a kernel interrupt, at the end of its step."""


@dataclass(frozen=True)
class State:
    """Where a run stood. step: steps that were finished. tensors: by name. facts: what else goes on, as JSON."""

    step: int
    tensors: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


class RunLog:
    """Metrics, state and card of one run; with folder=None only the metrics, in memory.

    metrics: every line so far, as dictionaries. Raises SrmLabError for a folder of a run with another configuration.
    """

    def __init__(self, folder: str | Path | None, configuration: Mapping[str, Any]):
        self.folder = None if folder is None else Path(folder)
        self.configuration = json.loads(json.dumps(configuration))  # as it will be read again
        self.metrics: list[dict[str, Any]] = []
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_configuration()

    def _check_configuration(self) -> None:
        path = self.folder / CONFIGURATION
        if not path.exists():
            write_atomically(path, json.dumps(self.configuration, indent=1).encode())
            return
        before = json.loads(path.read_text())
        keys = sorted(before.keys() | self.configuration.keys())
        other = [key for key in keys if before.get(key) != self.configuration.get(key)]
        if other:
            key = other[0]
            raise SrmLabError(
                f"The run in {self.folder} has another configuration, so it can't go on with this one.",
                f"Its {key} is {before.get(key)!r}, now it is {self.configuration.get(key)!r}.",
                "Use another folder for the new run, or the old settings to finish the old one.",
            )

    def resume(self) -> State | None:
        """The last saved state, or None for a new run; the metrics of later steps are dropped."""
        state = None if self.folder is None else read_state(self.folder / STATE)
        self.metrics = [] if self.folder is None else read_metrics(self.folder)
        self.metrics = [line for line in self.metrics if state is not None and line["step"] <= state.step]
        if self.folder is not None:
            lines = "".join(json.dumps(line) + "\n" for line in self.metrics)
            write_atomically(self.folder / METRICS, lines.encode())
        return state

    def write(self, step: int, **metrics: Any) -> dict[str, Any]:
        """Append one line: the number of finished steps and what was measured."""
        line = {"step": step, **metrics}
        self.metrics.append(line)
        if self.folder is not None:
            with (self.folder / METRICS).open("a") as file:
                file.write(json.dumps(line) + "\n")
        return line

    def save(self, state: State) -> None:
        """Replace the saved state; nothing happens in memory-only runs."""
        if self.folder is None:
            return
        from safetensors.torch import save

        facts = json.dumps({"step": state.step, "facts": dict(state.facts)})
        tensors = {name: tensor.detach().contiguous() for name, tensor in state.tensors.items()}
        write_atomically(self.folder / STATE, save(tensors, metadata={"run": facts}))

    def finish(self, card: Mapping[str, Any]) -> dict[str, Any]:
        """Write the card, and return it."""
        card = json.loads(json.dumps(card))
        if self.folder is not None:
            write_atomically(self.folder / CARD, json.dumps(card, indent=1).encode())
        return card


def read_metrics(folder: str | Path) -> list[dict[str, Any]]:
    """The lines of a run that is over or still going on; a line that is just being written is left out."""
    path = Path(folder) / METRICS
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def read_state(path: Path) -> State | None:
    """A saved state, or None where there is none. Raises SrmLabError for a damaged file."""
    if not path.exists():
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            facts = json.loads(file.metadata()["run"])
            return State(facts["step"], {name: file.get_tensor(name) for name in file.keys()}, facts["facts"])  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise SrmLabError(
            f"The saved state {path} can't be read.", f"{error}.", "Remove the run's folder and start it anew."
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """The whole file or none of it: written beside its place, forced to the disk, moved into place."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def stoppable(stop: threading.Event | None) -> Iterator[threading.Event]:
    """An event that a loop looks at between its steps. Ctrl-C sets it too, so that no step ends half done.

    The loop saves and leaves; then, after a Ctrl-C, TrainingInterrupted is raised here.
    """
    stop, interrupted = stop or threading.Event(), threading.Event()

    def on_interrupt(signum, frame):
        if interrupted.is_set():  # pressed again: at once
            raise KeyboardInterrupt
        interrupted.set()
        stop.set()

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, on_interrupt) if in_main else None
    try:
        yield stop
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    if interrupted.is_set():
        stop.clear()
        raise TrainingInterrupted(
            "Training was interrupted; its last step was finished.",
            "",
            "Run the same call again to go on, where it has a folder.",
        )
