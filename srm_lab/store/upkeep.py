"""How large the store is, and how it is made smaller."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import SrmLabError
from .database import Database
from .exchange import choose_model
from .location import path_or_location
from .rows import checksum, request_checksum

_DAY_SECONDS = 86_400
_AT_ONCE = 1_000  # rows a transaction: other processes write in between


@dataclass(frozen=True)
class Size:
    """A store's file, its bytes on disk (write-ahead log included), and its samples, by model."""

    path: Path
    bytes: int
    samples: Mapping[str, int]

    def __str__(self) -> str:
        each = "".join(f"\n  {count:,} of {name}" for name, count in self.samples.items())
        return f"{self.path}: {sum(self.samples.values()):,} samples, {self.bytes / 1e6:.1f} MB{each}"

    __repr__ = __str__


def size(store: str | Path | None = None) -> Size:
    """How large the store is, and what is in it. A store that is not there yet has no samples and no bytes."""
    path = path_or_location(store)
    if not path.exists():
        return Size(path, 0, {})
    with contextlib.closing(Database(path)) as database:
        names = {key: f"{facts['name']} ({key})" for key, facts in database.models().items()}
        with database.open() as connection:
            counts = connection.execute(
                "SELECT fingerprint, count(*) FROM requests JOIN samples ON request = id GROUP BY fingerprint"
            ).fetchall()
        files = [path, *(path.with_name(path.name + tail) for tail in ("-wal", "-shm"))]
        on_disk = sum(file.stat().st_size for file in files if file.exists())
    return Size(path, on_disk, {names.get(key, key): count for key, count in sorted(counts, key=lambda c: -c[1])})


def prune(
    *,
    model=None,
    older_than_days: float | None = None,
    damaged: bool = False,
    store: str | Path | None = None,
) -> int:
    """Remove samples and give their room back to the disk; returns how many were removed.

    model: only of this model (itself, its fingerprint or name). older_than_days: only those drawn before.
    damaged: only those whose checksum does not fit. Several conditions hold together; at least one is needed.

    Raises SrmLabError without a condition, for an unknown model, or where the store cannot be written.
    """
    if model is None and older_than_days is None and not damaged:
        raise SrmLabError(
            "What shall be removed from the store?",
            "Without a condition it would be everything.",
            "Pass model=, older_than_days= or damaged=True. To remove all, delete the file srm.store.location().",
        )
    with contextlib.closing(Database(path_or_location(store))) as database:
        fingerprint = None if model is None else choose_model(database, model)[0]
        before = None if older_than_days is None else time.time() - older_than_days * _DAY_SECONDS
        rows = _chosen(database, fingerprint, before, damaged)
        _delete(database, rows)
        with database.open() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(rows)


def _chosen(database: Database, fingerprint, before, damaged: bool) -> list[tuple[int, int]]:
    """(request, number) of the rows to remove."""
    query = """
        SELECT request, number, samples.checksum, data, requests.checksum,
            key, fingerprint, prompt, rendered, settings, seed
        FROM samples JOIN requests ON request = id
        WHERE (:model IS NULL OR fingerprint = :model) AND (:before IS NULL OR created < :before)"""
    with database.open() as connection:
        rows = connection.execute(query, {"model": fingerprint, "before": before})
        return [row[:2] for row in rows if not damaged or _is_damaged(*row[1:])]


def _is_damaged(number, written, data, request_written, key, *request) -> bool:
    return checksum(key, number, data) != written or request_checksum(key, *request) != request_written


def _delete(database: Database, rows: list[tuple[int, int]]) -> None:
    for first in range(0, len(rows), _AT_ONCE):
        with database.open(), database.transaction() as connection:
            connection.executemany("DELETE FROM samples WHERE request=? AND number=?", rows[first : first + _AT_ONCE])
    with database.open(), database.transaction() as connection:
        connection.execute("DELETE FROM requests WHERE id NOT IN (SELECT request FROM samples)")
