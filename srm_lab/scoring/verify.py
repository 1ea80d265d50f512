"""Is this answer right? Compares what `extract` reads with a reference, exactly.

Integers compare exactly, however large. Decimals compare to the reference's own decimals, rounded half up: against
"3.14" both 3.14159 and 3.14 are right, 3.1 and 3.15 are wrong. A fraction that doesn't end (1/3) also accepts its
decimals, at least three of them. Units are ignored unless both sides name one: then they are converted where they
measure the same (2 hours, 120 minutes), and contradict where they don't ($18, 18 euros). A reference that can't be
read is an error, never a pass. Nothing in a text is ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from ..errors import SrmLabError
from ..records import Completion, Verdict
from .extract import UNFINISHED, read
from .numerals import Numeral, parse_number
from .plain import plain
from .reading import Reading, shown

MIN_DECIMALS_OF_A_FRACTION = 3


def verify(text: str | Completion, reference: str, kind: str = "number", finished: bool = True) -> Verdict:
    """Judges the answer in `text` against `reference`.

    text: what the model wrote; for a Completion the span counts in `completion.text`.
    kind: "number", "math", "choice", "text" or "yes_no".
    finished: False for a chain that was cut off; its verdict is None, as for an unclosed thinking block.
    Raises SrmLabError where the reference is not a readable answer of its kind, and for an unknown kind.
    """
    expected = _COMPARE[kind][0](reference) if kind in _COMPARE else None
    reading = read(text, kind, finished)
    if reading.answer is None:
        return _verdict(None if reading.rule == UNFINISHED.rule else False, reading, reading.reason)
    correct, why = _COMPARE[kind][1](reading, expected)
    return _verdict(correct, reading, f"Read {shown(reading.answer)!r} {reading.reason}; {why}")


def _verdict(correct: bool | None, reading: Reading, reason: str) -> Verdict:
    sentence = reason[:1].upper() + reason[1:] + "."
    return Verdict(correct, reading.answer, reading.span, reading.rule, sentence)


@lru_cache(maxsize=4096)
def number_reference(reference: str) -> Numeral:
    """The reference as one exact number. Raises SrmLabError where it is anything else."""
    numeral = parse_number(plain(str(reference)))
    if numeral is None:
        raise SrmLabError(
            f"The reference answer {shown(str(reference))!r} is not a number.",
            "A reference that cannot be read would make every verdict meaningless.",
            'Correct the problem\'s answer, or give its kind: "math", "choice", "text" or "yes_no".',
        )
    return numeral


def _same_number(reading: Reading, expected: Numeral) -> tuple[bool, str]:
    given: Numeral = reading.detail
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


_COMPARE: dict[str, tuple[Callable, Callable]] = {"number": (number_reference, _same_number)}
