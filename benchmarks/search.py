"""Search over steps against best-of-N at equal generated tokens, with verifiers that are wrong more or less often.

    python benchmarks/search.py                     # every arm: some fifteen minutes on one core
    python benchmarks/search.py --seconds 300       # the arms that are missing, for about so long
    python benchmarks/search.py --list              # what there is, and what is missing

PROBLEMS arithmetic problems of five operations, the hardest that the model was taught, on tiny/chain-voter. Every
search may generate BUDGET tokens a problem. Its log says what it would have answered after fewer (see
srm_lab.figures.search_replay), so that one run gives a whole curve. Best-of-N and the vote read the same chains, in the
order of their numbers, as many as fit. All verifiers are the task's own checker of steps, whose verdicts are turned
round with probability `wrong`; a chain is worth its worst step. "own likelihood" is no checker: the model's own mean
probability of a token. Parts of an arm are kept in build/search, so that an interrupted run goes on; results go
to data/results/search.json as each arm ends, and what is there stays.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab import claims, prompts
from srm_lab.evaluate import grade, versions
from srm_lab.figures.search_replay import right_at
from srm_lab.methods import noisy_verifier, oracle_steps
from srm_lab.methods.best_of_n import best_of
from srm_lab.preflight import machine_name
from srm_lab.records import Completion, Problem, Solution
from srm_lab.run import Run
from srm_lab.scoring.votes import vote

RESULTS, PARTS = claims.results_folder() / "search.json", Path("build/search")
MODEL, OPERATIONS, PROBLEMS, SEED = "tiny/chain-voter", 5, 500, 0
AT_ONCE = 125  # problems of a part
BUDGET = 500  # the most that 3 beams of width 3 can spend on chains of 51 tokens, the longest right ones
BUDGETS = tuple(range(50, BUDGET + 1, 50))
CHAINS = {"n": 16, "temperature": 1.0, "max_new_tokens": 64}  # of best-of-N and the vote: more than fit
STEPS = {"temperature": 1.0, "step_tokens": 24, "aggregate": "min", "budget": BUDGET}
SEARCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "beam search 3x3": ("beam_search", {"beams": 3, "width": 3, "max_steps": 8}),
    "beam search 2x2": ("beam_search", {"beams": 2, "width": 2, "max_steps": 8}),
    "diverse trees 3x3": ("diverse_tree_search", {"trees": 3, "width": 3, "max_steps": 8}),
    "best-first": ("best_first", {"width": 3, "expansions": 24}),
    "mcts": ("mcts", {"width": 3, "rounds": 24, "max_steps": 8}),
}
WRONG = (0.0, 0.1, 0.2, 0.3, 0.4)
OWN = "own likelihood"


def arms() -> list[tuple[str, str]]:
    """(search, verifier) in the order in which they are run; a verifier is how often it is wrong, or OWN."""
    beams, *others = SEARCHES
    first = [("chains", "every"), *((beams, wrong) for wrong in ("0.0", "0.2", "0.4"))]
    perfect = [(name, "0.0") for name in others]
    return [*first, *perfect, (beams, "0.1"), (beams, "0.3"), (beams, OWN), ("mcts", "0.2"), ("best-first", "0.2")]


def verifier_of(name: str, lm: Any) -> Callable:
    return own_likelihood(lm) if name == OWN else noisy_verifier(oracle_steps, float(name))


def own_likelihood(lm: Any) -> Callable[[Problem, Completion], float]:
    """The model's mean probability of a token of the chain so far, as a geometric mean."""

    def likelihood(problem: Problem, chain: Completion) -> float:
        logs = lm.logprobs(prompts.own(problem, lm, "chain"), chain.text) if chain.text else []
        return math.exp(sum(logs) / len(logs)) if logs else 0.0

    return likelihood


def run_arm(lm: Any, problems: Sequence[Problem], search: str, verifier: str) -> dict[str, Any]:
    """For each name (of the chains several), each budget: a 1 or 0 a problem; and what it cost."""
    parts = []
    for start in range(0, len(problems), AT_ONCE):
        path = PARTS / f"{search}, {verifier}, {start}.json"
        if not path.exists():
            some = problems[start : start + AT_ONCE]
            part = run_chains(lm, some) if search == "chains" else run_search(lm, some, search, verifier)
            claims.write_json(path, part)
        parts.append(json.loads(path.read_text()))
    sums = {name: sum(part[name] for part in parts) for name in ("tokens", "calls", "seconds")}
    means = {"tokens": sums["tokens"] / PROBLEMS, "calls": sums["calls"] / PROBLEMS, "seconds": round(sums["seconds"])}
    facts = {**means, "settings": parts[0]["settings"], "versions": versions(), "machine": machine_name()}
    facts["command"] = "python benchmarks/search.py"
    rows = {name: list(chain.from_iterable(part["rows"][name] for part in parts)) for name in parts[0]["rows"]}
    return {name: {"right": by_budget(found), **facts} for name, found in rows.items()}


def run_search(lm: Any, problems: Sequence[Problem], search: str, verifier: str) -> dict[str, Any]:
    """One search on some problems: whether it was right, for each problem at each budget."""
    method, settings = SEARCHES[search]
    given = {**STEPS, **settings}
    run = evaluated(lm, method, problems, verifier=verifier_of(verifier, lm), **given)
    rows = [right_at(record.problem, record.solution.trace, BUDGETS) for record in run.records]
    return {"rows": {f"{search}, {verifier}": rows}, "settings": given, **cost(run)}


def run_chains(lm: Any, problems: Sequence[Problem]) -> dict[str, Any]:
    """Whole chains: best-of-N by every verifier, and the vote. They are drawn once."""
    run = evaluated(lm, "best_of_n", problems, verifier=oracle_steps, **CHAINS)
    found = {"vote": [votes_at(record.problem, record.solution.completions) for record in run.records]}
    for wrong in WRONG:
        verifier = noisy_verifier(oracle_steps, wrong)
        rows = [best_at(record.problem, record.solution.completions, verifier) for record in run.records]
        found[f"best of n, {wrong}"] = rows
    return {"rows": found, "settings": CHAINS, **cost(run)}


def best_at(problem: Problem, chains: Sequence[Completion], verifier: Callable) -> list[bool]:
    return [is_right(problem, best_of(problem, some, verifier, "min")) if some else False for some in prefixes(chains)]


def votes_at(problem: Problem, chains: Sequence[Completion]) -> list[bool]:
    return [is_right(problem, vote(some, problem.kind)) if some else False for some in prefixes(chains)]


def prefixes(chains: Sequence[Completion]) -> list[Sequence[Completion]]:
    """For each budget the first chains that fit into it."""
    spent = list(accumulate(chain.usage.generated_tokens for chain in chains))
    return [chains[: sum(at <= budget for at in spent)] for budget in BUDGETS]


def is_right(problem: Problem, solution: Solution) -> bool:
    return grade(problem, solution).correct is True


def evaluated(lm: Any, method: str, problems: Sequence[Problem], **settings: Any) -> Run:
    run = srm.evaluate(lm, method, problems, seed=SEED, workers=48, progress=False, store=False, **settings)
    if run.failed:
        raise SystemExit(f"{method} failed: {next(record.error for record in run.records if record.error)}")
    return run


def by_budget(rows: Sequence[Sequence[bool]]) -> dict[str, str]:
    return {str(budget): "".join("01"[right] for right in column) for budget, column in zip(BUDGETS, zip(*rows))}


def cost(run: Run) -> dict[str, Any]:
    return {"tokens": run.usage.generated_tokens, "calls": run.usage.calls, "seconds": run.seconds}


def load() -> dict[str, Any]:
    about = {"model": MODEL, "operations": OPERATIONS, "n": PROBLEMS, "seed": SEED, "budgets": list(BUDGETS)}
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"about": about, "arms": {}}


def missing() -> list[tuple[str, str]]:
    done = load()["arms"]
    return [(s, v) for s, v in arms() if ("vote" if s == "chains" else f"{s}, {v}") not in done]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no arm after so long")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{search}, {verifier}" for search, verifier in missing()) or "nothing is missing")
        return
    began = time.monotonic()
    lm, problems = srm.load_model(MODEL), srm.load_problems("arithmetic", PROBLEMS, SEED, operations=OPERATIONS)
    for search, verifier in missing():
        if time.monotonic() - began > options.seconds:
            break
        made = run_arm(lm, problems, search, verifier)
        results = load()
        results["arms"].update(made)
        claims.write_json(RESULTS, results)
        for name, arm in made.items():
            shares = {budget: round(bits.count("1") / PROBLEMS, 3) for budget, bits in arm["right"].items()}
            print(name, f"{arm['tokens']:.0f} tokens, {arm['seconds']} s", shares, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
