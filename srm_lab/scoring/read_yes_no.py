"""Reads yes or no; true and false mean the same. The table in `extract` says how cases are decided.

A word counts where it opens or closes a sentence, or is announced. Left out: answers that imply yes or no.
"""

from __future__ import annotations

import re

from .markers import Marker
from .phrases import END_OF_WORD, START_OF_WORD, gives_up
from .read_words import FILL, Kind, read_words, refusal
from .reading import Reading, last_match

_YES = {"yes": "yes", "true": "yes", "yeah": "yes", "yep": "yes", "correct": "yes"}
_NO = {"no": "no", "false": "no", "nope": "no", "incorrect": "no"}
YES_OR_NO = {**_YES, **_NO}
_WORD = r"(yes|no|true|false|yeah|yep|nope)(?![a-z])"
_YES_NO = re.compile(START_OF_WORD + _WORD)
_YES_NO_AT = re.compile(rf"{FILL}{{0,30}}(?P<negated>not )?[*\"']{{0,3}}{_WORD}")
_BOTH = re.compile(rf"[\s*_\"',]*(?:and|or|/|&)\s*(?:also |maybe )?[*\"']{{0,3}}{_WORD}")
_PRONOUN = r"(?: (?:it|he|she|they|this|that|the|you|there|i|we|because|since|not all)(?![a-z]))"
_OPENING = re.compile(
    rf"(?:^|(?<=[.!?\n])\s{{0,3}})[*\"'(\s]{{0,4}}(?:(?:so|therefore|thus|hence|well|and),? )?{_WORD}"
    rf"(?:(?<=yes)(?! (?:would|or|and|means|answer))|(?=[\s]*[,.!:;*\"')\n—-])|(?=\s*$)|(?={_PRONOUN}))"
)
_SO = re.compile(
    rf"(?:{START_OF_WORD}(?:so|therefore|thus|hence|conclude|say|means|actually|wait|rather)"
    rf"|[,:])[,:]? ?[*\"']{{0,3}}{_WORD}(?=[\s*\"')]*(?:$|[.,!;\n]))"
)
_IS = re.compile(
    rf"(?:{START_OF_WORD}(?:is|are|was)|'s|^\W{{0,3}}(?=not ))(?P<not>n't| ?not)? "
    rf"(?:clearly |therefore |indeed )?[*\"']{{0,3}}(true|false|correct|incorrect){END_OF_WORD}"
)


def _announced_yes_no(text: str, low: str, marker: Marker) -> Reading | None:
    if marker.rule in ("answer_before", "hashes_after"):
        last = last_match(_YES_NO, low, marker.start, marker.stop)
        return last and Reading(YES_OR_NO[last.group(1)], last.span(1), marker.rule, "before the announcement")
    match = _YES_NO_AT.match(low, marker.start, marker.stop)
    if not match:
        return refusal(low, marker)
    word = match.group(2)
    at = match.start(2)
    other = _BOTH.match(low, match.end())
    if other and YES_OR_NO[other.group(1)] != YES_OR_NO[word]:
        return Reading(None, (at, other.end()), "hedge", "the text says both yes and no")
    flips = match.group("negated") and word in ("true", "false")
    if match.group("negated") and not flips:
        return Reading(None, (at, match.end()), "negated", "the text only says what the answer is not")
    answer = YES_OR_NO[word]
    answer = {"yes": "no", "no": "yes"}[answer] if flips else answer
    return Reading(
        answer,
        (match.start("negated") if flips else at, match.end()),
        marker.rule,
        "where the text announces its answer",
    )


def _stated_yes_no(text: str, low: str, start: int, stop: int) -> Reading | None:
    found = [m for pattern in (_OPENING, _SO) for m in pattern.finditer(low, start, stop)]
    last = max(found, key=lambda match: match.start(1), default=None)
    sentence = max(low.rfind(end, start, last.start(1)) for end in ".!?\n") + 1 if last else start
    refused = gives_up(low, max(sentence, start), stop)
    if last and not refused:
        other = _BOTH.match(low, last.end(1), stop) or _both_before(low, last.start(1))
        if other and YES_OR_NO[other.group(1)] != YES_OR_NO[last.group(1)]:
            return Reading(None, last.span(1), "hedge", "the text says both yes and no")
        return Reading(
            YES_OR_NO[last.group(1)], last.span(1), "stated", "as the last yes or no that the text settles on"
        )
    if refused:
        return Reading(None, refused.span(), "no_answer", "the text says that it has no answer")
    last = last_match(_IS, low, start, stop)
    if last is None:
        return None
    answer = YES_OR_NO[last.group(2)]
    if last.group("not"):
        answer = {"yes": "no", "no": "yes"}[answer]
    return Reading(answer, (last.start(), last.end()), "stated", "as what the text says to be so")


def _both_before(low: str, at: int) -> re.Match | None:
    return re.search(rf"{_WORD}[*\"']{{0,3}} (?:and|or) [*\"']{{0,3}}$", low[max(0, at - 16) : at])


_YES_OR_NO = Kind(_announced_yes_no, _stated_yes_no, _stated_yes_no, "says neither yes nor no")


def read_yes_no(text: str, low: str, start: int, stop: int) -> Reading:
    """Reads `low[start:stop]` (text made plain). Always returns a reading; its answer may be None."""
    return read_words(_YES_OR_NO, text, low, start, stop)
