"""What learning from chains brings on tiny models: STaR, a teacher's chains against answers, reward models.

    python benchmarks/distillation.py start teacher     # models from nothing: one stopped early, one that can do it
    python benchmarks/distillation.py star rationalize  # rounds of STaR from the start, without and with hints
    python benchmarks/distillation.py students          # a small student, taught three ways
    python benchmarks/distillation.py outcome process   # reward models on the start's chains

Each part takes one to four minutes on 2 cores and writes its figures to benchmarks/distillation.json as it ends.
Models from nothing and STaR are runs in build/distillation that can be interrupted and go on.
All are on arithmetic chains of OPERATIONS operations, measured greedily on test problems unless said otherwise.
--seed: of weights, data and sampling, all of them.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab.evaluate import versions
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.scoring.statistics import wilson
from srm_lab.tasks import arithmetic
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.chains import draw_chains, hold_out
from srm_lab.training.distill import counted_tokens, equal_examples, equal_tokens, teacher_examples
from srm_lab.training.examples import Example, from_problems
from srm_lab.training.run_log import write_atomically
from srm_lab.training.sft import SftSettings, sft
from srm_lab.training.star import HINT, StarSettings, hint_examples, star
from srm_lab.training.verifier import judged_chains, train_verifier
from srm_lab.training.verifier_files import report

RESULTS, RUNS = Path(__file__).with_suffix(".json"), Path("build/distillation")
OPERATIONS, LONGEST = 3, 64  # of a problem; tokens of a chain
START = SftSettings(steps=400, batch_size=64, learning_rate=3e-3)
TEACHER = replace(START, steps=600)
STUDENT = SftSettings(steps=400, batch_size=64, learning_rate=3e-3)
# Many problems and few passes: on 300 problems and 40 passes the chains were memorised, and held-out accuracy fell.
ROUND = StarSettings(
    SftSettings(steps=80, batch_size=64, learning_rate=5e-4),
    rounds=4,
    samples=2,
    temperature=0.7,
    max_new_tokens=LONGEST,
)
VERIFIER = SftSettings(steps=250, batch_size=64, learning_rate=1e-3)


def fresh(name: str, size: str, seed: int) -> LocalModel:
    return LocalModel(name, *tiny.make(size, ALPHABET, seed))


def train_problems(n: int, seed: int):
    return srm.load_problems("arithmetic", n, 10 + seed, "train", operations=OPERATIONS)


def accuracy(lm, seed: int, problems: int = 500) -> dict[str, Any]:
    """Greedy, on test problems."""
    test = srm.load_problems("arithmetic", problems, 1, "test", operations=OPERATIONS)
    run = srm.evaluate(lm, "zero_shot_cot", test, max_new_tokens=LONGEST, progress=False, store=False)
    return interval(run.accuracy)


def interval(found) -> dict[str, Any]:
    return {"rate": found.rate, "low": found.low, "high": found.high, "k": found.k, "n": found.n}


def from_nothing(name: str, settings: SftSettings, seed: int, hints: bool = False) -> LocalModel:
    """A 0.6M model taught chains of 1 to 3 operations, of which a part with the answer in the prompt where asked."""
    lm = fresh(name, "0.6M", seed)
    problems = list(islice(arithmetic.stream(100 + seed, "train", operations=(1, 2, 3)), 40_000))
    examples = from_problems(problems)
    if hints:
        examples = [*examples[:30_000], *hint_examples(problems[30_000:])]
    sft(lm, examples, replace(settings, seed=seed), folder=RUNS / f"{name}-{seed}", on_step=say)
    return lm


def start(seed: int) -> LocalModel:
    return from_nothing("start", START, seed, hints=True)


def teacher(seed: int) -> LocalModel:
    return from_nothing("teacher", TEACHER, seed)


def run_model(make: Callable[[int], LocalModel]) -> Callable[[int], dict[str, Any]]:
    def measure(seed: int) -> dict[str, Any]:
        lm = make(seed)
        chains = draw_chains(lm, train_problems(100, seed), n=4, temperature=1.0, max_new_tokens=LONGEST)
        right = sum(chain.right for group in chains for chain in group)
        return {"accuracy": accuracy(lm, seed), "right at temperature 1": interval(wilson(right, 400))}

    return measure


def run_star(hint: str | None) -> Callable[[int], dict[str, Any]]:
    def measure(seed: int) -> dict[str, Any]:
        lm = start(seed)
        before = accuracy(lm, seed)
        problems, held_out = hold_out(train_problems(2700, seed), 200 / 2700, seed)
        settings = replace(ROUND, hint=hint, seed=seed, training=replace(ROUND.training, seed=seed))
        folder = RUNS / f"star-{'hints' if hint else 'plain'}-{seed}"
        result = star(lm, problems, held_out, settings, folder=folder, on_round=print)
        return {"before": before, "after": accuracy(lm, seed), "rounds": result.metrics, "settings": asdict(settings)}

    return measure


def run_students(seed: int) -> dict[str, Any]:
    """One 0.1M student on the teacher's chains; one on as many answers; one on as many tokens of answers."""
    traces = teacher_examples(teacher(seed), train_problems(3000, seed), n=1, temperature=0.7, max_new_tokens=LONGEST)
    tokenizer = fresh("student", "0.1M", seed).tokenizer
    chains, answers = equal_examples(traces.chains, traces.answers)
    some_chains, all_answers = equal_tokens(traces.chains, traces.answers, tokenizer=tokenizer)
    sets = {
        "chains": chains,
        "answers, equal examples": answers,
        "chains, equal tokens": some_chains,
        "answers, equal tokens": all_answers,
    }
    return {"teacher": interval(traces.accuracy)} | {
        name: taught(name, examples, tokenizer, seed) for name, examples in sets.items()
    }


def taught(name: str, examples: Sequence[Example], tokenizer, seed: int) -> dict[str, Any]:
    lm = fresh("student", "0.1M", seed)
    result = sft(lm, examples, replace(STUDENT, seed=seed))
    facts = {"examples": len(examples), "tokens": sum(counted_tokens(examples, tokenizer)), "seconds": result.seconds}
    print(name, facts, flush=True)
    return facts | {"accuracy": accuracy(lm, seed)}


def run_verifier(kind: str) -> Callable[[int], dict[str, Any]]:
    def measure(seed: int) -> dict[str, Any]:
        lm = start(seed)
        problems, held_out = hold_out(train_problems(500, seed), 0.3, seed)
        sampling = {"n": 8, "temperature": 1.0, "max_new_tokens": LONGEST, "seed": seed}
        learned, measured = (judged_chains(draw_chains(lm, part, **sampling), kind) for part in (problems, held_out))
        verifier = train_verifier(lm, learned, replace(VERIFIER, seed=seed), kind=kind, on_step=say)
        return {"card": verifier.card, "held out": asdict(report(verifier, measured))}

    return measure


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "start": run_model(start),
    "teacher": run_model(teacher),
    "star": run_star(None),
    "rationalize": run_star(HINT),
    "students": run_students,
    "outcome": run_verifier("outcome"),
    "process": run_verifier("process"),
}


def say(line: dict[str, Any]) -> None:
    if line["step"] % 50 == 0:
        print(f"step {line['step']}: loss {line['loss']:.4f}, {line['seconds']:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for part in options.parts:
        began = time.perf_counter()
        found = PARTS[part](options.seed)
        command = shlex.join(["python", "benchmarks/distillation.py", part, "--seed", str(options.seed)])
        facts = {"command": command, "seconds": round(time.perf_counter() - began), "versions": versions()}
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        results[f"{part}, seed {options.seed}"] = found | facts
        write_atomically(RESULTS, (json.dumps(results, indent=1) + "\n").encode())
        print(part, json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
