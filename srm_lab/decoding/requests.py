"""What the scheduler works on: requests, the chains (samples) they ask for, and jobs.

A request belongs to one call of `Engine.sample`; each of its chains becomes one row of the running batch for
as long as it grows. Only the scheduler's thread changes these objects; the calling thread waits for `done` and
reads them afterwards. The one exception is `abandoned`, which the calling thread sets and the scheduler reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srm_lab.decoding.settings import SamplingSettings
from srm_lab.decoding.stops import Transcript


@dataclass(eq=False)
class Chain:
    """One sample while it grows.

    key: fixes its random numbers.  transcript: its text so far, or None where nobody looks before the end.
    row: the decoder's handle of its place in the batch, or None while it is in none.
    """

    request: Request
    index: int
    key: np.uint64
    transcript: Transcript | None
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    row: Any = None

    def take(self, token: int, logprob: float) -> None:
        """Appends a drawn token, streams what may be shown, and notices whether the chain has ended."""
        self.token_ids.append(token)
        self.logprobs.append(logprob)
        if token in self.request.end_ids:
            self.end("stop")
            return
        if self.transcript is not None:
            self._show(self.transcript.add(token))
        if self.transcript is not None and self.transcript.stopped:
            self.end("stop_string")
        elif len(self.token_ids) >= self.request.limit:
            self.end("length")

    def end(self, reason: str) -> None:
        """Ends the chain and streams the text that was held back in case a stop string would follow."""
        self.finish_reason = reason
        if self.transcript is not None:
            self._show(self.transcript.finish())
            if reason == "length" and self.transcript.stopped:
                self.finish_reason = "stop_string"
        if self.request.on_end is not None and reason != "cancelled":
            self.request.on_end(self)

    def _show(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            if self.request.on_token is not None:
                self.request.on_token(self.index, piece)


@dataclass(eq=False)
class Request:
    """One call of `Engine.sample`: a prompt and the chains drawn from it.

    limit: tokens a chain may draw, already cut to the context.
    keep: whether ended chains stay in the prefix cache, to be continued.
    waiting: chains that are not yet in the batch.
    prompt: the decoder's handle of the prompt's keys and values, once opened.
    promised: chains whose memory is set aside before they join (the first one's, when the prompt is opened).
    computed_prompt_tokens: prompt tokens that this request made the model run over.
    """

    prompt_ids: Sequence[int]
    settings: SamplingSettings
    limit: int
    end_ids: frozenset[int]
    on_token: Callable[[int, str], None] | None = None
    on_end: Callable[[Chain], None] | None = None
    cancel: threading.Event | None = None
    keep: bool = False
    chains: list[Chain] = field(default_factory=list)
    waiting: list[Chain] = field(default_factory=list)
    prompt: Any = None
    promised: int = 0
    computed_prompt_tokens: int = 0
    error: BaseException | None = None
    abandoned: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def cancelled(self) -> bool:
        return self.abandoned or (self.cancel is not None and self.cancel.is_set())

    @property
    def growing(self) -> list[Chain]:
        return [chain for chain in self.chains if chain.finish_reason is None]


@dataclass(eq=False)
class Job:
    """Something else that needs the model to itself: runs between two steps, in the scheduler's thread."""

    call: Callable[[], Any]
    result: Any = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.result = self.call()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits for it
            self.error = error
        self.done.set()
