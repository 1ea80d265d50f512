"""Reads a number out of a text: first where the text announces its answer, else the last number it names.

The table in `extract` says how each ambiguous case is decided; each decision is one small function here.
"""

from __future__ import annotations

import re

from .competing import nothing, one_of, same_value, settled, unworked, usable, without_asides
from .markers import Marker, markers
from .numerals import Numeral, has_numeral, numerals
from .phrases import (
    ADVERBS,
    ALTERNATIVE,
    ALTERNATIVE_SENTENCE,
    BOUND_BEFORE,
    CONCLUDES,
    CORRECTION,
    END_OF_WORD,
    GUESS,
    GUESSES,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    REASONS,
    REFUSAL,
    START_OF_WORD,
    TAKEN_BACK,
    any_of,
    gives_up,
)
from .reading import SEVERAL, Reading, last_match, next_questions, sentence_start, shown

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
# what stands right before the answer that replaces another
_INSTEAD = re.compile(
    START_OF_WORD
    + r"(?:should (?:actually |really |instead )?(?:be|have been|read)|i mean[t]?|or rather|make that"
    + r"|(?:wait|no|actually|sorry|oops|correction)[,:]?(?: (?:no|actually|sorry|wait),?)?(?: (?:it's|it is|that's))?)"
    + END_OF_WORD + r"[\s*$:\"',({\\]*"
)  # fmt: skip
_COMES_TO = re.compile(
    rf"{START_OF_WORD}(?:(?:which|that|this) (?:is|equals|makes|gives|comes to)|(?:is|are) equal to|equals|makes|making"
    rf"|giving|to get|so){END_OF_WORD}[\s$*]*"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n+")

MAX_CLAUSE = 400
MAX_SENTENCE = 2000
_REST_OF_NUMERAL = re.compile(r"[\d,.'_]*")
SHORT_TAIL = 6  # characters that hold neither a correction nor another answer
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
        return _corrected(low, reading, stop) or _doubted(low, reading, start, marker.begin, stop) or reading
    return None


def _read_marker(low: str, marker: Marker) -> Reading | None:
    if marker.rule == "boxed":
        return _read_box(low, marker)
    if marker.rule in ("answer_before", "hashes_after"):
        return _read_before(low, marker)
    at = _DIRECT.match(low, marker.start, marker.stop).end()
    found = usable(low, at, _window_end(low, at, marker.stop))
    if found and found[0].start <= at + 1:
        return _read_clause(low, marker, found)
    if REFUSAL.match(low, at, marker.stop):
        return nothing(marker.rule, "the text says that it has no answer", (at, min(at + 20, marker.stop)))
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
        return one_of(low, after, marker.rule, end) if after else None
    reading = one_of(low, found, marker.rule, end, begin=marker.start)
    sum_ = reading.rule == "sum" or (reading.rule == "hedge" and " - " in low[slice(*reading.span)])
    return (_worked(low, reading, marker.rule, marker.stop) if sum_ else None) or reading


def _worked(low: str, sum_: Reading, rule: str, stop: int) -> Reading | None:
    """ "9 + 9, which is 18": the number that a sum is said to come to, in the same sentence."""
    end = _sentence_end(low, sum_.span[1], stop)
    said = _COMES_TO.search(low, sum_.span[1], end)
    found = usable(low, said.end(), end) if said else []
    return one_of(low, found, rule, end) if found and found[0].start <= said.end() + 1 else None


def _read_statement(low: str, marker: Marker) -> Reading | None:
    """ "The answer is that she keeps 18 eggs": the last number of that sentence."""
    sentence = _SENTENCE_END.search(low, marker.start, marker.stop)
    end = sentence.start() if sentence else marker.stop
    found = usable(low, marker.start, min(end, marker.start + 400))
    if found:
        equals = low.rfind("=", marker.start, end)
        after = [numeral for numeral in found if numeral.start > equals >= 0]
        if after:
            return one_of(low, after, marker.rule, end)
        return settled(low, without_asides(low, found, marker.start), marker.rule, end, change=False)
    if numerals(low, marker.start, end) and not usable(low, end, marker.stop):
        return nothing("negated", "the text only says what the answer is not", (marker.start, end))
    return None


def _read_before(low: str, marker: Marker) -> Reading | None:
    """ "18 is the answer", "18 ####": the last number before the announcement, in the same sentence."""
    found = usable(low, max(marker.start, marker.stop - 400), marker.stop)
    if not found or (marker.rule == "hashes_after" and low[found[-1].end : marker.stop].strip(" .*$")):
        return None
    return one_of(low, found[-1:], marker.rule, marker.stop, before=found[-2:-1])


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
        return nothing("boxed", f"the box holds {shown(content)!r}, which is not a number", span)
    if len(found) > 1 and unworked(low, *found[:2]):
        return nothing("boxed", f"the box holds {shown(content)!r}, which is left unworked", span)
    words_gone = re.sub(
        r"\\(?:text|mathrm|textbf|mathbf|mbox|left|right)\b|[a-z]{2,}|\\[,;! $]", " ", low[start : found[0].start]
    )
    if re.search(r"[-+*/^<>|≤≥]|[a-z]|\\", words_gone.strip()) or BOUND_BEFORE.search(low, start, found[0].start):
        return nothing("boxed", f"the box holds {shown(content)!r}, which is not one number", span)
    if low[found[-1].end : found[-1].end + 1] == "!" or _joined_box(low, marker, found):
        return nothing("hedge", "the text leaves several answers standing", span)
    if any(n.value != found[0].value for n in found[1:]) or found[0].problem:
        return nothing("boxed", f"the box holds {shown(content)!r}, which is not one number", span)
    return one_of(low, found, "boxed", stop, after_box=marker.stop + 1)


def _joined_box(low: str, marker: Marker, found: list[Numeral]) -> bool:
    r"""Whether another box with another number stands just before: \boxed{3} or \boxed{4}."""
    window = low[max(0, marker.begin - 60) : marker.begin]
    match = re.search(
        r"boxed ?\{([^{}]{1,30})\}[\s$]*(?:or|and|,|and/or)[\s$]*(?:(?:maybe|perhaps|possibly) ?)?\$?$", window
    )
    earlier = numerals(match.group(1)) if match else []
    return bool(earlier) and earlier[0].value != found[0].value


# -- no announcement -----------------------------------------------------------------------------------------------


def _last_number(low: str, start: int, stop: int, rule: str = "last_number") -> Reading:
    """The last number of the text, unless the text ends by giving up."""
    sentence, found = _last_sentence(low, start, stop)
    refused = gives_up(low, max(start, min(sentence, stop - 200), stop - MAX_SENTENCE), stop)
    if refused and not _guessed_after(low, refused.end(), found):
        return nothing("no_answer", "the text says that it has no answer", refused.span())
    if not found:
        return nothing("no_number", "the text names no number", None)
    reading = settled(low, without_asides(low, found, sentence), rule, stop)
    if reading.answer is None or refused or not ALTERNATIVE.match(low, sentence):
        return reading
    return _against(low, start, sentence, reading) or reading


def _aligned(low: str, begin: int, end: int) -> int:
    """Where to begin reading a very long sentence: near its end, but never inside a numeral."""
    return begin if end - begin <= MAX_SENTENCE else max(begin, low.rfind(" ", begin, end - MAX_SENTENCE) + 1)


def _guessed_after(low: str, at: int, found: list[Numeral]) -> bool:
    """ "I don't know. Maybe 15": a later sentence may guess; a number in the same one is talk."""
    if not found or found[-1].start < at:
        return False
    if GUESS.search(low, at, found[-1].start):
        return True
    if not (end := last_match(_SENTENCE_END, low, at, found[-1].start)):
        return False
    around = low[end.end() : found[-1].start] + low[found[-1].end : found[-1].end + 20]
    return bool(GUESSES.search(around)) or len(around.split()) <= 2


def _last_sentence(low: str, start: int, stop: int) -> tuple[int, list[Numeral]]:
    """Where the last sentence that names a number begins, and its numbers. A bare "one" is no number here."""
    end = stop
    for window in (WINDOW, stop - start):
        begin = max(low.rfind("\n", start, max(start, stop - window)) + 1, start)
        if not has_numeral(low, begin, end):
            end = begin
            continue
        for sentence in reversed([begin, *(match.end() for match in _SENTENCE_END.finditer(low, begin, end))]):
            if has_numeral(low, sentence, end) and (found := _numbers_of_sentence(low, sentence, end)):
                return sentence, found
            end = sentence
    return start, []


def _numbers_of_sentence(low: str, sentence: int, end: int) -> list[Numeral]:
    whole = _aligned(low, sentence, end)
    for begin in sorted({whole, max(whole, _last_result(low, sentence, end))}, reverse=True):
        found = [n for n in usable(low, begin, end) if not (n.word and low[n.start : n.end] == "one")]
        if found:
            return found
    return []


def _last_result(low: str, sentence: int, end: int) -> int:
    """After the last equals sign outside parentheses: nothing before it matters, so "5 + 7 + 12 =" is not read."""
    equals = low.rfind("=", sentence, end)
    return equals + 1 if low.rfind("(", sentence, equals) <= low.rfind(")", sentence, equals) else 0


# -- what follows or precedes the answer ---------------------------------------------------------------------------


def _corrected(low: str, reading: Reading, stop: int) -> Reading | None:
    """What the text says after taking its announced answer back, or None where it lets it stand."""
    tail = reading.span[1]
    cue = CORRECTION.search(low, tail, stop) if stop - tail > SHORT_TAIL else None
    if cue is None:
        return None
    later = _replacement(low, cue.start(), stop) or _last_number(low, cue.start(), stop, "correction")
    if later.span is not None:
        return later
    if TAKEN_BACK.search(low, cue.start(), stop):
        return nothing("correction", "the text takes its answer back and gives no other", reading.span)
    return None


def _replacement(low: str, start: int, stop: int) -> Reading | None:
    """ "It should be 14. There are 2 more": the number right after the correction, unless more is concluded later."""
    cue = last_match(_INSTEAD, low, start, stop)
    found = usable(low, cue.end(), _window_end(low, cue.end(), stop)) if cue else []
    if not found or found[0].start > cue.end() + 1 or CONCLUDES.search(low, found[0].end, stop):
        return None
    return one_of(low, found, "correction", stop, begin=cue.end())


def _doubted(low: str, reading: Reading, start: int, begin: int, stop: int) -> Reading | None:
    """A hedge over two sentences: "The answer is 18. Or maybe 20.", unless the text then settles on the same number."""
    if reading.answer is None:
        return None
    sentence = sentence_start(low, start, begin)
    if sentence > start and ALTERNATIVE.match(low, sentence, begin):
        return _against(low, start, sentence, reading, earlier=next(markers(low, start, sentence), None))
    tail = reading.span[1]
    cue = ALTERNATIVE_SENTENCE.search(low, tail, stop) if stop - tail > SHORT_TAIL else None
    if cue is None:
        return None
    end = _sentence_end(low, cue.end(), stop)
    found = usable(low, cue.end(), end)
    if not found or any(same_value(n, reading.detail) for n in found):
        return None
    if _last_number(low, end, stop).answer == reading.answer:
        return None
    return _hedge((reading.span[0], found[-1].end))


def _against(low: str, start: int, sentence: int, reading: Reading, earlier: Marker | None = None) -> Reading | None:
    """A hedge, where the answer's own sentence only offers it ("Or 20.") beside the one before: "It is 18. Or 20."."""
    if earlier is not None and (other := _read_marker(low, earlier)) is not None:
        if other.rule == "hedge":
            return other
        offered = other.detail
    else:
        before, found = _last_sentence(low, start, sentence)
        found = without_asides(low, found, before)
        firm = len(found) == 1 or re.match(r"[\s*_$\"'(]*or", low[sentence : sentence + 12])
        offered = found[-1] if found and firm else None
    if offered is None or same_value(offered, reading.detail):
        return None
    return _hedge((offered.start, reading.span[1]))


def _hedge(span: tuple[int, int]) -> Reading:
    return nothing("hedge", SEVERAL, span)


def _sentence_end(low: str, start: int, stop: int) -> int:
    match = _SENTENCE_END.search(low, start, stop)
    return match.start() if match else stop
