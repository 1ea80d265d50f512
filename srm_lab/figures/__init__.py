"""Plotly figures: pure functions of results. None of them runs a model, reads a file or keeps state."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "accuracy": "accuracy_dots",
    "frontier": "frontier_plot",
    "readings": "grading",
    "disagreements": "grading",
    "scores_by_rule": "grading",
    "scores_by_size": "grading",
    "grpo_curves": "grpo",
    "grpo_group": "grpo",
    "grpo_rewards": "grpo",
    "seed_curves": "policies",
    "policy_points": "policies",
    "style_shares": "policies",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_HOME[name]}")
    return getattr(module, name)
