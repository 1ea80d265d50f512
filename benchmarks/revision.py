"""What becomes of right and wrong answers when a small model revises them: SmolLM2-135M on one-step word problems.

    python benchmarks/revision.py                                                # every method below, 40 problems
    python benchmarks/revision.py few_shot_refine few_shot_vote --problems 200   # what carries a claim

Each method's result goes to data/results/revision.json when it is through, in place of an earlier one with fewer
problems. Samples lie in the store (see srm.store): after Ctrl-C the same command draws only what is missing, and
methods share drafts that are asked for alike. A trace is kept where the answer changed between right and wrong, and of
the first problem. Left out: a critic of another family; the offline model has no sibling that follows instructions.
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys

import srm_lab as srm
from srm_lab import claims, prompts, revision_trials
from srm_lab.evaluate import versions
from srm_lab.methods.few_shot_cot import few_shot_prompt
from srm_lab.methods.revising import revise
from srm_lab.preflight import machine_name

MODEL, TASK, SEED, LONGEST = "smollm2-135m", {"steps": 1, "split": "test", "seed": 0}, 0, 128


@srm.method
def zero_shot_vote(problem, lm, *, n=3, temperature=0.7, max_new_tokens=LONGEST):
    """The plain vote over the prompt that revision begins with, so that only revising differs."""
    chains = lm.sample(prompts.zero_shot_cot(problem), n=n, temperature=temperature, max_new_tokens=max_new_tokens)
    return srm.vote(chains, problem.kind)


@srm.method
def few_shot_refine(problem, lm, *, rounds=1, max_new_tokens=LONGEST):
    """Self-refine on a better draft: the same feedback and revision after a few-shot chain of thought."""
    settings = {"temperature": 0.0, "max_new_tokens": max_new_tokens}
    draft = lm.sample(few_shot_prompt(problem, lm, shots=8), stop=prompts.STOP, **settings)[0]
    return revise(problem, draft, critic=lm, reviser=lm, rounds=rounds, settings=settings)


# name -> (method, settings, chains that its first draft votes over)
METHODS = {
    "self_refine": ("self_refine", {"rounds": 1}, 1),
    "few_shot_refine": (few_shot_refine, {"rounds": 1}, 1),
    "reflexion": ("reflexion", {"trials": 2}, 1),
    "reflexion, oracle": ("reflexion", {"trials": 2, "verifier": srm.methods.oracle}, 1),
    "chain_of_verification": ("chain_of_verification", {"questions": 2}, 1),
    "debate": ("debate", {"agents": 3, "rounds": 2}, 3),
    "mixture_of_agents": ("mixture_of_agents", {"layers": 1}, 3),
    "vote": (zero_shot_vote, {"n": 3}, 1),  # as many calls as self_refine makes
    "vote of 6": (zero_shot_vote, {"n": 6}, 1),  # as many as a debate
    "few_shot_vote": ("self_consistency", {"n": 3}, 1),  # the prompt and the number of calls of few_shot_refine
    "program_aided": ("program_aided", {}, 1),
}


def measure(name: str, lm, problems) -> dict:
    """One method on the problems, with verdicts before and after."""
    method, settings, drafts = METHODS[name]
    run = srm.evaluate(lm, method, problems, seed=SEED, workers=64, max_new_tokens=LONGEST, **settings)
    command = shlex.join(["python", "benchmarks/revision.py", name, "--problems", str(len(problems))])
    facts = {"model": MODEL, "task": "word_problems", **TASK, "max_new_tokens": LONGEST, "sampling seed": SEED}
    facts["settings"] = {key: getattr(value, "__name__", value) for key, value in settings.items()}
    rows = [dataclasses.asdict(revision_trials.trial(record, drafts)) for record in run.records if record.solution]
    kept = [row if i == 0 or row["drafted"] != row["right"] else {**row, "trace": []} for i, row in enumerate(rows)]
    costs = {"failed": run.failed, "command": command, "machine": machine_name(), "versions": versions()}
    return {"facts": facts, "problems": kept, **costs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)}; all where none is given")
    parser.add_argument("--problems", type=int, default=40)
    options = parser.parse_args()
    if unknown := set(options.methods) - set(METHODS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(METHODS)}")
    lm = srm.load_model(MODEL, dtype="float32")
    problems = srm.load_problems("word_problems", n=options.problems, **TASK)
    for name in options.methods or METHODS:
        recorded = claims.load(revision_trials.NAME)
        if len(recorded.get(name, {}).get("problems", ())) >= options.problems:
            print(f"{name}: recorded already", file=sys.stderr)
            continue
        row = measure(name, lm, problems)
        path = claims.results_folder() / f"{revision_trials.NAME}.json"
        claims.write_json(path, {**claims.load(revision_trials.NAME), name: row})
        print(f"{name}: {revision_trials.change(row)}", flush=True)


if __name__ == "__main__":
    main()
