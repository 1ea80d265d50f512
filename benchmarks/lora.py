"""A real model taught by worked steps, or by answers alone: SmolLM2-135M with LoRA on word problems.

    python benchmarks/lora.py traces answers                # best where the processor multiplies bfloat16
    python benchmarks/lora.py traces --seed 1               # another student of the same kind

Both students see the same problems once, in the same order, and train as many steps. They are tested twice: on the
stories that they know with numbers they have not seen, and on new stories with such numbers. The results of each go to
data/results/lora.json as they are measured. Training lies in build/lora: after Ctrl-C, or a machine that was switched
off, the same command goes on where it was; a finished student is only tested again. About ten minutes a student on one
core without bfloat16.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import srm_lab as srm
from srm_lab import claims, prompts, students
from srm_lab.evaluate import versions
from srm_lab.models.adapters import with_lora
from srm_lab.models.machine import native_bfloat16
from srm_lab.preflight import machine_name
from srm_lab.records import Problem
from srm_lab.training.examples import Example
from srm_lab.training.sft import SftSettings, sft

RUNS, NAME, MODEL = Path("build/lora"), "lora", "smollm2-135m"
STEPS, EXAMPLES, TEST_PROBLEMS, LONGEST = (1, 2), 800, 200, 96
LESSON = SftSettings(steps=50, batch_size=16, learning_rate=1e-3)  # each example once
ARMS = ("traces", "answers")
TESTS = {"known stories": {"known_stories": True}, "new stories": {}}


def example(problem: Problem, arm: str) -> Example:
    """The open question of few-shot prompts without its examples; the completion with the steps, or without."""
    answer = prompts.fill(prompts.ANSWER_SENTENCE, answer=problem.answer)
    solution = prompts.worked_solution(problem) if arm == "traces" else answer
    return Example(prompts.fill(prompts.OPEN_QUESTION, question=problem.question), f" {solution}")


@srm.method
def asked_as_taught(problem, lm, *, max_new_tokens=LONGEST):
    """One greedy chain after the question, as the student was taught."""
    from srm_lab.methods.chain import solution_of

    return solution_of(problem, lm.sample(example(problem, "answers").prompt, max_new_tokens=max_new_tokens)[0])


def measure(arm: str, seed: int) -> dict[str, dict]:
    """Train one student and test it; a row for each of TESTS."""
    lm = with_lora(srm.load_model(MODEL, dtype="float32"), rank=16, seed=seed)
    lessons = srm.load_problems("word_problems", EXAMPLES, seed, "train", steps=STEPS)
    settings = replace(LESSON, seed=seed, autocast=native_bfloat16("cpu"))
    folder = RUNS / f"{arm}-{seed}"
    result = sft(lm, [example(p, arm) for p in lessons], settings, folder=folder, on_step=say)
    facts = {"examples": EXAMPLES, "steps": result.steps, "tokens": result.tokens, "seconds": round(result.seconds, 1)}
    command = shlex.join(["python", "benchmarks/lora.py", arm, "--seed", str(seed)])
    facts |= {"command": command, "machine": machine_name(), "versions": versions()}
    row = {"arm": arm, "model": MODEL, "size": "135M", "seed": seed}
    return {name: {**row, "test": name, **tested(lm, more), **facts} for name, more in TESTS.items()}


def tested(lm, more: dict) -> dict:
    """Verdicts on one set of test problems."""
    asked = srm.load_problems("word_problems", TEST_PROBLEMS, 1, "test", steps=STEPS, **more)
    run = srm.evaluate(lm, asked_as_taught, asked, progress=False, store=False)
    return students.verdicts(run) | {"tokens a problem": round(run.tokens_per_problem, 1)}


def say(line: dict) -> None:
    print(f"step {line['step']}: loss {line['loss']:.3f}, {line['seconds']:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arms", nargs="+", choices=ARMS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for arm in options.arms:
        for test, row in measure(arm, options.seed).items():
            key = f"{students.key(arm, row['size'], options.seed)}, {test}"
            claims.write_json(claims.results_folder() / f"{NAME}.json", {**claims.load(NAME), key: row})
            print(f"{key}: {row['k']} of {row['n']}")


if __name__ == "__main__":
    main()
