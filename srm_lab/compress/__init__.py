"""Making models smaller: quantization and pruning, as code to read and as a tool.

Read the files in this order:

    grids.py        round to nearest on a grid: bits, groups, symmetric or not, clipping
    nf4.py          levels from the normal distribution, double quantization
    calibration.py  what the layers of a model get to see
    gptq.py         rounding whose errors are made up for by later columns
    awq.py          important channels made larger before rounding
    activations.py  rounding what flows between the layers
    kv_cache.py     keys and values in fewer bits
    packed.py       layers that really store 2 to 8 bits;  int8.py: 8 bits with a fast kernel
    quantize.py     all of it on a whole model;  sensitivity.py: which layers need more bits
    prune.py        weights, heads, neurons and layers left away;  recovery.py: a short training to make up for it
    report.py       what it did, in measured numbers;  saving.py: to disk and back
    judged.py       chains of a compressed model and their first wrong steps;  recorded.py: many of them, on disk

`srm.quantize` and `srm.prune` are the two that most need; the names below are the rest.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "quantize_kv_cache": "kv_cache",
    "layer_sensitivity": "sensitivity",
    "allocate_bits": "sensitivity",
    "recover": "recovery",
    "save": "saving",
    "load": "saving",
    "CompressionReport": "report",
    "draw_judged": "judged",
    "load_recorded": "recorded",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
