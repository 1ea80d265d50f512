"""What a model is taught: a prompt and the completion that should follow it.

    examples = from_problems(load_problems("arithmetic", n=1000, split="train"), style="full")

Whatever a training method is, supervised or rejection sampling, it trains on these. Test problems are refused here,
at the one door that all of them come through. Left out: messages (render them with `lm.render` first, so that an
example shows exactly what the model will see).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import SrmLabError
from ..prompts import fill
from ..records import Problem
from ..tasks.worked import worked


@dataclass(frozen=True)
class Example:
    """prompt: the text before. completion: the text to learn, without the end token, which is added in training."""

    prompt: str
    completion: str


def from_problems(problems: Iterable[Problem], style: str = "full", ask: str = "{question}") -> list[Example]:
    """One example a problem, taught in a style of `worked`: "full", "draft", "answer" or "reversed".

    ask: the prompt, with its slot {question}.  A prompt that ends in "<think>" is taught to close the thinking.
    Raises SrmLabError for a problem of the test split, or one whose steps are not known.
    """
    return [Example(fill(ask, question=p.question), _completion(p, style, ask)) for p in trainable(problems)]


def _completion(problem: Problem, style: str, ask: str) -> str:
    text = worked(problem, style)
    return text.replace("####", "</think>####") if ask.endswith("<think>") else text


def trainable(problems: Iterable[Problem]) -> Iterable[Problem]:
    """The same problems, one after the other. Raises SrmLabError at the first that belongs to a test split."""
    for problem in problems:
        if problem.metadata.get("split") == "test":
            raise SrmLabError(
                f"{problem.id} belongs to the test split, so nothing is trained on it.",
                "A model that has seen its test problems shows nothing by solving them.",
                'Load the problems with split="train".',
            )
        yield problem
