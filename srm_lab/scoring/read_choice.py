"""Reads a letter from A to J: "(B)", "B.", "option b". The table in `extract` says how cases are decided.

Left out: recognising an option by its wording.
"""

from __future__ import annotations

import re
from collections import deque

from .markers import Marker
from .phrases import CORRECTION, END_OF_WORD, NEGATED_BEFORE, REASON, gives_up, reason_between
from .read_words import FILL, MAX_ANSWER, Kind, given_up, read_words, refusal, sentence_end
from .reading import Reading, last_match

_LETTER_AT = re.compile(
    rf"{FILL}{{0,30}}(?:(?:the )?(?:option|choice|letter|answer)s? ?[*(\"']{{0,3}})?([a-j])(?![a-z0-9'])"
)
_LETTER_THEN = re.compile(
    r"[\s*_\"')\]}.,:]*(?:or|and|/|,|&|nor)\s*(?:maybe |perhaps |option |choice )?"
    r"[*(\"']{0,3}(?:option |choice )?([b-hj]|[ai](?! [a-z]))(?![a-z'])"
    r"(?! (?:is|isn't|was|would|can|cannot|has|does)(?![a-z]))"
)
_STATED = re.compile(
    r"(?:option|choice|letter)s?['\"]?(?: is| would be| must be|:)? ?[*\"(']{0,3}(?P<named>[a-j])(?![a-z0-9]|'[a-z])"
    r"|\((?P<paren>[a-j])\)"
    r"|(?<![a-z0-9'])(?P<subject>[a-j])[*)\".']{0,3} (?:is|must be|would be|seems|appears)(?: to be)? "
    r"(?:the |clearly )?(?:only )?(?:correct|right|best|true|answer)"
    r"|(?:choose|pick|select|go with|chose|choosing) [*\"(']{0,3}(?P<chosen>[a-j])(?![a-z'])"
)
_IS_RIGHT = re.compile(
    r"[*)\"']{0,3} (?:is|must be|would be|seems|appears)(?: to be)? (?:the |clearly )?(?:only )?"
    rf"(?:correct|right|best|true|answer){END_OF_WORD}"
)
_RULED_OUT = re.compile(
    r"[*)\"'.:]{0,4} ?(?:(?<![.:] )[a-z]+ )?(?:is|are|was|seems|can be|isn't)(?:n't| not)? ?(?:clearly |obviously )?"
    r"(?:the )?(?:wrong|incorrect|false|not|ruled|eliminated|impossible|too)"
)
_OPTION_LINE = re.compile(r"(?:^|\n)[ \t*#(]{0,5}([a-j])(?:[).:](?=[\s*]|$)| ?— ?| - )")
_LAST_LETTER = re.compile(
    r"(?<![A-Za-z0-9'])([A-J])[\s*_\"')\]}.!]*$|(?:it's|is|be|:) [*\"(']{0,3}([b-hj])[\s*_\"')\]}.!]*$"
)
_LETTER = re.compile(r"(?<![a-z0-9'])[a-j](?![a-z0-9'])")
_LABELS = re.compile(r"(?<![a-z0-9'])([a-j])[).] ")
_ALONE = re.compile(r"[\s*_\"'$({\[]*([a-j])[\s*_\"'$)}\].!]*")


MAX_OPTIONS = 2000  # counted from the end; keeps a text made of options cheap


def _letter(low: str, at: int, rule: str, where: str) -> Reading:
    return Reading(low[at].upper(), (at, at + 1), rule, where)


def _announced_choice(text: str, low: str, marker: Marker) -> Reading | None:
    if marker.rule in ("answer_before", "hashes_after"):
        last = last_match(_LETTER, low, marker.start, marker.stop)
        if last is None or (last.group() == "a" and not text[last.start()].isupper()):
            return None
        return _letter(low, last.start(), marker.rule, "before the announcement")
    match = _LETTER_AT.match(low, marker.start, marker.stop)
    if not match or not _is_letter(text, low, match.start(1), marker.stop):
        sentence = sentence_end(low, marker.start, min(marker.stop, marker.start + MAX_ANSWER))
        if refused := refusal(low, marker):
            return refused
        return None if marker.strict else _stated_choice(text, low, marker.start, sentence, lenient=False)
    at = match.start(1)
    second = _LETTER_THEN.match(low, at + 1)
    if second and second.group(1) != low[at] and _is_letter(text, low, second.start(1), len(low)):
        return Reading(None, (at, second.end(1)), "hedge", "the text leaves several options standing")
    if marker.rule == "boxed" and re.search(r"[a-z]", re.sub(r"\\[a-z]+", "", low[at + 1 : marker.stop])[:1]):
        return None
    return _letter(low, at, marker.rule, "where the text announces its answer")


def _is_letter(text: str, low: str, at: int, stop: int) -> bool:
    """Whether "a" or "I" stands for an option and not for the word."""
    if low[at] not in "ai" or low[at - 1 : at] in ("(", "*", '"'):
        return True
    return not re.match(r" [a-z]", low[at + 1 : at + 3]) or (
        text[at] == "A" and bool(re.match(r" (?:because|since|as|is|and|or|with|for)\b", low[at + 1 : stop][:12]))
    )


def _stated_choice(text: str, low: str, start: int, stop: int, lenient: bool = True) -> Reading | None:
    found = _settled_option(text, low, start, stop)
    if found is not None:
        second = _LETTER_THEN.match(low, found + 1)
        before = re.search(
            r"([a-j])[)*\"']{0,3} ?or ?(?:option |choice )?[(*\"']{0,3}$", low[max(0, found - 20) : found]
        )
        if any(other and other.group(1) != low[found] for other in (second, before)):
            return Reading(None, (found, found + 1), "hedge", "the text leaves several options standing")
        return _letter(low, found, "stated", "as the last option that the text settles on")
    return _bare_choice(text, low, start, stop) if lenient else None


def _settled_option(text: str, low: str, start: int, stop: int) -> int | None:
    """Where the last option stands that the text calls right or chooses, else the last that it names."""
    named = chosen = None
    refused, reasons = gives_up(low, start, stop), REASON.search(low, start, stop)
    for match in deque(_STATED.finditer(low, start, stop), maxlen=MAX_OPTIONS):
        at = match.start(match.lastgroup)
        if match.lastgroup == "subject" and not text[at].isupper():
            continue
        negated = NEGATED_BEFORE.search(low[max(0, match.start() - 24) : match.start()])
        ruled_out = match.lastgroup != "subject" and _RULED_OUT.match(low, at + 1)
        if reasons and named is not None and _in_reason(low, named, at):
            continue
        if negated or ruled_out or (refused and given_up(low, start, match.start())):
            continue
        named = at
        if match.lastgroup in ("subject", "chosen") or _IS_RIGHT.match(low, at + 1):
            chosen = at
    if chosen is None or CORRECTION.search(low, chosen, named):
        return named
    return chosen


def _in_reason(low: str, named: int, at: int) -> bool:
    """ "B, because A and C are too small": whether the option at `at` only explains the one named before."""
    return at - named <= MAX_ANSWER and sentence_end(low, named, at) == at and bool(reason_between(low, named, at))


def _bare_choice(text: str, low: str, start: int, stop: int) -> Reading | None:
    """The text is a letter, opens with one ("B. Paris"), or ends on one ("so it must be B.")."""
    match = _ALONE.match(low, start, stop)
    if match and (not low[match.end() : stop].strip() or low[match.end() - 1] == "\n"):
        return _letter(low, match.start(1), "first_line", "as the whole first line")
    lines = list(_OPTION_LINE.finditer(low, start, stop))
    if len(set(_LABELS.findall(low, start, stop))) > 1:
        lines = []  # the options are listed again, none is chosen
    if len({match.group(1) for match in lines}) == 1 and not _RULED_OUT.match(low, lines[-1].end(1)):
        return _letter(low, lines[-1].start(1), "option_line", "at the start of a line")
    tail = _LAST_LETTER.search(text[max(start, stop - 40) : stop])
    if not tail:
        return None
    at = max(start, stop - 40) + tail.start(tail.lastindex)
    before = low[max(0, at - 24) : at]
    if NEGATED_BEFORE.search(before) or given_up(low, start, at):
        return None
    if re.search(r"(?<![a-z])[a-j][)*\"']{0,3}(?: or | and |, ?|/)$", before):
        return Reading(None, (at, at + 1), "hedge", "the text leaves several options standing")
    return _letter(low, at, "last_letter", "as the last letter of the text")


_CHOICE = Kind(_announced_choice, _stated_choice, _stated_choice, "names no option")


def read_choice(text: str, low: str, start: int, stop: int) -> Reading:
    """Reads `low[start:stop]` (text made plain). Always returns a reading; its answer may be None."""
    return read_words(_CHOICE, text, low, start, stop)
