"""One chain as a solution: what direct answers and single chains of thought share."""

from __future__ import annotations

from ..records import Completion, Problem, Solution
from ..scoring.extract import extract


def solution_of(problem: Problem, chain: Completion) -> Solution:
    """Read the answer out of one chain; an unfinished chain has none."""
    found = extract(chain, "text" if problem.kind == "task" else problem.kind)
    return Solution(answer=found.answer if found else None, text=chain.text, completions=(chain,))
