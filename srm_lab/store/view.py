"""A model that remembers: the same interface, with every sample looked up before it is drawn."""

from __future__ import annotations

import inspect
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import SrmLabError
from ..evaluate import versions
from ..models.recording import DEFAULTS, canonical_settings, plain_prompt, to_json
from ..records import Completion
from .database import Database
from .location import path_or_location
from .rows import Request


class StoreWarning(UserWarning):
    """Samples could not be written. They are in memory, and results are complete."""


def stored(lm, path: str | Path | None = None, *, keep_going: bool = False) -> StoredModel:
    """A view of a model that draws only what the store lacks.

    lm: any model with a fingerprint. path: the store's file; None is the store's own location (of a view, its own).
    keep_going: what happens where a sample cannot be written. It stays in the view's memory in both cases and is
        written with the next one; False raises SrmLabError (ask again and it comes from memory), True warns once.

    Raises SrmLabError for a model without fingerprint, or a store that cannot be opened, before any token is drawn.
    """
    if isinstance(lm, StoredModel):
        lm, path = lm.unstored, path or lm.path
    if not getattr(lm, "fingerprint", None):
        raise SrmLabError(
            f"Samples of {getattr(lm, 'name', type(lm).__name__)} cannot be stored.",
            "The model has no fingerprint, which says from which weights a sample came.",
            "Give the model a `fingerprint` (a str), or go without the store: evaluate(..., store=False).",
        )
    return StoredModel(lm, Database(path_or_location(path)), keep_going)


class StoredModel:
    """What `stored` returns. unstored: the model underneath. reused: how many completions came from the store."""

    def __init__(self, lm, database: Database, keep_going: bool = False):
        self.unstored, self.reused = lm, 0
        self._database, self._keep_going, self._warned = database, keep_going, False
        weakref.finalize(self, database.close)
        self._lock = threading.Lock()
        self._unsaved: dict[bytes, tuple[Request, dict[int, Completion]]] = {}
        self._versions = versions()
        parameters = inspect.signature(lm.sample).parameters
        self._defaults = {
            name: parameters[name].default
            if name in parameters and parameters[name].default is not inspect.Parameter.empty
            else default
            for name, default in DEFAULTS.items()
        }
        self._tells_each = "on_completion" in parameters
        self._described: set[str] = set()

    @property
    def path(self) -> Path:
        """The store's file."""
        return self._database.path

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unstored, name)

    def __repr__(self) -> str:
        return f"<StoredModel {self.unstored!r} in {self.path}>"

    def sample(
        self,
        prompt,
        n: int = 1,
        *,
        seed: int = 0,
        indices: Sequence[int] | None = None,
        on_token: Callable[[int, str], None] | None = None,
        cancel: threading.Event | None = None,
        **settings,
    ) -> list[Completion]:
        """The model's `sample`. Stored samples come first, each streamed as one piece; the others are drawn.

        Each drawn one is committed as it ends where the model tells (its `sample` takes on_completion), else when
        the call returns. Raises SrmLabError for a damaged row, or what the model raises.
        """
        wanted = [int(index) for index in (range(n) if indices is None else indices)]
        given = {"seed": seed, "on_token": on_token, "cancel": cancel, **settings}
        request = self._request(prompt, settings, seed)
        if request is None:
            return self.unstored.sample(prompt, len(wanted), indices=wanted, **given)
        chains = self._find(request, wanted)
        if on_token is not None:
            for index, chain in chains.items():
                on_token(index, chain.text)
        missing = [index for index in dict.fromkeys(wanted) if index not in chains]
        if missing:
            chains.update(self._draw(request, prompt, missing, given))
        return [chains[index] for index in wanted]

    def flush(self) -> None:
        """Write what could not be written before. Raises SrmLabError where it still cannot."""
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write what is left and close the file. What cannot be written is an error, or a warning if keep_going."""
        try:
            self.flush()
        except SrmLabError as error:
            if not self._keep_going:
                raise
            left = sum(len(chains) for _, chains in self._unsaved.values())
            warnings.warn(f"{left} samples are not in the store. {error}", StoreWarning, stacklevel=2)
        finally:
            self._database.close()

    def _request(self, prompt, settings: Mapping[str, Any], seed: int) -> Request | None:
        """What the samples are stored under, or None for settings that cannot be written down."""
        lm, sent = self.unstored, plain_prompt(prompt)
        asked = canonical_settings(settings, self._defaults)
        render = getattr(lm, "render", None)
        rendered = render(prompt, asked["thinking"]) if render else sent if isinstance(sent, str) else to_json(sent)
        request = Request(lm.fingerprint, rendered, sent, asked, int(seed))
        try:
            request.key  # noqa: B018 - made here, where the settings can still be named
        except TypeError:
            return None
        return request

    def _find(self, request: Request, wanted: Sequence[int]) -> dict[int, Completion]:
        with self._lock:
            waiting = dict(self._unsaved.get(request.key, (request, {}))[1])
        found = {index: waiting[index] for index in wanted if index in waiting}
        found.update(self._database.get(request, [index for index in wanted if index not in found]))
        with self._lock:
            self.reused += sum(index in found for index in wanted)
        return found

    def _draw(self, request, prompt, missing, given) -> dict[int, Completion]:
        kept: set[int] = set()
        failed = threading.Event()

        def keep(index: int, chain: Completion) -> None:
            """Called by the model's thread as a sample ends. After a failed write it leaves the rest for the end."""
            if not failed.is_set():
                kept.add(index)
                try:
                    self._keep(request, {index: chain})
                except SrmLabError:  # it is in memory, and written or told below
                    failed.set()

        told = {"on_completion": keep} if self._tells_each else {}
        drawn = self.unstored.sample(prompt, len(missing), indices=missing, **given, **told)
        chains = dict(zip(missing, drawn))
        try:
            self._keep(request, {index: chain for index, chain in chains.items() if index not in kept})
        except SrmLabError as error:
            if not self._keep_going:
                raise
            self._warn(error)
        return chains

    def _keep(self, request: Request, chains: Mapping[int, Completion]) -> None:
        whole = {index: chain for index, chain in chains.items() if chain.finish_reason != "cancelled"}
        with self._lock:
            if whole:
                self._unsaved.setdefault(request.key, (request, {}))[1].update(whole)
            self._write()

    def _write(self) -> None:
        for key, (request, chains) in list(self._unsaved.items()):
            self._describe(request.fingerprint)
            self._database.put(request, chains, self._versions)
            del self._unsaved[key]

    def _describe(self, fingerprint: str) -> None:
        if fingerprint not in self._described:
            self._database.describe(fingerprint, model_facts(self.unstored))
            self._described.add(fingerprint)

    def _warn(self, error: SrmLabError) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(f"Samples are not being stored. {error}", StoreWarning, stacklevel=4)


def model_facts(lm) -> dict[str, Any]:
    """What is kept of a model beside its samples."""
    return {key: getattr(lm, key, None) for key in ("name", "num_parameters", "memory_bytes", "quantization")}
