"""How steps should be written for a tiny model to learn them: equal model, equal seconds of training, three seeds.

    python benchmarks/styles.py                                       # everything
    python benchmarks/styles.py --tasks chain --styles answer full --seeds 0

    chain      arithmetic chains of 1 to 4 operations (7+12-5*2?): answers alone, drafts, steps in full
    addition   two numbers of 2 to 4 digits (345+278?): the sum alone, its digits backwards first, steps in full

Every model is a new one of 0.1M parameters, taught EXAMPLES problems for the same number of seconds on one core. A
style with short completions makes more steps in that time, which is its advantage. Measured greedily on test problems
of each difficulty. On a machine that has other work seconds are no equal budget: `cpu` is the processor time of a
training, and one that had less than LEAST_CPU of a core is not recorded. Results are written to
data/results/styles.json as each model ends, and what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch

import srm_lab as srm
from srm_lab import claims
from srm_lab.errors import SrmLabError
from srm_lab.evaluate import versions
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks import arithmetic
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.examples import from_problems
from srm_lab.training.sft import SftSettings, sft

RESULTS, RUNS = claims.results_folder() / "styles.json", Path("build/styles")
LONGEST = 64  # tokens of a completion
EXAMPLES = 128_000  # 2,000 steps: only answers alone, the shortest, begin a second pass in their time
LEAST_CPU = 0.95  # of the training time that a process must have had a core for
POINTS = 200  # of a learning curve that are kept


@dataclass(frozen=True)
class Lesson:
    """What is taught and how long. levels: of difficulty, with the number of test problems of each."""

    settings: dict[str, Any]
    levels: dict[int, int]
    styles: tuple[str, ...]
    seconds: float
    learning_rate: float = 4e-3


LESSONS = {
    "chain": Lesson({"form": "chain"}, {1: 250, 2: 500, 3: 500, 4: 500}, ("answer", "draft", "full"), 60.0),
    "addition": Lesson({"form": "addition"}, {2: 500, 3: 500, 4: 500}, ("answer", "reversed", "full"), 30.0),
}
NAME_OF_LEVEL = {"chain": "operations", "addition": "digits"}


def train(task: str, style: str, seed: int) -> dict[str, Any]:
    """A new model taught in a style, and what it can do."""
    lesson, level = LESSONS[task], NAME_OF_LEVEL[task]
    lm = LocalModel(f"{task}-{style}", *tiny.make("0.1M", ALPHABET, seed))
    problems = islice(arithmetic.stream(seed, "train", **lesson.settings, **{level: tuple(lesson.levels)}), EXAMPLES)
    examples = from_problems(problems, style)
    settings = SftSettings(seconds=lesson.seconds, learning_rate=lesson.learning_rate, seed=seed)
    cpu = time.process_time()
    result = sft(lm, examples, settings, folder=RUNS / f"{task}-{style}-{seed}")
    cpu = time.process_time() - cpu
    if cpu < LEAST_CPU * result.seconds:
        raise SrmLabError(
            f"{task}, {style}, seed {seed} had {cpu:.0f} s of a core in {result.seconds:.0f} s of training.",
            "Other programs took the rest, so its seconds are no equal budget, and nothing is recorded.",
            f"Remove {RUNS} and run it again on a machine with nothing else to do.",
        )
    tests = {
        n: srm.load_problems("arithmetic", count, 1, "test", **lesson.settings, **{level: n})
        for n, count in lesson.levels.items()
    }
    return {
        "accuracy": {str(n): accuracy(lm, test) for n, test in tests.items()},
        "curve": thinned(result.metrics),
        "training": {"steps": result.steps, "tokens": result.tokens, "seconds": result.seconds, "cpu": cpu},
        "settings": asdict(settings) | lesson.settings | {level: list(lesson.levels)},
        "parameters": lm.num_parameters,
        "example": {"prompt": examples[-1].prompt, "completion": examples[-1].completion},
    }


def accuracy(lm: LocalModel, problems) -> dict[str, Any]:
    """Greedy, with the mean number of tokens written."""
    run = srm.evaluate(lm, "zero_shot_cot", problems, max_new_tokens=LONGEST, progress=False, store=False)
    found = run.accuracy
    return {"k": found.k, "n": found.n, "low": found.low, "high": found.high, "tokens": run.tokens_per_problem}


def thinned(metrics) -> list[dict[str, float]]:
    """POINTS points of a learning curve, each the mean loss of the steps since the last one."""
    size = max(1, -(-len(metrics) // POINTS))
    groups = [metrics[at : at + size] for at in range(0, len(metrics), size)]
    return [
        {
            "step": group[-1]["step"],
            "seconds": round(group[-1]["seconds"], 2),
            "loss": round(sum(line["loss"] for line in group) / len(group), 5),
        }
        for group in groups
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=LESSONS, default=list(LESSONS))
    parser.add_argument("--styles", nargs="+", help="default: every style of the task")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    wanted = [
        (task, style, seed)
        for seed in options.seeds
        for task in options.tasks
        for style in LESSONS[task].styles
        if style in (options.styles or LESSONS[task].styles)
    ]
    for task, style, seed in wanted:
        name = f"{task}, {style}, seed {seed}"
        if name in (json.loads(RESULTS.read_text()) if RESULTS.exists() else {}):
            continue
        found = train(task, style, seed)
        command = shlex.join(f"python benchmarks/styles.py --tasks {task} --styles {style} --seeds {seed}".split())
        facts = {"command": command, "versions": versions(), "threads": torch.get_num_threads()}
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        claims.write_json(RESULTS, results | {name: found | facts})
        rates = {level: round(a["k"] / a["n"], 3) for level, a in found["accuracy"].items()}
        print(name, found["training"], rates, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
