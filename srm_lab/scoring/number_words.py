"""Numbers in words: eighteen, one hundred and five, three and a half, two thirds, three point five, a dozen.

Left out: ordinals ("the third"), other languages, and sums: "three and four" are two numbers.
"""

from __future__ import annotations

import re
from fractions import Fraction

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {
    **{word: i for i, word in enumerate(_ONES)},
    **{word: 10 * i for i, word in enumerate(_TENS, start=2)},
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
PARTS |= {word + "s": n for word, n in PARTS.items() if word != "half"} | {"halves": 2}

_WORD = "|".join(sorted([*_SMALL, *SCALES, "hundred", "dozen", "half", "halves"], key=len, reverse=True))
_DIGIT = "|".join(_ONES[:10])
PART = "|".join(sorted(PARTS, key=len, reverse=True))
# for a verbose pattern, on plain lower-case text
WORDS = rf"""
    (?<![a-z\-]) (?=[abdefhmnostz]) (?:an?[ ](?=hundred|thousand|million|dozen|half))? (?:{_WORD})
    (?: (?:[ \-]|,?[ ]and[ ](?:an?[ ])?){{1,2}} (?:{_WORD}|{PART}) (?![a-z]) ){{0,24}}
    (?: [ ]point (?:[ ](?:{_DIGIT})){{1,9}} )? (?![a-z])
  | (?<![a-z\-]) an?[ ]quarter (?![a-z])"""


def words_value(text: str) -> Fraction | None:
    """The value of number words, or None where they are more than one number ("three and four")."""
    text, _, decimals = text.partition(" point ")
    if decimals:
        digits = "".join(str(_SMALL[word]) for word in decimals.split())
        whole = words_value(text)
        return None if whole is None else whole + Fraction(int(digits), 10 ** len(digits))
    tokens = [word for word in re.split(r"[ ,\-]+", text) if word not in ("a", "an", "")]
    extra = Fraction(0)
    if tokens[-1] in PARTS:
        top = Fraction(_SMALL.get(tokens[-2], 0)) if len(tokens) > 1 and tokens[-2] != "and" else Fraction(1)
        extra = top / PARTS[tokens[-1]]
        tokens = tokens[: -2 if len(tokens) > 1 and tokens[-2] != "and" else -1]
        if not tokens:
            return extra or None
        if tokens.pop() != "and" or not extra:
            return None
    whole = _whole(tokens)
    return None if whole is None else whole + extra


def _whole(tokens: list[str]) -> Fraction | None:
    total, current, last_scale, fresh = 0, 0, 10**15, True
    for i, word in enumerate(tokens):
        if word == "and":
            if i == 0 or tokens[i - 1] not in ("hundred", *SCALES) or i + 1 == len(tokens):
                return None
        elif word in _SMALL:
            number = _SMALL[word]
            if not fresh and (current % 100) and not (current % 100 >= 20 and current % 10 == 0 and 0 < number < 10):
                return None
            current, fresh = current + number, False
        elif word == "hundred" and current < 100:
            current, fresh = (current or 1) * 100, True
        elif word == "dozen":
            current, fresh = (current or 1) * 12, False
        elif word in SCALES and SCALES[word] < last_scale:
            last_scale = SCALES[word]
            total, current, fresh = total + (current or 1) * last_scale, 0, True
        else:
            return None
    return Fraction(total + current)
