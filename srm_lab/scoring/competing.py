"""Which numeral of a sentence is its answer, if any: labels, negations, asides, hedges, bounds and unworked sums.

The table in `extract` says how each ambiguous case is decided; each decision is one small function here. `read_number`
says where in a text to look. Left out: working a sum out, which would make an answer that the text never gave.
"""

from __future__ import annotations

import re

from .numerals import Numeral, numerals
from .phrases import (
    ALTERNATIVE,
    BOUND_AFTER,
    BOUND_BEFORE,
    END_OF_WORD,
    IN_NEGATIONS,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    START_OF_WORD,
    reason_between,
)
from .reading import Reading, shown
from .units import MONEY, TIME_WORDS

MAX_GAP = 100  # characters between two numbers that may compete
# what makes two numbers compete: a link, with units or markup before it ("18 apples or 20")
_BETWEEN = re.compile(
    r"(?:[\s*$\"')\[\]{},\\]|\((?= ?(?:or|and|to|maybe|perhaps|[-/$])\W?)|\?(?= or)|[a-z]{2,}(?=[ ,])){0,12}?"
    rf"(?P<link>{START_OF_WORD}(?:or|to|and|vs\.?|versus){END_OF_WORD}|[-,/—~|&])"
    r"(?: (?:maybe|perhaps|possibly|even|else|is it|is|about|around))?(?:[\s*$\"'()\[{\\]|\\boxed)*"
)
# units, words and markup, then an operator, all in one sentence; ** is bold and no operator
_OPERATOR = re.compile(
    r"(?:[^=≈.!?;\n]|\.(?! |\n)){0,40}?"
    rf"(?:[-+×÷/^⋅·]|(?<!\*)\*(?!\*)|\\times|\\cdot|\\div|{START_OF_WORD}(?:x|plus|minus|times){END_OF_WORD})[\s$({{\\*_]*"
)
_OPERATOR_AFTER = re.compile(r" ?(?:[+×÷^⋅]|\*(?=[ ]?\d)|\\times|\\cdot|\\div)(?! ?$)")
_OPERATOR_BEFORE = re.compile(r"(?:(?:[a-z)}\]] ?[+×÷⋅]|\\times|\\cdot|\\div)|(?<![a-z\d])[b-z] [-/])\s?\$?$")
# each way to compete ends on one of these, before markup
_LINKS = ("or", "to", "and", "vs", "vs.", "versus", "maybe", "perhaps", "possibly", "even", "else", " is", " it",
          "about", "around", "boxed", "x", "plus", "minus", "times", "cdot", "div", *"-,/—~|&+×÷^⋅·?")  # fmt: skip
_SUM_OF = re.compile(START_OF_WORD + r"(?:sum|difference|product|quotient|ratio) (?:of|between) [\s$*]*$")
_OR = re.compile(r",? (?:or|nor) [$]?")
_OR_INSIDE = re.compile(r" ?(?:or|maybe|perhaps|possibly|alternatively)(?![a-z])")
_CHANGE = re.compile(r"[a-z] from [\s*$]*$")  # "grows from 5 to 20" ends at 20; a bare "from 5 to 20" is a range
_GUESS = re.compile(START_OF_WORD + "(?:maybe|perhaps|possibly|alternatively)" + END_OF_WORD)
_QUOTE_MARK = re.compile(r"(?:^|\n)> $")
_TAG = re.compile(r"<[^<>\s]{1,20}>")
_LABEL = re.compile(r"(?:^|\n)[ \t*#>-]{0,6}\(?$")
_LABEL_WORD = re.compile(
    r"(?<![a-z])(?:step|equation|example|part|question|problem|option|case|line|note|page|chapter) ?#?$"
)
_ASIDE_BEFORE = re.compile(
    r"(?<![a-z])(?:in|per|every|each|after|within|during|over|for|at|out of|the (?:next|last|first))[ $]*$"
)


def usable(low: str, start: int, stop: int) -> list[Numeral]:
    """The numerals that may be an answer: neither negated ("not 18", "not 18 or 20") nor labels ("2. Then ...")."""
    found = numerals(low, start, stop)
    if not found:
        return []
    kept, negated_end = [], -1
    around = low[max(0, start - 28) : stop + 28]
    negatives = any(word in around for word in IN_NEGATIONS)
    for numeral in found:
        joined = negated_end >= 0 and _OR.fullmatch(low, negated_end, numeral.start)
        if joined or (negatives and _negated(low, numeral)):
            negated_end = numeral.end
        elif not _is_label(low, numeral):
            kept.append(numeral)
    return kept


def _negated(low: str, numeral: Numeral) -> bool:
    return bool(
        NEGATED_BEFORE.search(low[max(0, numeral.start - 28) : numeral.start])
        or NEGATED_AFTER.match(low, max(numeral.end, numeral.unit_end))
    )


def _is_label(low: str, numeral: Numeral) -> bool:
    before = low[max(0, numeral.start - 12) : numeral.start]
    after = low[numeral.end : numeral.end + 3]
    if _LABEL_WORD.search(before):
        return True
    return (
        after[:1] in (".", ")", ":")
        and after[1:2] in (" ", "*")
        and bool(after[2:].strip())
        and bool(_LABEL.search(before))
        and not ALTERNATIVE.match(low, numeral.end + 1)
    )


# -- one numeral out of several ------------------------------------------------------------------------------------


def one_of(
    low: str,
    found: list[Numeral],
    rule: str,
    end: int,
    before: list[Numeral] | None = None,
    after_box: int = 0,
    begin: int = 0,
) -> Reading:
    """The first numeral, unless its neighbours make it a hedge, a bound or an unworked sum."""
    first = found[0]
    span = (first.start, first.end)
    if first.problem:
        return nothing(rule, f"{shown(low[first.start : first.end])!r} {first.problem}", span)
    ahead = _TAG.sub("", low[max(begin, first.start - 24) : first.start])
    ahead = "" if _QUOTE_MARK.search(low[max(0, first.start - 4) : first.start]) else ahead
    if BOUND_BEFORE.search(ahead) or BOUND_AFTER.match(low, first.end):
        return nothing("bound", "the text gives a bound, not a number", span)
    after = numerals(low, after_box, after_box + 30)[:1] if after_box else found[1:2]
    for left, right in [(n, first) for n in before or []] + [(first, n) for n in after]:
        gap = low[max(left.end, left.unit_end, after_box if left is first else 0) : right.start]
        both = (left.start, right.end)
        if not same_value(left, right) and _BETWEEN.fullmatch(gap):
            return nothing("hedge", f"{shown(low[slice(*both)])!r} leaves several answers standing", both)
        if not after_box and unworked(low, left, right):
            return nothing("sum", f"{shown(low[slice(*both)])!r} is left unworked", both)
    if not after_box and (
        _OPERATOR_AFTER.match(low, first.unit_end or first.end, end) or _OPERATOR_BEFORE.search(ahead)
    ):
        return nothing("sum", "the expression is left unworked", span)
    return Reading(first.canonical, span, rule, _RULES[rule], first)


def same_value(one: Numeral, other: Numeral) -> bool:
    """Whether two numerals are one answer in two writings: 1/2 and 0.5, $18 and 1800 cents."""
    if one.canonical == other.canonical:
        return True
    if not (one.unit and other.unit) or one.unit[0] != other.unit[0] or None in (one.value, other.value):
        return False
    return one.value * one.unit[1] == other.value * other.unit[1]


def unworked(low: str, left: Numeral, right: Numeral) -> bool:
    """Whether an operator joins two numerals ("9 apples + 9 apples"), or the words "the sum of" do."""
    gap = low[max(left.end, left.unit_end) : right.start]
    if len(gap) > MAX_GAP:
        return False
    if not gap.strip(" $"):
        return (right.canonical or "").startswith("-")  # 20 -2, 20 minus 2
    sum_of = " and " in gap and _SUM_OF.search(low[max(0, left.start - 24) : left.start])
    return bool(sum_of or _OPERATOR.fullmatch(gap))


def settled(low: str, found: list[Numeral], rule: str, end: int, change: bool = True) -> Reading:
    """The last of several numerals, unless the one before competes with it.

    change: whether "from 5 to 20" may tell of a change that ends at 20 rather than give a range.
    """
    before = found[-2:-1] if len(found) > 1 and _hedged(low, *found[-2:], change) else []
    return one_of(low, found[-1:], rule, end, before=before)


def _hedged(low: str, left: Numeral, right: Numeral, change: bool) -> bool:
    """Without an announcement only "or", a range or an unworked sum make two numbers compete."""
    gap = low[max(left.end, left.unit_end) : right.start]
    if len(gap) > MAX_GAP or not ("*" in gap or gap.rstrip(" \t\n$\"'()[{\\_").endswith(_LINKS) or not gap.strip(" $")):
        return False
    match = _BETWEEN.fullmatch(gap)
    if match and match.group("link") == "and":
        return unworked(low, left, right) or "between " in low[max(0, left.start - 12) : left.start]
    if match and match.group("link") == "to":
        return not (change and _CHANGE.search(low[max(0, left.start - 24) : left.start]))
    if match:
        return match.group("link") not in (",", "—", "&", "|") or bool(_GUESS.search(gap))
    return unworked(low, left, right)


# -- asides --------------------------------------------------------------------------------------------------------


def without_asides(low: str, found: list[Numeral], sentence: int) -> list[Numeral]:
    """Drops numbers in a closing parenthesis, in a reason ("because there are 2 more"), spans of time ("in 2 months"),
    what was bought ("$18 for 3 tickets") and rates ("at $6 each"), where another number is left."""
    if len(found) < 2:
        return found
    kept = [n for n in found if not _in_parentheses(low, sentence, n.start)] or found
    kept = _before_reason(low, kept)
    while len(kept) > 1 and _is_aside(low, kept[-1], kept[-2]):
        kept = kept[:-1]
    return kept


def _before_reason(low: str, found: list[Numeral]) -> list[Numeral]:
    reason = reason_between(low, found[0].end, found[-1].start)
    return found if reason is None else [numeral for numeral in found if numeral.start < reason]


def _in_parentheses(low: str, sentence: int, at: int) -> bool:
    """Whether an open parenthesis stands before `at`, unless it holds an alternative: "15 (or 16)"."""
    opened = low.rfind("(", sentence, at)
    return opened > low.rfind(")", sentence, at) and not _OR_INSIDE.match(low, opened + 1)


def _is_aside(low: str, numeral: Numeral, earlier: Numeral) -> bool:
    before = _ASIDE_BEFORE.search(low[max(0, numeral.start - 14) : numeral.start])
    if not before:
        return False
    preposition = before.group().strip(" $")
    word = re.match(r"[ -]?([a-z]*)", low[numeral.end :][:20]).group(1)
    if preposition == "at":
        return word in ("each", "apiece", "per")
    bought = preposition == "for" and earlier.unit in MONEY and numeral.unit is None
    return bought or preposition == "out of" or word in TIME_WORDS


def nothing(rule: str, reason: str, span: tuple[int, int] | None) -> Reading:
    """A reading without an answer."""
    return Reading(None, span, rule, reason)


_RULES = {
    "boxed": "in the last box",
    "hashes": "after ####",
    "hashes_after": "before ####",
    "answer_tag": "inside the answer tag",
    "answer_phrase": "where the text states its answer",
    "answer_before": "before “is the answer”",
    "result_phrase": "where the text states its result",
    "correction": "after the text corrects itself",
    "last_number": "as the last number of the text",
}
