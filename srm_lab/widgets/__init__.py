"""Live views over the kit's public functions, for notebooks. No method, grade or number is worked out here.

A widget is three layers: a controller (threads and state, no ipywidgets), pure functions that draw a state as
HTML, and a thin view that joins the two. Tests call the first two in milliseconds.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

_HOME = {
    "bits_lab": "bits_lab",
    "cost_lab": "cost_lab",
    "grader_lab": "grader_lab",
    "grpo_microscope": "grpo_microscope",
    "live_comparison": "comparison",
    "live_curves": "live_curves",
    "pruning_lab": "pruning_lab",
    "quantization_lab": "quantization_lab",
    "rejection_stepper": "rejection_stepper",
    "tree_stepper": "tree_stepper",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


class _Package(types.ModuleType):
    """A function may be named like its module; importing the module must not take the function's place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
