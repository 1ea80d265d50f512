"""Every method of the kit on the same problems, with what it costs: on a tiny model, and on SmolLM2-135M.

    python benchmarks/methods.py chain-voter                    # 500 arithmetic chains: about a quarter of an hour
    python benchmarks/methods.py smollm2-135m --seconds 1200    # 40 word problems; begin no method after so long
    python benchmarks/methods.py --list                         # what is missing

A tiny model knows bare questions only, so that methods which ask in words are on SmolLM2's list alone. Verifiers are
the shipped ones (see srm_lab/training/verifier_recipes.py), and the oracle, which is never wrong and shows what is left
to gain. SmolLM2 has no trained verifier: its own probabilities judge. Runs are kept in build/methods as they end, so
that an interrupted call goes on; the table of all there are is written to benchmarks/methods.json and .md each time.
Samples of SmolLM2 come through the store (see srm_lab/store), where notebooks and other benchmarks keep theirs: its
seconds are no measurement and are left out.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab.compare_methods import MethodsCompared, shown_setting
from srm_lab.evaluate import versions
from srm_lab.methods import Stage, judge, noisy_verifier, oracle, oracle_steps, outcome_of, steps_of
from srm_lab.preflight import machine_name
from srm_lab.run import Run

RESULTS, RUNS, SEED = Path(__file__).with_suffix(".json"), Path("build/methods"), 0
Entry = tuple[str, Mapping[str, Any]]  # a method's name and its settings


@dataclass(frozen=True)
class Workload:
    """name: of the model. problems: what is asked. entries: label -> method and settings, given the model."""

    name: str
    problems: Callable[[], list]
    entries: Callable[[Any], dict[str, Entry]]
    timed: bool


def tiny_entries(lm: Any) -> dict[str, Entry]:
    """Methods for a model that knows bare questions only. Whole chains are 8, searches spend about as many tokens."""
    from srm_lab.training.verifier_files import load_verifier

    outcome = outcome_of(load_verifier("chain-outcome-verifier"))
    process = steps_of(load_verifier("chain-process-verifier"))
    whole = {"n": 8, "temperature": 1.0, "max_new_tokens": 64}
    steps = {"temperature": 1.0, "step_tokens": 24, "aggregate": "min", "budget": 400}
    shy = noisy_verifier(oracle_steps, 0.2)
    large = srm.load_model("tiny/chain-teacher")
    stages = [Stage("self_consistency", {**whole, "n": 4}), Stage("zero_shot_cot", {"max_new_tokens": 64}, large)]
    routes = {"easy": stages[0], "hard": stages[1]}
    return {
        "one chain, greedy": ("zero_shot_cot", {"max_new_tokens": 64}),
        "answer alone": ("direct", {}),
        "vote": ("self_consistency", whole),
        "vote by likelihood": ("weighted_self_consistency", {**whole, "weigh": "likelihood"}),
        "vote by self-certainty": ("weighted_self_consistency", {**whole, "weigh": "self_certainty"}),
        "vote by outcome verifier": ("weighted_self_consistency", {**whole, "weigh": outcome}),
        "vote by process verifier": ("weighted_self_consistency", {**whole, "weigh": process, "aggregate": "min"}),
        "CoT-decoding": ("cot_decoding", {"branches": 8, "max_new_tokens": 64}),
        "best by outcome verifier": ("best_of_n", {**whole, "verifier": outcome}),
        "best by process verifier, min": ("best_of_n", {**whole, "verifier": process, "aggregate": "min"}),
        "best by process verifier, product": ("best_of_n", {**whole, "verifier": process, "aggregate": "product"}),
        "best by process verifier, last": ("best_of_n", {**whole, "verifier": process, "aggregate": "last"}),
        "best by oracle": ("best_of_n", {**whole, "verifier": oracle}),
        "beam search": ("beam_search", {**steps, "verifier": process, "beams": 2, "width": 3, "max_steps": 8}),
        "beam search, wrong in 1 of 5": ("beam_search", {**steps, "verifier": shy, "beams": 2, "width": 3}),
        "beam search, oracle": ("beam_search", {**steps, "verifier": oracle_steps, "beams": 2, "width": 3}),
        "diverse trees": ("diverse_tree_search", {**steps, "verifier": process, "trees": 2, "width": 3}),
        "best-first": ("best_first", {**steps, "verifier": process, "width": 3}),
        "MCTS": ("mcts", {**steps, "verifier": process, "width": 3, "rounds": 24}),
        "MCTS, oracle": ("mcts", {**steps, "verifier": oracle_steps, "width": 3, "rounds": 24}),
        "calculator": ("calculator", {"max_new_tokens": 64}),
        "cascade to a larger model": ("cascade", {"stages": stages, "accept": 0.75}),
        "router by length": ("router", {"choose": by_length, "routes": routes}),
    }


def by_length(problem) -> str:
    """Which model: the larger one for three and more operations."""
    return "hard" if sum(problem.question.count(sign) for sign in "+-*") > 2 else "easy"


def real_entries(lm: Any) -> dict[str, Entry]:
    """Methods for a model that follows words. The prompts and lengths are those of notebooks 06 and 10."""
    short, shown = {"max_new_tokens": 96}, {"shots": 4, "max_new_tokens": 64}
    long, several = {"max_new_tokens": 128}, {"shots": 4, "max_new_tokens": 64, "n": 4}
    steps = {"shots": 4, "step_tokens": 32}
    levels = {**steps, "max_steps": 4}
    own = judge(lm)
    stages = [Stage("few_shot_cot", shown), Stage("self_consistency", several)]
    return {
        "few-shot chain, greedy": ("few_shot_cot", shown),
        "answer alone": ("direct", {}),
        "zero-shot chain": ("zero_shot_cot", short),
        "nearest examples": ("few_shot_cot", {**shown, "choice": "nearest"}),
        "random examples": ("few_shot_cot", {**shown, "choice": "random"}),
        "plan-and-solve": ("plan_and_solve", short),
        "least-to-most": ("least_to_most", {"max_parts": 2, **short}),
        "step-back": ("step_back", short),
        "re-reading": ("re_reading", short),
        "self-ask": ("self_ask", short),
        "structured output": ("structured_output", short),
        "vote": ("self_consistency", several),
        "vote by likelihood": ("weighted_self_consistency", {**several, "weigh": "likelihood"}),
        "vote by self-certainty": ("weighted_self_consistency", {**several, "weigh": "self_certainty"}),
        "best by itself as judge": ("judged_best_of_n", several),
        "calculator": ("calculator", shown),
        "self-refine": ("self_refine", {"rounds": 1, **long}),
        "program-aided": ("program_aided", long),
        "chain of verification": ("chain_of_verification", {"questions": 2, **long}),
        "reflexion": ("reflexion", {"trials": 2, **long}),
        "debate": ("debate", {"agents": 3, "rounds": 2, **long}),
        "mixture of agents": ("mixture_of_agents", {"layers": 1, **long}),
        "universal self-consistency": ("universal_self_consistency", {"n": 4, **short}),
        "vote over wordings": ("multi_prompt_vote", {"n": 4, **short}),
        "cascade": ("cascade", {"stages": stages, "accept": 0.9}),
        "CoT-decoding": ("cot_decoding", {"branches": 4, **short}),
        "beam search, own judge": ("beam_search", {**levels, "verifier": own, "beams": 2, "width": 2}),
        "diverse trees, own judge": ("diverse_tree_search", {**levels, "verifier": own, "trees": 2, "width": 2}),
        "best-first, own judge": ("best_first", {**steps, "verifier": own, "width": 2, "expansions": 6}),
        "MCTS, own judge": ("mcts", {**levels, "verifier": own, "width": 2, "rounds": 4}),
        "tree of thoughts": ("tree_of_thoughts", {**levels, "keep": 2, "width": 2}),
        "tournament": ("tournament", several),
    }  # fmt: skip


WORKLOADS = {
    "chain-voter": Workload(
        "tiny/chain-voter",
        lambda: srm.load_problems("arithmetic", 500, SEED, "test", operations=(1, 2, 3, 4, 5)),
        tiny_entries,
        timed=True,
    ),
    "smollm2-135m": Workload(
        "smollm2-135m",
        lambda: srm.load_problems("word_problems", 40, SEED, "test", steps=1),
        real_entries,
        timed=False,
    ),
}


def place(workload: str, label: str) -> Path:
    return RUNS / workload / f"{label}.json"


def measure(workload: str, until: float) -> None:
    """Run what is missing of one workload, and write the table after every method."""
    of = WORKLOADS[workload]
    lm, problems = srm.load_model(of.name, dtype="float32"), of.problems()
    entries = of.entries(lm)
    for label, (method, settings) in entries.items():
        if place(workload, label).exists() or time.monotonic() > until:
            continue
        run = srm.evaluate(lm, method, problems, seed=SEED, workers=48, progress=False, store=not of.timed, **settings)
        place(workload, label).parent.mkdir(parents=True, exist_ok=True)
        run.save(place(workload, label))
        print(f"{label}: {run}", file=sys.stderr, flush=True)
        write(workload, entries)


def write(workload: str, entries: Mapping[str, Entry]) -> None:
    """All finished runs of a workload as rows; those of the other one stay."""
    there = [label for label in entries if place(workload, label).exists()]
    runs = [Run.load(place(workload, label)) for label in there]
    texts = [", ".join(f"{k}={shown_setting(v)}" for k, v in entries[label][1].items()) for label in there]
    against = [None, *(None if runs[0].failed or run.failed else srm.compare(runs[0], run) for run in runs[1:])]
    table = MethodsCompared(tuple(runs), tuple(texts), tuple(against), None).table().reset_index()
    table.insert(0, "label", there)
    if not WORKLOADS[workload].timed:
        table = table.drop(columns="seconds")
    facts = {"model": WORKLOADS[workload].name, "n": len(runs[0].records), "seed": SEED, "machine": machine_name()}
    facts |= {"command": shlex.join(["python", "benchmarks/methods.py", workload]), "versions": versions()}
    rows = json.loads(table.to_json(orient="records", double_precision=4))
    old = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    tables = {**old, workload: {**facts, "methods": rows}}
    RESULTS.write_text(json.dumps(tables, indent=1) + "\n")
    RESULTS.with_suffix(".md").write_text("\n".join(as_text(tables[name]) for name in WORKLOADS if name in tables))


def as_text(table: Mapping[str, Any]) -> str:
    """One workload as Markdown."""
    lines = [
        f"`{table['command']}`: {table['model']}, {table['n']} problems, seed {table['seed']}, {table['machine']}.",
        "Differences are against the first row, paired, in points with 95 % intervals.",
        "Tokens and calls are means a problem.",
        "",
        "| | method | right, % | difference | oracle, % | generated | of a judge | cut off | prompt | calls | failed |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in table["methods"]:
        right = _points(row["accuracy"], row["low"], row["high"])
        against = _points(row["difference"], row["difference low"], row["difference high"], "+")
        costs = (row["generated tokens"], row["judge generated tokens"], row["wasted tokens"], row["prompt tokens"])
        cells = [row["label"], row["method"], right, against, f"{100 * row['oracle']:.0f}"]
        cells += [f"{cost:.0f}" for cost in costs] + [f"{row['calls']:.1f}", str(row["failed"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _points(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    return "" if value is None else f"{100 * value:{sign}.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(WORKLOADS)}; all where none is named")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no method after so long")
    parser.add_argument("--list", action="store_true", help="print what is missing and run nothing")
    options = parser.parse_args()
    if unknown := set(options.workloads) - WORKLOADS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(WORKLOADS)}")
    until = time.monotonic() + options.seconds
    for workload in options.workloads or WORKLOADS:
        if options.list:
            of = WORKLOADS[workload]
            missing = [label for label in of.entries(srm.load_model(of.name)) if not place(workload, label).exists()]
            print(f"{workload}: {', '.join(missing) or 'nothing is missing'}")
        else:
            measure(workload, until)


if __name__ == "__main__":
    main()
