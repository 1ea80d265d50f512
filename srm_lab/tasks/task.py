"""What a task family is: a name, a loader, and for answers that need it a verifier of its own.

A new task is one file that ends in `TASK = Task(...)`, and one line in `tasks/__init__.py`. There is no base
class: a family is a function that returns problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from srm_lab.records import Problem, Verdict

Verifier = Callable[[str, Problem], Verdict]


@dataclass(frozen=True)
class Task:
    """A family of problems.

    name: what `load_problems` is given; a name that ends in "/" takes the rest of the name from the user.
    what: one line for the table.  settings: its difficulty settings, for the same table.
    load: called as load(n, seed, split, **settings); where `name` ends in "/", as load(rest, n, seed, split, ...).
        n is None where the user gave none.
    verifier: from the task's full name to its verifier, for problems of kind "task"; None where answers
        are compared by their kind.
    check_steps, stream: of a task with known steps, see `worked`; None for others.
    offline: whether it needs no network.
    """

    name: str
    what: str
    settings: str
    load: Callable[..., list[Problem]]
    verifier: Callable[[str], Verifier] | None = None
    check_steps: Callable[[Problem, str], list] | None = None
    stream: Callable[..., Iterator[Problem]] | None = None
    offline: bool = True
