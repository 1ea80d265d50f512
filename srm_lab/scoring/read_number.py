"""Reads a number out of a text: first where the text announces its answer, else the last number it names.

The table in `extract` says how each ambiguous case is decided; each decision is one small function here.
"""

from __future__ import annotations

import re

from .markers import Marker, markers
from .numerals import Numeral, numerals
from .phrases import (
    ADVERBS,
    BOUND_AFTER,
    BOUND_BEFORE,
    CORRECTION,
    END_OF_WORD,
    GIVES_UP,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    REASONS,
    REFUSAL,
    START_OF_WORD,
    TAKEN_BACK,
    any_of,
)
from .reading import Reading, next_questions, shown
from .units import MONEY, TIME_WORDS

_WRAP = any_of(
    r"[\s*_\"'$({\[~>}\])]", r"\\[(\[,;!]", "</?[a-z]{1,6}>",
    r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boldsymbol|bf|left|boxed|fbox|quad)(?![a-z])",
)  # fmt: skip
_ON_THE_WAY = any_of(
    rf"(?:{ADVERBS}|equal to|equals|is|be|a total of|the number|a|the|of|rs\.?|usd|[a-z]){END_OF_WORD}",
    r"[,:=≈-]", r"\\approx", r"\\$",
)  # fmt: skip
_DIRECT = re.compile(rf"(?:{_WRAP}|{_ON_THE_WAY}){{0,40}}")
_CLAUSE_END = re.compile(
    rf"\n|[.!?;](?=[\s\"'*)\]]|$)|,? (?:{REASONS}|but|if|after){END_OF_WORD}|, [a-z]{{2,}}| ?[(<](?! ?\d)"
)
# what makes two numbers compete: a link, with units or markup before it ("18 apples or 20")
_BETWEEN = re.compile(
    r"(?:[\s*$\"'()\[\]{},\\]|\?(?= or)|[a-z]{2,}(?=[ ,])){0,12}?"
    rf"(?P<link>{START_OF_WORD}(?:or|to|and|vs\.?|versus){END_OF_WORD}|[-,/—~|&])"
    r"(?: (?:maybe|perhaps|possibly|even|else|is it|is|rather|about|around))?(?:[\s*$\"'()\[{\\]|\\boxed)*"
)
_OPERATOR = re.compile(
    rf"[^=≈]{{0,40}}?(?:[-+×÷*/^⋅·]|\\times|\\cdot|\\div|{START_OF_WORD}(?:x|plus|minus|times){END_OF_WORD})[\s$({{\\]*"
)
_OPERATOR_AFTER = re.compile(r" ?(?:[+×÷^⋅]|\*(?=[ ]?\d)|\\times|\\cdot|\\div)(?! ?$)")
_OR = re.compile(r",? (?:or|nor) [$]?")
_ALTERNATIVE = re.compile(r" ?(?:or|maybe|perhaps|possibly|alternatively)(?![a-z])")
_CHANGE = re.compile(r"[a-z] from [\s*$]*$")  # "grows from 5 to 20" ends at 20; a bare "from 5 to 20" is a range
_GUESS = re.compile(START_OF_WORD + "(?:maybe|perhaps|possibly|alternatively)" + END_OF_WORD)
_QUOTE_MARK = re.compile(r"(?:^|\n)> $")
_TAG = re.compile(r"<[^<>\s]{1,20}>")
_LABEL = re.compile(r"(?:^|\n)[ \t*#>-]{0,6}\(?$")
_LABEL_WORD = re.compile(
    r"(?<![a-z])(?:step|equation|example|part|question|problem|option|case|line|note|page|chapter) ?#?$"
)
_ASIDE_BEFORE = re.compile(
    r"(?<![a-z])(?:in|per|every|each|after|within|during|over|for|at|out of|the (?:next|last|first))[ $]*$"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n+")

MAX_CLAUSE = 400
MAX_SENTENCE = 2000
_REST_OF_NUMERAL = re.compile(r"[\d,.'_]*")
WINDOW = 300  # characters from the end that are searched first


def read_number(low: str, start: int, stop: int) -> Reading:
    """Reads `low[start:stop]` (text made plain). Always returns a reading; its answer may be None."""
    for cut in next_questions(low, start, stop):
        reading = _announced(low, start, cut) or _last_number(low, start, cut)
        if reading.answer is not None:
            return reading
    return _announced(low, start, stop) or _last_number(low, start, stop)


# -- announced answers ---------------------------------------------------------------------------------------------


def _announced(low: str, start: int, stop: int) -> Reading | None:
    """The last announced answer, or None where nothing is announced."""
    for marker in markers(low, start, stop):
        reading = _read_marker(low, marker)
        if reading is None:
            continue
        if reading.span is None:
            return reading
        return _corrected(low, reading, stop) or reading
    return None


def _read_marker(low: str, marker: Marker) -> Reading | None:
    if marker.rule == "boxed":
        return _read_box(low, marker)
    if marker.rule in ("answer_before", "hashes_after"):
        return _read_before(low, marker)
    at = _DIRECT.match(low, marker.start, marker.stop).end()
    found = _usable(low, at, _window_end(low, at, marker.stop))
    if found and found[0].start <= at + 1:
        return _read_clause(low, marker, found)
    if REFUSAL.match(low, at, marker.stop):
        return _nothing(marker.rule, "the text says that it has no answer", (at, min(at + 20, marker.stop)))
    if marker.strict:
        return None
    return _read_statement(low, marker)


def _window_end(low: str, at: int, stop: int) -> int:
    """The end of the line, or of a long piece of it; never inside a numeral."""
    end = low.find("\n", at + 1, min(stop, at + MAX_CLAUSE))
    return end if end >= 0 else _REST_OF_NUMERAL.match(low, min(stop, at + MAX_CLAUSE), stop).end()


def _read_clause(low: str, marker: Marker, found: list[Numeral]) -> Reading | None:
    """An announcement followed at once by a numeral, a sum ("9 * 2 = 18"), or a hedge."""
    at = found[0].start
    end = _window_end(low, at, marker.stop)
    clause = _CLAUSE_END.search(low, found[0].end, end)
    clause_end = clause.start() if clause else end
    equals = max(low.rfind(sign, at, clause_end) for sign in ("=", "≈", "\\approx"))
    if equals >= 0:
        if marker.strict and low.find("=", clause_end, marker.stop) >= 0:
            return None  # "Answer: 3 + 4 = 7. Then 7 * 2 = 14": a heading over worked steps
        after = [numeral for numeral in found if numeral.start > equals]
        return _one_of(low, after, marker.rule, end) if after else None
    return _one_of(low, found, marker.rule, end, begin=marker.start)


def _read_statement(low: str, marker: Marker) -> Reading | None:
    """ "The answer is that she keeps 18 eggs": the last number of that sentence."""
    sentence = _SENTENCE_END.search(low, marker.start, marker.stop)
    end = sentence.start() if sentence else marker.stop
    found = _usable(low, marker.start, min(end, marker.start + 400))
    if found:
        equals = low.rfind("=", marker.start, end)
        after = [numeral for numeral in found if numeral.start > equals >= 0]
        if after:
            return _one_of(low, after, marker.rule, end)
        return _settled(low, _without_asides(low, found, marker.start), marker.rule, end, change=False)
    if numerals(low, marker.start, end) and not _usable(low, end, marker.stop):
        return _nothing("negated", "the text only says what the answer is not", (marker.start, end))
    return None


def _read_before(low: str, marker: Marker) -> Reading | None:
    """ "18 is the answer", "18 ####": the last number before the announcement, in the same sentence."""
    found = _usable(low, max(marker.start, marker.stop - 400), marker.stop)
    if not found or (marker.rule == "hashes_after" and low[found[-1].end : marker.stop].strip(" .*$")):
        return None
    return _one_of(low, found[-1:], marker.rule, marker.stop, before=found[-2:-1])


def _read_box(low: str, marker: Marker) -> Reading | None:
    start, stop = marker.start, marker.stop
    content = low[start:stop].strip(" .$?*")
    if not content or "answer" in content:
        return None  # an empty box or one copied from the prompt
    if NEGATED_AFTER.match(low, stop + 1) or NEGATED_BEFORE.search(low[max(0, marker.begin - 28) : marker.begin]):
        return None
    span = (start, stop)
    equals = max(low.rfind(sign, start, stop) for sign in ("=", "≈", "\\approx"))
    if equals > 0 and low[equals - 1] not in "<>!":
        start = equals + 1
    found = numerals(low, start, stop)
    if not found:
        return _nothing("boxed", f"the box holds {shown(content)!r}, which is not a number", span)
    words_gone = re.sub(
        r"\\(?:text|mathrm|textbf|mathbf|mbox|left|right)\b|[a-z]{2,}|\\[,;! $]", " ", low[start : found[0].start]
    )
    if re.search(r"[-+*/^<>|≤≥]|[a-z]|\\", words_gone.strip()) or BOUND_BEFORE.search(low, start, found[0].start):
        return _nothing("boxed", f"the box holds {shown(content)!r}, which is not one number", span)
    if low[found[-1].end : found[-1].end + 1] == "!" or _joined_box(low, marker, found):
        return _nothing("hedge", "the text leaves several answers standing", span)
    if any(n.value != found[0].value for n in found[1:]) or found[0].problem:
        return _nothing("boxed", f"the box holds {shown(content)!r}, which is not one number", span)
    return _one_of(low, found, "boxed", stop, after_box=marker.stop + 1)


def _joined_box(low: str, marker: Marker, found: list[Numeral]) -> bool:
    r"""Whether another box with another number stands just before: \boxed{3} or \boxed{4}."""
    window = low[max(0, marker.begin - 60) : marker.begin]
    match = re.search(r"boxed ?\{([^{}]{1,30})\}[\s$]*(?:or|and|,|and/or)[\s$]*$", window)
    earlier = numerals(match.group(1)) if match else []
    return bool(earlier) and earlier[0].value != found[0].value


# -- one numeral out of several ------------------------------------------------------------------------------------


def _one_of(
    low: str,
    found: list[Numeral],
    rule: str,
    end: int,
    before: list[Numeral] | None = None,
    after_box: int = 0,
    begin: int = 0,
) -> Reading:
    """The first numeral, unless its neighbours make it a hedge, a bound or an unfinished sum."""
    first = found[0]
    span = (first.start, first.end)
    if first.problem:
        return _nothing(rule, f"{shown(low[first.start : first.end])!r} {first.problem}", span)
    ahead = _TAG.sub("", low[max(begin, first.start - 24) : first.start])
    ahead = "" if _QUOTE_MARK.search(low[max(0, first.start - 4) : first.start]) else ahead
    if BOUND_BEFORE.search(ahead) or BOUND_AFTER.match(low, first.end):
        return _nothing("bound", "the text gives a bound, not a number", span)
    after = numerals(low, after_box, after_box + 30)[:1] if after_box else found[1:2]
    for left, right in [(n, first) for n in before or []] + [(first, n) for n in after]:
        gap = low[max(left.end, left.unit_end, after_box if left is first else 0) : right.start]
        if left.value == right.value and left.canonical == right.canonical:
            continue
        if _BETWEEN.fullmatch(gap):
            return _nothing(
                "hedge",
                f"{shown(low[left.start : right.end])!r} leaves several answers standing",
                (left.start, right.end),
            )
        if not after_box and _OPERATOR.fullmatch(gap):
            both = (left.start, right.end)
            return _nothing("sum", f"{shown(low[left.start : right.end])!r} is left unworked", both)
    if not after_box and _OPERATOR_AFTER.match(low, first.unit_end or first.end, end):
        return _nothing("sum", "the expression is left unworked", span)
    return Reading(first.canonical, span, rule, _RULES[rule], first)


def _usable(low: str, start: int, stop: int) -> list[Numeral]:
    """The numerals that may be an answer: neither negated ("not 18", "not 18 or 20") nor labels ("2. Then ...")."""
    kept, negated_end = [], -1
    for numeral in numerals(low, start, stop):
        if _negated(low, numeral) or (negated_end >= 0 and _OR.fullmatch(low, negated_end, numeral.start)):
            negated_end = numeral.end
        elif not _is_label(low, numeral):
            kept.append(numeral)
    return kept


def _negated(low: str, numeral: Numeral) -> bool:
    return bool(
        NEGATED_BEFORE.search(low[max(0, numeral.start - 28) : numeral.start])
        or NEGATED_AFTER.match(low, max(numeral.end, numeral.unit_end))
    )


def _is_label(low: str, numeral: Numeral) -> bool:
    before = low[max(0, numeral.start - 12) : numeral.start]
    after = low[numeral.end : numeral.end + 3]
    if _LABEL_WORD.search(before):
        return True
    return (
        after[:1] in (".", ")", ":")
        and after[1:2] in (" ", "*")
        and bool(after[2:].strip())
        and bool(_LABEL.search(before))
    )


# -- no announcement -----------------------------------------------------------------------------------------------


def _last_number(low: str, start: int, stop: int, rule: str = "last_number") -> Reading:
    """The last number of the text, unless the text ends by giving up."""
    gives_up = GIVES_UP.search(low, max(start, stop - 200), stop)
    sentence, found = _last_sentence(low, start, stop)
    if gives_up and not _guessed_after(low, gives_up.end(), found):
        return _nothing("no_answer", "the text says that it has no answer", gives_up.span())
    if not found:
        return _nothing("no_number", "the text names no number", None)
    return _settled(low, _without_asides(low, found, sentence), rule, stop)


def _aligned(low: str, begin: int, end: int) -> int:
    """Where to begin reading a very long sentence: near its end, but never inside a numeral."""
    return begin if end - begin <= MAX_SENTENCE else max(begin, low.rfind(" ", begin, end - MAX_SENTENCE) + 1)


def _settled(low: str, found: list[Numeral], rule: str, end: int, change: bool = True) -> Reading:
    """The last of several numerals, unless the one before competes with it.

    change: whether "from 5 to 20" may tell of a change that ends at 20 rather than give a range.
    """
    before = found[-2:-1] if len(found) > 1 and _hedged(low, *found[-2:], change) else []
    return _one_of(low, found[-1:], rule, end, before=before)


def _guessed_after(low: str, gives_up: int, found: list[Numeral]) -> bool:
    """ "I don't know. Maybe 15": a number in a later sentence is a guess, one in the same sentence is talk."""
    return bool(found) and bool(_SENTENCE_END.search(low, gives_up, found[-1].start))


def _last_sentence(low: str, start: int, stop: int) -> tuple[int, list[Numeral]]:
    """Where the last sentence that names a number begins, and its numbers. A bare "one" is no number here."""
    end = stop
    for window in (WINDOW, stop - start):
        begin = max(low.rfind("\n", start, max(start, stop - window)) + 1, start)
        for sentence in reversed([begin, *(match.end() for match in _SENTENCE_END.finditer(low, begin, end))]):
            found = [
                n
                for n in _usable(low, _aligned(low, sentence, end), end)
                if not (n.word and low[n.start : n.end] == "one")
            ]
            if found:
                return sentence, found
            end = sentence
    return start, []


def _hedged(low: str, left: Numeral, right: Numeral, change: bool) -> bool:
    """Without an announcement only "or", a range or an unworked sum make two numbers compete."""
    gap = low[max(left.end, left.unit_end) : right.start]
    match = _BETWEEN.fullmatch(gap)
    if match and match.group("link") == "and":
        return "between " in low[max(0, left.start - 12) : left.start]
    if match and match.group("link") == "to":
        return not (change and _CHANGE.search(low[max(0, left.start - 24) : left.start]))
    if match:
        return match.group("link") not in (",", "—", "&", "|") or bool(_GUESS.search(gap))
    return bool(_OPERATOR.fullmatch(gap)) and "=" not in low[max(0, left.start - 3) : right.start]


def _without_asides(low: str, found: list[Numeral], sentence: int) -> list[Numeral]:
    """Drops numbers in a closing parenthesis, spans of time ("in 2 months"), what was bought ("$18 for 3 tickets") and
    rates ("at $6 each"), where another number is left."""
    kept = [n for n in found if not _in_parentheses(low, sentence, n.start)] or found
    while len(kept) > 1 and _is_aside(low, kept[-1], kept[-2]):
        kept = kept[:-1]
    return kept


def _in_parentheses(low: str, sentence: int, at: int) -> bool:
    """Whether an open parenthesis stands before `at`, unless it holds an alternative: "15 (or 16)"."""
    opened = low.rfind("(", sentence, at)
    return opened > low.rfind(")", sentence, at) and not _ALTERNATIVE.match(low, opened + 1)


def _is_aside(low: str, numeral: Numeral, earlier: Numeral) -> bool:
    before = _ASIDE_BEFORE.search(low[max(0, numeral.start - 14) : numeral.start])
    if not before:
        return False
    preposition = before.group().strip(" $")
    word = re.match(r"[ -]?([a-z]*)", low[numeral.end :][:20]).group(1)
    if preposition == "at":
        return word in ("each", "apiece", "per")
    bought = preposition == "for" and earlier.unit in MONEY and numeral.unit is None
    return bought or preposition == "out of" or word in TIME_WORDS


def _corrected(low: str, reading: Reading, stop: int) -> Reading | None:
    """What the text says after taking its announced answer back, or None where it lets it stand."""
    tail = reading.span[1]
    cue = CORRECTION.search(low, tail, stop)
    if cue is None:
        return None
    later = _last_number(low, cue.start(), stop, "correction")
    if later.span is not None:
        return later
    if TAKEN_BACK.search(low, cue.start(), stop):
        return _nothing("correction", "the text takes its answer back and gives no other", reading.span)
    return None


def _nothing(rule: str, reason: str, span: tuple[int, int] | None) -> Reading:
    return Reading(None, span, rule, reason)


_RULES = {
    "boxed": "in the last box",
    "hashes": "after ####",
    "hashes_after": "before ####",
    "answer_tag": "inside the answer tag",
    "answer_phrase": "where the text states its answer",
    "answer_before": "before “is the answer”",
    "result_phrase": "where the text states its result",
    "correction": "after the text corrects itself",
    "last_number": "as the last number of the text",
}
