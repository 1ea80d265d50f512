r"""Where a text announces its answer: \boxed{...}, "####", an answer tag, "the answer is ...", "... is the answer".

`markers` walks from the last announcement to the first, because the last answer wins. It knows nothing of numbers
or letters: what stands in the announced place is read by the kind's own reader. Left out: "so", "therefore", "in
total", which models use at every step on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_MARKERS = 40  # of each sort, counted from the end; keeps a text made of markers cheap
MAX_BOX = 2000  # characters inside a box
MAX_BEFORE = 400  # characters looked through before an announcement
MAX_HASHES = 12

# "answer" as a verb announces nothing: "to answer this we need 3 things"
_VERB_BEFORE = re.compile(r"(?:\b(?:to|can|will|must|should|cannot|let's|we|you|i|who|they|he|she|please|'ll|and) |/)$")
_TITLE = r"[\"'*_\])}]{0,4}"
# "we cannot give the answer because the total is 5", "the answer can't be told because the total is 5"
_REFUSED_BEFORE = re.compile(
    r"(?:cannot|can't|can not|could not|couldn't|unable to|impossible to|not (?:possible|able|enough [a-z]+) to) "
    r"[a-z]{0,12} ?(?:the |an |any )?(?:[a-z]+ )?$"
)
_REFUSED_AFTER = re.compile(r" (?=(?:cannot|can't|can not|could not|couldn't) (?:be )?[a-z])")
_AFTER_ANSWER = re.compile(
    rf"s?{_TITLE} ?(?:"
    r"(?P<tag>>)"
    r"|(?P<colon>:|->|→|⇒|-(?= )|—)"
    r"|(?P<direct>(?= ?[\d$*\\]))"
    r"|(?P<words>(?:[^.\n:=?]|\.(?=\d)){0,80}?)"
    r"(?:(?P<late>[:=]|≈)"
    r"|(?P<verb>(?<![a-z])(?:isn't|is|are|was|would be|should be|must be|will be|equals|of)(?![a-z])))"
    r")"
)
_BEFORE_ANSWER = re.compile(
    r"(?:(?<![a-z])(?:is|are|was)|=) (?:then |therefore |thus )?(?:the|my|our|your) "
    r"(?:final |correct |right |only |actual )*$"
)
_FINAL = re.compile(r"(?:final|correct) $")
_NOUNS = re.compile(r"(?:result|solution)s? ?(?:is|=|:)")
_RESULT_BEFORE = re.compile(r"(?:^|[\s*])(?:(?:the|final|our|my|this) ){1,2}$")


@dataclass(frozen=True)
class Marker:
    """An announcement: `rule` names it, `begin` is where it starts, [start, stop) is where the answer should stand.

    strict: whether the answer must follow at once, because the announcement may also be a mere heading.
    """

    rule: str
    begin: int
    start: int
    stop: int
    strict: bool = False


def markers(low: str, start: int, stop: int) -> Iterator[Marker]:
    """Every announcement in `low[start:stop]` (text made plain), from the last to the first."""
    streams = [_positions(low, word, start, stop) for word in ("boxed", "fbox", "####", "answer", "result", "solution")]
    heads = [next(stream, -1) for stream in streams]
    while (latest := max(heads)) >= 0:
        which = heads.index(latest)
        heads[which] = next(streams[which], -1)
        marker = _READERS[which](low, latest, start, stop)
        if marker is not None:
            yield marker


def _positions(low: str, word: str, start: int, stop: int) -> Iterator[int]:
    for _ in range(MAX_MARKERS):
        stop = low.rfind(word, start, stop)
        if stop < 0:
            return
        yield stop


def _box(low: str, at: int, start: int, stop: int) -> Marker | None:
    if low[at - 1 : at] != "\\":
        return None
    opening = low.find("{", at, at + 8)
    if opening < 0:
        return None
    closing = matching_brace(low, opening, min(stop, opening + MAX_BOX))
    return None if closing < 0 else Marker("boxed", at - 1, opening + 1, closing)


def matching_brace(low: str, opening: int, stop: int) -> int:
    """The offset of the brace that closes the one at `opening`, or -1."""
    depth = 0
    for match in re.finditer(r"\\[{}\\]|[{}]", low[opening:stop]):
        if match.group() == "{":
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                return opening + match.start()
    return -1


def _hashes(low: str, at: int, start: int, stop: int) -> Marker | None:
    after = at
    while low[after : after + 1] == "#" and after < at + MAX_HASHES:
        after += 1
    line_end = _line_end(low, after, stop)
    if low[after:line_end].strip():
        return Marker("hashes", at, after, line_end, strict=True)
    return Marker("hashes_after", at, max(start, low.rfind("\n", start, at) + 1, at - MAX_BEFORE), at)


def _phrase(low: str, at: int, start: int, stop: int) -> Marker | None:
    before = low[max(start, at - 24) : at]
    after = at + len("answer")
    if _VERB_BEFORE.search(before):
        return None
    if match := _BEFORE_ANSWER.search(before):
        begin = at - len(before) + match.start()
        return Marker("answer_before", begin, max(_sentence_start(low, start, begin), begin - MAX_BEFORE), begin)
    if match := _REFUSED_BEFORE.search(low, max(start, at - 60), at):
        return Marker("answer_phrase", at, match.start(), stop)
    match = _REFUSED_AFTER.match(low, after, stop) or _AFTER_ANSWER.match(low, after, stop)
    if not match:
        return None
    if match.re is _REFUSED_AFTER:
        return Marker("answer_phrase", at, match.end(), stop)
    if match.group("tag"):
        closing = low.find("</", match.end(), stop)
        return Marker("answer_tag", at, match.end(), closing if closing >= 0 else stop, strict=True)
    if match.group("direct") is not None and not _FINAL.search(before):
        return None
    if match.group("verb") == "isn't":
        return Marker("answer_phrase", at, match.end() - 3, stop)
    return Marker("answer_phrase", at, match.end(), stop, strict=match.group("verb") is None)


def _noun(low: str, at: int, start: int, stop: int) -> Marker | None:
    match = _NOUNS.match(low, at, stop)
    if not match or not _RESULT_BEFORE.search(low[max(start, at - 12) : at]):
        return None
    return Marker("result_phrase", at, match.end(), stop, strict=True)


def _line_end(low: str, at: int, stop: int) -> int:
    end = low.find("\n", at, stop)
    return stop if end < 0 else end


def _sentence_start(low: str, start: int, at: int) -> int:
    last = max(low.rfind("\n", start, at), low.rfind(". ", start, at))
    return start if last < 0 else last + 1


_READERS = (_box, _box, _hashes, _phrase, _noun, _noun)
