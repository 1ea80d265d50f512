"""Verifiers: plain functions that say what a chain is worth, and what can go wrong with them.

    verifier(problem, completion) -> a float, or a list of floats, one a step

Larger is better; from 0 to 1 where it is a probability. A trained reward model becomes one with `outcome_of` or
`steps_of`, a language model with judge.py, and the reference answers make `oracle`, the one that is never wrong. It
shows what search could gain, not what it gains. `noisy_verifier` makes any of them wrong as often as one likes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from random import Random

from ..errors import SrmLabError, unknown_name
from ..records import Completion, Problem
from ..scoring.verify import verify

Verifier = Callable[[Problem, Completion], "float | Sequence[float]"]
AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,  # a chain is as good as its worst step
    "product": math.prod,  # the chance that all are right, if steps were independent
    "last": lambda scores: scores[-1],
}


def score(verifier: Verifier, problem: Problem, chain: Completion, aggregate: str = "last") -> float:
    """One number for a chain. aggregate: of step scores: "min", "product" or "last"; a chain without a step has 0.

    Raises SrmLabError for an unknown aggregate and for a score that is no finite number.
    Source of the aggregates: Lightman et al. 2023, arXiv 2305.20050; Snell et al. 2024, arXiv 2408.03314 (last).
    """
    if aggregate not in AGGREGATES:
        raise unknown_name("aggregate", aggregate, AGGREGATES)
    raw = verifier(problem, chain)
    try:
        scores = [float(value) for value in raw] if hasattr(raw, "__iter__") else [float(raw)]
    except (TypeError, ValueError) as error:
        raise _no_number(verifier, problem, raw) from error
    if not all(map(math.isfinite, scores)):
        raise _no_number(verifier, problem, raw)
    return float(AGGREGATES[aggregate](scores)) if scores else 0.0


def _no_number(verifier, problem: Problem, raw) -> SrmLabError:
    return SrmLabError(
        f"The verifier {getattr(verifier, '__name__', repr(verifier))} gave {raw!r} for {problem.id!r}.",
        "Chains can only be compared by finite numbers.",
        "Mend the verifier; a chain that it cannot judge should have a number too, such as 0.",
    )


def outcome_of(model) -> Verifier:
    """A trained reward model (see srm_lab.training.verifier) as a verifier of whole chains."""
    return _named("outcome", lambda problem, chain: model.score(problem, [chain])[0])


def steps_of(model) -> Verifier:
    """A trained process model (see srm_lab.training.verifier) as a verifier with one score a step."""
    return _named("steps", lambda problem, chain: model.step_scores(problem, [chain])[0])


def oracle(problem: Problem, completion: Completion) -> float:
    """1 for a chain with the right answer, else 0: the verifier that is never wrong, for measuring."""
    from ..tasks import verifier

    rules = verifier(problem.task) if problem.kind == "task" else None
    of_task = (lambda text: rules(text, problem)) if rules else None
    return float(verify(completion, problem.answer, problem.kind, verifier=of_task).correct is True)


def oracle_steps(problem: Problem, completion: Completion) -> list[float]:
    """1 or 0 for each step, the answer included: the process verifier that is never wrong.

    Raises SrmLabError for a task that does not know its steps.
    """
    from ..tasks import TASKS

    task = TASKS.get(problem.task)
    if task is None or task.check_steps is None:
        raise SrmLabError(
            f"The steps of {problem.id!r} can't be checked.", f"Its task is {problem.task!r}.",
            "Use `oracle`, or a task with known steps such as arithmetic.",
        )  # fmt: skip
    return [float(label.correct) for label in task.check_steps(problem, completion.text)]


def noisy_verifier(verifier: Verifier, wrong: float, seed: int = 0) -> Verifier:
    """A verifier whose scores, from 0 to 1, are turned round (1 - score) with probability `wrong`.

    The same text always gets the same verdict: the noise is fixed by the seed, the problem and the text, of a step
    score by the text up to that step, so that asking again does not help and a chain keeps its scores as it grows.
    Raises SrmLabError for a probability outside 0 to 1.
    """
    if not 0 <= wrong <= 1:
        raise SrmLabError(f"A verifier cannot be wrong with probability {wrong}.", "", "Give a number from 0 to 1.")

    def flipped(value: float, *key: object) -> float:
        return 1.0 - value if Random(repr((seed, *key))).random() < wrong else value

    def noisy(problem: Problem, completion: Completion) -> float | list[float]:
        raw, text = verifier(problem, completion), completion.text
        if not hasattr(raw, "__iter__"):
            return flipped(raw, problem.id, text)
        ends = [match.start() for match in re.finditer(r"[;\n]+|$", text)]
        upto = [text[: ends[min(i, len(ends) - 1)]] for i, _ in enumerate(raw)]
        return [flipped(value, problem.id, upto[i], i) for i, value in enumerate(raw)]

    return _named(f"noisy_{getattr(verifier, '__name__', 'verifier')}", noisy)


def _named(name: str, function: Callable) -> Callable:
    function.__name__ = name
    return function
