"""Reads a few words: the announced ones, else what the last sentence states; the whole line is kept beside them.

The table in `extract` says how cases are decided. Left out: synonyms and spelling.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .markers import Marker
from .phrases import ADVERBS, CORRECTION, END_OF_WORD, REASONS, START_OF_WORD, TAKEN_BACK
from .read_words import MAX_ANSWER, Kind, read_words, sentence_end
from .reading import Reading, last_match, shown

_QUOTED = re.compile(
    r"\*\*([^*\n]{1,300})\*\*|\"([^\"\n]{1,300})\"|(?<![a-z])'([^'\n]{1,300})'(?![a-z])|\\text\{([^{}\n]{1,300})\}"
)
_WORDS_FILL = re.compile(rf"(?:[\s*_~>:=\"'$(\[—-]|\\[(\[]|</?[a-z]{{1,6}}>|{ADVERBS}{END_OF_WORD})*")
# what opens a correction in a sentence of its own: "No wait, it is London", "I mean London"
_IT_IS = re.compile(
    r"(?:[\s,:;*-]|(?:no|wait|actually|sorry|oops|hmm|correction|i mean|or rather|make that|rather)(?![a-z])){0,8}"
    r"(?P<it>(?:(?:it|that|this|he|she)(?:'s| is| was| must be)|(?:it |that |this )?should (?:actually |really )?be)"
    r"(?: actually| really)? )?"
)
_ASIDE = re.compile(
    r",? (?:or rather|i mean|no wait|wait|sorry|no doubt|for sure|of course|i (?:think|believe|guess))(?![a-z])"
    r"(?!,? or(?![a-z]))|,? no,"
    rf"|,? {REASONS}{END_OF_WORD}|, (?:the|a|an|not|and not|rather){END_OF_WORD}"
    r"| \(| rather than | and not | instead of "
)
_STATEMENT = re.compile(
    r"(?:(?:it|that|he|she|here)'s|they're|[^.\n]{1,80}?"
    rf"(?:{START_OF_WORD}(?:is|was|are|were|must be|would be|becomes|reads|gives|spells){END_OF_WORD}|[=:]))"
    r" (?:called |named )?(?P<rest>[^\n]+)"
)
_SENTENCE_BREAK = re.compile(r"[.!?] +(?=\S)")
_LEAD = re.compile(rf"\s*(?:(?:{ADVERBS}|so|hence|finally),? )*")


def _announced_text(text: str, low: str, marker: Marker) -> Reading | None:
    if marker.rule in ("answer_before", "hashes_after"):
        return _phrase(low, marker.start, marker.stop, marker.rule)
    if marker.rule in ("boxed", "answer_tag"):
        return _phrase(low, marker.start, min(marker.stop, marker.start + MAX_ANSWER), marker.rule, cut=False)
    at = _WORDS_FILL.match(low, marker.start, marker.stop).end()
    quoted = _QUOTED.match(low, max(marker.start, at - 2), marker.stop) or _QUOTED.match(low, at - 1, marker.stop)
    if quoted:
        return _phrase(low, *quoted.span(quoted.lastindex), marker.rule, cut=False)
    end = sentence_end(low, at, marker.stop)
    reading = _phrase(low, at, end, marker.rule)
    return reading and replace(reading, detail=normalized(low[at:end].strip()))


def _corrected_text(text: str, low: str, start: int, stop: int) -> Reading | None:
    """What a correction puts in the answer's place: "it is London", or no more than a few words ("Wait, London.")."""
    cue = last_match(CORRECTION, low, start, stop)
    opening = _IT_IS.match(low, cue.start(), stop)
    end = sentence_end(low, opening.end(), stop)
    words = low[opening.end() : end]
    if not re.match(r"not(?![a-z])", words) and (opening.group("it") or 0 < len(words.split()) <= 3):
        return _phrase(low, opening.end(), end, "correction")
    if TAKEN_BACK.search(low, start, stop):
        return Reading(None, (start, cue.end()), "correction", "the text takes its answer back and gives no other")
    return None


def _stated_text(text: str, low: str, start: int, stop: int) -> Reading | None:
    end = len(low[start:stop].rstrip()) + start
    begin = max(low.rfind("\n", start, end) + 1, start)
    last = last_match(_SENTENCE_BREAK, low, begin, end)
    sentence = _LEAD.match(low, last.end() if last else begin, end).end()
    if CORRECTION.match(low, sentence, end):
        return _corrected_text(text, low, sentence, end)
    statement = _STATEMENT.match(low, sentence, end)
    quoted = _QUOTED.match(low, statement.start("rest"), end) if statement else last_match(_QUOTED, low, sentence, end)
    if quoted:
        reading = _phrase(low, *quoted.span(quoted.lastindex), "stated", cut=False)
    elif statement:
        reading = _phrase(low, statement.start("rest"), end, "stated")
    else:
        reading = _phrase(low, sentence, end, "last_line", cut=False)
    return reading and replace(reading, detail=normalized(low[begin:end].strip()))


def _phrase(low: str, start: int, stop: int, rule: str, cut: bool = True) -> Reading | None:
    if cut and (aside := _ASIDE.search(low, start + 1, stop)):
        stop = aside.start()
    while start < stop and low[start] in " \t\n*_\"'.$`(":
        start += 1
    while stop > start and low[stop - 1] in " \t\n*_\"'.,;:!?$`":
        stop -= 1
    words = normalized(low[start:stop])
    if not words:
        return None
    return Reading(words, (start, stop), rule, f"from the words {shown(low[start:stop])!r}")


def normalized(low: str) -> str:
    """Words without articles, punctuation and markup, so that "The **Eiffel Tower**." is "eiffel tower"."""
    words = re.sub(
        r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boldsymbol) ?\{|\\[,;! ]|[.'’\"*_`$]|(?<=\d),(?=\d{3})", "", low
    )
    words = " ".join(re.sub(r"[^\w+=<>/%-]|(?<=[a-z])-(?=[a-z])|_", " ", words).split())
    bare = re.sub(r"(?<!\S)(?:the|a|an) (?=\S)", "", words)
    return bare or words or " ".join(low.split())


_TEXT = Kind(_announced_text, _stated_text, _corrected_text, "says nothing", words_of_a_doubt=4)


def read_text(text: str, low: str, start: int, stop: int) -> Reading:
    """Reads `low[start:stop]` (text made plain). Always returns a reading; its answer may be None."""
    return read_words(_TEXT, text, low, start, stop)
