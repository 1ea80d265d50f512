r"""Reads a model's answer out of its text. This table decides every ambiguous case; the readers carry it out.

| the text                                  | how it is read |
|--|--|
| several answers in turn                   | the last one: `\boxed{17}, no wait, \boxed{18}` is 18 |
| announced answer, then an explanation     | the announcement: box, ####, tag, "the answer is", "... is the answer" |
| "Answer:" over worked steps               | a heading: the last number of the steps counts |
| announced, then "wait, actually ..."      | what follows the correction; nothing, if it only says "that is wrong" |
| should be 14 because there are 2 more     | 14: a reason explains the answer before it, unless it concludes: "so 16" |
| nothing announced                         | the last number, not a list label nor an aside: "(3 more)", "in 2 days" |
|                                           | or "out of 20" where another number stands |
| unclosed thinking block, truncated chain  | unfinished: neither right nor wrong |
| the thinking block                        | never read; nor what follows the end token or a new "Question:" |
| hedges: 18 or 20, 18-20, 3 and 4, 18, 20  | several answers: no answer (equal ones, 1/2 or 0.5, are one) |
| 18. Or maybe 20.                          | several answers too: a sentence opening with "or", "maybe", "perhaps", |
|                                           | "it could be" offers another one; "Or 540 minutes" after 9 hours is one |
| not 18; 18 is wrong                       | not an answer; "not 18 but 20" is 20 |
| more than 18, at least 18, x > 18         | a bound, no answer ("about 18" is 18) |
| cannot be determined, unknown, [invalid]  | no answer, whatever numbers, letters or words of reason stand around; |
|                                           | of words, those very words; "I don't know, my guess is 15" is 15 |
| 9 + 9, 2^10, 2x, 3\pi, 1:30, (3,4), 1.2.3 | not one number: no answer, and no part of it is one |
| 9 + 9, 9 apples + 9, the sum of 9 and 9   | an unworked sum is no number: neither 9 nor 18 (of mathematics, 18) |
| 9 * 2 = 18; 9 + 9, which is 18            | 18: what follows the last equals sign, or what the sum is said to be |
| **18**. She sold **2**.                   | 18: two stars are bold, one is a product |
| 0.333 for 1/3                             | right with three decimals or more, rounded; 0.33 is not (see `verify`) |
| 50%                                       | 50 |
| $18, 18 km, 18 apples                     | 18; units matter only where they contradict the reference's |
| 2 hours 30 minutes, $3 and 50 cents       | 2.5 and 3.5, in the larger unit |
| 1,234  1 234  1'234  1{,}234  12,34,567   | thousands; a comma before 1, 2 or over 3 digits is a decimal comma |
| 1.234                                     | one point is a decimal point; 1.234,56 and 1.234.567 are thousands |
| 3 1/2, 3½, three and a half               | mixed numbers: 3.5 |
| 1.5e3, 1.5 x 10^3, 10⁶, 2.5 million, 5k   | multiplied out; exponents over 1000 are not read |
| eighteen, twenty-one, a dozen             | words are numbers; a bare "one" only where the answer is announced |
| - 18                                      | negative only with the minus attached, or "minus", "negative" |
| mathematics: x = 2 or x = 3; 2 and 3      | a list, equal to 2,3 and {3,2}; no answer where one value is asked for |
| mathematics: (0,1], (2,3), 3 \pm 2        | brackets and order count; plus-minus is two values |
| mathematics: 9 + 9, 2^10, \sqrt{8}        | equal to 18, 1024, 2\sqrt{2}: worked out or not |
| mathematics: \text{11 ways}; \text{seat}  | 11; words are words and no products, so seat is not east |
| choice: (A) is wrong, so it must be B     | B: options ruled out, hedged or only listed count for nothing |
| choice: C is right because A is too small | C: options in a reason count for nothing |
| yes or no: there are no apples, so yes    | yes: a word counts where it opens or closes a sentence; "not true" is no |
| words: The answer is Paris, the capital   | paris: without articles, case, markup and what explains it |

Answers are canonical: 0.5, 1/2, 50/100 and .50 are all "0.5", so that votes count them as one. Left out: judging
whether the reasoning is right, and any use of the question. Sources of the cases: the public behaviour of
math-verify, lm-evaluation-harness's flexible-extract and reasoning-gym, and small models' own output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import unknown_name
from ..records import Completion
from .plain import plain
from .read_choice import read_choice
from .read_math import read_math
from .read_number import read_number
from .read_text import read_text
from .read_yes_no import read_yes_no
from .reading import MAX_CHARACTERS, Reading, visible

UNFINISHED = Reading(None, None, "unfinished", "the chain never came to its end, so it has no answer yet")
READERS = {
    "number": lambda text, low, start, stop: read_number(low, start, stop),
    "math": read_math,
    "choice": read_choice,
    "text": read_text,
    "yes_no": read_yes_no,
}


@dataclass(frozen=True)
class Extracted:
    """An answer in canonical form, where it was read as (start, end) offsets, and the rule that read it."""

    answer: str
    span: tuple[int, int]
    rule: str


def extract(text: str | Completion, kind: str = "number") -> Extracted | None:
    """The answer that `text` gives, or None where it gives none (hedges, refusals, unfinished chains).

    kind: "number", "math", "choice", "text" or "yes_no".  Raises SrmLabError for any other kind.
    """
    reading = read(text, kind)
    return None if reading.answer is None else Extracted(reading.answer, reading.span, reading.rule)


def read(text: str | Completion, kind: str = "number", finished: bool = True) -> Reading:
    """As `extract`, but always with the rule and the reason, also where there is no answer."""
    if kind not in READERS:
        raise unknown_name("kind of answer", kind, READERS, 'Use one of the known kinds, or "task" with a verifier.')
    if isinstance(text, Completion):
        finished, text = finished and text.finished, text.text
    if not finished:
        return UNFINISHED
    if len(text) > MAX_CHARACTERS:
        return Reading(None, None, "too_long", f"the text has over {MAX_CHARACTERS} characters")
    low = plain(text)
    part = visible(low)
    if part is None:
        return UNFINISHED
    start, stop = part
    reading = READERS[kind](text[start:stop], low[start:stop], 0, stop - start)
    if start == 0 or reading.span is None:
        return reading
    return replace(reading, span=(reading.span[0] + start, reading.span[1] + start))
