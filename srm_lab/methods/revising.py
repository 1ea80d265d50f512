"""The loop of feedback and revision that self-refine and critic-and-reviser share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import prompts
from ..records import Completion, Problem, Solution
from .chain import chosen, said


def revise(
    problem: Problem, draft: Completion, *, critic, reviser, rounds: int, settings: Mapping[str, Any]
) -> Solution:
    """Feedback and a new version, up to `rounds` times. critic, reviser: metered models. settings: of sampling.

    Ends where the feedback finds no mistakes, says nothing or was cut off, or no tokens are left; a version that was
    cut off is dropped.
    """
    trace: list[dict] = [{"step": "draft", "text": draft.text}]
    current = draft
    for _ in range(rounds):
        if critic.left <= 0:
            break
        values = {"question": problem.question, "solution": said(current)}
        feedback = critic.judge.sample(prompts.message(prompts.FEEDBACK, **values), **settings)[0]
        stop = not feedback.finished or not said(feedback) or finds_nothing(said(feedback))
        trace.append({"step": "feedback", "text": feedback.text, "finished": feedback.finished, "stop": stop})
        if stop or reviser.left <= 0:
            break
        prompt = prompts.message(prompts.REVISE, **values, feedback=said(feedback))
        version = reviser.sample(prompt, **settings)[0]
        trace.append({"step": "revision", "text": version.text, "finished": version.finished})
        current = version if version.finished else current
    return chosen(problem, current, trace)


def finds_nothing(feedback: str) -> bool:
    """Whether feedback says, in the words it was asked to use, that nothing is wrong."""
    return prompts.NO_MISTAKES.lower() in feedback.lower()
