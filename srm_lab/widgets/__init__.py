"""Live views over the kit's public functions, for notebooks. No method, grade or number is worked out here.

A widget is three layers: a controller (threads and state, no ipywidgets), pure functions that draw a state as
HTML, and a thin view that joins the two. Tests call the first two in milliseconds.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {"live_comparison": "comparison"}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
