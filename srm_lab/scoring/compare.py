"""Is this answer that reference? One function a kind, each given a reading and a reference that was read beforehand.

A reference that cannot be read is an error, never a pass. Nothing here looks at the text around the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from ..errors import SrmLabError
from .numerals import Numeral, parse_number
from .plain import plain
from .read_math import Expression, parse_expression
from .read_text import normalized
from .read_yes_no import YES_OR_NO
from .reading import Reading, shown
from .symbolic import Equality, equal_expressions

MIN_DECIMALS_OF_A_FRACTION = 3
MAX_PARTS = 20


# -- numbers -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def number_reference(reference: str) -> Numeral:
    numeral = parse_number(plain(reference))
    if numeral is None:
        raise unreadable(reference, "is not a number")
    return numeral


def same_number(reading: Reading, expected: Numeral) -> tuple[bool, str]:
    return compare_numbers(reading.detail, expected)


def compare_numbers(given: Numeral, expected: Numeral) -> tuple[bool, str]:
    wanted = f"the reference is {shown(expected.canonical)}"
    factor = Fraction(1)
    if given.unit and expected.unit and given.unit != expected.unit:
        if given.unit[0] != expected.unit[0]:
            return False, f"{wanted} in {expected.unit[0]}, and the answer is in {given.unit[0]}"
        factor = given.unit[1] / expected.unit[1]
    if given.canonical == expected.canonical and factor == 1:
        return True, f"{wanted}: equal"
    if given.value is None or expected.value is None:
        return False, f"{wanted}: not equal"
    value = given.value * factor
    if value == expected.value:
        return True, f"{wanted}: equal after converting the unit"
    if expected.decimals:
        rounded = _rounded(value, expected.decimals) == expected.value
        return rounded, f"{wanted}: {'equal' if rounded else 'not equal'} to {expected.decimals} decimals"
    endless = expected.decimals is None and "/" in expected.canonical
    if endless and (given.decimals or 0) >= MIN_DECIMALS_OF_A_FRACTION and factor == 1:
        rounded = _rounded(expected.value, given.decimals) == value
        return rounded, f"{wanted}: {'equal' if rounded else 'not equal'} to {given.decimals} decimals"
    return False, f"{wanted}: not equal"


def _rounded(value: Fraction, decimals: int) -> Fraction:
    """Rounded half away from zero, as schools do."""
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


# -- mathematics ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def math_reference(reference: str) -> Expression:
    expression = parse_expression(_unboxed(reference))
    for leaf in _leaves(expression):
        if not leaf.latex or leaf.latex.count("{") != leaf.latex.count("}"):
            raise unreadable(reference, "is not a whole expression")
        if not parse_number(plain(leaf.latex)):
            equal_expressions(leaf.latex, leaf.latex)  # raises where it cannot be read
    return expression


def _unboxed(reference: str) -> str:
    match = re.fullmatch(r"\s*\$?\s*\\boxed\s*\{(.*)\}\s*\$?\s*", reference, re.DOTALL)
    return match.group(1) if match else reference


def _leaves(expression: Expression) -> list[Expression]:
    return [leaf for part in expression.parts for leaf in _leaves(part)] or [expression]


def same_math(reading: Reading, expected: Expression) -> tuple[bool, str]:
    equality = compare_math(reading.detail, expected)
    return bool(equality.equal), f"the reference is {shown(expected.canonical)}: {equality.note}"


def compare_math(given: Expression, expected: Expression) -> Equality:
    if _other_subject(given.subject, expected.subject):
        return Equality(False, f"the answer is for {given.subject}, not for {expected.subject}")
    if _key(given.latex) == _key(expected.latex) and given.shape == expected.shape:
        return Equality(True, "equal")
    if len(expected.parts) == 1 and expected.shape == "list":
        return compare_math(given, expected.parts[0])
    if len(given.parts) == 1 and given.shape == "list":
        return compare_math(given.parts[0], expected)
    if given.shape == "list" and not expected.parts and all(compare_math(part, expected).equal for part in given.parts):
        return Equality(True, "equal, in several writings")
    if expected.parts or given.parts:
        return _compare_parts(given, expected)
    answer, reference = _as_equation(given, expected), _as_equation(expected, given)
    if "=" in answer and "=" not in reference and not re.search(r"\\[lg]e|[<>!]", answer):
        answer = answer.rpartition("=")[2].strip()
    left, right = parse_number(plain(answer)), parse_number(plain(reference))
    if left and right:
        equal, why = compare_numbers(left, right)
        return Equality(equal, why.rpartition(": ")[2])
    if _NAME.fullmatch(answer) and _NAME.fullmatch(reference):
        return Equality(answer == reference, "equal" if answer == reference else "another name")
    return equal_expressions(reference, _UNIT.sub("", answer), (right.decimals or 0) if right else 0)


# AB and BA are two segments, not two products; "east" and "seat" are two words
_NAME = re.compile(r"[A-Z]{2,}|(?:\\text ?\{)?[A-Za-z]{4,}\}?")
# a unit after an expression (25 pi cm^2); after a number `compare_numbers` knows better
_UNIT = re.compile(
    r"(?<=[\w)}]) (?:square |cubic )?(?:[cmk]?m|units?|inches|feet|meters?|cent[a-z]+|degrees)(?:\^\{?[23]\}?)?$"
)


def _as_equation(one: Expression, other: Expression) -> str:
    """ "y = 2x + 3" counts as an equation against another equation, and as 2x + 3 against anything else."""
    return f"{one.subject} = {one.latex}" if one.subject and "=" in other.latex else one.latex


def same_answer(one: str, other: str, kind: str) -> bool:
    """Whether two canonical answers are one, so that a vote counts them together."""
    if one == other or kind != "math":
        return one == other
    try:
        return bool(compare_math(parse_expression(other), parse_expression(one)).equal)
    except SrmLabError:  # an answer that nothing can be compared with is an answer of its own
        return False


def _compare_parts(given: Expression, expected: Expression) -> Equality:
    if given.shape != expected.shape:
        return Equality(
            False, f"{_SHAPES.get(given.shape, given.shape)} instead of {_SHAPES.get(expected.shape, expected.shape)}"
        )
    if len(given.parts) != len(expected.parts) or len(given.parts) > MAX_PARTS:
        return Equality(False, f"{len(given.parts)} parts instead of {len(expected.parts)}")
    if expected.shape not in ("list", "union"):
        unequal = [e for g, e in zip(given.parts, expected.parts) if not compare_math(g, e).equal]
        return Equality(not unequal, f"{shown(unequal[0].latex)} is missing" if unequal else "equal part by part")
    left = list(given.parts)
    for part in expected.parts:
        match = next((candidate for candidate in left if compare_math(candidate, part).equal), None)
        if match is None:
            return Equality(False, f"{shown(part.latex)} is missing")
        left.remove(match)
    return Equality(True, "equal in some order")


_SHAPES = {"single": "one expression", "list": "several", "union": "a union", "()": "a pair in round brackets"}


def _other_subject(given: str, expected: str) -> bool:
    return bool(given and expected and given != expected and len(given) == len(expected) == 1)


def _key(latex: str) -> str:
    key = re.sub(r"\\text ?\{([^{}]*)\}", r"\1", latex)
    key = re.sub(r"[\s{}]", "", key) if "frac" not in key and "\\" not in key else re.sub(r"\s", "", key)
    return key.lower() if re.fullmatch(r"[a-zA-Z'.-]{2,}", key) else key


# -- letters, yes and no, words ------------------------------------------------------------------------------------


def choice_reference(reference: str) -> str:
    match = re.fullmatch(
        r"[\s($*\"{\\]*(?:text|boxed|mathrm)?\{?\(?([a-j])(?:[).:\s}*\"$].*)?", plain(reference), re.DOTALL
    )
    if not match:
        raise unreadable(reference, "is not an option from A to J")
    return match.group(1).upper()


def yes_no_reference(reference: str) -> str:
    word = YES_OR_NO.get(plain(reference).strip(" .*\"'"))
    if word is None:
        raise unreadable(reference, "is neither yes nor no")
    return word


def text_reference(reference: str) -> str:
    words = normalized(plain(reference))
    if not words:
        raise unreadable(reference, "holds no words")
    return words


def same_text(reading: Reading, expected: str) -> tuple[bool, str]:
    equal = reading.answer == expected or (reading.detail is not None and reading.detail == expected)
    return equal, f"the reference is {shown(expected)!r}: {'equal' if equal else 'not equal'}"


def unreadable(reference: str, why: str) -> SrmLabError:
    return SrmLabError(
        f"The reference answer {shown(reference)!r} {why}.",
        "A reference that cannot be read would make every verdict meaningless.",
        'Correct the problem\'s answer, or its kind: "number", "math", "choice", "text", "yes_no" or "task".',
    )


# kind -> (reads the reference, compares a reading with it)
COMPARE: dict[str, tuple[Callable, Callable]] = {
    "number": (number_reference, same_number),
    "math": (math_reference, same_math),
    "choice": (choice_reference, same_text),
    "yes_no": (yes_no_reference, same_text),
    "text": (text_reference, same_text),
}
