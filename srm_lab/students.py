"""What became of each student: the measurements of distillation, one row a student, kept in one file.

    rows = students.load()                                          # data/results/students.json
    students.gains(rows, "answers", "traces")                       # {seed: Comparison}, traces minus answers

`benchmarks/students.py` teaches the students and adds the rows; notebook 05 shows them. A row keeps the verdict on
every test problem, so that any two students of a seed can be compared problem by problem. Left out: weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import claims
from .errors import SrmLabError
from .evaluate import Comparison, paired
from .run import Run

NAME = "students"  # of the file in data/results
Row = Mapping[str, Any]


def load(folder: Path | None = None) -> list[Row]:
    """Every row, in the order of the file: by arm, size and seed; none where nothing was measured yet."""
    return list(claims.load(NAME, folder).values())


def add(row: Row, folder: Path | None = None) -> None:
    """Store a row, in the place of an older one of the same arm, size and seed."""
    path = (folder or claims.results_folder()) / f"{NAME}.json"
    claims.write_json(path, {**claims.load(NAME, folder), key(row["arm"], row["size"], row["seed"]): dict(row)})


def key(arm: str, size: str, seed: int) -> str:
    """The name of a row in the file."""
    return f"{arm}, {size}, seed {seed}"


def verdicts(run: Run) -> dict[str, Any]:
    """What a row keeps of a run: the counts with their Wilson interval, and "1" or "0" for every problem."""
    found = run.accuracy
    right = "".join("1" if record.verdict and record.verdict.correct is True else "0" for record in run.records)
    return {"k": found.k, "n": found.n, "rate": found.rate, "low": found.low, "high": found.high, "right": right}


def of(rows: Sequence[Row], arm: str, size: str = "0.1M") -> list[Row]:
    """The rows of one arm: what was taught, to students of one size; one a seed."""
    return sorted((row for row in rows if row["arm"] == arm and row["size"] == size), key=lambda row: row["seed"])


def gains(rows: Sequence[Row], arm_a: str, arm_b: str, size: str = "0.1M") -> dict[int, Comparison]:
    """Arm b minus arm a, problem by problem, for each seed that has both.

    Raises SrmLabError where no seed has both, or they were not tested on as many problems.
    """
    a, b = ({row["seed"]: row["right"] for row in of(rows, arm, size)} for arm in (arm_a, arm_b))
    shared = sorted(a.keys() & b.keys())
    if not shared or any(len(a[seed]) != len(b[seed]) for seed in shared):
        raise SrmLabError(
            f"Students of {size} taught {arm_a!r} and {arm_b!r} can't be compared.",
            f"Seeds measured: {sorted(a)} and {sorted(b)}, on the same problems: {bool(shared)}.",
            f'Measure them: python benchmarks/students.py "{arm_a}" "{arm_b}" --size {size}.',
        )
    return {seed: paired(arm_a, arm_b, _bits(a[seed]), _bits(b[seed])) for seed in shared}


def _bits(right: str) -> list[bool]:
    return [verdict == "1" for verdict in right]


def evidence(rows: Sequence[Row], arm_a: str, arm_b: str, size: str = "0.1M") -> dict[str, Any]:
    """What `srm.claim` takes for "b minus a": every seed where there are three, else the problems of the first one.

    Raises SrmLabError where `gains` does.
    """
    found = gains(rows, arm_a, arm_b, size)
    if len(found) >= claims.MIN_SEEDS:
        return {"seeds": found}
    seed = min(found)
    return {"evidence": found[seed], "seed": seed}
