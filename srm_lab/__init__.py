"""srm_lab: a teaching and research kit for small reasoning models.

Every public name is listed here and imported from its module when it is first used, so that `import srm_lab`
stays under half a second: torch, transformers, plotly and sympy load where they are needed.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

__version__ = "0.1.0"

# public name -> the module that defines it
_HOME = {
    "SrmLabError": "errors",
    "Completion": "records",
    "Problem": "records",
    "Proportion": "records",
    "Solution": "records",
    "Usage": "records",
    "Verdict": "records",
    "load_model": "models.load",
    "list_models": "models.catalogue",
    "load_problems": "tasks",
    "list_tasks": "tasks",
    "method": "methods.method",
    "verify": "scoring.verify",
    "vote": "scoring.votes",
    "rescore": "scoring.rescore",
    "evaluate": "evaluate",
    "compare": "evaluate",
    "compare_methods": "compare_methods",
    "Comparison": "evaluate",
    "Interrupted": "evaluate",
    "Record": "run",
    "Run": "run",
    "start": "start",
    "quantize": "compress.quantize",
    "prune": "compress.prune",
    "claim": "claims",
    "measured": "claims",
    "check": "exercises",
}
_MODULES = ("compress", "figures", "methods", "prompts", "store", "tasks", "widgets")

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


class _Package(types.ModuleType):
    """Some public functions are named like their module; importing the module must not take the function's place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
