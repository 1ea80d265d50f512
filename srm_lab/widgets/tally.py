"""The running tally of a live widget: which problems each method got right since the last reset.

A row is a method with its settings on one model. A problem counts once a row, with its latest run: asking one
problem again under another seed is no new evidence about other problems, and the interval assumes that it is not.
Left out: paired comparisons. Those want a list of problems fixed beforehand (`srm.evaluate`, `srm.compare`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..records import Proportion, Verdict


@dataclass(frozen=True)
class Entry:
    """One problem of a row. verdict is None where the method failed."""

    verdict: Verdict | None
    tokens: int
    seconds: float


@dataclass(frozen=True)
class TallyRow:
    """One line of the table. tokens and seconds are means a problem, over those that did not fail."""

    title: str
    settings: str
    model: str
    accuracy: Proportion
    unfinished: int
    failed: int
    tokens: float
    seconds: float


class Tally:
    """Entries by (method, settings, model) and problem. Safe to use from several threads."""

    def __init__(self):
        self._rows: dict[tuple[str, str, str], dict[str, Entry]] = {}
        self._lock = threading.Lock()

    def add(self, row: tuple[str, str, str], problem_id: str, entry: Entry) -> None:
        """Count a problem for a row (title, settings, model), in place of its earlier run."""
        with self._lock:
            self._rows.setdefault(row, {})[problem_id] = entry

    def expect(self, rows: list[tuple[str, str, str]]) -> None:
        """These rows stand in this order, whichever is finished first; one without an entry is not shown."""
        with self._lock:
            for row in rows:
                self._rows.setdefault(row, {})

    def clear(self) -> None:
        with self._lock:
            for entries in self._rows.values():
                entries.clear()

    def rows(self) -> tuple[TallyRow, ...]:
        """The table."""
        with self._lock:
            return tuple(_row(key, tuple(entries.values())) for key, entries in self._rows.items() if entries)


def _row(key: tuple[str, str, str], entries: tuple[Entry, ...]) -> TallyRow:
    from ..scoring.statistics import wilson

    ran = [entry for entry in entries if entry.verdict is not None]
    right = sum(entry.verdict.correct is True for entry in ran)
    unfinished = sum(entry.verdict.correct is None for entry in ran)
    count = max(len(ran), 1)
    return TallyRow(
        *key, wilson(right, len(ran)), unfinished, len(entries) - len(ran),
        sum(entry.tokens for entry in ran) / count, sum(entry.seconds for entry in ran) / count,
    )  # fmt: skip
