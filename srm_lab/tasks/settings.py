"""Checks of what a user passes to `load_problems`, shared by all task families.

Each raises an `SrmLabError` that names the task, the setting and the values it takes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from srm_lab.errors import SrmLabError, unknown_name

SPLITS = ("train", "test")
S = TypeVar("S")


def make_settings(task: str, kind: type[S], settings: Mapping[str, Any]) -> S:
    """A settings dataclass out of keyword arguments; an unknown name is an error with the nearest ones."""
    known = [field.name for field in dataclasses.fields(kind)]
    for name in settings:
        if name not in known:
            raise unknown_name(f"setting of {task}", name, known, f"The settings of {task} are: {', '.join(known)}.")
    return kind(**settings)


def check_integer(task: str, name: str, value: Any, low: int | None = None, high: int | None = None) -> None:
    """Raise unless `value` is a whole number within [low, high]."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and (low is None or value >= low) and (high is None or value <= high):
        return
    bounds = {(True, True): "", (False, True): f" of {low} or more", (False, False): f" from {low} to {high}"}
    allowed = f"a whole number{bounds.get((low is None, high is None), f' of {high} or less')}"
    raise SrmLabError(f"{task} cannot have {name}={value!r}.", f"{name} is {allowed}.", f"Pass {name} as {allowed}.")


def check_count(task: str, n: Any) -> None:
    """Raise unless n is a number of problems: a whole number of 0 or more."""
    check_integer(task, "n", n, 0)


def check_split(task: str, split: Any) -> None:
    """Raise unless split is "train" or "test"."""
    if split not in SPLITS:
        raise SrmLabError(
            f"{task} has no split {split!r}.",
            'Its splits are "train" and "test".',
            'Pass split="train" or split="test".',
        )
