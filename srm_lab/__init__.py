"""srm_lab: a teaching and research kit for small reasoning models.

Every public name is listed here and imported from its module when it is first used, so that `import srm_lab`
stays under half a second: torch, transformers, plotly and sympy load where they are needed.
"""

from __future__ import annotations

from .lazy import on_first_use

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

on_first_use(__name__, _HOME, _MODULES)
