"""The model as its own judge, graded from token probabilities, so that a model too small to grade in words can judge.

Asked "is it right?", a small model seldom answers with a bare number. But it always gives the words Yes and No some
probability, and the first's share of the two is a score.
"""

from __future__ import annotations

import math

from .. import prompts
from ..errors import SrmLabError
from ..records import Completion, Problem
from .chain import check_instructable, said
from .verifiers import Verifier


def judge(lm, template: str = prompts.JUDGE) -> Verifier:
    """A verifier that asks a model whether a solution is right: P(Yes) / (P(Yes) + P(No)).

    template: of prompts.py, with the slots {question} and {solution}, asking for Yes or No.
    Raises SrmLabError for a model without logprobs, one that knows bare questions only, and one that gives neither
    word any probability. Source: Kadavath et al. 2022, arXiv 2207.05221 (P(True)).
    """
    check_instructable(lm, "A judge")

    def model_as_judge(problem: Problem, completion: Completion) -> float:
        solution = said(completion) or completion.text
        return share(lm, prompts.message(template, question=problem.question, solution=solution), "Yes", "No")

    return model_as_judge


def preference(lm, problem: Problem, first: Completion, second: Completion) -> float:
    """The model's probability that the first of two solutions is the better one.

    Both orders are asked and averaged, because judges prefer a place. Source: Zheng et al. 2023, arXiv 2306.05685.
    """

    def asked(a: Completion, b: Completion) -> float:
        values = {"question": problem.question, "first": said(a), "second": said(b)}
        return share(lm, prompts.message(prompts.COMPARE, **values), "A", "B")

    return (asked(first, second) + 1 - asked(second, first)) / 2


def share(lm, prompt, word: str, other: str) -> float:
    """The probability that a reply begins with `word`, as a share of that and of `other`, 0 to 1."""
    a, b = (sum(lm.logprobs(prompt, reply)) for reply in (word, other))
    if math.isnan(a + b) or max(a, b) == -math.inf:
        raise SrmLabError(
            f"The judge {getattr(lm, 'name', '')} answers neither {word!r} nor {other!r}.",
            f"Their log-probabilities are {a} and {b}.",
            "Give another judge=..., or a verifier that scores texts.",
        )
    return 1 / (1 + math.exp(min(b - a, 700)))
