"""Chains whose every step is checked by the inverse operation, for students of arithmetic.

    7+12-5?    7+12=19;19-12=7;19-5=14;14+5=19####14

It is what a careful teacher writes that looks over its work: twice as long as the plain steps, and nothing new in it.
Left out: checks that find a mistake and go back, which need a teacher that makes mistakes.
"""

from __future__ import annotations

import re

from ..errors import SrmLabError
from ..records import Problem
from ..tasks.worked import MARKER, SEPARATOR

INVERSE = {"+": "-", "-": "+", "*": "/"}
_STEP = re.compile(r"([0-9]+)([-+*])([0-9]+)=([0-9]+)")


def with_checks(problem: Problem) -> str:
    """The completion in full, each step followed by its check: after 7+12=19 comes 19-12=7.

    Raises SrmLabError for a problem that is no chain of arithmetic.
    """
    found = [_STEP.fullmatch(step) for step in problem.metadata.get("worked", ())]
    if not found or not all(found):
        raise SrmLabError(
            f"{problem.id} has no steps that can be taken apart.", "They are those of arithmetic chains.",
            'Load problems with load_problems("arithmetic", operations=3).',
        )  # fmt: skip
    return f"{SEPARATOR.join(map(_checked, found))}{MARKER}{problem.answer}"


def _checked(step: re.Match) -> str:
    left, sign, right, result = step.groups()
    return f"{step[0]}{SEPARATOR}{result}{INVERSE[sign]}{right}={left}"
