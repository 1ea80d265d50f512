r"""Reads a mathematical expression out of a text, and compares two of them part by part.

Sets, lists ("x = 2 or x = 3"), tuples, intervals and unions are taken apart here, so that brackets, order and the
number of parts are judged by rules one can read; only single expressions go on to math-verify (see `symbolic`).
Lists and sets compare in any order, tuples and intervals in theirs, and (0, 1] is not [0, 1]. Numbers compare as
numbers do (see `verify`). Left out: matrices as such, which math-verify compares whole, and proofs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .markers import Marker, markers, matching_brace
from .numerals import parse_number
from .phrases import (
    ALTERNATIVE,
    ALTERNATIVE_SENTENCE,
    CORRECTION,
    END_OF_WORD,
    GUESS,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    REASONS,
    gives_up,
    reason_between,
)
from .plain import plain
from .read_number import read_number
from .reading import SEVERAL, Reading, last_match, next_questions, sentence_start, shown

MAX_EXPRESSION = 2000
MAX_STATEMENT = 300
_FILL = re.compile(
    r"(?:[\s*_>:~\"'—]|\\\$|(?:then|therefore|thus|simply|just|that|given by|equal to|exactly)(?![a-z]))*"
)
_INSTEAD = re.compile(r"(?<![a-z])but(?: rather)?(?: it is| it's)? |, (?:it's|it is) |\. (?:it's|it is) ")
_STATES = re.compile(r"(?<![a-z])(?:is|are|equals?|be)(?![a-z])|:")
_FUNCTIONS = re.compile(
    r"(?<![a-zA-Z])(?:arc)?(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|pi|inf|or|and|mod)(?![a-zA-Z])"
)
_CONNECTIVE = re.compile(r"\s*(?:(?:so|therefore|thus|hence|finally|then|and|we get|we have|it is),? ?){0,3}")
_DELIMITERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_JOINED = re.compile(r"\s*(?:,|and|or|or else)\s*(?=\$|\\\()")
_PROSE = re.compile(
    rf",? (?:{REASONS}|for (?:all|every|some|any)|by){END_OF_WORD}| \((?=[a-z]{{2,}})|[.;!?](?=\s|$)|\n"
)
_SEGMENT = re.compile(r"\$\$([^$]{1,600})\$\$|\$([^$\n]{1,400})\$|\\\[(.{1,600}?)\\\]|\\\((.{1,400}?)\\\)", re.DOTALL)


def read_math(text: str, low: str, start: int, stop: int) -> Reading:
    """The announced expression, else the last one between dollar signs, else the last number."""
    ends = [*next_questions(low, start, stop), stop]
    for end in ends:
        for marker in markers(low, start, end):
            if (reading := _announced(text, low, marker)) is not None:
                later = _corrected(text, low, reading, stop)
                return later or _doubted(text, low, reading, start, marker, stop) or reading
    return _unannounced(text, low, start, stop)


def _corrected(text: str, low: str, reading: Reading, stop: int) -> Reading | None:
    cue = CORRECTION.search(low, reading.span[1], stop)
    return _segment(text, low, cue.end(), stop, "correction") if cue else None


def _doubted(text: str, low: str, reading: Reading, start: int, marker: Marker, stop: int) -> Reading | None:
    """A hedge over two sentences: "The answer is $x$. Or maybe $2x$."."""
    sentence = sentence_start(low, start, marker.begin)
    other = None
    if sentence > start and ALTERNATIVE.match(low, sentence, marker.begin):
        earlier = (_announced(text, low, marker) for marker in markers(low, start, sentence))
        other = next(filter(None, earlier), None)
    elif reading.span and (cue := ALTERNATIVE_SENTENCE.search(low, reading.span[1], stop)):
        end = re.compile(r"[.!?](?=\s|$)|\n").search(low, cue.end(), stop)
        other = _segment(text, low, cue.end(), end.start() if end else stop, "hedge")
    if other is None or reading.answer is None or other.answer in (None, reading.answer):
        return None
    return Reading(None, reading.span, "hedge", SEVERAL)


def _announced(text: str, low: str, marker: Marker) -> Reading | None:
    if marker.rule == "boxed":
        return _box(text, low, marker)
    if marker.rule == "answer_tag":
        return _expression(text, marker.start, min(marker.stop, marker.start + MAX_EXPRESSION), marker.rule)
    if marker.rule in ("answer_before", "hashes_after"):
        return _segment(text, low, marker.start, marker.stop, marker.rule)
    at = _FILL.match(low, marker.start, marker.stop).end()
    if marker.rule == "answer_phrase" and (refused := gives_up(low, at, at + 40)) and refused.start() == at:
        return Reading(None, (at, min(at + 20, marker.stop)), "no_answer", "the text says that it has no answer")
    if marker.rule == "hashes":
        return _expression(text, at, marker.stop, marker.rule)
    if low.startswith("not ", at):
        instead = _INSTEAD.search(low, at, min(marker.stop, at + MAX_STATEMENT))
        if instead is None:
            return Reading(None, (at, at + 3), "negated", "the text only says what the answer is not")
        at = instead.end()
    begin, end = _delimited(text, low, at, marker.stop)
    reading = _expression(text, begin, end, marker.rule)
    wordy = reading is not None and re.search(r"(?<![\\a-z])[a-z]{3,} [a-z]{2,} [a-z]{2,}", low[begin:end])
    if reading is None or (wordy and not marker.strict):
        return _segment(text, low, at, min(end, at + MAX_STATEMENT), marker.rule)
    return None if wordy else reading


def _box(text: str, low: str, marker: Marker) -> Reading | None:
    content = low[marker.start : marker.stop].strip()
    if not content or "answer" in content:
        return None
    window = low[max(0, marker.begin - 80) : marker.begin]
    if NEGATED_AFTER.match(low, marker.stop) or NEGATED_BEFORE.search(window[-28:]):
        return None
    if joined := re.search(
        r"boxed ?\{([^{}]{1,60})\}\$?\s*(?:or|and|,)\s*(?:(?:maybe|perhaps|possibly) )?\$?$", window
    ):
        begin = marker.begin - len(window) + joined.start(1)
        whole = f"{text[begin : begin + len(joined.group(1))]}, {text[marker.start : marker.stop]}"
        return _made(whole, (begin, marker.stop), "boxed")
    return _expression(text, marker.start, marker.stop, "boxed")


def _delimited(text: str, low: str, at: int, stop: int) -> tuple[int, int]:
    """The expression that begins at `at`: what stands between delimiters (joined ones together), else a clause."""
    begin = at
    for opening, closing in _DELIMITERS:
        if low.startswith(opening, at):
            end = low.find(closing, at + len(opening), min(stop, at + MAX_EXPRESSION))
            if end < 0 or (
                opening == "$"
                and re.match(r"\$ ?\d[\d,.]*(?:[.\s]|$)", low[at : end + 1])
                and low[end - 1 : end] == " "
            ):
                break
            end += len(closing)
            if joined := _JOINED.match(low, end, stop):
                return begin, _delimited(text, low, joined.end(), stop)[1]
            return begin, end
    match = _PROSE.search(low, at + 1, min(stop, at + MAX_EXPRESSION))
    return begin, match.start() if match else min(stop, at + MAX_EXPRESSION)


def _segment(text: str, low: str, start: int, stop: int, rule: str) -> Reading | None:
    if found := list(_SEGMENT.finditer(text, start, stop)):
        reason = reason_between(low, found[0].end(), found[-1].start())
        last = found[-1] if reason is None else [match for match in found if match.start() < reason][-1]
        return _expression(text, *last.span(last.lastindex), rule)
    reading = read_number(low, start, stop)
    if reading.answer is None:
        return None
    return Reading(reading.answer, reading.span, rule, reading.reason, parse_expression(reading.answer))


def _unannounced(text: str, low: str, start: int, stop: int) -> Reading:
    end = start + len(text[start:stop].rstrip())
    refused = gives_up(low, max(start, end - MAX_STATEMENT), end)
    if refused and not GUESS.search(low, refused.end(), end):
        return Reading(None, refused.span(), "no_answer", "the text says that it has no answer")
    begin = max(text.rfind("\n", start, end) + 1, start)
    begin = _CONNECTIVE.match(low, begin, end).end()
    if (
        end - begin <= MAX_STATEMENT
        and not _wordy(text[begin:end])
        and (reading := _expression(text, begin, end, "last_line"))
    ):
        return reading
    if last := last_match(_SEGMENT, text, begin, stop):
        return _expression(text, *last.span(last.lastindex), "last_expression") or _NOTHING
    if reading := _stated(text, low, begin, end):
        return reading
    window = max(start, stop - 3000)
    reading = _segment(text, low, window, stop, "last_expression")
    return reading or _NOTHING


def _stated(text: str, low: str, start: int, stop: int) -> Reading | None:
    """ "The area is 25 pi": what the last verb, or else the last equals sign, of the line stands before."""
    verb = last_match(_STATES, low, start, stop)
    at = verb.end() if verb else low.rfind("=", start, stop) + 1
    if at <= 0:
        return None
    prose = _PROSE.search(low, at + 1, stop)
    end = prose.start() if prose else stop
    wordy = _wordy(re.sub(r" (?:square |cubic )?[a-zA-Z]{2,}(?:[²³]|\^[23])?$", "", text[at:end].rstrip(" .")))
    return None if wordy or NEGATED_BEFORE.search(low[at : at + 5].rstrip()) else _expression(text, at, end, "stated")


def _wordy(piece: str) -> bool:
    """Whether a piece of text is prose rather than mathematics."""
    bare = re.sub(r"\\[a-zA-Z]+(?:\{[a-zA-Z ]*\})?", " ", piece[:MAX_STATEMENT])
    return bool(re.search(r"[a-zA-Z]{2,}", _FUNCTIONS.sub(" ", bare)))


_NOTHING = Reading(None, None, "no_expression", "the text holds no expression")


def _expression(text: str, start: int, stop: int, rule: str) -> Reading | None:
    while start < stop and text[start] in " \t\n*:":
        start += 1
    while stop > start and text[stop - 1] in " \t\n*.,;:?":
        stop -= 1
    if start == stop:
        return None
    return _made(text[start:stop], (start, stop), rule)


def _made(raw: str, span: tuple[int, int], rule: str) -> Reading:
    expression = parse_expression(raw)
    where = f"from {shown(raw)!r}"
    return Reading(expression.canonical, span, rule, where, expression)


# -- structure -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    """latex: cleaned.  shape: "single", "list" (any order), "(", "[", "(]", "[)" (in order), or "union".
    parts: the parts' own expressions, () for a single one.  subject: the "x" of "x = 5", or ""."""

    latex: str
    shape: str
    parts: tuple[Expression, ...]
    subject: str = ""

    @property
    def canonical(self) -> str:
        if not self.parts:
            number = parse_number(plain(self.latex))
            return number.canonical if number else self.latex
        inside = [part.canonical for part in self.parts]
        if self.shape in ("list", "set", "union"):
            return ("{%s}" if self.shape != "union" else "%s") % (", " if self.shape != "union" else " U ").join(
                sorted(inside)
            )
        return f"{self.shape[0]}{', '.join(inside)}{self.shape[-1]}"


_CLEAN = (
    (re.compile(r"\\(?:left|right|big|Big|bigg|displaystyle|textstyle|,|;|!|:|quad|qquad)(?![a-zA-Z])"), ""),
    (re.compile(r"\\[dtc]frac"), r"\\frac"),
    (re.compile(r"\\(?:mathbf|boldsymbol|mathrm|operatorname|textbf|mbox|textrm|textit)(?![a-zA-Z])"), r"\\text"),
    (re.compile(r"[−–]"), "-"),
    (re.compile(r"[×⋅·]"), r"\\cdot "),
    (re.compile(r"÷"), r"\\div "),
    (re.compile(r"π"), r"\\pi "),
    (re.compile(r"∞|(?<![\\a-zA-Z])(?:infinity|inf)(?![a-z])"), r"\\infty "),
    (re.compile(r"∪"), r"\\cup "),
    (re.compile(r"√\(([^()]{1,60})\)"), r"\\sqrt{\1}"),
    (re.compile(r"√ ?(\w+)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![\\a-zA-Z])sqrt ?\(([^()]{1,60})\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![\\a-zA-Z])pi(?![a-zA-Z])"), r"\\pi "),
    (re.compile(r"≤|<="), r"\\le "),
    (re.compile(r"≥|>="), r"\\ge "),
    (re.compile(r"±"), r"\\pm "),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"\*\*(?=[\d({a-z-])"), "^"),
    (re.compile(r"\^\(([^()]{1,40})\)"), r"^{\1}"),
    (re.compile(r"\^(-?\d+(?:\.\d+)?)"), r"^{\1}"),
    (re.compile(r"(?<![\\a-zA-Z])(sin|cos|tan|log|ln|exp)(?=[ (^])"), r"\\\1"),
    (re.compile(r"(?<=[\w)}])\s*\*\s*(?=[\w(\\])"), r" \\cdot "),
    (re.compile(r"\\text ?\{\s*(or|and|,)\s*\}|(?<![\\a-zA-Z])(?:or|and)(?![a-zA-Z])"), " , "),
    (
        re.compile(r"\\(sin|cos|tan|cot|sec|csc) ?[({]?(\d{1,6}) ?\^ ?\{?\\circ\}?[)}]?"),
        r"\\\1(\\frac{\2 \\pi}{180})",
    ),
    (re.compile(r"\s+"), " "),
)
_ALL_TEXT = re.compile(r"\\text ?\{([^{}]{1,80})\}")
_OPEN, _CLOSE = "([{", ")]}"
# x, f(x), a_5, \theta, dy/dx, (x, y): what an answer may be said to be the value of
_SUBJECT = re.compile(
    r"(\( ?[a-z](?: ?, ?[a-z])+ ?\)|\\frac\{d[a-z]?\}\{d[a-z]\}|[a-zA-Z](?:_\{?\w+\}?)?(?:'? ?\( ?[a-zA-Z] ?\))?"
    r"|\\[a-z]+(?: ?\( ?[a-z] ?\))?) ?(?:=|\\in(?![a-z])) ?(?=.)"
)


def parse_expression(raw: str) -> Expression:
    """An expression taken apart: lists, sets, tuples, intervals, unions, and "x = " before them."""
    return _parse(_cleaned(raw[:MAX_EXPRESSION]), depth=0)


def _cleaned(raw: str) -> str:
    latex = raw.strip()
    for opening, closing in _DELIMITERS:
        if latex.startswith(opening) and latex.endswith(closing) and len(latex) >= len(opening) + len(closing) + 1:
            inner = latex[len(opening) : -len(closing)]
            if opening not in inner:
                latex = inner.strip()
                break
    latex = latex.replace("\\$", "") if latex.count("$") == latex.count("\\$") else re.sub(r"\\?\$", "", latex)
    for pattern, replacement in _CLEAN:
        latex = pattern.sub(replacement, latex)
    if (words := _ALL_TEXT.fullmatch(latex)) and parse_number(plain(words.group(1))):
        latex = words.group(1)  # \text{11 ways}; other words stay words, or math-verify would multiply their letters
    return latex.strip().rstrip(".")


def _parse(latex: str, depth: int) -> Expression:
    latex = latex.strip()
    if depth > 4 or len(latex) > MAX_EXPRESSION:
        return Expression(latex, "single", ())
    parts = _split(latex, ",;")
    if len(parts) > 1:
        return Expression(latex, "list", tuple(_parse(part, depth + 1) for part in parts))
    if latex.count("\\pm") == 1:
        both = (latex.replace("\\pm", "+"), latex.replace("\\pm", "-"))
        both = [re.sub(r"(^|= ?)\+ ?", r"\1", part) for part in both]
        return Expression(latex, "list", tuple(_parse(part, depth + 1) for part in both))
    if match := _SUBJECT.match(latex):
        inner = _parse(latex[match.end() :], depth + 1)
        if "=" not in inner.latex:
            return Expression(inner.latex, inner.shape, inner.parts, match.group(1))
    unions = _split(latex, ("\\cup",))
    if len(unions) > 1:
        return Expression(latex, "union", tuple(_parse(part, depth + 1) for part in unions))
    return _bracketed(latex, depth) or Expression(latex, "single", ())


def _bracketed(latex: str, depth: int) -> Expression | None:
    """(a, b), [a, b), {a, b} as a whole, or None for anything else."""
    if latex.startswith("\\{") and latex.endswith("\\}"):
        inside, shape = latex[2:-2], "list"
    elif latex[:1] and latex[:1] in "([" and latex[-1:] in (")", "]"):
        inside, shape = latex[1:-1], latex[0] + latex[-1]
    elif latex.startswith("{") and latex.endswith("}") and matching_brace(latex, 0, len(latex)) == len(latex) - 1:
        inside, shape = latex[1:-1], "list"
    else:
        return None
    parts = _split(inside, ",;")
    if parts is None or (len(parts) == 1 and shape != "list") or _depths_go_under(inside):
        return _parse(inside, depth + 1) if shape == "()" and not _depths_go_under(inside) else None
    return Expression(latex, shape, tuple(_parse(part, depth + 1) for part in parts))


def _depths_go_under(inside: str) -> bool:
    level = 0
    for character in inside:
        level += (character in _OPEN) - (character in _CLOSE)
        if level < 0:
            return True
    return False


def _split(latex: str, separators) -> list[str]:
    """The parts between separators outside all brackets; thousands commas (1,234) separate nothing."""
    parts, level, begin, at = [], 0, 0, 0
    while at < len(latex):
        character = latex[at]
        if character in _OPEN:
            level += 1
        elif character in _CLOSE:
            level -= 1
        elif level <= 0 and not _thousands(latex, at):
            width = next((len(s) for s in separators if latex.startswith(s, at)), 0)
            if width:
                parts.append(latex[begin:at])
                begin = at + width
                at = begin
                continue
        at += 1
    parts.append(latex[begin:])
    return [part.strip() for part in parts if part.strip()]


def _thousands(latex: str, at: int) -> bool:
    return latex[at] == "," and bool(re.match(r"\d,\d{3}(?!\d)", latex[at - 1 : at + 5])) and at > 0
