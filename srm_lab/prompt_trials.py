"""What prompts did to one real model: its replies to the same problems, asked in many ways, kept in one file.

    trials = prompt_trials.load()                     # {name of an arm: Run}, out of data/results/prompts.json.gz
    srm.compare(trials["direct"], trials["few-shot, steps"])

`benchmarks/prompts.py` draws the replies; notebook 06 reads them. Texts are kept and verdicts are not: each `load`
grades them anew, so that any grader can be tried on them. The two methods here differ from the kit's by their words
alone: `worded` takes an instruction, `shown` a layout of worked examples. Left out: token ids and log-probabilities,
which the store keeps while the replies are drawn.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import prompts
from .claims import results_folder
from .errors import SrmLabError
from .evaluate import grade
from .methods.chain import check_instructable, solution_of
from .methods.few_shot_cot import worked_examples
from .methods.method import METHODS, method
from .records import Completion, Problem, Solution, Usage
from .run import Record, Run

NAME, FORMAT = "prompts.json.gz", 1
COMMAND = "python benchmarks/prompts.py"


def _unlisted(function: Callable[..., Solution]) -> Callable[..., Solution]:
    """A method that `srm.methods.names()` leaves out: it is one experiment's variant of another."""
    made = method(function)
    del METHODS[function.__name__]
    return made


@_unlisted
def worded(
    problem: Problem, lm, *, template: str, start: str = "", temperature: float = 0.0, max_new_tokens: int = 96
) -> Solution:
    """One chain after an instruction in words of your own.

    template: the message, with the slot {question}.  start: how the reply is begun for the model, if it is; such a
    reply is one line.  Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "worded")
    messages = prompts.message(template, question=problem.question)
    begun = [{"role": "assistant", "content": start}] if start else []
    stop = prompts.DIRECT_STOP if start else ()
    chain = lm.sample(messages + begun, temperature=temperature, max_new_tokens=max_new_tokens, stop=stop)[0]
    return solution_of(problem, chain)


@_unlisted
def shown(
    problem: Problem,
    lm,
    *,
    layout: str = prompts.EXAMPLE,
    steps: bool = True,
    shots: int = 4,
    temperature: float = 0.0,
    max_new_tokens: int = 64,
) -> Solution:
    """One chain after solved examples in a layout of your own.

    layout: an example, with the slots {question} and {solution}.  steps: whether a solution has its steps, or is the
    sentence with the answer alone.  Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "shown")
    examples = worked_examples(problem, shots)[:shots]
    solutions = [
        prompts.worked_solution(e) if steps else prompts.fill(prompts.ANSWER_SENTENCE, answer=e.answer)
        for e in examples
    ]
    parts = [prompts.fill(layout, question=e.question, solution=s) for e, s in zip(examples, solutions)]
    parts.append(prompts.fill(layout, question=problem.question, solution="").rstrip())
    stop = ("\n" + layout.split("{")[0].strip(), "\n\n")
    chain = lm.sample("\n\n".join(parts), temperature=temperature, max_new_tokens=max_new_tokens, stop=stop)[0]
    return solution_of(problem, chain)


def load(path: Path | None = None) -> dict[str, Run]:
    """Every recorded arm as a Run, in the file's order. Raises SrmLabError where the file is missing or damaged."""
    path = path or results_folder() / NAME
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, and {FORMAT} is read")
        problems = [Problem(**row) for row in data["problems"]]
        return {name: _run(name, arm, problems) for name, arm in data["arms"].items()}
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise SrmLabError(
            f"The recorded replies {path.name} could not be read.", f"{type(error).__name__}: {error}.",
            f"Restore the file from version control, or make it again: {COMMAND}.",
        ) from error  # fmt: skip


def dump(runs: Mapping[str, Run], problems: Sequence[Problem], facts: Mapping[str, Any]) -> bytes:
    """The file's bytes: the problems once, then each arm's replies to the first of them.

    runs: each over the first problems of `problems`, in order, without a failed one.  facts: what else the file says.
    """
    arms = {name: _arm(run) for name, run in runs.items()}
    data = {"format": FORMAT, **facts, "problems": [asdict(problem) for problem in problems], "arms": arms}
    return gzip.compress(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0)


def _arm(run: Run) -> dict[str, Any]:
    settings = {"method": run.method, **run.settings}  # a run out of the file has it among its settings already
    return {
        "model": run.model, "method": settings.pop("method"), "settings": settings, "seed": run.seed,
        "seconds": round(run.seconds, 1), "reused": run.reused, "created": run.created,
        "versions": dict(run.versions), "model_facts": dict(run.model_facts),
        "replies": [_reply(record.solution) for record in run.records],
    }  # fmt: skip


def _reply(solution: Solution) -> list[Any]:
    chains = [[chain.text, chain.finish_reason, chain.usage.generated_tokens] for chain in solution.completions]
    return [solution.answer, solution.text, chains, list(vars(solution.usage).values())]


def _run(name: str, arm: Mapping[str, Any], problems: Sequence[Problem]) -> Run:
    """An arm as a run that is called by its name; the method behind it is among the settings."""
    records = tuple(_record(problem, reply) for problem, reply in zip(problems, arm["replies"]))
    kept = {key: value for key, value in arm.items() if key not in ("replies", "method", "settings")}
    return Run(**kept, method=name, settings={"method": arm["method"], **arm["settings"]}, records=records)


def _record(problem: Problem, reply: Sequence[Any]) -> Record:
    answer, text, chains, usage = reply
    completions = tuple(Completion(t, None, t, (), (), end, Usage(generated_tokens=n)) for t, end, n in chains)
    solution = Solution(answer, text, completions, Usage(*usage))
    return Record(problem, solution, grade(problem, solution), None, 0.0)
