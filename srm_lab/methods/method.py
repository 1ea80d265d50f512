"""What turns a plain function into a method: the decorator and the metered model it is called with.

A method's author writes only the algorithm. The decorator gives the function a view of the model that carries
the run's seed, Stop button and token stream, and counts what every call cost, wasted chains included; so usage is
right even when the author forgets a chain.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

from ..errors import SrmLabError
from ..records import Completion, Problem, Solution, Usage

METHODS: dict[str, Callable[..., Solution]] = {}


class MeteredModel:
    """A language model as a method sees it: the same interface, with seed, cancel and stream filled in."""

    def __init__(self, lm, seed: int = 0, on_token=None, cancel: threading.Event | None = None):
        self._lm, self._seed, self._on_token, self._cancel = lm, seed, on_token, cancel
        self._lock = threading.Lock()
        self._started = 0  # chains asked for so far: gives every chain of the method a number of its own
        self.completions: list[Completion] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lm, name)

    @property
    def usage(self) -> Usage:
        return sum((c.usage for c in self.completions), Usage())

    def sample(self, prompt, n: int = 1, **settings) -> list[Completion]:
        """`LocalModel.sample`, with this run's seed, cancel and stream unless the method sets its own."""
        wanted = len(settings["indices"]) if settings.get("indices") is not None else n
        with self._lock:
            first = self._started
            self._started += wanted
        defaults = {"seed": self._seed, "cancel": self._cancel}
        if self._on_token is not None:
            defaults["on_token"] = lambda index, text: self._on_token(first + index, text)
        drawn = self._lm.sample(prompt, n, **{**defaults, **settings})
        with self._lock:
            self.completions.extend(drawn)
        return drawn


def method(function: Callable[..., Solution]) -> Callable[..., Solution]:
    """Make a reasoning method of a function (problem, lm, *, settings) -> Solution.

    The method takes three more keywords: seed, on_token(chain number, text) and cancel (a threading.Event).
    Its solution's usage is what the model counted, not what the function says. Use it as @srm.method.
    """
    parameters = list(inspect.signature(function).parameters.values())
    if len(parameters) < 2 or any(p.kind is not p.KEYWORD_ONLY for p in parameters[2:]):
        raise SrmLabError(
            f"{function.__name__} cannot be a method.",
            "A method takes (problem, lm, *, settings...): two arguments, then settings by keyword only.",
            f"Write: def {function.__name__}(problem, lm, *, n=8): ...",
        )
    settings = tuple(p.name for p in parameters[2:])

    @functools.wraps(function)
    def run(problem: Problem, lm, *, seed: int = 0, on_token=None, cancel=None, **given) -> Solution:
        check_settings(run, given)
        metered = MeteredModel(lm, seed, on_token, cancel)
        solution = function(problem, metered, **given)
        if not isinstance(solution, Solution):
            raise SrmLabError(
                f"The method {function.__name__} returned {type(solution).__name__}, not a Solution.",
                "Figures, scoring and votes read solutions.",
                "Return srm.Solution(answer=..., text=...), or what `vote` returns.",
            )
        return dataclasses.replace(solution, usage=metered.usage, completions=tuple(metered.completions))

    run.settings = settings
    METHODS[function.__name__] = run
    return run


def check_settings(method: Callable, given) -> None:
    """Raise SrmLabError for a setting the method does not have, before any token is drawn."""
    unknown = sorted(set(given) - set(method.settings))
    if unknown:
        known = ", ".join(method.settings) or "none"
        raise SrmLabError(
            f"The method {method.__name__} has no setting {unknown[0]!r}.", f"Its settings are: {known}.",
            "Leave it out, or check its spelling.",
        )  # fmt: skip
