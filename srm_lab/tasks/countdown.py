"""Reach a target with given numbers, each used exactly once, by + - * / and brackets.

    3,7,8:32?     full: 7-3=4;4*8=32####(7-3)*8       draft: 4;32####(7-3)*8

Every number must be used, as in the countdown tasks of the reinforcement-learning literature with all numbers
(Gandhi et al. 2024, arXiv 2404.03683, allow leaving some out). The generated solution stays within whole numbers from
1 to 99, divides evenly, and multiplies or divides by more than 1. The verifier accepts every right expression, also
one that passes through fractions or negative numbers; it reads the expression with a parser of its own
(`srm_lab.scoring.arithmetic`) and evaluates nothing.

The worked steps are those of one solution, without the search for it. A model's step is right where its numbers are
there, its result is right, and the target can still be reached with whole numbers.

The given numbers, in any order, decide the split. Left out: targets out of reach, and closest answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import NamedTuple

from srm_lab.records import Completion, Problem, Verdict
from srm_lab.scoring import arithmetic
from srm_lab.scoring.plain import plain
from srm_lab.scoring.reading import MAX_CHARACTERS, visible
from srm_lab.tasks import worked as shared
from srm_lab.tasks.countdown_steps import label_steps
from srm_lab.tasks.settings import check_integer, make_settings
from srm_lab.tasks.task import Task
from srm_lab.tasks.worked import Draw, Source, StepLabel, check_levels, worked

__all__ = ["TASK", "Settings", "check_steps", "load", "stream", "verifier", "worked"]

LARGEST = 99
RULES = "Make the number behind the colon out of those before it, each used exactly once, with + - * / and brackets."
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}
_NUMBER = 3  # a number binds tighter than any operation


@dataclass(frozen=True)
class Settings:
    """Difficulty of `countdown`.

    numbers: how many are given, 3 or 4, or (3, 4) to mix them in turn.
    max_number: no given number is larger (9 to 50).
    """

    numbers: int | tuple[int, ...] = 3
    max_number: int = 20

    def __post_init__(self):
        object.__setattr__(self, "numbers", check_levels("countdown", "numbers", self.numbers, 3, 4))
        check_integer("countdown", "max_number", self.max_number, 9, 50)


class Term(NamedTuple):
    """An expression: how it is written, its value, and how tightly it binds."""

    text: str
    value: int
    binds: int = _NUMBER


class Puzzle(NamedTuple):
    """The given numbers, the solution as an expression, and its steps such as "7-3=4"."""

    numbers: list[int]
    solution: Term
    steps: list[str]


def load(n: int | None = None, seed: int = 0, split: str = "test", **settings) -> list[Problem]:
    """The first n problems of a split, none twice.

    settings as in `Settings`. `metadata` of each: difficulty (operations), numbers, target, worked and draft (the steps
    of one solution), rules, split. `answer` is that solution; others are as right.
    Raises SrmLabError for a setting outside its values, and where there are no n different problems.
    """
    return shared.load(_source(settings), n, seed, split)


def stream(seed: int = 0, split: str = "train", **settings) -> Iterator[Problem]:
    """Problems of a split without end, as `load` makes them but with repetitions."""
    return shared.stream(_source(settings), seed, split)


def verifier(text: str | Completion, problem: Problem) -> Verdict:
    """Whether the announced expression, else the last, makes the target of the given numbers, each used once."""
    whole = text.text if isinstance(text, Completion) else text
    finished = len(whole) <= MAX_CHARACTERS and not (isinstance(text, Completion) and not text.finished)
    part = visible(plain(whole)) if finished else None
    if part is None:
        return Verdict(None, None, None, "unfinished", "The chain never came to its end, so it has no answer yet.")
    start, stop = part
    verdict = arithmetic.countdown(whole[start:stop], problem.metadata["numbers"], problem.metadata["target"])
    if start == 0 or verdict.span is None:
        return verdict
    span = (verdict.span[0] + start, verdict.span[1] + start)
    return Verdict(verdict.correct, verdict.extracted, span, verdict.rule, verdict.reason)


def check_steps(problem: Problem, text: str) -> list[StepLabel]:
    """Whether each step of a model's chain is right, whole equations or results alone; see `StepLabel`."""
    steps, answer = shared.written_steps(text)
    labels = label_steps(steps, problem.metadata["numbers"], problem.metadata["target"])
    if answer is not None:
        written, span = answer
        verdict = verifier(written, problem)
        labels.append(StepLabel(written, span, verdict.correct is True, verdict.reason))
    return labels


def _source(settings) -> Source:
    chosen = make_settings("countdown", Settings, settings)
    tag = f"{'-'.join(map(str, chosen.numbers))}/m{chosen.max_number}"
    return Source("countdown", tag, chosen.numbers, partial(_draw, chosen.max_number), _key, _write)


def _key(puzzle: Puzzle) -> str:
    return ",".join(map(str, sorted(puzzle.numbers)))


def _draw(max_number: int, rng: Random, count: int) -> Puzzle | None:
    """Random numbers, two of which are combined until one is left; None where two cannot be combined within bounds."""
    numbers = [1 + int(rng.random() * max_number) for _ in range(count)]
    terms, steps = [Term(str(number), number) for number in numbers], []
    while len(terms) > 1:
        a = terms.pop(int(rng.random() * len(terms)))
        b = terms.pop(int(rng.random() * len(terms)))
        signs = _signs(a.value, b.value)
        if not signs:
            return None
        term = _combine(a, signs[int(rng.random() * len(signs))], b)
        steps.append(f"{a.value}{term[1]}{b.value}={term[0].value}")
        terms.append(term[0])
    return Puzzle(numbers, terms[0], steps)


def _signs(a: int, b: int) -> str:
    """The operations on a and b whose result is a whole number from 1 to 99, none of them idle."""
    signs = "+" if a + b <= LARGEST else ""
    if a > b:
        signs += "-"
    if min(a, b) > 1:
        signs += ("*" if a * b <= LARGEST else "") + ("/" if a % b == 0 else "")
    return signs


def _combine(a: Term, sign: str, b: Term) -> tuple[Term, str]:
    """The two as one expression, with the brackets that it needs."""
    binds = _PRECEDENCE[sign]
    left = a.text if a.binds >= binds else f"({a.text})"
    right = b.text if b.binds > binds or (b.binds == binds and sign in "+*") else f"({b.text})"
    value = {"+": a.value + b.value, "-": a.value - b.value, "*": a.value * b.value, "/": a.value // b.value}[sign]
    return Term(f"{left}{sign}{right}", value, binds), sign


def _write(puzzle: Puzzle) -> Draw:
    numbers, solution, steps = puzzle
    facts = {
        "difficulty": len(steps),
        "numbers": numbers,
        "target": solution.value,
        "worked": steps,
        "draft": [step.partition("=")[2] for step in steps],
        "rules": RULES,
    }
    return Draw(f"{','.join(map(str, numbers))}:{solution.value}?", solution.text, facts, "task")


TASK = Task(
    name="countdown",
    what="reach a target with 3 or 4 numbers, each used once, with the steps of a solution, generated",
    settings="numbers=3 (3 or 4), max_number=20 (9 to 50)",
    load=load,
    verifier=lambda name: verifier,
    check_steps=check_steps,
    stream=stream,
)
