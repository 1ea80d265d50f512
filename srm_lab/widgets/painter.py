"""Repaints a view while something runs, at most ten times a second, however many tokens arrive.

A thread of its own does it, so that text keeps streaming while the kernel executes another cell. `poke` is what a
token calls: it sets a flag and costs nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

INTERVAL_SECONDS = 0.1
_IDLE_SECONDS = 0.5  # without any token, repaint this often: a clock that stands still looks like a crash


class Painter:
    """Calls `paint` after changes while `busy()`, and once more at the end. Paints never overlap."""

    def __init__(self, paint: Callable[[], None], busy: Callable[[], bool], interval: float = INTERVAL_SECONDS):
        self._paint, self._busy, self._interval = paint, busy, interval
        self._changed, self._lock, self._painting = threading.Event(), threading.Lock(), threading.RLock()
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        """Something changed."""
        self._changed.set()

    def paint(self) -> None:
        """Paint now."""
        with self._painting:
            self._paint()

    def start(self) -> None:
        """Begin to repaint, unless that is going on already."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._loop, daemon=True, name="live-painter")
                self._thread.start()

    def _loop(self) -> None:
        while True:
            self._changed.clear()
            busy = self._busy()
            self.paint()
            if not busy and self._leave():
                return
            self._changed.wait(_IDLE_SECONDS)
            time.sleep(self._interval)

    def _leave(self) -> bool:
        """End the thread, unless a new run began meanwhile. Under the lock, so that `start` cannot miss it."""
        with self._lock:
            if self._busy():
                return False
            self._thread = None
            return True
