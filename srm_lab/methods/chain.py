"""One chain as a solution, and the little that most methods share: reading answers, lists and replies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..errors import SrmLabError
from ..records import Completion, Problem, Solution
from ..scoring.extract import extract

_ITEM = re.compile(r"^\s*(?:\d+\s*[.):]|[-*•])\s*(\S.*)$", re.MULTILINE)


def kind_of(problem: Problem) -> str:
    """How this problem's answers are read: one with a verifier of its own is read as text."""
    return "text" if problem.kind == "task" else problem.kind


def answer_of(problem: Problem, chain: Completion) -> str | None:
    """The answer of one chain in canonical form; an unfinished chain has none."""
    found = extract(chain, kind_of(problem))
    return found.answer if found else None


def solution_of(problem: Problem, chain: Completion) -> Solution:
    """Read the answer out of one chain; an unfinished chain has none."""
    return Solution(answer=answer_of(problem, chain), text=chain.text, completions=(chain,))


def chosen(problem: Problem, chain: Completion, trace: Sequence[Mapping]) -> Solution:
    """The chain that a method of several calls ends with. An unfinished one is no answer, so it has no text to grade:
    other completions of the run may be finished."""
    return Solution(answer_of(problem, chain), chain.text if chain.finished else "", (chain,), trace=tuple(trace))


def said(chain: Completion) -> str:
    """What a reply says, without its thinking; of an unclosed thinking block, nothing."""
    return (chain.answer_text or "").strip()


def listed(text: str) -> list[str]:
    """The items of a numbered or bulleted list in a model's text."""
    return [item.strip() for item in _ITEM.findall(text)]


def check_instructable(lm, what: str) -> None:
    """Raise SrmLabError for a model that knows one way of being asked: a method made of wordings is none on it."""
    if getattr(lm, "ask", None):
        raise SrmLabError(
            f"{what} needs a model that follows instructions.",
            f"{getattr(lm, 'name', 'This model')} was trained on bare questions and knows no other prompt.",
            "Take an instruct model such as smollm2-135m, or a method of votes, verifiers or search.",
        )
