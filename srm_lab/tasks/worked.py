"""What the tasks with known steps share: how problems are drawn, taught and checked step by step.

    7+12-5*2?     full: 7+12=19;19-5=14;14*2=28####28     draft: 19;14;28####28     answer: ####28

A completion is its steps, a semicolon between two of them, then "####" and the answer: few characters, because
models with one token a character learn them, and `srm_lab.verify` reads the answer behind the hashes. All that
these tasks write is made of `ALPHABET`.

**Solving and checking are one function.** A task writes its solution as a generator of `Due` steps that is sent
each result as it was written. `solve` sends back the right ones, `label_steps` those of a model. So a step is judged
by the steps before it *as they are written*: after one slip, the steps that follow from it are right again, and the
first wrong step is where the chain went wrong.

**The split.** What a problem is made of (its numbers, its graph) decides whether it is for test, one in three, or
for train, whatever the seed and the settings. Left out: a third split, and rewards, which training code decides.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any, NamedTuple

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.records import Problem
from srm_lab.tasks.settings import check_count, check_integer, check_split

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz+-*/=?;:,.#>()| \n"
MARKER = "####"  # stands before the answer
SEPARATOR = ";"  # stands between two steps
STYLES = ("full", "draft", "answer", "reversed")
_TRIES = 20_000  # draws without a new problem after which there are no more
_STEP = re.compile(r"[^;\n]+")


class Draw(NamedTuple):
    """A problem without its place in a set. facts: its metadata, `worked` and `draft` among them."""

    question: str
    answer: str
    facts: dict[str, Any]
    kind: str = "number"


@dataclass(frozen=True)
class Source:
    """How a task makes its problems.

    task: its name.  tag: its settings, as they stand in an id.  levels: difficulties, which take turns.
    draw: content of a difficulty at random, or None where a draw came to nothing.
    key: what of the content decides its split.  write: the content as a problem.
    """

    task: str
    tag: str
    levels: tuple[int, ...]
    draw: Callable[[Random, int], Any]
    key: Callable[[Any], Hashable]
    write: Callable[[Any], Draw]


class Due(NamedTuple):
    """The step that is due: what is worked out, its result, and whether the draft style shows it."""

    left: str
    result: str
    in_draft: bool = True


Steps = Generator[Due, str, str]  # yields what is due, is sent the result as written, returns the answer


@dataclass(frozen=True)
class StepLabel:
    """One step of a chain, the answer included, and whether it is right.

    text: the step as written.  span: its (start, end) offsets in the chain.
    correct: whether it follows from the question and the steps before it as they are written.
    reason: one sentence for a reader.
    """

    text: str
    span: tuple[int, int]
    correct: bool
    reason: str


def load(source: Source, n: int | None, seed: int, split: str) -> list[Problem]:
    """The first n problems (None: 100) of a split, none twice: those of `stream` without its repetitions."""
    n = 100 if n is None else n
    check_count(source.task, n)
    seen: set[str] = set()
    problems = []
    for problem in _problems(source, seed, split, seen):
        if len(problems) == n:
            break
        problems.append(problem)
    if len(problems) < n:
        raise SrmLabError(
            f"{source.task} has no {n} different problems with these settings, split={split!r}, seed={seed}.",
            f"After {len(problems)} of them every further one was a repetition.",
            f"Ask for n={len(problems)} or fewer, or choose settings with more problems.",
        )
    return problems


def stream(source: Source, seed: int, split: str) -> Iterator[Problem]:
    """Problems of a split without end, for training; some come again. As fast as drawing them is."""
    check_integer(source.task, "seed", seed)
    check_split(source.task, split)
    return _problems(source, seed, split, None)


def _problems(source: Source, seed: int, split: str, seen: set[str] | None) -> Iterator[Problem]:
    """Problem after problem; with `seen` none twice, and an end where there are no more."""
    check_integer(source.task, "seed", seed)
    check_split(source.task, split)
    stem = f"{source.task}/{split}/{source.tag}/{seed}"
    rng = Random(_digest(stem))
    for index in count():
        drawn = _new(source, rng, source.levels[index % len(source.levels)], split, seen)
        if drawn is None:
            break
        yield Problem(f"{stem}/{index}", drawn.question, drawn.answer, source.task, drawn.facts, drawn.kind)
    if seen is None:
        raise SrmLabError(
            f"{source.task} has no {split} problems with these settings.",
            "So few are possible that all belong to the other split.",
            "Choose settings with more problems.",
        )


def _new(source: Source, rng: Random, level: int, split: str, seen: set[str] | None) -> Draw | None:
    for _ in range(_TRIES):
        content = source.draw(rng, level)
        if content is None or split_of(source.task, source.key(content)) != split:
            continue
        drawn = source.write(content)
        drawn.facts["split"] = split
        if seen is None:
            return drawn
        if drawn.question not in seen:
            seen.add(drawn.question)
            return drawn
    return None


def split_of(task: str, key: Hashable) -> str:
    """The split that content belongs to: "test" for one in three, else "train"."""
    return "test" if _digest(f"{task} {key}") % 3 == 0 else "train"


def shuffled(rng: Random, items: str) -> list[str]:
    """The items in random order."""
    return sorted(items, key=lambda _: rng.random())


def _digest(key: str) -> int:
    """A number that depends on the key alone: the same in every process, unlike `hash` of a str."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")


def check_levels(task: str, name: str, value: Any, low: int, high: int) -> tuple[int, ...]:
    """A whole number within [low, high], or several, each once, as a tuple. Raises SrmLabError for others."""
    levels = tuple(value) if isinstance(value, (tuple, list, range)) else (value,)
    known = all(isinstance(level, int) and not isinstance(level, bool) and low <= level <= high for level in levels)
    if not (levels and known and len(set(levels)) == len(levels)):
        raise SrmLabError(
            f"{task} cannot have {name}={value!r}.",
            f"{name} is a whole number from {low} to {high}, or several of these, each once.",
            f"Pass for example {name}={low} or {name}=({low}, {low + 1}).",
        )
    return levels


def solve(steps: Steps) -> tuple[list[str], list[str], str]:
    """The steps in full, those of the draft, and the answer."""
    full, draft = [], []
    due = next(steps)
    try:
        while True:
            left, result, in_draft = due
            full.append(f"{left}={result}")
            if in_draft:
                draft.append(result)
            due = steps.send(result)
    except StopIteration as end:
        return full, draft, end.value


def worked(problem: Problem, style: str = "full") -> str:
    """The completion that a model is taught for a problem with known steps.

    style: "full" (each step with what it works out), "draft" (results alone, after Xu et al. 2025, arXiv
    2502.18600), "answer" (no steps), or "reversed" (the answer's digits from the last to the first, then the answer;
    Lee et al. 2023, arXiv 2307.03381).
    Raises SrmLabError for another style, for "reversed" where there are no digits to reverse, and for a problem whose
    task does not know its steps.
    """
    if style not in STYLES:
        raise unknown_name("style", style, STYLES)
    facts = problem.metadata
    if "worked" not in facts or "draft" not in facts:
        raise SrmLabError(
            f"The steps of {problem.id!r} are not known in styles.", f"Its task is {problem.task!r}.",
            "Load problems of arithmetic, graph_paths, countdown or permutations.",
        )  # fmt: skip
    if style == "reversed":
        return f"{_reversed(problem)}{MARKER}{problem.answer}"
    steps = {"full": facts["worked"], "draft": facts["draft"], "answer": ()}[style]
    return f"{SEPARATOR.join(steps)}{MARKER}{problem.answer}"


def _reversed(problem: Problem) -> str:
    if "reversed" not in problem.metadata:
        raise SrmLabError(
            f"The answer of {problem.id!r} has no reversed style.",
            "Only the sums and products of numbers of two or more digits are worked out from the last digit on.",
            'Use style="full" or "draft", or load_problems("arithmetic", form="addition").',
        )
    return problem.metadata["reversed"]


def explained(problem: Problem) -> Problem:
    """The problem with its rules in words before the question, for models that were not trained on the task."""
    rules = problem.metadata.get("rules")
    if not rules:
        raise SrmLabError(f"{problem.id!r} has no rules to explain.", f"Its task is {problem.task!r}.")
    return replace(problem, id=f"{problem.id}/explained", question=f"{rules}\n{problem.question}")


def written_steps(text: str) -> tuple[list[tuple[str, tuple[int, int]]], tuple[str, tuple[int, int]] | None]:
    """The steps of a chain and its answer, each with its span; None for the answer where there is no "####"."""
    marker = text.rfind(MARKER)
    stop = len(text) if marker < 0 else marker
    steps = [(match.group(), match.span()) for match in _STEP.finditer(text, 0, stop) if match.group().strip()]
    return steps, (None if marker < 0 else (text[marker:], (marker, len(text))))


def written_style(text: str) -> str:
    """The style of `worked` that a chain is written in, right or wrong: "full", "draft" or "answer"."""
    steps, _ = written_steps(text)
    if not steps:
        return "answer"
    return "full" if any("=" in step for step, _ in steps) else "draft"


def label_steps(
    steps: Steps,
    text: str,
    read: Callable[[str], str | None],
    read_left: Callable[[str], str | None] = str,
    read_answer: Callable[[str], str | None] | None = None,
) -> list[StepLabel]:
    """Judges each step of a model's chain, in any style, and its answer.

    steps: the solution.  read: a written result (without spaces) in canonical form, None for anything unreadable.
    read_left: what is written before the equals sign, in canonical form.  read_answer: the answer, where it is read
    otherwise than a result.
    A step that cannot be read takes the place of the one that was due, and counts as wrong.
    """
    written, answer = written_steps(text)
    labels, due, end = [], *_advance(steps, None)
    for step, span in written:
        left, equals, result = compact(step).rpartition("=")
        while due is not None and not equals and not due.in_draft:
            due, end = _advance(steps, due.result)
        value = read(result)
        why = _objection(due, left if equals else None, value, read, read_left)
        labels.append(StepLabel(step, span, why is None, why or "It follows."))
        if due is not None:
            due, end = _advance(steps, due.result if value is None else value)
    while due is not None:
        due, end = _advance(steps, due.result)
    if answer is not None:
        labels.append(label_answer(*answer, end, read_answer or read))
    return labels


def label_answer(text: str, span: tuple[int, int], expected: str, read: Callable[[str], str | None]) -> StepLabel:
    """Judges an announced answer by the one that the steps lead to."""
    value = read(compact(text.removeprefix(MARKER)))
    if value is None:
        return StepLabel(text, span, False, "It is not an answer.")
    right = value == read(expected)
    return StepLabel(text, span, right, "It follows." if right else f"The steps lead to {expected}.")


def compact(text: str) -> str:
    """The text without spaces."""
    return "".join(text.split())


def _advance(steps: Steps, written: str | None) -> tuple[Due | None, str]:
    """The next step that is due and "", or None and the answer."""
    try:
        return (next(steps) if written is None else steps.send(written)), ""
    except StopIteration as end:
        return None, end.value


def _objection(due: Due | None, left: str | None, value: str | None, read, read_left) -> str | None:
    """What is wrong with a step, or None. left: None where only a result is written."""
    if due is None:
        return "No step is left to do."
    if value is None:
        return f"It is not a step; {due.left}={due.result} was due."
    if left is not None and read_left(left) != read_left(due.left):
        return f"{due.left} was due."
    if value != read(due.result):
        return f"{due.left} is {due.result}."
    return None


def first_wrong(labels: list[StepLabel]) -> int | None:
    """The index of the first wrong step, or None where there is none."""
    return next((i for i, label in enumerate(labels) if not label.correct), None)
