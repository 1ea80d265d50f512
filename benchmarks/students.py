"""What students learn from which data: the measurements behind notebook 05.

    python benchmarks/students.py traces answers "answers, equal tokens" --seeds 0 1 2
    python benchmarks/students.py drafts traces checked mix --size 0.6M --seeds 0

Every student begins as a new tiny model that knows nothing. It is taught on QUESTIONS chains of OPERATIONS operations,
as many steps whatever the data are (at equal tokens: as many passes), and tested greedily on TEST_PROBLEMS others.
Students that are in data/results/students.json already are skipped; --again teaches them again.
Lessons and the teachers' chains lie in build/students: after Ctrl-C the same command goes on where it was.
One student takes half a minute to two minutes on one core. A seed fixes weights and the order of data; all seeds share
the questions and the teachers' chains, so that three seeds say nothing about the luck of drawing those.
"""

from __future__ import annotations

import argparse
import functools
import json
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import srm_lab as srm
from srm_lab import students
from srm_lab.evaluate import versions
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.preflight import machine_name
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.chains import draw_chains
from srm_lab.training.distill import answers_alone, counted_tokens, distill_logits, mix
from srm_lab.training.examples import Example, from_problems
from srm_lab.training.material import with_checks
from srm_lab.training.run_log import write_atomically
from srm_lab.training.sft import SftSettings, sft

RUNS = Path("build/students")
OPERATIONS, QUESTIONS, TEST_PROBLEMS, LONGEST = 3, 3000, 500, 96
TEACHER, NEAR_TEACHER, WEAK_TEACHER = "chain-cot", "chain-student-0.1M", "chain-voter"
CHAINS = 4  # a question, of the weak teacher
TEMPERATURE = 0.7  # of teachers
RATES = {"0.1M": 4e-3, "0.3M": 3e-3, "0.6M": 2e-3}
LESSON = SftSettings(steps=600, batch_size=64)  # on QUESTIONS examples: 13 passes


@dataclass(frozen=True)
class Arm:
    """What a student is taught. what: for readers. data: its examples. steps: of training on them.

    teacher: whose distributions are learned instead of texts; "" for texts.
    """

    what: str
    data: Callable[[], list[Example]]
    steps: Callable[[list[Example]], int] = lambda examples: LESSON.steps
    teacher: str = ""


@functools.cache
def problems(n: int = QUESTIONS):
    """Questions of the train split; more of them begin with the same ones."""
    return srm.load_problems("arithmetic", n, 10, "train", operations=OPERATIONS)


def drawn(teacher: str, n: int) -> list[list[tuple[str, bool]]]:
    """A teacher's finished chains of every question, each with whether it is right; drawn once and kept."""
    path = RUNS / f"{teacher}-{n}-chains.json"
    if not path.exists():
        lm, began = srm.load_model(f"tiny/{teacher}"), time.perf_counter()
        groups = draw_chains(lm, problems(), n=n, workers=128, temperature=TEMPERATURE, max_new_tokens=LONGEST)
        kept = [[(c.text, c.right) for c in group if c.completion.finish_reason == "stop"] for group in groups]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(kept).encode())
        print(f"{teacher}: {n} chains of {len(kept)} questions in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return [[(text, right) for text, right in group] for group in json.loads(path.read_text())]


def chains(teacher: str, n: int, most: int, only_right: bool) -> list[Example]:
    """The different ones among each question's first `most` chains, of those that are right where asked."""
    examples = []
    for problem, group in zip(problems(), drawn(teacher, n)):
        texts = dict.fromkeys(text for text, right in group[:most] if right or not only_right)
        examples += [Example(problem.question, text) for text in texts]
    return examples


def traces() -> list[Example]:
    return chains(TEACHER, 1, 1, True)


def checked() -> list[Example]:
    return [Example(p.question, with_checks(p)) for p in problems()]


def more_answers() -> list[Example]:
    """Answers alone to so many questions that they have as many learned tokens as the traces."""
    tokenizer = new_student("0.1M", 0).tokenizer
    budget, one = sum(counted_tokens(traces(), tokenizer)), counted_tokens(answers_alone(problems()), tokenizer)
    return answers_alone(problems(round(budget * len(one) / sum(one))))


def as_many_passes(examples: list[Example]) -> int:
    return round(LESSON.steps * len(examples) / QUESTIONS)


ARMS = {
    "nothing": Arm("nothing: a new model", list),
    "traces": Arm("the teacher's chains", traces),
    "answers": Arm("answers alone, as many examples", lambda: answers_alone(problems())),
    "answers, equal tokens": Arm("answers alone, as many tokens", more_answers, as_many_passes),
    "logits": Arm("the teacher's distributions", traces, teacher=TEACHER),
    "near teacher": Arm("chains of a teacher of its own size", lambda: chains(NEAR_TEACHER, 1, 1, True)),
    "weak teacher, all": Arm("a weak teacher's chains, all", lambda: chains(WEAK_TEACHER, CHAINS, 1, False)),
    "weak teacher, right": Arm("only its right chains", lambda: chains(WEAK_TEACHER, CHAINS, 1, True)),
    "weak teacher, right of 4": Arm("only the right ones of 4", lambda: chains(WEAK_TEACHER, CHAINS, CHAINS, True)),
    "drafts": Arm("short chains: results alone", lambda: from_problems(problems(), "draft")),
    "checked": Arm("long chains: every step checked", checked),
    "mix": Arm("one long chain to four plain ones", lambda: mix(checked(), from_problems(problems()), 0.2)),
}


def new_student(size: str, seed: int) -> LocalModel:
    return LocalModel(f"{size} student", *tiny.make(size, ALPHABET, seed))


def lesson_folder(name: str, size: str, seed: int) -> Path:
    return RUNS / f"{name.replace(', ', '-').replace(' ', '-')}-{size}-{seed}"


def teach(name: str, lm: LocalModel, size: str, seed: int) -> dict:
    """Train a new student in place; how many examples, steps and tokens it saw, and how long it took."""
    arm, folder = ARMS[name], lesson_folder(name, size, seed)
    examples = arm.data()
    if not examples:
        return {"examples": 0, "steps": 0, "tokens": 0, "seconds": 0.0}
    settings = replace(LESSON, steps=arm.steps(examples), learning_rate=RATES[size], seed=seed)
    if arm.teacher:
        result = distill_logits(
            lm, srm.load_model(f"tiny/{arm.teacher}"), examples, settings, folder=folder, on_step=say
        )
    else:
        result = sft(lm, examples, settings, folder=folder, on_step=say)
    facts = {"examples": len(examples), "steps": result.steps, "tokens": result.tokens}
    return facts | {"learning_rate": settings.learning_rate, "seconds": round(result.seconds, 1)}


def test(lm: LocalModel) -> dict:
    asked = srm.load_problems("arithmetic", TEST_PROBLEMS, 1, "test", operations=OPERATIONS)
    run = srm.evaluate(lm, "zero_shot_cot", asked, max_new_tokens=LONGEST, progress=False, store=False)
    return students.verdicts(run) | {"tokens a problem": round(run.tokens_per_problem, 1)}


def measure(name: str, size: str, seed: int) -> dict:
    """Teach one student and test it."""
    lm = new_student(size, seed)
    facts = teach(name, lm, size, seed)
    command = shlex.join(["python", "benchmarks/students.py", name, "--size", size, "--seeds", str(seed)])
    row = {"arm": name, "what": ARMS[name].what, "size": size, "seed": seed, "parameters": lm.num_parameters}
    return row | facts | test(lm) | {"command": command, "machine": machine_name(), "versions": versions()}


def say(line: dict) -> None:
    if line["step"] % 100 == 0:
        print(f"step {line['step']}: loss {line['loss']:.4f}, {line['seconds']:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arms", nargs="+", choices=ARMS, metavar="ARM", help=", ".join(ARMS))
    parser.add_argument("--size", default="0.1M", choices=RATES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--again", action="store_true", help="also students that were measured before")
    options = parser.parse_args()
    for seed in options.seeds:
        for name in options.arms:
            known = {students.key(row["arm"], row["size"], row["seed"]) for row in students.load()}
            if options.again or students.key(name, options.size, seed) not in known:
                row = measure(name, options.size, seed)
                students.add(row)
                shutil.rmtree(lesson_folder(name, options.size, seed), ignore_errors=True)
                print(f"{name}, {options.size}, seed {seed}: {row['k']} of {row['n']}, {row['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
