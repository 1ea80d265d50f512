"""Rows of outside data (a file, a hub data set) into problems: columns by name, answers, choice and order.

A row that cannot be used is an error that says where it stands. None is skipped: a benchmark from which the
awkward rows were dropped is another benchmark.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks.settings import check_count, check_integer

KINDS = ("number", "math", "choice", "text", "yes_no")


@dataclass(frozen=True)
class Columns:
    """Which columns hold what.

    question, answer: names of columns. kind: how answers are compared, one of KINDS, unless a row has a column
    "kind" of its own. answer_pattern: where the answer stands inside its cell: a regular expression, of which the
    last match counts (its first group, where it has one), or a function from the cell to the answer.
    """

    question: str = "question"
    answer: str = "answer"
    kind: str = "number"
    answer_pattern: str | Callable[[str], str] | None = None

    def __post_init__(self):
        for name in ("question", "answer"):
            if not isinstance(getattr(self, name), str):
                raise SrmLabError(
                    f"{name}={getattr(self, name)!r} is not the name of a column.", "", f'Pass {name}="..."'
                )
        check_kind(self.kind, "kind")
        if isinstance(self.answer_pattern, str):
            try:
                re.compile(self.answer_pattern)
            except re.error as error:
                raise SrmLabError(
                    f"answer_pattern={self.answer_pattern!r} is not a regular expression.",
                    f"{error}.",
                    r'GSM8K, for example, takes answer_pattern=r"#### *(.+)".',
                ) from None


def check_kind(kind: Any, where: str) -> None:
    """Raise unless kind is one of KINDS."""
    if kind not in KINDS:
        raise SrmLabError(
            f"{where}: there is no kind of answer {kind!r}.",
            "The kind says how answers are compared.",
            f"Use one of {', '.join(KINDS)}.",
        )


def problem_of_row(
    row: Mapping[str, Any], columns: Columns, identity: str, task: str, where: Callable[[str], str]
) -> Problem:
    """One row as a problem. where(column) says for an error where the cell stands, "x.csv, line 3, column 'answer'"."""
    question = _cell(row, columns.question, where)
    answer = _answer(_cell(row, columns.answer, where), columns.answer_pattern, where(columns.answer))
    kind = columns.kind
    if "kind" in row and "kind" not in (columns.question, columns.answer):
        kind = _cell(row, "kind", where)
        check_kind(kind, where("kind"))
    if kind == "number":
        _check_number(answer, where(columns.answer))
    used = {columns.question, columns.answer, "kind"}
    metadata = {name: value for name, value in row.items() if name not in used}
    return Problem(identity, question, answer, task, metadata, kind)


def check_columns(found: Iterable[str], columns: Columns, where: str) -> None:
    """Raise unless the two columns asked for are among those found."""
    found = list(found)
    for name, setting in ((columns.question, "question"), (columns.answer, "answer")):
        if name not in found:
            raise SrmLabError(
                f"{where}: there is no column {name!r}.",
                f"Its columns are: {', '.join(map(repr, found)) or 'none'}.",
                f'Name the right one: load_problems(..., {setting}="...").',
            )


def choose(problems: list[Problem], n: int | None, seed: int | None, where: str) -> list[Problem]:
    """The first n in the order that `seed` shuffles them into; None keeps their own. More n only adds to the end."""
    if n is not None:
        check_count(where, n)
        if n > len(problems):
            raise SrmLabError(
                f"{where} holds {len(problems)} problems, {n} were asked for.",
                "",
                f"Pass n={len(problems)} or fewer, or leave n out for all of them.",
            )
    if seed is None:
        return problems[:n]
    check_integer(where, "seed", seed)
    shuffled = list(problems)
    random.Random(seed).shuffle(shuffled)
    return shuffled[:n]


def _check_number(answer: str, where: str) -> None:
    """Raise where no verdict could ever be given, now rather than in the middle of an evaluation."""
    from srm_lab.scoring.verify import verify

    try:
        verify("", answer, kind="number")
    except SrmLabError as error:
        fix = (
            f'Pass kind="..." or add a column "kind": {", ".join(KINDS)}. '
            r'Where the answer ends a longer text, say how it is marked: answer_pattern=r"#### *(.+)".'
        )
        what = f"{where}: the answer {answer[:60]!r} is not a number."
        raise SrmLabError(what, "Its kind is number.", fix) from error


def _cell(row: Mapping[str, Any], column: str, where: Callable[[str], str]) -> str:
    """A cell as text. Numbers are written out; an empty cell or a structure is an error."""
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise SrmLabError(f"{where(column)}: the {column} is empty.", "Every problem needs it.", "Fill it in.")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise SrmLabError(
            f"{where(column)}: the {column} is {type(value).__name__}, not text or a number.", "", "Write it as text."
        )
    return value.strip() if isinstance(value, str) else str(value)


def _answer(cell: str, pattern: str | Callable[[str], str] | None, where: str) -> str:
    """The answer inside a cell; raises where the pattern finds none."""
    if pattern is None:
        return cell
    if callable(pattern):
        found = pattern(cell)
    else:
        matches = list(re.finditer(pattern, cell))
        found = matches and (matches[-1][1] if matches[-1].re.groups else matches[-1][0])
    if not isinstance(found, str) or not found.strip():
        shown = cell if len(cell) <= 60 else f"...{cell[-60:]}"
        raise SrmLabError(f"{where}: answer_pattern finds no answer.", f"The cell is {shown!r}.", "Mend the pattern.")
    return found.strip()
