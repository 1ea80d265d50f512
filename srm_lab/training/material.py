"""What students of arithmetic chains are taught beside the task's own styles: single sums, and chains with checks.

    19-5=                                                  14          a single sum, as it stands in a book
    7+12-5?  7+12=19;19-12=7;19-5=14;14+5=19####14                     every step checked by the inverse one

Sums are what a student knows before it meets a teacher: facts, and no idea of chains. Checked chains are what a
teacher writes that looks over its work: twice as long, and nothing new in them. Left out: checks that find a mistake
and go back, which need a teacher that makes mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import SrmLabError
from ..records import Problem
from ..tasks.worked import MARKER, SEPARATOR
from .examples import Example, trainable

INVERSE = {"+": "-", "-": "+", "*": "/"}
_STEP = re.compile(r"([0-9]+)([-+*])([0-9]+)=([0-9]+)")


def single_sums(problems: Iterable[Problem]) -> list[Example]:
    """Every step of arithmetic chains as an example of its own, in the problems' order.

    Raises SrmLabError for a problem of the test split, or one that is no chain of arithmetic.
    """
    steps = [step for problem in trainable(problems) for step in _steps(problem)]
    return [Example(f"{a}{sign}{b}=", result) for a, sign, b, result in steps]


def with_checks(problem: Problem) -> str:
    """The completion in full, each step followed by its check: after 7+12=19 comes 19-12=7.

    Raises SrmLabError for a problem that is no chain of arithmetic.
    """
    pairs = [f"{a}{sign}{b}={r}{SEPARATOR}{r}{INVERSE[sign]}{b}={a}" for a, sign, b, r in _steps(problem)]
    return f"{SEPARATOR.join(pairs)}{MARKER}{problem.answer}"


def _steps(problem: Problem) -> list[tuple[str, ...]]:
    """(left number, sign, right number, result) of each step."""
    found = [_STEP.fullmatch(step) for step in problem.metadata.get("worked", ())]
    if not found or not all(found):
        raise SrmLabError(
            f"{problem.id} has no steps that can be taken apart.", "They are those of arithmetic chains.",
            'Load problems with load_problems("arithmetic", operations=3).',
        )  # fmt: skip
    return [match.groups() for match in found]
