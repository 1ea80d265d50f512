"""From a name to a LanguageModel: the catalogue, the packaged model, and anything transformers can load.

Names are imported when they are used, so that reading the catalogue does not load torch.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "load_model": "load",
    "is_cached": "packaged",
    "list_models": "catalogue",
    "CATALOGUE": "catalogue",
    "CatalogueEntry": "catalogue",
    "LocalModel": "local",
    "split_thinking": "thinking",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
