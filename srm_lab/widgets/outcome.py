"""What a method's solution, or its exception, looks like in a live view. Pure; the grading is `evaluate.grade`."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import SrmLabError
from ..records import Completion, Problem, Solution, Verdict
from .snapshots import ChainShot, Failure

Grade = Callable[[Problem, Solution], Verdict]


def outcome(problem: Problem, solution: Solution, grade: Grade) -> tuple[str, dict[str, Any]]:
    """The state of a column whose method returned ("done" or "stopped"), and the fields of its snapshot."""
    stopped = any(chain.finish_reason == "cancelled" for chain in solution.completions)
    graded = bool(problem.answer)
    step = next((step for step in reversed(solution.trace) if "counts" in step), None)
    return "stopped" if stopped else "done", {
        "chains": tuple(chain_shot(problem, chain, grade) for chain in shown(solution)),
        "answer": solution.answer,
        "verdict": grade(problem, solution) if graded and not stopped else None,
        "tokens": solution.usage.generated_tokens,
        "counts": dict(step["counts"]) if step and not stopped else None,
        "abstained": step.get("abstained", 0) if step else 0,
    }


def shown(solution: Solution) -> tuple[Completion, ...]:
    """What there is to read: every completion; but one whole where the method joined its text from pieces, such as
    a chain that a calculator wrote into, whose pieces hold no answer."""
    pieces = solution.completions
    if not pieces or not solution.text or any(piece.text == solution.text for piece in pieces):
        return pieces
    text = solution.text
    return (replace(pieces[-1], text=text, thinking=None, answer_text=text, usage=solution.usage),)


def chain_shot(problem: Problem, chain: Completion, grade: Grade) -> ChainShot:
    """One completion with its own verdict and the place where its answer stands."""
    shot = {"text": chain.text, "tokens": chain.usage.generated_tokens, "finish": chain.finish_reason}
    if chain.finish_reason == "cancelled":
        return ChainShot(**shot)
    if problem.answer:
        verdict = grade(problem, Solution(None, chain.text, (chain,)))
        return ChainShot(**shot, answer=verdict.extracted, span=verdict.span, verdict=verdict)
    from ..scoring.extract import extract

    found = extract(chain, problem.kind)
    return ChainShot(**shot, answer=found.answer, span=found.span) if found else ChainShot(**shot)


def failure_of(error: BaseException) -> Failure:
    """An exception for a reader: the kit's own errors as they are, any other with its traceback."""
    if isinstance(error, SrmLabError):
        return Failure(error.what, error.why, error.fix)
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return Failure(f"{type(error).__name__}: {error}", details=details)
