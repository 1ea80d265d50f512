"""How this kit's grader and four others judge the labelled answers of data/grading, and how fast ours is.

    python benchmarks/graders.py

prints the confusion tables and writes benchmarks/graders.json (every difference, with its reason) and graders.md.
What each of the other rules does is described in srm_lab/scoring/other_rules.py. A rule is judged only on the kinds
it is made for. Left out: graders that ask a model, and answers to real benchmarks, whose texts we may not ship.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections import Counter, defaultdict
from importlib import metadata
from pathlib import Path

from srm_lab.scoring.arithmetic import countdown
from srm_lab.scoring.other_rules import RULES
from srm_lab.scoring.reading import shown
from srm_lab.scoring.verify import verify

HERE = Path(__file__).parent
CASES = HERE.parent / "data" / "grading" / "cases.jsonl"
KINDS = ("number", "math", "choice", "yes_no", "text", "task")
LABELS = {True: "right", False: "wrong", None: "unfinished"}
LISTED = ("srm-lab", "math-verify", "reasoning-gym", "lm-eval flexible")  # whose differences graders.md shows
VERDICTS = 10_000
ROUNDS = 5


def main() -> None:
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    tables, differences = {}, {}
    for name in RULES:
        tables[name], differences[name] = judge_all(name, cases)
    speed = measure_speed(cases)
    result = {
        "command": "python benchmarks/graders.py",
        "cases": {LABELS[label]: sum(case["correct"] is label for case in cases) for label in LABELS},
        "confusion": tables,
        "speed": speed,
        "versions": {"python": platform.python_version(), "math-verify": metadata.version("math-verify")},
        "differences": differences,
    }
    (HERE / "graders.json").write_text(_json(result) + "\n", encoding="utf-8")
    report = as_markdown(result, cases)
    (HERE / "graders.md").write_text(report, encoding="utf-8")
    print(report.split("## Where they differ")[0])


def _json(result: dict) -> str:
    """The result as JSON in which a difference takes one line, and everything else is set out."""
    short = {**result, "differences": {name: len(found) for name, found in result["differences"].items()}}
    text = json.dumps(short, ensure_ascii=False, indent=1)
    for name, found in result["differences"].items():
        lines = ",\n".join(f"   {json.dumps(difference, ensure_ascii=False)}" for difference in found)
        text = text.replace(f'  "{name}": {len(found)}', f'  "{name}": [\n{lines}\n  ]' if found else f'  "{name}": []')
    return text


def judge_all(name: str, cases: list[dict]) -> tuple[dict, list[dict]]:
    """One rule's confusion counts by kind, and every case on which it departs from the label."""
    counts: dict[str, Counter] = defaultdict(Counter)
    differences = []
    for case in cases:
        judged = judge(name, case)
        if judged is None:
            continue
        counts[case["kind"]][f"{LABELS[case['correct']]}: {outcome(judged.correct)}"] += 1
        if bool(judged.correct) is not bool(case["correct"]):
            keys = ("id", "kind", "reference", "trap")
            facts = {"text": shown(case["text"], 70), "label": case["correct"], "read": judged.extracted}
            differences.append({**{key: case[key] for key in keys}, **facts, "reason": judged.reason})
    return {kind: dict(counts[kind]) for kind in KINDS if kind in counts}, differences


def judge(name: str, case: dict):
    """The rule's verdict, or None where it isn't made for such a case."""
    if name == "srm-lab":
        verifier = None
        if case["kind"] == "task":

            def verifier(text):
                return countdown(text, case["numbers"], int(case["reference"]))

        return verify(case["text"], case["reference"], case["kind"], case.get("finished", True), verifier)
    if case["kind"] not in RULES[name].kinds:
        return None
    return RULES[name].judge(case["text"], case["reference"], case["kind"])


def outcome(correct: bool | None) -> str:
    return {True: "accepted", False: "refused", None: "left open"}[correct]


def measure_speed(cases: list[dict]) -> dict:
    """Seconds for 10,000 numeric verdicts over all labelled numbers, the best of a few rounds, after one to warm up."""
    numbers = [(case["text"], case["reference"]) for case in cases if case["kind"] == "number"]
    chosen = [numbers[i % len(numbers)] for i in range(VERDICTS)]
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        for text, reference in chosen:
            verify(text, reference)
        seconds.append(time.perf_counter() - started)
    seconds = seconds[1:]
    return {
        "verdicts": VERDICTS,
        "seconds (best)": min(seconds),
        "seconds (median)": statistics.median(seconds),
        "microseconds a verdict (median)": statistics.median(seconds) / VERDICTS * 1e6,
    }


def as_markdown(result: dict, cases: list[dict]) -> str:
    speed, sizes = result["speed"], result["cases"]
    lines = [
        "# Graders on the labelled answers", "",
        f"Made by `{result['command']}` on {len(cases)} answers: {sizes['right']} right, {sizes['wrong']} wrong (traps "
        f"included), {sizes['unfinished']} unfinished. Python {result['versions']['python']}, math-verify "
        f"{result['versions']['math-verify']}.", "",
        "| grader | answers of | right, accepted | right, refused | wrong, refused | wrong, accepted "
        "| unfinished, not accepted | unfinished, accepted | agreement with the labels |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, table in result["confusion"].items():
        lines.append(_row(name, "all its kinds", sum((Counter(counts) for counts in table.values()), Counter())))
        lines += [_row("", kind, Counter(counts)) for kind, counts in table.items()]
    lines += [
        "",
        f"Speed of srm-lab: {speed['verdicts']:,} numeric verdicts in {speed['seconds (best)']:.2f} s (the best of "
        f"{ROUNDS} rounds; median {speed['seconds (median)']:.2f} s, "
        f"{speed['microseconds a verdict (median)']:.0f} microseconds each).",
        "",
        "The answers were labelled by this project's own rules, and its grader was corrected until it agreed with",
        "all of them: its row says that it does what its documentation says, not that no other answer will ever fool",
        "it. Where the others depart, some cases are decisions on which one may differ (is 0.333 right for 1/3?).",
        "", "## Where they differ", "",
        "Cases on which a grader departs from the label, by trap, with one example. All cases, and the two rules that",
        "serve only as a backdrop (lm-eval strict, contains), are in graders.json.",
    ]  # fmt: skip
    for name in LISTED:
        differences = result["differences"][name]
        lines += ["", f"### {name}: {len(differences)} departures", *_by_trap(differences)]
    return "\n".join(lines) + "\n"


def _row(name: str, kind: str, counts: Counter) -> str:
    open_or_refused = counts["unfinished: refused"] + counts["unfinished: left open"]
    good = counts["right: accepted"] + counts["wrong: refused"] + open_or_refused
    cells = [
        counts["right: accepted"], counts["right: refused"] + counts["right: left open"],
        counts["wrong: refused"] + counts["wrong: left open"], counts["wrong: accepted"],
        open_or_refused, counts["unfinished: accepted"], f"{100 * good / sum(counts.values()):.1f} %",
    ]  # fmt: skip
    return f"| {name} | {kind} | " + " | ".join(map(str, cells)) + " |"


def _by_trap(differences: list[dict]) -> list[str]:
    if not differences:
        return ["", "None."]
    grouped = defaultdict(list)
    for difference in differences:
        grouped[(difference["label"], difference["trap"] or "plain")].append(difference)
    lines = ["", "| label | trap | cases | for example | it says |", "|---|---|---|---|---|"]
    for (label, trap), cases in sorted(grouped.items(), key=lambda item: -len(item[1])):
        example = cases[0]
        text = f"`{_cell(example['text'])}` for `{_cell(example['reference'])}`"
        lines.append(f"| {LABELS[label]} | {trap} | {len(cases)} | {text} | {_cell(example['reason'])} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ⏎ ").replace("`", "'")


if __name__ == "__main__":
    main()
