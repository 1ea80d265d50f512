"""What an evaluation leaves behind: records, and the run that holds them.

A run is data: it can be shown as a table, saved as JSON, loaded again, graded by another rule and compared, all
without a model. Nothing in it is skipped silently: a problem whose method failed is a record that says so.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import SrmLabError
from .records import Completion, Problem, Proportion, Solution, Usage, Verdict

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """One problem of a run. solution and verdict are None, and error says why, where the method failed."""

    problem: Problem
    solution: Solution | None
    verdict: Verdict | None
    error: str | None
    seconds: float


@dataclass(frozen=True)
class Run:
    """One method on one model over many problems.

    settings: what the method was given. seconds: wall-clock time of the whole run.
    reused: completions that came from the store, so that seconds says nothing about what they cost to draw.
    model_facts: fingerprint, parameters, bytes and quantization of the model. versions: of what produced it.
    """

    model: str
    method: str
    settings: Mapping[str, Any]
    seed: int
    records: Sequence[Record]
    seconds: float
    model_facts: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    reused: int = 0

    @property
    def name(self) -> str:
        """A short label for figures: the method, with n where it draws several chains."""
        n = self.settings.get("n")
        return f"{self.method} (n={n})" if n else self.method

    @property
    def accuracy(self) -> Proportion:
        """Right answers among the problems that ran; an unfinished chain is not right. Wilson 95 % interval."""
        from .scoring.statistics import wilson

        ran = [r for r in self.records if r.error is None]
        return wilson(sum(r.verdict.correct is True for r in ran), len(ran))

    @property
    def failed(self) -> int:
        """Problems on which the method raised an error; they are not part of the accuracy."""
        return sum(r.error is not None for r in self.records)

    @property
    def unfinished(self) -> int:
        """Problems without a finished chain: counted as not right."""
        return sum(r.error is None and r.verdict.correct is None for r in self.records)

    @property
    def usage(self) -> Usage:
        return sum((r.solution.usage for r in self.records if r.solution), Usage())

    @property
    def tokens_per_problem(self) -> float:
        """Mean number of generated tokens a problem, every chain counted."""
        ran = [r.solution.usage.generated_tokens for r in self.records if r.solution]
        return sum(ran) / len(ran) if ran else 0.0

    def __str__(self) -> str:
        notes = [
            f"{self.unfinished} unfinished" * bool(self.unfinished),
            f"{self.failed} failed" * bool(self.failed),
            f"{self.reused} completions reused" * bool(self.reused),
        ]
        tail = "".join(f", {note}" for note in notes if note)
        return f"{self.name} on {self.model}: {self.accuracy}{tail}, {self.tokens_per_problem:.0f} tokens a problem"

    __repr__ = __str__

    def summary(self) -> dict[str, Any]:
        """One row of a comparison: what a table or a card shows of this run."""
        accuracy = self.accuracy
        return {
            "method": self.name, "model": self.model, "accuracy": accuracy.rate, "low": accuracy.low,
            "high": accuracy.high, "k": accuracy.k, "n": accuracy.n, "unfinished": self.unfinished,
            "failed": self.failed, "tokens/problem": self.tokens_per_problem,
            "prompt tokens": self.usage.prompt_tokens, "computed prompt tokens": self.usage.computed_prompt_tokens,
            "seconds": self.seconds, "reused": self.reused, "seed": self.seed,
        }  # fmt: skip

    def table(self):
        """Every record as a row of a pandas table: question, reference, what was read and why, cost."""
        import pandas as pd

        return pd.DataFrame([_row(record) for record in self.records])

    def save(self, path: str | Path) -> Path:
        """Write the run as JSON, in one step: an interruption leaves the old file or none."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            scratch.write_text(json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, ensure_ascii=False))
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        return path

    @staticmethod
    def load(path: str | Path) -> Run:
        """Read a run that `save` wrote. Raises SrmLabError for a missing or damaged file."""
        advice = "Only files written by Run.save can be read."
        try:
            data = json.loads(Path(path).read_text())
        except (OSError, ValueError) as error:
            raise SrmLabError(f"The run {path} could not be read.", str(error), advice) from error
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise SrmLabError(f"The run {path} has another format than this version writes.", "", advice)
        try:
            return Run(**{**data, "records": tuple(_record(row) for row in data["records"])})
        except (KeyError, TypeError) as error:
            raise SrmLabError(f"The run {path} lacks a part: {error}.", "", advice) from error


def labels_of(runs: Sequence[Run]) -> list[str]:
    """The shortest labels that tell the runs apart: method, with the model and with settings where they differ."""
    several = len({run.model for run in runs}) > 1
    labels = [f"{run.name}, {run.model}" if several else run.name for run in runs]
    return [label + _differing(run, runs) if labels.count(label) > 1 else label for run, label in zip(runs, labels)]


def _differing(run: Run, runs: Sequence[Run]) -> str:
    """The settings of a run in which it differs from others of its method: ", temperature 0.7"."""
    others = [other.settings for other in runs if other.name == run.name and other.model == run.model]
    differ = [key for key in sorted(run.settings) if any(other.get(key) != run.settings[key] for other in others)]
    return "".join(f", {key} {_short(run.settings[key])}" for key in differ)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _row(record: Record) -> dict[str, Any]:
    solution, verdict = record.solution, record.verdict
    return {
        "id": record.problem.id,
        "question": record.problem.question,
        "reference": record.problem.answer,
        "answer": solution.answer if solution else None,
        "correct": verdict.correct if verdict else None,
        "reason": verdict.reason if verdict else record.error,
        "text": solution.text if solution else None,
        "chains": len(solution.completions) if solution else 0,
        "tokens": solution.usage.generated_tokens if solution else 0,
        "prompt tokens": solution.usage.prompt_tokens if solution else 0,
        "seconds": record.seconds,
        "error": record.error,
    }


def _record(data: dict[str, Any]) -> Record:
    solution, verdict = data["solution"], data["verdict"]
    if solution is not None:
        chains = tuple(_completion(c) for c in solution["completions"])
        usage, trace = Usage(**solution["usage"]), tuple(solution["trace"])
        solution = Solution(**{**solution, "completions": chains, "usage": usage, "trace": trace})
    if verdict is not None:
        verdict = Verdict(**{**verdict, "span": tuple(verdict["span"]) if verdict["span"] else None})
    return Record(Problem(**data["problem"]), solution, verdict, data["error"], data["seconds"])


def _completion(data: dict[str, Any]) -> Completion:
    ids, logprobs = tuple(data["token_ids"]), tuple(data["logprobs"])
    return Completion(**{**data, "token_ids": ids, "logprobs": logprobs, "usage": Usage(**data["usage"])})
