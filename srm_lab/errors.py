"""The kit's one family of errors.

Each message has three parts: what went wrong, why, and what to do next. `except SrmLabError` therefore
catches every problem that a user can mend, and nothing that is a bug of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SrmLabError(Exception):
    """What is wrong, why, and what to do about it, as one readable message."""

    def __init__(self, what: str, why: str = "", fix: str = ""):
        self.what, self.why, self.fix = what, why, fix
        super().__init__("\n".join(part for part in (what, why, fix and f"What to do: {fix}") if part))

    def __reduce__(self):
        return type(self), (self.what, self.why, self.fix)


def unknown_name(kind: str, name: str, known: Iterable[str], fix: str = "") -> SrmLabError:
    """The error for a name that does not exist, with the nearest names that do."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    guess = f"The nearest names are: {', '.join(near)}." if near else f"The known names are: {', '.join(known[:12])}."
    return SrmLabError(f"There is no {kind} called {name!r}.", guess, fix)
