"""Reasoning methods: plain functions from a problem and a model to a solution, one a file.

    solution = srm.methods.self_consistency(problem, lm, n=8)
    srm.methods.names()

A method of one's own is a function with the decorator `srm.method`; it then works everywhere a built-in does.
What they are built of: chain.py (one chain as a solution), confidence.py, verifiers.py and judge.py (what a chain is
worth), steps.py (a tree of chains that grow step by step), metering.py (what it all cost).
"""

from __future__ import annotations

import sys

from ..lazy import on_first_use
from .direct import direct
from .few_shot_cot import few_shot_cot
from .method import METHODS, method
from .on_model import on_model
from .self_consistency import self_consistency
from .zero_shot_cot import zero_shot_cot

_FILES = (
    # prompting
    "plan_and_solve", "least_to_most", "step_back", "re_reading", "self_ask", "structured_output",
    # votes
    "weighted_self_consistency", "universal_self_consistency", "multi_prompt_vote", "cot_decoding",
    # verifiers
    "best_of_n", "judged_best_of_n", "tournament",
    # search
    "beam_search", "diverse_tree_search", "tree_of_thoughts", "best_first", "mcts",
    # revision
    "self_refine", "reflexion", "chain_of_verification", "critic_and_reviser", "debate", "mixture_of_agents",
    # tools
    "program_aided", "calculator",
    # composition
    "cascade", "router",
)  # fmt: skip
_PARTS = {  # no methods, but what their settings are made of
    "oracle": "verifiers", "oracle_steps": "verifiers", "noisy_verifier": "verifiers", "outcome_of": "verifiers",
    "steps_of": "verifiers", "judge": "judge", "Stage": "cascade",
}  # fmt: skip
_HOME = {**dict(zip(_FILES, _FILES)), **_PARTS}  # public name -> the file that defines it, imported when first used

__all__ = [
    "METHODS", "direct", "few_shot_cot", "get", "method", "names", "on_model", "self_consistency", "zero_shot_cot",
    *_HOME,
]  # fmt: skip


def names() -> list[str]:
    """The names of all methods known in this session, one's own included."""
    return sorted({*METHODS, *_FILES})


def get(name: str):
    """A method by name. Raises SrmLabError with the nearest names."""
    from ..errors import unknown_name

    if name not in names():
        raise unknown_name("method", name, names(), "Or pass the decorated function itself.")
    return METHODS[name] if name in METHODS else getattr(sys.modules[__name__], name)


on_first_use(__name__, _HOME)
