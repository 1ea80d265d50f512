"""What wording does to SmolLM2: the same problems asked in many ways, each reply recorded.

    python benchmarks/prompts.py                            # every arm that the file lacks: about 40 minutes for all
    python benchmarks/prompts.py direct "few-shot, steps"   # these arms
    python benchmarks/prompts.py --seconds 120              # start no further arm after so long
    python benchmarks/prompts.py --list                     # what there is, and what is missing

One-step word problems of the test split, greedy, in float32. Some arms answer MANY problems, the others the
first FEW of them. Samples are kept in build/prompts.sqlite as they end, so that an interrupted arm goes on where it
was; a finished arm is added to data/results/prompts.json.gz, which notebook 06 reads (see srm_lab/prompt_trials.py).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab import prompt_trials, prompts
from srm_lab.claims import results_folder
from srm_lab.preflight import machine_name
from srm_lab.prompt_trials import shown, worded
from srm_lab.records import Problem
from srm_lab.run import Run
from srm_lab.store import stored
from srm_lab.training.run_log import write_atomically

MODEL, SEED, WORKERS = "smollm2-135m", 0, 50
MANY, FEW = 200, 60
SAMPLES = Path("build/prompts.sqlite")
LONG, SHORT = {"max_new_tokens": 96}, {"max_new_tokens": 64, "shots": 4}


@dataclass(frozen=True)
class Arm:
    """One way of asking. problems: how many of the test problems are asked."""

    problems: int
    method: Any
    settings: dict[str, Any]


def begun(template: str) -> Arm:
    """An instruction to answer at once; the reply is begun, as `direct` does."""
    return Arm(FEW, worded, {"template": template, "start": prompts.DIRECT_START, "max_new_tokens": 16})


def told(template: str) -> Arm:
    """An instruction to reason."""
    return Arm(FEW, worded, {"template": template, **LONG})


def example(layout: str, problems: int = FEW) -> Arm:
    return Arm(problems, shown, {"layout": layout, **SHORT})


ARMS: dict[str, Arm] = {
    "direct": Arm(MANY, "direct", {}),
    "few-shot, steps": Arm(MANY, "few_shot_cot", SHORT),
    "zero-shot, steps": Arm(MANY, "zero_shot_cot", LONG),
    "few-shot, answers alone": Arm(MANY, shown, {"steps": False, **SHORT}),
    "layout: Q and A": example("Q: {question}\nA: {solution}", MANY),
    "layout: Problem and Solution": example("Problem: {question}\nSolution: {solution}"),
    "direct: bare question": begun("{question}"),
    "direct: number first": begun("Answer this question with a single number: {question}"),
    "few-shot, nearest": Arm(MANY, "few_shot_cot", {"choice": "nearest", **SHORT}),
    "few-shot, random": Arm(MANY, "few_shot_cot", {"choice": "random", **SHORT}),
    "steps: show your work": told("{question}\nShow your work, then finish with: The answer is ..."),
    "steps: the paper's words": told("{question}\nLet's think step by step."),
    "self-ask": Arm(FEW, "self_ask", LONG),
    "re-reading": Arm(FEW, "re_reading", LONG),
    "structured output": Arm(FEW, "structured_output", LONG),
    "plan-and-solve": Arm(FEW, "plan_and_solve", LONG),
    "direct: only the number": begun("{question}\nGive only the final number."),
    "direct: no explanation": begun("{question}\nWhat is the answer? Do not explain."),
    "layout: one line": example("{question} {solution}"),
    "steps: told first": told("Solve this one step at a time and finish with: The answer is ...\n{question}"),
    "step-back": Arm(FEW, "step_back", LONG),
    "least-to-most": Arm(FEW, "least_to_most", {"max_parts": 2, **LONG}),
}


def have() -> dict[str, Run]:
    """The recorded arms, by name; none where there is no file yet."""
    return prompt_trials.load() if (results_folder() / prompt_trials.NAME).exists() else {}


def draw(lm, arm: Arm, problems: list[Problem]) -> Run:
    return srm.evaluate(lm, arm.method, problems[: arm.problems], seed=SEED, workers=WORKERS, **arm.settings)


def keep(runs: dict[str, Run], problems: list[Problem]) -> None:
    ordered = {name: runs[name] for name in ARMS if name in runs}
    facts = {"command": prompt_trials.COMMAND, "machine": machine_name(), "model": MODEL, "seed": SEED}
    write_atomically(results_folder() / prompt_trials.NAME, prompt_trials.dump(ordered, problems, facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arms", nargs="*", help="names of arms; all where none is named")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no further arm after so long")
    parser.add_argument("--list", action="store_true", help="print what there is and draw nothing")
    options = parser.parse_args()
    if unknown := set(options.arms) - ARMS.keys():
        parser.error(f"there is no arm {min(unknown)!r}")
    runs, began = have(), time.monotonic()
    if options.list:
        for name in ARMS:
            print(f"{name:32}", runs.get(name, "missing"))
        return
    problems = srm.load_problems("word_problems", n=MANY, seed=SEED, split="test", steps=1)
    SAMPLES.parent.mkdir(parents=True, exist_ok=True)
    lm = stored(srm.load_model(MODEL, dtype="float32"), SAMPLES)
    for name in options.arms or ARMS:
        drawn = len(runs[name].records) if name in runs else 0
        if drawn >= ARMS[name].problems or time.monotonic() - began > options.seconds:
            continue
        runs[name] = draw(lm, ARMS[name], problems)
        keep(runs, problems)
        print(f"{name}: {runs[name]}, {runs[name].seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
