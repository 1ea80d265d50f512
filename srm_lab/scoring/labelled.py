"""What a grader gets wrong: its verdicts against labels that people gave.

    cases = labelled_cases("number")
    mistakes("lm-eval flexible", cases).accepted          # wrong answers that it lets pass, with an interval

The labelled answers are traps, written to trip graders over (data/grading/README.md): they say which mistakes a grader
makes, and not how often it makes them on a model of yours. This kit's own rule agrees with them by construction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import SrmLabError
from ..records import Proportion, Verdict
from .other_rules import RULES
from .statistics import wilson
from .verify import verify

PLACE = Path(__file__).resolve().parents[2] / "data" / "grading" / "cases.jsonl"


@dataclass(frozen=True)
class Case:
    """An answer with its label. correct: True, False, or None for a chain that never came to its end.

    finished: False where the token limit cut it off.  trap: what a careless grader trips over.
    """

    id: str
    kind: str
    text: str
    reference: str
    correct: bool | None
    finished: bool
    trap: str


@dataclass(frozen=True)
class Mistakes:
    """refused: right answers that were not accepted (false negatives).  accepted: wrong or unfinished ones that were
    (false positives).  cases: the answers on which it happened, each with the rule's verdict."""

    refused: Proportion
    accepted: Proportion
    cases: tuple[tuple[Case, Verdict], ...]


@lru_cache(maxsize=8)
def labelled_cases(kind: str = "number") -> tuple[Case, ...]:
    """The labelled answers of a kind. Raises SrmLabError outside a clone of the project, and for an unknown kind."""
    try:
        rows = [json.loads(line) for line in PLACE.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise SrmLabError(
            "The labelled answers are not here.", "They lie in data/grading of the project's clone.",
            "Run this in a clone of the project.",
        ) from error  # fmt: skip
    names = ("id", "kind", "text", "reference", "correct", "trap")
    found = [
        Case(finished=row.get("finished", True), **{name: row[name] for name in names})
        for row in rows
        if row["kind"] == kind
    ]
    if not found:
        known = ", ".join(sorted({row["kind"] for row in rows}))
        raise SrmLabError(f"There are no labelled answers of kind {kind!r}.", "", f"The kinds are {known}.")
    return tuple(found)


def mistakes(rule: str, cases: Sequence[Case]) -> Mistakes:
    """Where a rule (a name of `other_rules.RULES`) departs from the labels of these cases.

    Only "srm-lab" is told which chains were cut off; the other rules judge any text.
    """
    judged = [(case, _judge(rule, case)) for case in cases]
    refused = [pair for pair in judged if pair[0].correct is True and pair[1].correct is not True]
    accepted = [pair for pair in judged if pair[0].correct is not True and pair[1].correct is True]
    right = sum(case.correct is True for case in cases)
    return Mistakes(wilson(len(refused), right), wilson(len(accepted), len(cases) - right), (*refused, *accepted))


def _judge(rule: str, case: Case) -> Verdict:
    if rule == "srm-lab":
        return verify(case.text, case.reference, case.kind, case.finished)
    return RULES[rule].judge(case.text, case.reference, case.kind)
