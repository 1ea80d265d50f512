"""Arithmetic whose steps are known: chains read from left to right, long addition, long multiplication.

    chain            7+12-5*2?    7+12=19;19-5=14;14*2=28####28
    addition         345+278?     5+8+0=13;4+7+1=12;3+2+1=6####623              reversed: 326####623
    multiplication   34*27?       4*7+0=28;3*7+2=23;34*7=238;4*2+0=8;3*2+0=6;34*20=680;238+680=918####918

A chain has no precedence: each operation applies to the result so far, so that n operations take n steps one after
the other. Its numbers lie between 1 and 20 and its results between 0 and 99; nothing is multiplied by 1 or times 0.
Addition writes digit + digit + carry, from the last digit on; multiplication writes the same for each row
(digit * digit + carry), then adds the rows, each sum as one step.

Train and test share no multiset of numbers: 7+12 and 12-7 belong to the same split. So the smallest settings ask
for facts that were never shown (one operation: a third of the table). Left out: division, brackets, negative numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.records import Problem
from srm_lab.tasks import worked as shared
from srm_lab.tasks.settings import make_settings
from srm_lab.tasks.task import Task
from srm_lab.tasks.worked import Draw, Due, Source, StepLabel, Steps, check_levels, label_steps, solve, worked

__all__ = ["TASK", "Settings", "check_steps", "load", "stream", "worked"]

LARGEST_NUMBER, LARGEST_RESULT = 20, 99
MOST_OPERATIONS = 6
DIGITS = {"addition": (1, 20), "multiplication": (1, 4)}
SIGNS = {"addition": "+", "multiplication": "*"}
_RULES = {
    "chain": "Work strictly from left to right, without precedence: each operation applies to the result so far.",
    "addition": "Add the two numbers.",
    "multiplication": "Multiply the two numbers.",
}
_NUMBER = re.compile(r"-?[0-9]{1,60}")
_DIGITS = re.compile(r"[0-9]{1,60}")


@dataclass(frozen=True)
class Settings:
    """Difficulty of `arithmetic`.

    form: "chain", "addition" or "multiplication".
    operations: of a chain, 1 to 6, or a tuple of these to mix them in turn (None: 3).
    digits: of both numbers of an addition (1 to 20) or a multiplication (1 to 4), or a tuple (None: 2).
    """

    form: str = "chain"
    operations: int | tuple[int, ...] | None = None
    digits: int | tuple[int, ...] | None = None

    def __post_init__(self):
        if self.form not in _RULES:
            raise unknown_name("form of arithmetic", self.form, _RULES, 'Pass for example form="chain".')
        mine, other = ("operations", "digits") if self.form == "chain" else ("digits", "operations")
        if getattr(self, other) is not None:
            raise SrmLabError(
                f"arithmetic has no {other} where form={self.form!r}.", f"Its difficulty is set by {mine}.",
                f"Pass {mine}=... instead, or another form.",
            )  # fmt: skip
        low, high = (1, MOST_OPERATIONS) if self.form == "chain" else DIGITS[self.form]
        default = 3 if self.form == "chain" else 2
        value = getattr(self, mine)
        levels = check_levels("arithmetic", mine, default if value is None else value, low, high)
        object.__setattr__(self, mine, levels)

    @property
    def levels(self) -> tuple[int, ...]:
        return self.operations if self.form == "chain" else self.digits


def load(n: int | None = None, seed: int = 0, split: str = "test", **settings) -> list[Problem]:
    """The first n problems of a split, none twice.

    settings as in `Settings`. `metadata` of each: difficulty (operations or digits), form, operands, operations
    (its signs), worked and draft (the steps), reversed (digits, where there are several), rules, split.
    Raises SrmLabError for a setting outside its values, and where there are no n different problems.
    """
    return shared.load(_source(settings), n, seed, split)


def stream(seed: int = 0, split: str = "train", **settings) -> Iterator[Problem]:
    """Problems of a split without end, as `load` makes them but with repetitions."""
    return shared.stream(_source(settings), seed, split)


def check_steps(problem: Problem, text: str) -> list[StepLabel]:
    """Whether each step of a model's chain is right, in whatever style it is written; see `StepLabel`."""
    facts = problem.metadata
    steps = _steps(facts["form"], facts["operands"], facts["operations"])
    written, _ = shared.written_steps(text)
    if "reversed" in facts and len(written) == 1 and _read_digits(written[0][0].strip()):
        return label_steps(_reversed_steps(facts["reversed"]), text, _read_digits)
    return label_steps(steps, text, _read)


def _source(settings) -> Source:
    chosen = make_settings("arithmetic", Settings, settings)
    form, levels = chosen.form, chosen.levels
    tag = f"{form}/{'-'.join(map(str, levels))}"
    draw = _draw_chain if form == "chain" else partial(_draw_pair, form)
    return Source("arithmetic", tag, levels, draw, _key, partial(_write, form))


def _key(content: tuple[list[int], str]) -> str:
    return ",".join(map(str, sorted(content[0])))


def _draw_chain(rng: Random, operations: int) -> tuple[list[int], str]:
    """Numbers and signs; each sign is equally likely among those that keep the result within its bounds."""
    value = 1 + int(rng.random() * LARGEST_NUMBER)
    numbers, signs = [value], ""
    for _ in range(operations):
        room = {"+": LARGEST_RESULT - value, "-": value, "*": LARGEST_RESULT // value if value else 0}
        possible = [sign for sign, most in room.items() if most >= (2 if sign == "*" else 1)]
        sign = possible[int(rng.random() * len(possible))]
        least, most = (2 if sign == "*" else 1), min(LARGEST_NUMBER, room[sign])
        number = least + int(rng.random() * (most - least + 1))
        value = _apply(value, sign, number)
        numbers.append(number)
        signs += sign
    return numbers, signs


def _draw_pair(form: str, rng: Random, digits: int) -> tuple[list[int], str]:
    low, high = (0 if digits == 1 else 10 ** (digits - 1)), 10**digits - 1
    return [rng.randint(low, high), rng.randint(low, high)], SIGNS[form]


def _write(form: str, content: tuple[list[int], str]) -> Draw:
    numbers, signs = content
    question = "".join(f"{number}{sign}" for number, sign in zip(numbers, f"{signs}?"))
    full, draft, answer = solve(_steps(form, numbers, signs))
    digits = len(str(numbers[0]))
    facts = {
        "difficulty": len(signs) if form == "chain" else digits,
        "form": form,
        "operands": numbers,
        "operations": signs,
        "worked": full,
        "draft": draft,
        "rules": _RULES[form],
    }
    if form != "chain" and digits > 1:
        facts["reversed"] = answer[::-1]
    return Draw(question, answer, facts)


def _steps(form: str, numbers: list[int], signs: str) -> Steps:
    if form == "chain":
        return _chain_steps(numbers, signs)
    return (_addition_steps if form == "addition" else _multiplication_steps)(*numbers)


def _chain_steps(numbers: list[int], signs: str) -> Steps:
    value = numbers[0]
    for sign, number in zip(signs, numbers[1:]):
        value = int((yield Due(f"{value}{sign}{number}", str(_apply(value, sign, number)))))
    return str(value)


def _addition_steps(a: int, b: int) -> Steps:
    """Digit + digit + carry, from the last digit on."""
    carry, digits = 0, ""
    for x, y in zip(str(a)[::-1], str(b)[::-1]):
        column = int((yield Due(f"{x}+{y}+{carry}", str(int(x) + int(y) + carry))))
        carry, digits = column // 10, f"{column % 10}{digits}"
    return str(int(f"{carry}{digits}"))


def _multiplication_steps(a: int, b: int) -> Steps:
    """A row for each digit of b, from the last one on; then the rows are added. One digit each is one step."""
    rows = []
    for place, y in enumerate(str(b)[::-1]):
        row, carry = "", 0
        for x in str(a)[::-1] if a > 9 else "":
            product = int((yield Due(f"{x}*{y}+{carry}", str(int(x) * int(y) + carry), in_draft=False)))
            carry, row = product // 10, f"{product % 10}{row}"
        times = int(y) * 10**place
        value = int(f"{carry}{row}") * 10**place if row else a * times
        rows.append(int((yield Due(f"{a}*{times}", str(value)))))
    total = rows[0]
    for row in rows[1:]:
        total = int((yield Due(f"{total}+{row}", str(total + row))))
    return str(total)


def _reversed_steps(digits: str) -> Steps:
    written = yield Due("the answer backwards", digits)
    return written[::-1]


def _apply(value: int, sign: str, number: int) -> int:
    return value + number if sign == "+" else value - number if sign == "-" else value * number


def _read(result: str) -> str | None:
    """A whole number in canonical form."""
    return str(int(result)) if _NUMBER.fullmatch(result) else None


def _read_digits(result: str) -> str | None:
    """Digits as they stand: a sum's last zeros lead when it is written backwards."""
    return result if _DIGITS.fullmatch(result) else None


TASK = Task(
    name="arithmetic",
    what="chains read from left to right, long addition and multiplication, with known steps, generated",
    settings='form="chain" (operations=1 to 6), "addition" (digits=1 to 20) or "multiplication" (digits=1 to 4)',
    load=load,
    check_steps=check_steps,
    stream=stream,
)
