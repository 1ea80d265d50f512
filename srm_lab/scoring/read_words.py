"""What reading a letter, a yes or no, and a few words have in common: the order in which a text is looked through.

First the last announcement that holds an answer of the kind, then what corrects it or offers another beside it; else
what the text states without announcing it. Left out: meaning of any sort, such as an option known by its wording.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .markers import Marker, markers
from .phrases import ADVERBS, ALTERNATIVE, ALTERNATIVE_SENTENCE, CORRECTION, END_OF_WORD, REFUSAL, any_of, gives_up
from .reading import SEVERAL, Reading, next_questions, sentence_start

MAX_ANSWER = 300  # characters
# no two alternatives start alike, or a long filling would be tried in exponentially many ways
FILL = any_of(
    r"[\s*_\"'$~>:=\[{(—-]", r"\\[(\[,;!]", "</?[a-z]{1,6}>",
    r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|boldsymbol|bf|left|boxed)(?![a-z])", rf"(?:{ADVERBS}|is|that){END_OF_WORD}",
)  # fmt: skip
_FILLED = re.compile(rf"{FILL}{{0,30}}")
_SENTENCE_END = re.compile(r"[.!?](?=[\s\"'*)]|$)|\n")


@dataclass(frozen=True)
class Kind:
    """How answers of one kind are read; each function gives a Reading or None.

    announced(text, low, marker): at an announcement.  stated(text, low, start, stop): without one.
    corrected(text, low, start, stop): from a correction on.  nothing: what is said of a text without an answer.
    words_of_a_doubt: how many words another answer has at most, in a sentence that offers one ("Or maybe London").
    """

    announced: Callable[[str, str, Marker], Reading | None]
    stated: Callable[[str, str, int, int], Reading | None]
    corrected: Callable[[str, str, int, int], Reading | None]
    nothing: str
    words_of_a_doubt: int = MAX_ANSWER


def read_words(kind: Kind, text: str, low: str, start: int, stop: int) -> Reading:
    """Reads `low[start:stop]`. Always returns a reading; its answer may be None."""
    for end in [*next_questions(low, start, stop), stop]:
        for marker in markers(low, start, end):
            if reading := kind.announced(text, low, marker):
                later = _after_correction(kind, text, low, reading, end)
                return later or _doubted(kind, text, low, start, marker.begin, reading, end) or reading
        if (reading := kind.stated(text, low, start, end)) and (reading.answer is not None or end == stop):
            return _doubted(kind, text, low, start, reading.span[0], reading, end) or reading
    return Reading(None, None, "no_answer", f"the text {kind.nothing}")


def _after_correction(kind: Kind, text: str, low: str, reading: Reading, stop: int) -> Reading | None:
    cue = CORRECTION.search(low, reading.span[1], stop)
    return kind.corrected(text, low, cue.start(), stop) if cue else None


def _doubted(kind: Kind, text: str, low: str, start: int, begin: int, reading: Reading, stop: int) -> Reading | None:
    """A hedge over two sentences: "The answer is B. Or maybe C.", "Paris. Or London."."""
    other = None if reading.answer is None else _other_answer(kind, text, low, start, begin, reading, stop)
    if other is None or other.answer in (None, reading.answer):
        return None
    span = (min(other.span[0], reading.span[0]), max(other.span[1], reading.span[1]))
    return Reading(None, span, "hedge", SEVERAL)


def _other_answer(kind: Kind, text: str, low: str, start: int, begin: int, reading: Reading, stop: int):
    sentence = sentence_start(low, start, begin)
    if sentence > start and ALTERNATIVE.match(low, sentence, stop):
        earlier = (kind.announced(text, low, marker) for marker in markers(low, start, sentence))
        other = next(filter(None, earlier), None)
        if other is None and re.match(r"\W{0,6}or", low[sentence : sentence + 10]):
            other = kind.stated(text, low, start, sentence)
        return other
    cue = ALTERNATIVE_SENTENCE.search(low, reading.span[1], stop)
    if cue is None:
        return None
    end = sentence_end(low, cue.end(), stop)
    brief = len(low[cue.end() : end].split()) <= kind.words_of_a_doubt
    if not brief:
        return None
    at_once = kind.announced(text, low, Marker("alternative", cue.start(), cue.end(), end))
    return at_once or kind.stated(text, low, cue.end(), end)


def refusal(low: str, marker: Marker) -> Reading | None:
    """What is announced is that there is no answer: "The answer cannot be determined because ..."."""
    at = _FILLED.match(low, marker.start, marker.stop).end()
    if not REFUSAL.match(low, at, marker.stop):
        return None
    return Reading(None, (at, min(at + 20, marker.stop)), "no_answer", "the text says that it has no answer")


def given_up(low: str, start: int, at: int) -> bool:
    """Whether the sentence has said before `at` that there is no answer: what it names then is only talk."""
    return bool(gives_up(low, sentence_start(low, max(start, at - MAX_ANSWER), at), at))


def sentence_end(low: str, start: int, stop: int) -> int:
    """The offset of the full stop or line break that ends the sentence, or `stop`."""
    match = _SENTENCE_END.search(low, start, stop)
    return match.start() if match else stop
