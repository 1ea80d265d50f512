"""Claims: what a notebook says it has shown, each with the interval that carries it.

    srm.claim("00.cot_beats_direct", "On one-step problems few-shot CoT beats answering directly",
              srm.compare(direct, cot))                     # second minus first, the whole interval above 0
    srm.claim("07.votes_cost_no_accuracy", "...", comparison, at_least=-0.02)
    srm.claim("08.verifier_is_good", "...", run.accuracy, at_least=0.7)  # a Proportion
    srm.claim("13.rl_helps", "...", seeds={0: 0.31, 1: 0.28, 2: 0.35})   # one value a seed, t-interval
    srm.claim("11.drafts_are_shorter", "...", seeds=saved, unit="tokens", at_least=20)

A claim is a direction: the whole 95 % interval lies above `at_least` (0 where nothing is said) or below
`at_most`. It rests on 200 problems or 3 seeds; with fewer it says "too few to say". An interval that reaches
the bound is "did not reproduce", shown and stored as such: claims are never adjusted to what came out, and
they never raise for it.

What a reader runs is shown beside the stored result and stores nothing. Only the command that runs the course
stores (SRM_LAB_RECORD holds that command), never in the ci profile, whose sizes carry nothing. The results
are data/results/<notebook>.json; SRM_LAB_RESULTS names another folder.

Left out: how intervals of proportions and paired differences are computed (`srm_lab.scoring.statistics`).
"""

from __future__ import annotations

import datetime
import html
import json
import math
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from srm_lab import profiles
from srm_lab.errors import SrmLabError, unknown_name

MIN_PROBLEMS = 200
MIN_SEEDS = 3
LEVEL = 0.95
_KEY = re.compile(r"\d\d\.[a-z0-9_]+")
_MARKS = {"holds": "✓", "did not reproduce": "✗", "too few to say": "?"}


@dataclass(frozen=True)
class Claim:
    """A statement, its direction and what was measured.

    value, low, high: the measurement and its 95 % interval; proportions and differences between 0 and 1.
    at_least, at_most: the bound (one of them, or both).  unit: "points" and "%" are shown times 100.
    n: problems (a seed), or None.  seeds: the seeds used.  details: the counts behind the value.
    """

    key: str
    statement: str
    value: float
    low: float
    high: float
    unit: str
    n: int | None
    seeds: tuple[int, ...]
    at_least: float | None = 0.0
    at_most: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """One of "holds", "did not reproduce" or "too few to say"."""
        enough_problems = (self.n or 0) >= MIN_PROBLEMS and math.isfinite(self.low)
        if not enough_problems and len(self.seeds) < MIN_SEEDS:
            return "too few to say"
        above = self.at_least is None or self.low > self.at_least
        below = self.at_most is None or self.high < self.at_most
        return "holds" if above and below else "did not reproduce"

    def measurement(self) -> str:
        """Value, interval, problems, seeds: "+31.0 points [24.1, 37.6], 200 problems, seed 0"."""
        parts = [self.shown("interval")]
        if self.n:
            parts.append(f"{self.n} problems" + (" a seed" if len(self.seeds) > 1 else ""))
        parts.append(f"seed{'s' if len(self.seeds) > 1 else ''} {', '.join(map(str, self.seeds))}")
        return ", ".join(parts)

    def shown(self, form: str = "value") -> str:
        """One piece of the measurement, for a text.

        form: "value" ("+31.0 points"), "low", "high", "interval", "full" (as `measurement`), or, of a comparison,
        "a" and "b": the share that its first and second run got right ("33.0 %").
        """
        number = self._number
        if form == "full":
            return self.measurement()
        if form == "interval":
            ends = f"{number(self.low)}, {number(self.high)}" if math.isfinite(self.low) else "no interval"
            return f"{number(self.value, signed=True)} {self.unit} [{ends}]"
        if form in ("value", "low", "high"):
            return f"{number(getattr(self, form), signed=True)} {self.unit}"
        if form in ("a", "b") and f"k_{form}" in self.details and self.n:
            return f"{100 * self.details[f'k_{form}'] / self.n:.1f} %"
        raise unknown_name("form of a measurement", form, ("value", "low", "high", "interval", "full", "a", "b"))

    def _number(self, value: float, signed: bool = False) -> str:
        if self.unit in ("points", "%"):
            return f"{100 * value:{'+' if signed and self.unit == 'points' else ''}.1f}"
        return f"{value:.3g}"

    def _lines(self) -> list[str]:
        lines = [self.measurement()]
        if (self.at_least, self.at_most) != (0.0, None):
            bounds = (("above", self.at_least), ("below", self.at_most))
            asked = [f"{word} {self._number(bound)}" for word, bound in bounds if bound is not None]
            lines.append(f"asked for: the whole interval {' and '.join(asked)} {self.unit}")
        if "p_value" in self.details:
            pairs = [f"{self.details['name_' + x]} {self.details['k_' + x]}/{self.n}" for x in "ba"]
            lines.append(f"{pairs[0]} against {pairs[1]}, exact McNemar p = {self.details['p_value']:.2g}")
        return lines

    def __repr__(self) -> str:
        head = f"{_MARKS[self.verdict]} {self.verdict}: {self.statement}"
        return "\n".join([head, *(f"    {line}" for line in self._lines())])

    def _repr_html_(self) -> str:
        head = f"<b>{_MARKS[self.verdict]} {self.verdict}</b>: {html.escape(self.statement)}"
        return "<p>" + "<br>&emsp;".join([head, *map(html.escape, self._lines())]) + "</p>"


@dataclass(frozen=True)
class Shown:
    """A claim as a notebook displays it: what was measured here, and under it what the course has stored."""

    claim: Claim
    note: str

    def __repr__(self) -> str:
        return f"{self.claim!r}\n    {self.note}" if self.note else repr(self.claim)

    def _repr_html_(self) -> str:
        note = f'<p style="opacity:0.75">&emsp;{html.escape(self.note)}</p>' if self.note else ""
        return self.claim._repr_html_() + note


def claim(key: str, statement: str, evidence: Any = None, **direction: Any) -> None:
    """Judges a claim, displays it and, when the course is being run, stores it. Arguments: see `judge`.

    Raises SrmLabError where the evidence has not the shape of a claim or, while storing, is too small.
    """
    from srm_lab.preflight import show

    made = judge(key, statement, evidence, **direction)
    profile, command = profiles.current(), os.environ.get("SRM_LAB_RECORD", "")
    stored = load(key[:2]).get(key)
    if profile.name == "ci":
        note = "The ci profile is too small to judge a claim; nothing is stored."
    elif command:
        _store(made, profile.name, command)
        note = ""
    else:
        note = f"Stored result of the course: {_stored_note(stored)}" if stored else ""
    show(Shown(made, note))


def judge(
    key: str,
    statement: str,
    evidence: Any = None,
    *,
    seeds: Mapping[int, Any] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    unit: str | None = None,
    n: int | None = None,
    seed: int = 0,
) -> Claim:
    """The claim without showing or storing it.

    key: "<notebook>.<name>", as in "00.cot_beats_direct".  statement: one sentence with a direction.
    evidence: a Comparison (`srm.compare`) or a Proportion (`run.accuracy`), drawn with `seed`; or instead
    seeds: {seed: value} or {seed: Comparison}, `n` problems each.
    at_least, at_most: the bound, proportions between 0 and 1; at_least=0 where neither is given.
    unit: "points" (default), "%" (default of a Proportion), or any other, which is shown as it is.
    """
    if not _KEY.fullmatch(key):
        raise SrmLabError(
            f"{key!r} is no key for a claim.",
            "A key is the notebook's two digits, a dot, and lower-case letters, digits or underscores.",
            'write for example "00.cot_beats_direct".',
        )
    if (evidence is None) == (seeds is None):
        raise _bad(key, "It needs one piece of evidence: a comparison, a proportion, or seeds={seed: value}.")
    measured = _of_seeds(seeds, n) if seeds is not None else _of_evidence(key, evidence, seed)
    measured["unit"] = unit or measured["unit"]
    if at_least is None and at_most is None:
        at_least = 0.0
    made = Claim(key=key, statement=statement, at_least=at_least, at_most=at_most, **measured)
    if not math.isfinite(made.value) or not made.low <= made.value <= made.high:
        raise _bad(key, f"Its value {made.value} is not a number inside its interval [{made.low}, {made.high}].")
    return made


def measured(key: str, folder: Path | None = None) -> Claim:
    """The stored result of a claim (in the folder of results). Raises SrmLabError where none is stored."""
    record = load(key[:2], folder).get(key)
    if record is None:
        known = [
            each for path in (folder or results_folder()).glob("[0-9][0-9].json") for each in load(path.stem, folder)
        ]
        raise unknown_name("stored claim", key, known, "run the course in a clone of the project: srm-lab course.")
    return from_record(record)


def from_record(record: Mapping[str, Any]) -> Claim:
    """The claim that a stored record holds."""
    values = {each.name: record[each.name] for each in fields(Claim)}
    return Claim(**{**values, "seeds": tuple(record["seeds"])})


def load(notebook: str, folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """The stored records of a notebook ("00"), by key; empty where there are none."""
    path = (folder or results_folder()) / f"{notebook}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        what = f"The stored results {path.name} cannot be read."
        raise SrmLabError(what, str(error), "restore the file from version control.") from error


def results_folder() -> Path:
    """SRM_LAB_RESULTS, or data/results of the clone that this package lies in."""
    named = os.environ.get("SRM_LAB_RESULTS")
    return Path(named) if named else Path(__file__).resolve().parents[1] / "data" / "results"


def write_json(path: Path, data: Any) -> None:
    """Writes JSON with sorted keys, by `write_text`."""
    write_text(path, json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a file so that a reader, or a kill at any moment, sees the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _store(made: Claim, profile: str, command: str) -> None:
    from srm_lab import preflight

    if made.verdict == "too few to say":
        raise _bad(
            made.key,
            f"It rests on {made.n or 0} problems and {len(made.seeds)} seeds; a stored claim needs "
            f"{MIN_PROBLEMS} problems or {MIN_SEEDS} seeds.",
        )
    record = {
        **asdict(made),
        "seeds": list(made.seeds),
        "level": LEVEL,
        "verdict": made.verdict,
        "profile": profile,
        "machine": preflight.machine_name(),
        "versions": preflight.versions(),
        "command": command,
        "date": datetime.date.today().isoformat(),
    }
    notebook = made.key[:2]
    write_json(results_folder() / f"{notebook}.json", {**load(notebook), made.key: record})


def _stored_note(record: Mapping[str, Any]) -> str:
    old, where = from_record(record), f"{record['profile']} profile, {record['machine']}, {record['date']}"
    return f"{old.verdict}, {old.measurement()} ({where})."


def _of_evidence(key: str, evidence: Any, seed: int) -> dict[str, Any]:
    """A Comparison or a Proportion, told apart by what it has: a reader's own class may stand in."""
    if hasattr(evidence, "difference"):
        details = {
            name: getattr(evidence, name) for name in ("name_a", "k_a", "name_b", "k_b", "only_a", "only_b", "p_value")
        }
        value, unit = evidence.difference, "points"
    elif hasattr(evidence, "rate"):
        value, unit, details = evidence.rate, "%", {"k": evidence.k}
    else:
        raise _bad(key, f"A {type(evidence).__name__} is no evidence: pass a comparison or a proportion.")
    interval = {"value": float(value), "low": float(evidence.low), "high": float(evidence.high)}
    return {**interval, "unit": unit, "n": evidence.n, "seeds": (seed,), "details": details}


def _of_seeds(seeds: Mapping[int, Any], n: int | None) -> dict[str, Any]:
    """The mean over seeds with its t-interval. One seed has no spread, so its interval is everything."""
    values = {int(seed): float(getattr(value, "difference", value)) for seed, value in seeds.items()}
    count = len(values)
    mean = sum(values.values()) / count if count else math.nan
    half = math.inf
    if count > 1:
        from scipy.stats import t

        variance = sum((value - mean) ** 2 for value in values.values()) / (count - 1)
        half = float(t.ppf((1 + LEVEL) / 2, count - 1)) * math.sqrt(variance / count)
    return {
        "value": mean,
        "low": mean - half,
        "high": mean + half,
        "unit": "points",
        "n": n or next((value.n for value in seeds.values() if hasattr(value, "n")), None),
        "seeds": tuple(values),
        "details": {"values": {str(seed): value for seed, value in values.items()}},
    }


def _bad(key: str, why: str) -> SrmLabError:
    return SrmLabError(f"The claim {key} cannot be made.", why, "see the examples in the opening of srm_lab/claims.py.")
