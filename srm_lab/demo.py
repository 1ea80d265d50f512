"""The first comparison without a browser: the same problems answered directly, with chains of thought, by a vote.

It prints one table and writes one HTML file that needs nothing else: figures, an example of each method in full,
settings and versions. The figures of the README come from here.
"""

from __future__ import annotations

import datetime
import html
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .evaluate import Comparison, compare, evaluate, versions
from .run import Run

METHODS = ("direct", "zero_shot_cot", "few_shot_cot", "self_consistency")


def run(model: str, problems: int, steps: Sequence[int], chains: int, seed: int, report: str, results: str | None):
    """Run the comparison, print the table, write the report and (if asked) the results as JSON."""
    from .models.load import load_model

    started = time.perf_counter()
    lm = load_model(model)
    runs = {step: _one_difficulty(lm, step, problems, chains, seed) for step in steps}
    table = results_table(runs)
    seconds = time.perf_counter() - started
    print(f"\n{table.to_string(index=False)}\n")
    for comparison in comparisons(runs).values():
        print(comparison)
    Path(report).write_text(report_html(runs, seconds), encoding="utf-8")
    print(f"\n{seconds:.0f} s in all. The report with figures is in {report}.")
    if results:
        save_results(runs, seconds, results)
        print(f"The figures are in {results}.")


def _one_difficulty(lm, step: int, problems: int, chains: int, seed: int) -> list[Run]:
    from .tasks import load_problems

    chosen = load_problems("word_problems", n=problems, seed=seed, split="test", steps=step)
    # without the store, so that the seconds are those of drawing every sample
    print(f"\n{problems} word problems of {step} step{'s' if step > 1 else ''}", file=sys.stderr)
    return [
        evaluate(lm, name, chosen, seed=seed, store=False, **({"n": chains} if name == "self_consistency" else {}))
        for name in METHODS
    ]


def results_table(runs: dict[int, list[Run]]):
    """One row a method and number of steps, as a pandas table: accuracy in %, interval, tokens, seconds."""
    import pandas as pd

    rows = []
    for step, those in runs.items():
        for each in those:
            accuracy = each.accuracy
            rows.append(
                {
                    "steps": step,
                    "method": each.name,
                    "right, %": round(100 * accuracy.rate, 1),
                    "95 % interval": f"{100 * accuracy.low:.1f} to {100 * accuracy.high:.1f}",
                    "k/n": f"{accuracy.k}/{accuracy.n}",
                    "unfinished": each.unfinished,
                    "tokens/problem": round(each.tokens_per_problem, 1),
                    "seconds": round(each.seconds, 1),
                }
            )
    return pd.DataFrame(rows)


def comparisons(runs: dict[int, list[Run]]) -> dict[str, Comparison]:
    """Few-shot chain of thought against the direct answer, and the vote against the single chain."""
    pairs = {}
    for step, those in runs.items():
        named = {each.method: each for each in those}
        pairs[f"{step} steps: few_shot_cot - direct"] = compare(named["direct"], named["few_shot_cot"])
        pairs[f"{step} steps: vote - chain"] = compare(named["few_shot_cot"], named["self_consistency"])
    return pairs


def save_results(runs: dict[int, list[Run]], seconds: float, path: str) -> None:
    """Store every figure with k, n, interval, seed, versions and the command that made it."""
    data = {
        "command": shlex.join(["srm-lab", *sys.argv[1:]]),
        "created": datetime.date.today().isoformat(),
        "seconds": round(seconds, 1),
        "versions": versions(),
        "runs": [{"steps": step, **each.summary()} for step, those in runs.items() for each in those],
        "comparisons": {name: vars(comparison) for name, comparison in comparisons(runs).items()},
    }
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def markdown_table(data: dict) -> str:
    """Stored results as the table that the README shows: a row a method, a column for each number of steps."""
    steps = sorted({row["steps"] for row in data["runs"]})
    rows = {row["method"]: {} for row in data["runs"]}
    for row in data["runs"]:
        rows[row["method"]][row["steps"]] = row
    lines = [
        "| right answers, % [95 % interval] | " + " | ".join(f"{s} step{'s' * (s > 1)}" for s in steps) + " | tokens |",
        "|---|" + "---|" * (len(steps) + 1),
    ]
    for method, cells in rows.items():
        shown = [f"{100 * c['accuracy']:.0f} [{100 * c['low']:.0f}, {100 * c['high']:.0f}]" for c in cells.values()]
        lines.append(f"| {method} | {' | '.join(shown)} | {cells[steps[0]]['tokens/problem']:.0f} |")
    versions_line = ", ".join(f"{name} {data['versions'][name]}" for name in ("torch", "transformers"))
    n, seed = data["runs"][0]["n"], data["runs"][0]["seed"]
    note = f"{data['runs'][0]['model']}, {n} problems a column, seed {seed}, tokens a problem at {steps[0]} step"
    return "\n".join([*lines, "", f"{note}; {versions_line}. Made by `{data['command']}`."])


_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .25rem .7rem; text-align: right; }}
th {{ border-bottom: 2px solid #8886; }} td {{ border-bottom: 1px solid #8884; }}
pre {{ white-space: pre-wrap; background: #8881; padding: .8rem; border-radius: 6px; }}
small {{ color: #7b7f85; }} summary {{ cursor: pointer; }}
</style></head><body>{body}</body></html>"""


def report_html(runs: dict[int, list[Run]], seconds: float) -> str:
    """The whole report as one HTML page; everything a model wrote is escaped."""
    first = next(iter(runs.values()))
    title = f"Direct answers, chains of thought and a vote: {first[0].model}"
    lines = "".join(f"<li>{html.escape(str(c))}</li>" for c in comparisons(runs).values())
    made = ", ".join(f"{name} {number}" for name, number in versions().items())
    body = [
        f"<h1>{html.escape(title)}</h1>",
        results_table(runs).to_html(index=False, border=0),
        f"<ul>{lines}</ul>",
        *_figures(runs),
        "<h2>One problem, every method</h2>",
        *(_example(each) for each in first),
        f"<p><small>Seed {first[0].seed}; {seconds:.0f} s; {html.escape(made)}.</small></p>",
    ]
    return _PAGE.format(title=html.escape(title), body="\n".join(body))


def _figures(runs: dict[int, list[Run]]) -> list[str]:
    from . import figures

    drawn = []
    for step, those in runs.items():
        title = f"Word problems of {step} step{'s' if step > 1 else ''}"
        drawn += [figures.accuracy(those, title), figures.frontier(those, f"{title}: accuracy against tokens")]
    library = [True] + [False] * (len(drawn) - 1)  # plotly's own code once, inside the file
    return [figure.to_html(full_html=False, include_plotlyjs=once) for figure, once in zip(drawn, library)]


def _example(each: Run) -> str:
    """The first problem that ran, as this method answered it."""
    record = next(record for record in each.records if record.error is None)
    verdict = {True: "right", False: "wrong", None: "unfinished"}[record.verdict.correct]
    read = "nothing" if record.verdict.extracted is None else record.verdict.extracted
    return (
        f"<details><summary><b>{html.escape(each.name)}</b>: {verdict}</summary>"
        f"<p>{html.escape(record.problem.question)}</p><pre>{html.escape(record.solution.text)}</pre>"
        f"<p>Read: {html.escape(read)}; reference: {html.escape(record.problem.answer)}. "
        f"{html.escape(record.verdict.reason)}</p></details>"
    )
