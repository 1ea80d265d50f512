"""Live views over the kit's public functions, for notebooks. No method, grade or number is worked out here.

A widget is three layers: a controller (threads and state, no ipywidgets), pure functions that draw a state as
HTML, and a thin view that joins the two. Tests call the first two in milliseconds.
"""

from __future__ import annotations

from ..lazy import on_first_use

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
    "reward_sandbox": "reward_sandbox",
    "tree_stepper": "tree_stepper",
    "vote_lab": "vote_lab",
}

__all__ = sorted(_HOME)

on_first_use(__name__, _HOME)
