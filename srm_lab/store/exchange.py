"""Samples out of the store into a recording, and back: the way results travel between machines and into data/."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import SrmLabError, unknown_name
from ..models.recording import Recorded
from ..models.recording_file import SUFFIX, read_recording, write_recording
from .database import Database
from .location import path_or_location
from .rows import Request


def export(
    path: str | Path,
    *,
    model=None,
    where: Callable[[Mapping[str, Any]], bool] | None = None,
    licence: str = "",
    made_by: str = "",
    store: str | Path | None = None,
) -> Path:
    """Write samples of one model as a recording, which `load_model("recording/NAME")` replays.

    path: ends in .jsonl.gz. model: a model, its fingerprint, or its name; None where the store knows only one.
    where: called with {"prompt", "rendered", "settings", "seed", "index"} of each sample; True takes it.
    licence: of the samples (that of the model, as a rule). made_by: the command that makes the recording again.
    store: another store's file.

    Returns the path. Raises SrmLabError where nothing is chosen, several models fit, or a row is damaged.
    """
    path = Path(path).expanduser()
    if not path.name.endswith(SUFFIX):
        raise SrmLabError(f"A recording cannot be called {path.name}.", "", f"Give it a name that ends in {SUFFIX}.")
    with contextlib.closing(Database(path_or_location(store))) as database:
        fingerprint, facts = choose_model(database, model)
        requests = [chosen for chosen in _read(database, fingerprint, where) if chosen.samples]
    if not requests:
        raise SrmLabError(
            "No sample was chosen, so no recording was written.",
            f"None of those of {facts['name']} fits `where`.",
            "srm.store.size() shows what is in the store.",
        )
    header = {
        "name": path.name.removesuffix(SUFFIX), "model": {**facts, "fingerprint": fingerprint},
        "samples": sum(len(r.samples) for r in requests), "licence": licence, "made_by": made_by,
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }  # fmt: skip
    return write_recording(path, header, requests)


def import_(path: str | Path, *, store: str | Path | None = None) -> int:
    """Put a recording's samples into the store; returns how many were new. What is there already stays.

    Raises SrmLabError for a damaged recording, or a store that cannot be written.
    """
    header, requests = read_recording(Path(path).expanduser())
    facts, new = dict(header["model"]), 0
    fingerprint = facts.pop("fingerprint")
    with contextlib.closing(Database(path_or_location(store))) as database:
        database.describe(fingerprint, facts)
        for one in requests:
            request = Request(fingerprint, one.rendered, one.prompt, one.settings, one.seed)
            new += _put(database, request, one)
    return new


def _put(database: Database, request: Request, one: Recorded) -> int:
    """A request's samples, those of each version together."""
    by_version: dict[str, list[int]] = {}
    for number, (_, versions) in one.drawn.items():
        by_version.setdefault(json.dumps(versions), []).append(number)
    created = {number: when for number, (when, _) in one.drawn.items()}
    return sum(
        database.put(request, {number: one.samples[number] for number in numbers}, json.loads(versions), created)
        for versions, numbers in by_version.items()
    )


def choose_model(database: Database, model) -> tuple[str, dict[str, Any]]:
    """(fingerprint, facts) of one model of the store. Raises SrmLabError where none or several fit."""
    known = database.models()
    wanted = getattr(model, "fingerprint", model)
    fits = [key for key, facts in known.items() if wanted is None or wanted in (key, facts["name"])]
    if len(fits) == 1:
        return fits[0], known[fits[0]]
    names = ", ".join(sorted(f"{known[key]['name']} ({key})" for key in fits))
    if not known:
        raise SrmLabError(f"The store {database.path} is empty.", "", "srm.evaluate fills it.")
    if not fits:
        raise unknown_name("model in the store", str(wanted), [*known, *(facts["name"] for facts in known.values())])
    raise SrmLabError(
        "The samples of which model?", f"These fit: {names}.", "Pass model=, the model itself or its fingerprint."
    )


def _read(database: Database, fingerprint: str, where) -> list[Recorded]:
    return [_chosen(database, number, request, where) for number, request in database.requests(fingerprint)]


def _chosen(database: Database, number: int, request: Request, where) -> Recorded:
    samples, drawn = {}, {}
    asked = {key: getattr(request, key) for key in ("prompt", "rendered", "settings", "seed")}
    for index, completion, created, versions in database.samples(number, request):
        if where is None or where({**asked, "index": index}):
            samples[index], drawn[index] = completion, (created, versions)
    return Recorded(request.prompt, request.rendered, request.settings, request.seed, samples, drawn)
