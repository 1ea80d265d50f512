"""Problems from a file of one's own: JSONL (one object a line) or CSV (a header, then one row a problem).

    {"question": "A hen lays 3 eggs a day. How many eggs in 4 days?", "answer": "12"}

Columns are found by name and may stand in any order. Optional columns: "id" (else the line number), "kind" (how
the answer is compared), "split" (then only the rows of the split asked for are loaded). All others land in the
problem's metadata. The file is UTF-8. Left out: Excel files and JSON arrays, which pandas turns into CSV in one line.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.records import Problem
from srm_lab.tasks.rows import Columns, check_columns, choose, problem_of_row
from srm_lab.tasks.settings import check_split, make_settings
from srm_lab.tasks.task import Task

SUFFIXES = (".jsonl", ".csv")


def is_problem_file(name: str | Path) -> bool:
    """Whether a name means a file: a Path, or a text that ends in .jsonl or .csv."""
    return isinstance(name, Path) or str(name).lower().endswith(SUFFIXES)


def load(path: Path, n: int | None = None, seed: int | None = 0, split: str = "test", **settings) -> list[Problem]:
    """n problems of a file (None: all) in the order of `seed` (None: as they stand); settings: see `Columns`.

    Raises SrmLabError with the file, the line and the column for anything that cannot be read.
    """
    columns = make_settings("a problems file", Columns, settings)
    check_split(path.name, split)
    text = _decode(path)
    rows = list(_jsonl_rows(path.name, text) if path.suffix.lower() == ".jsonl" else _csv_rows(path.name, text))
    if not rows:
        raise SrmLabError(
            f"{path.name} holds no problems.", "It is empty.", "Write one problem a line; see data/problems."
        )
    problems, line_of_id = [], {}
    for line, row in rows:
        check_columns(row, columns, f"{path.name}, line {line}")
        problem = _problem(path.name, line, row, columns)
        if problem.id in line_of_id:
            raise SrmLabError(
                f"{path.name}, line {line}, column 'id': line {line_of_id[problem.id]} has the id {problem.id!r} too.",
                "Results are kept by id.",
                "Give every problem an id of its own, or leave the column out.",
            )
        line_of_id[problem.id] = line
        problems.append(problem)
    return choose(_of_split(problems, split, path.name), n, seed, path.name)


def _problem(name: str, line: int, row: dict[str, Any], columns: Columns) -> Problem:
    identity = row.get("id")
    identity = line if identity is None or identity == "" else identity
    problem = problem_of_row(row, columns, f"{name}/{identity}", name, lambda c: f"{name}, line {line}, column {c!r}")
    return dataclasses.replace(problem, metadata={**problem.metadata, "line": line})


def _of_split(problems: list[Problem], split: str, name: str) -> list[Problem]:
    """The problems of a split; a file without a column "split" is all test."""
    if not any("split" in problem.metadata for problem in problems):
        if split == "test":
            return problems
        fix = 'Add a column "split" with train and test in it, or load it without split="train".'
        raise SrmLabError(f"{name} has no {split} split.", "It has no column 'split', so all of it is test.", fix)
    for problem in problems:
        where = f"{name}, line {problem.metadata['line']}, column 'split'"
        check_split(where, problem.metadata.get("split"))
    return [problem for problem in problems if problem.metadata["split"] == split]


def _decode(path: Path) -> str:
    """The file as text; undecodable bytes are named by line and column (in bytes, from 1)."""
    if path.suffix.lower() not in SUFFIXES:
        raise SrmLabError(f"{path.name} is neither .jsonl nor .csv.", "", "Save the problems in one of these formats.")
    if not path.is_file():
        folder = path.parent
        near = [p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES] if folder.is_dir() else []
        if near:
            raise unknown_name("problems file", path.name, near, f"It was looked for in {folder.resolve()}.")
        raise SrmLabError(
            f"There is no problems file {path}.", f"It was looked for in {folder.resolve()}.", "Check the path."
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SrmLabError(f"{path.name} cannot be read.", f"{error.strerror}.", "Check its permissions.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise SrmLabError(
            f"{path.name}, line {line}, column {column}: the byte 0x{data[error.start]:02x} is not UTF-8.",
            "Problems files are UTF-8 text.",
            'Save it as UTF-8 (in a spreadsheet: "CSV UTF-8").',
        ) from None


def _jsonl_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) of every line that is not blank."""
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise SrmLabError(
                f"{name}, line {line}, column {error.colno}: this is not JSON.",
                f"{error.msg}.",
                'Every line is one object, such as {"question": "...", "answer": "12"}.',
            ) from None
        except (ValueError, RecursionError) as error:
            raise SrmLabError(f"{name}, line {line}: this cannot be read.", f"{error}.", "Mend the line.") from None
        if not isinstance(row, dict):
            raise SrmLabError(
                f"{name}, line {line}, column 1: this is {type(row).__name__}, not an object.",
                "",
                'Write {"question": "...", "answer": "..."} on each line.',
            )
        yield line, row


def _refuse_constant(constant: str):
    raise ValueError(f"{constant} is not a JSON value")


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, row) of every row; the line is where the row begins, as a quoted cell may run over several."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, header = 1, None
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            fix = "Put cells with commas, quotes or line breaks into double quotes, and double the quotes inside."
            raise SrmLabError(f"{name}, line {line}: this is not CSV.", f"{error}.", fix) from None
        if cells is None:
            return
        if header is None and cells:
            header = _header(name, line, cells)
        elif cells:
            yield line, _csv_row(name, line, header, cells)
        line = reader.line_num + 1


def _header(name: str, line: int, cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = next((cell for cell in header if header.count(cell) > 1), None)
    if twice is not None:
        raise SrmLabError(f"{name}, line {line}: two columns are called {twice!r}.", "", "Give each its own name.")
    return header


def _csv_row(name: str, line: int, header: list[str], cells: list[str]) -> dict[str, Any]:
    if len(cells) > len(header):
        raise SrmLabError(
            f"{name}, line {line}, column {len(header) + 1}: {len(cells)} cells under {len(header)} column names.",
            "Often a cell with a comma lacks its quotes.",
            "Put the cell into double quotes.",
        )
    return dict(zip(header, cells + [""] * (len(header) - len(cells))))


TASK = Task(
    name="path/to/file.jsonl or .csv",
    what="problems of one's own: a file with columns question and answer",
    settings='question="question", answer="answer", kind="number", answer_pattern=None',
    load=load,
)
