"""What a live widget draws: frozen pictures of a run at one moment, made by the controller, read by `render`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..records import Problem, Verdict
from .tally import TallyRow


@dataclass(frozen=True)
class ChainShot:
    """One chain. writing: text is still coming in. tokens: pieces streamed so far, then the model's own count.

    span: where the answer was read in `text`, or None. verdict: None while writing and where nothing is graded.
    answer: what was read, or None. finish: the completion's finish_reason, or "" while writing.
    """

    text: str
    tokens: int
    writing: bool = False
    answer: str | None = None
    span: tuple[int, int] | None = None
    verdict: Verdict | None = None
    finish: str = ""


@dataclass(frozen=True)
class Failure:
    """An exception for a reader: what, why and fix are plain text; details is a traceback, or empty."""

    what: str
    why: str = ""
    fix: str = ""
    details: str = ""


@dataclass(frozen=True)
class ColumnShot:
    """One method on one problem.

    state: "waiting", "running", "done", "failed" or "stopped". graded: whether there is a reference answer.
    counts: votes an answer, or None where the method holds no vote; abstained: chains without a readable answer.
    """

    title: str
    about: str
    settings: str
    state: str = "waiting"
    chains: tuple[ChainShot, ...] = ()
    several: bool = False
    answer: str | None = None
    verdict: Verdict | None = None
    graded: bool = True
    tokens: int = 0
    seconds: float = 0.0
    counts: Mapping[str, float] | None = None
    abstained: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class RunShot:
    """A whole run. state: "idle", "loading", "running", "stopping", "stopped", "done" or "failed".

    position: which of `total` problems is shown, from 0. finished: problems that are through.
    """

    state: str
    model: str = ""
    problem: Problem | None = None
    position: int = 0
    total: int = 0
    finished: int = 0
    columns: tuple[ColumnShot, ...] = ()
    tally: tuple[TallyRow, ...] = ()
    tokens: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
