"""Where the store is, and how a trouble with its file is told."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..errors import SrmLabError

ELSEWHERE = 'Set SRM_LAB_STORE to another file, or to "off" to go without a store.'


def location() -> Path | None:
    """The store's file: SRM_LAB_STORE, or samples.sqlite in the platform's data folder. None where it is "off"."""
    named = os.environ.get("SRM_LAB_STORE", "").strip()
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("srm_lab") / "samples.sqlite"


def path_or_location(path: str | Path | None) -> Path:
    """A given path, or the store's own. Raises SrmLabError where neither is there."""
    found = Path(path).expanduser() if path is not None else location()
    if found is None:
        raise SrmLabError(
            "There is no store.", "SRM_LAB_STORE is off.", "Unset SRM_LAB_STORE, or pass the path of a store."
        )
    return found


# words in SQLite's message -> what it means, what to do. SQLite's numeric codes need Python 3.11.
_TROUBLES = (
    (("is full",), "The disk is full.", f"Make room and go on: what was drawn is kept in memory. {ELSEWHERE}"),
    (
        ("readonly", "read-only", "unable to open", "denied", "directory", "exists"),
        "The file or its folder cannot be written.",
        ELSEWHERE,
    ),
    (("locked", "busy"), "Another process holds it for very long.", f"Wait for that process, or end it. {ELSEWHERE}"),
    (
        ("malformed", "not a database", "corrupt"),
        "The file is damaged, or is not a store.",
        f"Move it away; what can still be read of it, `sqlite3 FILE .recover` gets out. {ELSEWHERE}",
    ),
)


def explained(error: sqlite3.Error | OSError, path: Path) -> SrmLabError:
    """An error of SQLite or of the file system in the kit's words."""
    text = str(error)
    for words, why, fix in _TROUBLES:
        if any(word in text.lower() for word in words):
            return SrmLabError(f"The store {path} cannot be used: {text}.", why, fix)
    return SrmLabError(f"The store {path} cannot be used: {text}.", "The disk or the file system failed.", ELSEWHERE)


def damaged(path: Path, what: str) -> SrmLabError:
    """A row whose checksum does not fit its content."""
    return SrmLabError(
        f"The store {path} is damaged: {what}.",
        "Its checksum does not fit its content, so it is not used.",
        "srm.store.prune(damaged=True) removes such rows; they are then drawn again.",
    )
