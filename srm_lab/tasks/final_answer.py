r"""The final answer in a model's text, for tasks whose own verifier reads the answer alone.

In order: what stands in the last <answer>...</answer>; in the last \boxed{...}; behind the last "####"; behind the
last "the answer is" or "answer:"; else the last line, or the whole text where the reference has several lines
(grids). A thinking block is never read, and one that is not closed means that there is no answer yet. Left out:
numbers and their many spellings, which `srm_lab.scoring.extract` reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARACTERS = 200_000
_TAG = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL | re.IGNORECASE)
_PHRASE = re.compile(r"\banswer(?:\s+is\b:?|\**:\**)", re.IGNORECASE)
_WRAPPERS = " \t\r\n*`$"


@dataclass(frozen=True)
class FinalAnswer:
    """The answer's text, its offsets in the model's text, and the rule that found it."""

    text: str
    span: tuple[int, int]
    rule: str


def unfinished(text: str) -> bool:
    """Whether a thinking block was opened and not closed."""
    return text.rfind("<think>") > text.rfind("</think>")


def final_answer(text: str, several_lines: bool = False) -> FinalAnswer | None:
    """The final answer, or None where the text holds none. several_lines: the reference has more than one."""
    if len(text) > MAX_CHARACTERS or unfinished(text):
        return None
    close = text.rfind("</think>")
    start = close + len("</think>") if close >= 0 else 0
    for rule, found in (
        ("answer tag", _last_match(_TAG, text, start, group=1)),
        ("boxed", _last_box(text, start)),
        ("####", _behind(text, text.rfind("####", start), 4, several_lines)),
        ("the answer is", _behind_phrase(text, start, several_lines)),
        ("whole text" if several_lines else "last line", _tail(text, start, several_lines)),
    ):
        span = found and _trimmed(text, *found)
        if span:
            return FinalAnswer(text[span[0] : span[1]], span, rule)
    return None


def _last_match(pattern: re.Pattern, text: str, start: int, group: int) -> tuple[int, int] | None:
    spans = [match.span(group) for match in pattern.finditer(text, start)]
    return spans[-1] if spans else None


def _last_box(text: str, start: int) -> tuple[int, int] | None:
    opening = text.rfind("\\boxed{", start)
    if opening < 0:
        return None
    depth = 0
    for at in range(opening + 6, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return opening + 7, at
    return None


def _behind_phrase(text: str, start: int, several_lines: bool) -> tuple[int, int] | None:
    phrase = _last_match(_PHRASE, text, start, group=0)
    return _behind(text, phrase[0], phrase[1] - phrase[0], several_lines) if phrase else None


def _behind(text: str, at: int, length: int, several_lines: bool) -> tuple[int, int] | None:
    """The rest of the line behind a marker; all the rest where that is empty or several lines are due."""
    if at < 0:
        return None
    begin = at + length
    end = text.find("\n", begin)
    if several_lines or end < 0 or not text[begin:end].strip(_WRAPPERS):
        end = len(text)
    return begin, end


def _tail(text: str, start: int, several_lines: bool) -> tuple[int, int] | None:
    stripped = len(text.rstrip())
    begin = start if several_lines else max(start, text.rfind("\n", 0, stripped) + 1)
    return (begin, stripped) if begin < stripped else None


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """Without the spaces, stars, backticks and dollar signs around it; a line loses its full stop too."""
    while begin < end and text[begin] in _WRAPPERS:
        begin += 1
    while begin < end and (text[end - 1] in _WRAPPERS or (text[end - 1] == "." and "\n" not in text[begin:end])):
        end -= 1
    return (begin, end) if begin < end else None
