"""Exercises: `srm.check("00.2", answer)` says whether an answer is right, and how to go on where it is not.

An exercise is a function that judges an answer. Those of notebook 00 are in srm_lab/exercise_keys/nb00.py:

    @exercise(
        "00.2",
        hints=("Which chains have no answer at all?", "Leave out every None before you count."),
        target="3 votes for 18",
        placebo=lambda answers: max(answers, key=answers.count),     # plausible, wrong: it must fail
        solution=lambda answers: max(filter(None, answers), key=answers.count),
    )
    def majority(answer):
        "The answer most chains agree on; chains without an answer abstain."
        return calls(answer, [((["18", None, None],), "18")])

The function returns True, False, or a sentence about what is wrong. A hole left empty is told from a wrong
answer: `...`, None, NotImplemented, or a function that gives only those or raises NotImplementedError. The
first wrong try shows the first hint, later ones the second too. What a learner's function raises is shown
with its line, and kept in `result.error`.

SRM_LAB_CHECKS=pass makes a check that fails raise, SRM_LAB_CHECKS=fail one that passes: so the run of the
course proves that solutions pass and that empty holes do not.

Left out: grades, time limits (interrupt the kernel) and hiding the solutions.
"""

from __future__ import annotations

import functools
import html
import importlib
import importlib.util
import math
import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from srm_lab.errors import SrmLabError, unknown_name

_EMPTY = (None, Ellipsis, NotImplemented)
_HEADS = {"right": "✓ Right", "wrong": "✗ Not yet", "error": "✗ It raised an error", "empty": "… Still empty"}
_registry: dict[str, Exercise] = {}
_wrong_tries: dict[str, int] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise: `judge` returns True, False or a sentence; the placebo must fail, the solution pass."""

    key: str
    task: str
    judge: Callable[[Any], bool | str]
    hints: tuple[str, str]
    target: str
    placebo: Any
    solution: Any


@dataclass(frozen=True)
class Checked:
    """The outcome of a check: truthy where the answer is right.

    state: "right", "wrong", "error" or "empty".  lines: what the learner reads.
    error: what the learner's function raised, to look at (`raise result.error`).
    """

    key: str
    state: str
    lines: tuple[str, ...]
    error: Exception | None = None

    def __bool__(self) -> bool:
        return self.state == "right"

    def __repr__(self) -> str:
        return "\n".join([f"{_HEADS[self.state]} ({self.key})", *(f"    {line}" for line in self.lines)])

    def _repr_html_(self) -> str:
        head = f"<b>{_HEADS[self.state]}</b> ({html.escape(self.key)})"
        return "<p>" + "<br>&emsp;".join([head, *map(html.escape, self.lines)]) + "</p>"


def exercise(
    key: str, *, hints: tuple[str, str], target: str, placebo: Any, solution: Any
) -> Callable[[Callable], Exercise]:
    """Registers a judging function as the exercise `key`; its docstring is the task, in one sentence."""

    def register(judge: Callable[[Any], bool | str]) -> Exercise:
        made = Exercise(key, (judge.__doc__ or "").strip(), judge, hints, target, placebo, solution)
        _registry[key] = made
        return made

    return register


def find(key: str) -> Exercise:
    """The exercise of that key, as in "00.2"; raises SrmLabError with the nearest keys."""
    known = keys(key[:2])
    if key not in known:
        raise unknown_name("exercise", key, known, 'its key is the notebook and a number, as in "00.2".')
    return _registry[key]


def keys(notebook: str) -> list[str]:
    """The keys of a notebook's exercises ("00"), in order."""
    module = f"{__package__}.exercise_keys.nb{notebook}"
    if notebook.isdigit() and importlib.util.find_spec(module):
        found = vars(importlib.import_module(module)).values()
        _registry.update({each.key: each for each in found if isinstance(each, Exercise)})
    return sorted(key for key in _registry if key.split(".")[0] == notebook)


def check(key: str, answer: Any) -> Checked:
    """Whether `answer`, a value or a function, is right, with a hint where it is not.

    Raises SrmLabError where there is no such exercise.
    """
    outcome = judge(find(key), answer)
    if outcome.state in ("wrong", "error"):
        _wrong_tries[key] = _wrong_tries.get(key, 0) + 1
        hints = find(key).hints[: _wrong_tries[key]]
        lines = (*outcome.lines, *(f"Hint: {hint}" for hint in hints))
        outcome = Checked(key, outcome.state, lines, outcome.error)
    wanted = os.environ.get("SRM_LAB_CHECKS")
    if wanted and bool(outcome) != (wanted == "pass"):
        raise SrmLabError(f"The check {key} should {wanted} here, and did not.", repr(outcome)) from outcome.error
    return outcome


def judge(exercise: Exercise, answer: Any) -> Checked:
    """The outcome without hints and without counting tries."""
    if _has_hole(answer):
        return _empty(exercise)
    watched = _Watched(answer) if isinstance(answer, FunctionType) else None
    try:
        verdict = exercise.judge(watched or answer)
    except Exception as error:  # noqa: BLE001 - a learner's code may raise anything; it is shown, and kept whole
        where = _own_frames(error, answer)
        if _unwritten(error, where):
            return _empty(exercise)
        return Checked(exercise.key, "error", _explained(error, where), error)
    if not isinstance(verdict, str) and bool(verdict):
        return Checked(exercise.key, "right", (f"{exercise.target}.",))
    if watched and watched.only_empty():
        return _empty(exercise)
    said = (verdict,) if isinstance(verdict, str) else ()
    return Checked(exercise.key, "wrong", (*said, f"Target: {exercise.target}."))


def close(answer: Any, target: float, tolerance: float) -> bool | str:
    """True where `answer` is a number within `tolerance` of `target`, else a sentence."""
    try:
        number = float(answer)
    except (TypeError, ValueError):
        return f"A number is asked for, and this is a {type(answer).__name__}."
    if math.isnan(number):
        return "This is not a number (NaN)."
    return abs(number - target) <= tolerance or f"{number:.6g} is too {'high' if number > target else 'low'}."


def calls(answer: Any, cases: Iterable[tuple[tuple, Any]], tolerance: float = 0.0) -> bool | str:
    """True where the function gives what each case (arguments, expected) expects, else the first that fails.

    tolerance: how far a number may be off.
    """
    if not callable(answer):
        return f"A function is asked for, and this is a {type(answer).__name__}."
    for arguments, expected in cases:
        got = answer(*arguments)
        numbers = isinstance(expected, float) and isinstance(got, int | float)
        if not (abs(got - expected) <= tolerance if numbers else got == expected):
            return f"Called with {_short(arguments)} it gives {_short(got)}; expected is {_short(expected)}."
    return True


class _Watched:
    """A learner's function that remembers whether it ever gave anything: an empty hole gives only None."""

    def __init__(self, function: FunctionType):
        self._function, self._gave = function, []
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **named: Any) -> Any:
        result = self._function(*args, **named)
        self._gave.append(_has_hole(result))
        return result

    def only_empty(self) -> bool:
        return bool(self._gave) and all(self._gave)


def _has_hole(answer: Any) -> bool:
    """Whether the answer is empty, or a list or dictionary that still has a `...` in it."""
    if any(answer is each for each in _EMPTY):
        return True
    parts = answer.values() if isinstance(answer, Mapping) else answer if isinstance(answer, list | tuple) else ()
    return any(part is Ellipsis or (part is not None and _has_hole(part)) for part in parts)


def _empty(exercise: Exercise) -> Checked:
    return Checked(exercise.key, "empty", (f"Your task: {exercise.task}", f"Target: {exercise.target}."))


def _own_frames(error: Exception, answer: Any) -> list[traceback.FrameSummary]:
    """The part of the traceback that lies in the cell of the learner's function."""
    file = getattr(getattr(answer, "__code__", None), "co_filename", None)
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]


def _unwritten(error: Exception, where: list[traceback.FrameSummary]) -> bool:
    """Whether this is the learner's own `raise NotImplementedError`, and not one from inside a library."""
    innermost = traceback.extract_tb(error.__traceback__)[-1:]
    return isinstance(error, NotImplementedError) and where[-1:] == list(innermost)


def _explained(error: Exception, where: list[traceback.FrameSummary]) -> tuple[str, ...]:
    said = _short("".join(traceback.format_exception_only(error)).strip(), 600)
    return (said, f"Your line {where[-1].lineno}: {where[-1].line}") if where else (said,)


def _short(value: Any, limit: int = 120) -> str:
    if isinstance(value, tuple):
        text = ", ".join(map(repr, value))
    else:
        text = value if isinstance(value, str) and limit > 120 else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
