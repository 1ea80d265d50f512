"""What a reader of any kind hands back, and the parts of a text that no reader looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

MAX_CHARACTERS = 2_000_000
SEVERAL = "a further sentence offers another answer, so several are left standing"

# (how a thinking block opens, how it closes), lower-case
THINKING = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("[think]", "[/think]"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
)
_END = re.compile(
    r"<\|(?:im_end|endoftext|eot_id|end_of_text|end|return)\|>|</s>|<end_of_turn>|<eos>|<turn\|>|<\|end▁of▁sentence\|>"
)
_NEXT_QUESTION = re.compile(
    r"\n[ \t*#>]{0,6}(?:q|question|problem|exercise|user|human|student|instruction|input)(?: ?\d{1,3})? ?:"
)


@dataclass(frozen=True)
class Reading:
    """How an answer was read.

    answer: its canonical form, or None where nothing counts as an answer.  span: offsets into the text, or None.
    rule: the rule that read it.  reason: what was read or why nothing was, as half a sentence.
    detail: what the comparison needs beyond the answer (the numeral, the raw expression).
    """

    answer: str | None
    span: tuple[int, int] | None
    rule: str
    reason: str
    detail: Any = field(default=None, compare=False, repr=False)


def visible(low: str) -> tuple[int, int] | None:
    """Where the answer part of a text (made plain) lies: after the thinking block, before the end token.

    None where a thinking block was opened and never closed.
    """
    start, stop = 0, len(low)
    if "<" in low or "[think]" in low:
        for opening, closing in THINKING:
            closed = low.rfind(closing)
            if low.find(opening, max(closed, 0)) > closed:
                return None
            if closed >= 0:
                start = max(start, closed + len(closing))
        if (match := _END.search(low, start)) and low[start : match.start()].strip():
            stop = match.start()
    return start, len(low[:stop].rstrip())


def next_questions(low: str, start: int, stop: int) -> list[int]:
    """Where the model may have gone on to put a new question to itself, in order."""
    return [match.start() for match in _NEXT_QUESTION.finditer(low, start, stop)][:5]


def sentence_start(low: str, start: int, at: int) -> int:
    """Where the sentence that holds `at` begins, in low[start:]."""
    return max(start, *(low.rfind(end, start, at) + 1 for end in (". ", "\n", "! ", "? ")))


def shown(text: str, limit: int = 60) -> str:
    """The text, shortened in the middle for a reader."""
    return text if len(text) <= limit else f"{text[: limit - 20]}... ({len(text)} characters)"


def last_match(pattern: re.Pattern, text: str, start: int, stop: int) -> re.Match | None:
    """The last match in `text[start:stop]`, or None."""
    found = None
    for match in pattern.finditer(text, start, stop):
        found = match
    return found
