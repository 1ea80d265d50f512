"""Arithmetic in a text, worked out exactly without evaluating anything: + - * / and brackets over integers.

For tasks whose answer is an expression (countdown, the game of 24). A parser of forty lines, because Python's
`eval`, and sympy's `parse_expr` on top of it, would run whatever a model writes. Left out: powers, roots, names,
floats: an expression that holds one is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..records import Verdict
from .markers import markers
from .plain import plain
from .reading import shown

MAX_CHARACTERS = 300
MAX_DEPTH = 30
_TOKEN = re.compile(r"\s*(?:(\d{1,30})(?![\d.,]*\d)|([-+*/()]))")
_SYMBOLS = (
    ("\\times", "*"),
    ("\\cdot", "*"),
    ("\\div", "/"),
    ("×", "*"),
    ("·", "*"),
    ("÷", "/"),
    ("\\left", ""),
    ("\\right", ""),
)
# one expression: starts with a digit or bracket, holds an operator, and is not part of a word
_EXPRESSION = re.compile(r"[\d(](?:[\d\s+\-*/()×÷·]|\\times|\\cdot|\\div|\\left|\\right){2,300}")


class NotArithmetic(ValueError):
    """The text is not an expression of + - * / over integers."""


@dataclass
class _Tokens:
    tokens: list[str]
    at: int = 0

    def next(self, *wanted: str) -> str | None:
        """The next token, taken, if it is one of `wanted`."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if token not in wanted:
            return None
        self.at += 1
        return token


def work_out(expression: str) -> tuple[Fraction, list[int]]:
    """The value of an expression and the numbers that it uses. Raises NotArithmetic for anything else."""
    for symbol, operator in _SYMBOLS:
        expression = expression.replace(symbol, operator)
    if len(expression) > MAX_CHARACTERS:
        raise NotArithmetic(f"it has over {MAX_CHARACTERS} characters")
    tokens, position = [], 0
    while position < len(expression.rstrip()):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise NotArithmetic(f"{expression[position : position + 10].strip()!r} is not arithmetic")
        tokens.append(match.group(1) or match.group(2))
        position = match.end()
    reader = _Tokens(tokens)
    value = _sum(reader, 0)
    if reader.at != len(tokens):
        raise NotArithmetic("it does not end where it should")
    return value, [int(token) for token in tokens if token.isdigit()]


def _sum(reader: _Tokens, depth: int) -> Fraction:
    value = _product(reader, depth)
    while sign := reader.next("+", "-"):
        term = _product(reader, depth)
        value = value + term if sign == "+" else value - term
    return value


def _product(reader: _Tokens, depth: int) -> Fraction:
    value = _atom(reader, depth)
    while sign := reader.next("*", "/"):
        factor = _atom(reader, depth)
        if sign == "/" and factor == 0:
            raise NotArithmetic("it divides by zero")
        value = value * factor if sign == "*" else value / factor
    return value


def _atom(reader: _Tokens, depth: int) -> Fraction:
    if depth > MAX_DEPTH:
        raise NotArithmetic(f"it is nested over {MAX_DEPTH} deep")
    if reader.next("-"):
        return -_atom(reader, depth + 1)
    if reader.next("("):
        value = _sum(reader, depth + 1)
        if not reader.next(")"):
            raise NotArithmetic("a bracket is not closed")
        return value
    token = reader.tokens[reader.at] if reader.at < len(reader.tokens) else ""
    if not token.isdigit():
        raise NotArithmetic("a number is missing")
    reader.at += 1
    return Fraction(int(token))


def countdown(text: str, numbers: Sequence[int], target: int, use_all: bool = True) -> Verdict:
    """Whether the last expression in `text` makes `target` out of `numbers`, each used once at most.

    use_all: whether every number must be used.  A verifier for `verify(..., kind="task")`.
    """
    text = plain(text)
    span = _last_expression(text)
    if span is None:
        return Verdict(False, None, None, "countdown", "The text holds no expression.")
    written = text[slice(*span)].strip()
    if re.match(r"[\s$.)]*(?:or|and)[\s$(]*\d", text[span[1] :]):
        return Verdict(False, None, span, "hedge", "The text leaves several expressions standing.")
    try:
        value, used = work_out(written)
    except NotArithmetic as error:
        return Verdict(False, None, span, "countdown", f"{shown(written)!r} was not read: {error}.")
    extra, unused = Counter(used) - Counter(numbers), Counter(numbers) - Counter(used)
    claimed = re.match(r"[\s$]*=[\s$]*(-?\d+)", text[span[1] :])
    if extra:
        reason = f"It uses {', '.join(map(str, extra))} more often than it is given."
    elif unused and use_all:
        reason = f"It leaves out {', '.join(map(str, unused))}."
    elif value != target:
        reason = f"It makes {value}, not {target}."
    elif claimed and int(claimed.group(1)) != target:
        reason = f"It is said to make {claimed.group(1)}, which it does not."
    else:
        return Verdict(True, written, span, "countdown", f"It makes {target} out of the given numbers.")
    return Verdict(False, written, span, "countdown", reason)


def _last_expression(low: str) -> tuple[int, int] | None:
    """The announced expression, else the last one that holds an operator."""
    regions = [(marker.start, marker.stop) for marker in markers(low, 0, len(low))]
    for start, stop in [*regions, (0, len(low))]:
        found = [
            match.span()
            for match in _EXPRESSION.finditer(low, start, stop)
            if re.search(r"\d[\s)]*[^\d\s()]", match.group())
        ]
        if found:
            begin, end = found[0] if (start, stop) in regions else found[-1]
            return begin, begin + len(low[begin:end].rstrip(" \n-+*/("))
    return None
