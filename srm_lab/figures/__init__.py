"""Plotly figures: pure functions of results. None of them runs a model, reads a file or keeps state."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {"accuracy": "accuracy", "frontier": "frontier", "grading": "grading"}

__all__ = ["accuracy", "frontier", "grading"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_HOME[name]}")
    value = module if name == "grading" else getattr(module, name)
    globals()[name] = value
    return value
