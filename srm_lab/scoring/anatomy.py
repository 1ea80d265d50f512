"""What the tokens of a chain are spent on: restating the question, calculating, checking, answering, and the rest.

    for part in anatomy(chain.text, problem.question):
        part.kind, chain.text[slice(*part.span)]

A rule looks at one sentence at a time, at its words and numbers only. It is rough and says so: a sentence that both
calculates and checks counts once, by the first rule that fits, and a wrong calculation is a calculation. Whether a
step is right is another question (`tasks.worked`, `verify`).

Left out: a model as the judge of sentences, which costs more than the chain, and languages other than English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

KINDS = ("restating", "calculating", "checking", "answering", "other")
RESTATED = 0.6  # share of a sentence's words and numbers that the question has, from which on it restates

_BREAK = re.compile(r"(?<=[.!?])\s+|\n+")
_LIST_MARK = re.compile(r"\s*\d+[.)]\s*")
_ANSWERING = re.compile(r"\banswer\s*(?:is\b|:)|####|\\boxed", re.IGNORECASE)
_CHECKING = re.compile(
    r"\b(?:wait|hmm+|check\w*|verif\w+|actually|mistake|make sure|alternatively|re-?check|re-?read|is that right)\b",
    re.IGNORECASE,
)
_NUMBER = r"[$€£(]*\d[\d,.]*[)%]*"
_OPERATOR = r"(?:[-+*/×÷·=−–]|\\times|\\cdot|plus\b|minus\b|times\b|divided by\b|x(?=\s*\d))"
_CALCULATING = re.compile(
    rf"{_NUMBER}\s*(?:\w+\s+)?{_OPERATOR}\s*{_NUMBER}|=\s*{_NUMBER}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]{4,}|\d+(?:\.\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One sentence. kind: one of KINDS.  span: its (start, end) offsets in the chain."""

    kind: str
    span: tuple[int, int]


def anatomy(text: str, question: str) -> list[Part]:
    """The sentences of a chain, in order, each with what it is spent on."""
    known = _words(question)
    return [Part(kind_of(text[start:end], known), (start, end)) for start, end in _sentences(text)]


def kind_of(sentence: str, known: set[str]) -> str:
    """One of KINDS, by the first rule that fits. known: the words and numbers of the question, in lower case."""
    if _ANSWERING.search(sentence):
        return "answering"
    if _CHECKING.search(sentence):
        return "checking"
    if _CALCULATING.search(sentence):
        return "calculating"
    words = _words(sentence)
    return "restating" if words and len(words & known) >= RESTATED * len(words) else "other"


def token_shares(chains: Iterable[tuple[str, str]], count: Callable[[str], int]) -> dict[str, float]:
    """The share of all tokens that each of KINDS takes, together 1 (all 0 where there is no text).

    chains: (text, question) pairs.  count: how many tokens a piece of text has.
    """
    spent = dict.fromkeys(KINDS, 0)
    for text, question in chains:
        for part in anatomy(text, question):
            spent[part.kind] += count(text[slice(*part.span)])
    total = sum(spent.values())
    return {kind: tokens / total if total else 0.0 for kind, tokens in spent.items()}


def _sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, none empty; the mark of a list item belongs to the sentence after it."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end, following in [*((m.start(), m.end()) for m in _BREAK.finditer(text)), (len(text), len(text))]:
        if end < len(text) and _LIST_MARK.fullmatch(text[start:end]):
            continue
        if text[start:end].strip():
            spans.append((start, end))
        start = following
    return spans


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
