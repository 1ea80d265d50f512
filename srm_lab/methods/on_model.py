"""A method tied to a model of its own, so that models can be compared side by side where methods are."""

from __future__ import annotations

from collections.abc import Callable

from ..records import Problem, Solution


def on_model(method: str | Callable[..., Solution], lm, name: str) -> Callable[..., Solution]:
    """The method under another name, run on `lm` whatever model it is called with.

    method: a name or a decorated function. lm: the model. name: how it is called in figures and widgets.
    For `live_comparison` and tables of methods; it is not registered, since others do not know the model.
    """
    from . import get

    chosen = get(method) if isinstance(method, str) else method

    def run(problem: Problem, _, **given) -> Solution:
        return chosen(problem, lm, **given)

    run.__name__, run.__doc__, run.settings = name, chosen.__doc__, chosen.settings
    return run
