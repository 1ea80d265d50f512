"""Plotly figures: pure functions of results. None of them runs a model, reads a file or keeps state."""

from __future__ import annotations

from ..lazy import on_first_use

_HOME = {
    "accuracy": "accuracy_dots",
    "answer_fates": "answer_fates",
    "frontier": "frontier_plot",
    "memory_bars": "costs",
    "estimate_errors": "costs",
    "plan_bars": "costs",
    "token_bars": "costs",
    "vote_cost": "costs",
    "roofline": "roofline_plot",
    "readings": "grading",
    "disagreements": "grading",
    "scores_by_rule": "grading",
    "scores_by_size": "grading",
    "weights_on_grid": "grids",
    "errors_by_bits": "quantization",
    "levels_under": "quantization",
    "code_use": "quantization",
    "errors_by_method": "quantization",
    "memory_and_speed": "quantization",
    "grpo_curves": "grpo",
    "grpo_group": "grpo",
    "grpo_rewards": "grpo",
    "seed_curves": "policies",
    "policy_points": "policies",
    "style_shares": "policies",
    "by_difficulty": "training",
    "chain_fates": "training",
    "learning_curves": "training",
    "pruning_bytes": "pruning",
    "pruning_curves": "pruning",
    "pruning_difficulty": "pruning",
    "pruning_mask": "pruning",
    "pruning_recovery": "pruning",
    "pruning_slips": "pruning",
    "mended_and_broken": "revision",
    "rates": "rate_lines",
    "search_tree": "tree_plot",
    "star_rounds": "training",
    "ballots": "votes",
    "mode_map": "votes",
    "students": "distillation",
    "vote_curves": "votes",
    "best_of_curves": "verifiers",
    "reliability": "verifiers",
    "vote_fates": "votes",
    "votes_for_bits": "vote_offers",
}

__all__ = sorted(_HOME)

on_first_use(__name__, _HOME)
