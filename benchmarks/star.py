"""STaR from an under-trained start: what rounds of learning from one's own right chains bring, over three seeds.

    python benchmarks/star.py                                # every part, seeds 0 1 2
    python benchmarks/star.py --parts plain --seeds 0        # about four minutes on one core

    plain        four rounds: draw chains for problems that no round before has seen, learn the right ones
    hints        the same with rationalisation: what stays unsolved is asked once more with its answer in the prompt
    unfiltered   one round on as many of the same chains, right or wrong: what the filter brings

A start is a 0.1M model that is taught worked chains of 1 to 3 operations, a quarter of them with the answer in the
prompt (so that it knows what a hint is), until it solves START_AT of some problems of 3 operations. All parts
of a seed begin at the same start. Accuracy is greedy, on problems of 3 operations: in each round on held-out ones,
before and after on those of the test split. Starts and rounds are runs in build/star that can be interrupted and go on;
results are written to data/results/star.json as each part ends, and what is there is not run again.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch

import srm_lab as srm
from srm_lab import claims
from srm_lab.evaluate import versions
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.records import Problem
from srm_lab.scoring.statistics import wilson
from srm_lab.tasks import arithmetic
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.chains import draw_chains, hold_out, template
from srm_lab.training.examples import Example, from_problems
from srm_lab.training.rejection import count_fates, kept_chains, sift
from srm_lab.training.run_log import STATE, read_state, write_atomically
from srm_lab.training.sft import SftSettings, sft
from srm_lab.training.star import HINT, StarSettings, hint_examples, star

RESULTS, RUNS = claims.results_folder() / "star.json", Path("build/star")
LEVELS, DRAWN, LEVEL = (1, 2, 3), (2, 3), 3  # operations that the start is taught, that rounds draw, that are measured
LONGEST = 64  # tokens of a chain
START = SftSettings(steps=1500, batch_size=64, learning_rate=4e-3)  # would end well: it is stopped long before
START_AT, CHECK_EVERY, CHECK_FROM = 0.25, 25, 300
ROUND = StarSettings(
    SftSettings(steps=100, batch_size=64, learning_rate=2e-3),
    rounds=4,
    samples=2,
    temperature=0.8,
    keep=2,
    fresh=3000,
    max_new_tokens=LONGEST,
)
HELD_OUT = TEST = 500


def problems_of(seed: int) -> tuple[list[Problem], list[Problem]]:
    """Problems for all rounds, of DRAWN in turn, and HELD_OUT ones of LEVEL made of other numbers."""
    wanted = ROUND.rounds * ROUND.fresh
    drawn = list(islice(arithmetic.stream(10 + seed, "train", operations=DRAWN), round(1.2 * wanted)))
    learned, held = hold_out(drawn, 0.1, seed)
    held = {p.question: p for p in held if p.metadata["difficulty"] == LEVEL}
    return learned[:wanted], list(held.values())[:HELD_OUT]


def start(seed: int) -> LocalModel:
    """The under-trained model of a seed, the same each time."""
    lm, folder = LocalModel("star-start", *tiny.make("0.1M", ALPHABET, seed)), RUNS / f"start-{seed}"
    found = folder / "found.json"
    if not found.exists():
        checked = srm.load_problems("arithmetic", 200, 20 + seed, "train", operations=LEVEL)
        result = sft(lm, lessons(seed), replace(START, seed=seed), folder=folder, **until(lm, checked))
        write_atomically(found, json.dumps({"steps": result.steps, "seconds": result.seconds}).encode())
    with torch.no_grad():
        tensors = read_state(folder / STATE).tensors
        for name, parameter in lm.model.named_parameters():
            parameter.copy_(tensors[f"weight.{name}"])
    return lm


def lessons(seed: int) -> list[Example]:
    problems = list(islice(arithmetic.stream(100 + seed, "train", operations=LEVELS), 40_000))
    return [*from_problems(problems[:30_000]), *hint_examples(problems[30_000:])]


def until(lm: LocalModel, checked: list[Problem]) -> dict[str, Any]:
    """What ends a training when START_AT of these problems are solved: the arguments `stop` and `on_step` of sft."""
    stop = threading.Event()

    def look(line: dict[str, Any]) -> None:
        if line["step"] % CHECK_EVERY == 0 and line["step"] >= CHECK_FROM:
            share = accuracy(lm, checked)["rate"]
            say(f"start, step {line['step']}: {100 * share:.0f} % right, {line['seconds']:.0f} s")
            if share >= START_AT:
                stop.set()

    return {"stop": stop, "on_step": look}


def accuracy(lm: LocalModel, problems: list[Problem]) -> dict[str, Any]:
    """Greedy."""
    run = srm.evaluate(lm, "zero_shot_cot", problems, max_new_tokens=LONGEST, progress=False, store=False)
    return interval(run.accuracy)


def interval(found) -> dict[str, Any]:
    return {"rate": found.rate, "low": found.low, "high": found.high, "k": found.k, "n": found.n}


def run_star(hint: str | None, seed: int) -> dict[str, Any]:
    lm, test = start(seed), srm.load_problems("arithmetic", TEST, 1, "test", operations=LEVEL)
    before = accuracy(lm, test)
    settings = of_seed(seed, hint)
    folder = RUNS / f"{'hints' if hint else 'plain'}-{seed}"
    result = star(lm, *problems_of(seed), settings, folder=folder, on_round=say)
    return {"before": before, "after": accuracy(lm, test), "rounds": result.metrics, "settings": asdict(settings)}


def run_unfiltered(seed: int) -> dict[str, Any]:
    """The first round of `plain`, but the kept chains are replaced by as many finished ones, whatever their verdict."""
    lm, settings = start(seed), of_seed(seed, None)
    problems, held = problems_of(seed)
    drawn = draw_chains(
        lm, settings.problems_of(1, problems), n=settings.samples, prompt_of=template(settings.ask),
        temperature=settings.temperature, max_new_tokens=LONGEST, seed=settings.seed + 1000,
    )  # fmt: skip
    groups = [sift(chains, settings.keep) for chains in drawn]
    kept = sum(len(kept_chains(group)) for group in groups)
    finished = [chain for chains in drawn for chain in chains if chain.verdict.correct is not None]
    chosen = Random(seed).sample(finished, kept)
    before = accuracy(lm, held)
    sft(lm, [Example(c.problem.question, c.text) for c in chosen], settings.of_round(1))
    right = wilson(sum(chain.right for chain in chosen), kept)
    return {"before": before, "after": accuracy(lm, held), "fates": count_fates(groups), "right": interval(right)}


def of_seed(seed: int, hint: str | None) -> StarSettings:
    return replace(ROUND, hint=hint, seed=seed, training=replace(ROUND.training, seed=seed))


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "plain": lambda seed: run_star(None, seed),
    "hints": lambda seed: run_star(HINT, seed),
    "unfiltered": run_unfiltered,
}


def say(what: Any) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    for seed in options.seeds:
        for part in options.parts:
            results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
            if f"{part}, seed {seed}" in results:
                continue
            began = time.perf_counter()
            found = PARTS[part](seed)
            begun = json.loads((RUNS / f"start-{seed}" / "found.json").read_text())
            command = shlex.join(["python", "benchmarks/star.py", "--parts", part, "--seeds", str(seed)])
            facts = {"start": dataclasses.asdict(START) | begun, "command": command, "versions": versions()}
            results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
            results[f"{part}, seed {seed}"] = found | facts | {"seconds": round(time.perf_counter() - began)}
            claims.write_json(RESULTS, results)
            say(f"{part}, seed {seed}: {found['before']['rate']:.3f} -> {found['after']['rate']:.3f}")


if __name__ == "__main__":
    main()
