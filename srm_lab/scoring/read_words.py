"""Reads a letter, a yes or no, or a few words out of a text. The table in `extract` says how cases are decided.

The order is the same for all three: the last announcement that holds an answer of the kind; else what the text
states without announcing it. Left out: recognising an option by its wording, and meaning of any sort.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .markers import Marker, markers
from .phrases import ADVERBS, CORRECTION, END_OF_WORD, GIVES_UP, NEGATED_BEFORE, REASONS, START_OF_WORD, any_of
from .reading import Reading, last_match, next_questions, shown

# no two alternatives start alike, or a long filling would be tried in exponentially many ways
_FILL = any_of(
    r"[\s*_\"'$~>:=\[{(—-]", r"\\[(\[,;!]", "</?[a-z]{1,6}>",
    r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boldsymbol|bf|left|boxed)(?![a-z])", rf"(?:{ADVERBS}|is|that){END_OF_WORD}",
)  # fmt: skip


def read_choice(text: str, low: str, start: int, stop: int) -> Reading:
    """A letter from A to J: "(B)", "B.", "option b"."""
    return _read(_announced_choice, _stated_choice, text, low, start, stop, "names no option")


def read_yes_no(text: str, low: str, start: int, stop: int) -> Reading:
    """Yes or no; true and false mean the same."""
    return _read(_announced_yes_no, _stated_yes_no, text, low, start, stop, "says neither yes nor no")


def read_text(text: str, low: str, start: int, stop: int) -> Reading:
    """A few words: the announced ones, else what the last sentence states; the whole line is kept beside them."""
    return _read(_announced_text, _stated_text, text, low, start, stop, "says nothing")


def _read(announced, stated, text, low, start, stop, nothing) -> Reading:
    for end in [*next_questions(low, start, stop), stop]:
        for marker in markers(low, start, end):
            if reading := announced(text, low, marker):
                return _after_correction(stated, text, low, reading, end) or reading
        if (reading := stated(text, low, start, end)) and (reading.answer is not None or end == stop):
            return reading
    return Reading(None, None, "no_answer", f"the text {nothing}")


def _after_correction(stated, text, low, reading, stop) -> Reading | None:
    if stated is _stated_text or not (cue := CORRECTION.search(low, reading.span[1], stop)):
        return None
    return stated(text, low, cue.start(), stop)


# -- letters -------------------------------------------------------------------------------------------------------

_LETTER_AT = re.compile(
    rf"{_FILL}{{0,30}}(?:(?:the )?(?:option|choice|letter|answer)s? ?[*(\"']{{0,3}})?([a-j])(?![a-z0-9'])"
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
_RULED_OUT = re.compile(
    r"[*)\"'.:]{0,4} ?(?:[a-z]+ )?(?:is|are|was|seems|can be|isn't)(?:n't| not)? ?(?:clearly |obviously )?"
    r"(?:the )?(?:wrong|incorrect|false|not|ruled|eliminated|impossible)"
)
_OPTION_LINE = re.compile(r"(?:^|\n)[ \t*#(]{0,5}([a-j])(?:[).:](?=[\s*]|$)| ?— ?| - )")
_LAST_LETTER = re.compile(
    r"(?<![A-Za-z0-9'])([A-J])[\s*_\"')\]}.!]*$|(?:it's|is|be|:) [*\"(']{0,3}([b-hj])[\s*_\"')\]}.!]*$"
)
_LETTER = re.compile(r"(?<![a-z0-9'])[a-j](?![a-z0-9'])")
_LABELS = re.compile(r"(?<![a-z0-9'])([a-j])[).] ")
_ALONE = re.compile(r"[\s*_\"'$({\[]*([a-j])[\s*_\"'$)}\].!]*")


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
        sentence = _sentence_end(low, marker.start, min(marker.stop, marker.start + MAX_ANSWER))
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
    found = None
    for match in _STATED.finditer(low, start, stop):
        at = match.start(match.lastgroup)
        if match.lastgroup == "subject" and not text[at].isupper():
            continue
        negated = NEGATED_BEFORE.search(low[max(0, match.start() - 24) : match.start()])
        ruled_out = match.lastgroup != "subject" and _RULED_OUT.match(low, at + 1)
        if not negated and not ruled_out:
            found = at
    if found is not None:
        second = _LETTER_THEN.match(low, found + 1)
        before = re.search(
            r"([a-j])[)*\"']{0,3} ?or ?(?:option |choice )?[(*\"']{0,3}$", low[max(0, found - 20) : found]
        )
        if any(other and other.group(1) != low[found] for other in (second, before)):
            return Reading(None, (found, found + 1), "hedge", "the text leaves several options standing")
        return _letter(low, found, "stated", "as the last option that the text settles on")
    return _bare_choice(text, low, start, stop) if lenient else None


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
    if NEGATED_BEFORE.search(before):
        return None
    if re.search(r"(?<![a-z])[a-j][)*\"']{0,3}(?: or | and |, ?|/)$", before):
        return Reading(None, (at, at + 1), "hedge", "the text leaves several options standing")
    return _letter(low, at, "last_letter", "as the last letter of the text")


# -- yes and no ----------------------------------------------------------------------------------------------------

_YES = {"yes": "yes", "true": "yes", "yeah": "yes", "yep": "yes", "correct": "yes"}
_NO = {"no": "no", "false": "no", "nope": "no", "incorrect": "no"}
YES_OR_NO = {**_YES, **_NO}
_WORD = r"(yes|no|true|false|yeah|yep|nope)(?![a-z])"
_YES_NO = re.compile(START_OF_WORD + _WORD)
_YES_NO_AT = re.compile(rf"{_FILL}{{0,30}}(?P<negated>not )?[*\"']{{0,3}}{_WORD}")
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
        return None
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
    gives_up = GIVES_UP.search(low, max(sentence, start), stop)
    if last and not gives_up:
        other = _BOTH.match(low, last.end(1), stop) or _both_before(low, last.start(1))
        if other and YES_OR_NO[other.group(1)] != YES_OR_NO[last.group(1)]:
            return Reading(None, last.span(1), "hedge", "the text says both yes and no")
        return Reading(
            YES_OR_NO[last.group(1)], last.span(1), "stated", "as the last yes or no that the text settles on"
        )
    if gives_up:
        return Reading(None, gives_up.span(), "no_answer", "the text says that it has no answer")
    last = last_match(_IS, low, start, stop)
    if last is None:
        return None
    answer = YES_OR_NO[last.group(2)]
    if last.group("not"):
        answer = {"yes": "no", "no": "yes"}[answer]
    return Reading(answer, (last.start(), last.end()), "stated", "as what the text says to be so")


def _both_before(low: str, at: int) -> re.Match | None:
    return re.search(rf"{_WORD}[*\"']{{0,3}} (?:and|or) [*\"']{{0,3}}$", low[max(0, at - 16) : at])


# -- words ---------------------------------------------------------------------------------------------------------

MAX_ANSWER = 300
_QUOTED = re.compile(
    r"\*\*([^*\n]{1,300})\*\*|\"([^\"\n]{1,300})\"|(?<![a-z])'([^'\n]{1,300})'(?![a-z])|\\text\{([^{}\n]{1,300})\}"
)
_WORDS_FILL = re.compile(rf"(?:[\s*_~>:=\"'$(\[—-]|\\[(\[]|</?[a-z]{{1,6}}>|{ADVERBS}{END_OF_WORD})*")
_ASIDE = re.compile(
    rf",? {REASONS}{END_OF_WORD}|, (?:the|a|an|not|and not|rather){END_OF_WORD}"
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
    end = _sentence_end(low, at, marker.stop)
    reading = _phrase(low, at, end, marker.rule)
    return reading and replace(reading, detail=normalized(low[at:end].strip()))


def _stated_text(text: str, low: str, start: int, stop: int) -> Reading | None:
    end = len(low[start:stop].rstrip()) + start
    begin = max(low.rfind("\n", start, end) + 1, start)
    last = last_match(_SENTENCE_BREAK, low, begin, end)
    sentence = _LEAD.match(low, last.end() if last else begin, end).end()
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


def _sentence_end(low: str, start: int, stop: int) -> int:
    match = re.compile(r"[.!?](?=[\s\"'*)]|$)|\n").search(low, start, stop)
    return match.start() if match else stop
