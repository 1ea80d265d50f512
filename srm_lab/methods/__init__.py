"""Reasoning methods: plain functions from a problem and a model to a solution, one a file.

    solution = srm.methods.self_consistency(problem, lm, n=8)
    srm.methods.names()

A method of one's own is a function with the decorator `srm.method`; it then works everywhere a built-in does.
"""

from __future__ import annotations

from .direct import direct
from .few_shot_cot import few_shot_cot
from .method import METHODS, method
from .on_model import on_model
from .self_consistency import self_consistency
from .zero_shot_cot import zero_shot_cot

__all__ = [
    "METHODS", "direct", "few_shot_cot", "get", "method", "names", "on_model", "self_consistency", "zero_shot_cot",
]  # fmt: skip


def names() -> list[str]:
    """The names of all methods known in this session, one's own included."""
    return sorted(METHODS)


def get(name: str):
    """A method by name. Raises SrmLabError with the nearest names."""
    from ..errors import unknown_name

    if name not in METHODS:
        raise unknown_name("method", name, METHODS, "Or pass the decorated function itself.")
    return METHODS[name]
