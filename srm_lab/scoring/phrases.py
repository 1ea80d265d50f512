"""The words by which texts negate, hedge, correct and give up: plain lists, and the patterns made of them.

This is where to add a phrase that the readers should know. All text is plain lower-case (see `plain`). A pattern is
always tried on a short piece of text, or starts with a word, so that it stays cheap on a megabyte of anything.
"""

from __future__ import annotations

import re


def any_of(*phrases: str) -> str:
    """A group that matches any of the phrases (each a regular expression)."""
    return f"(?:{'|'.join(phrases)})"


END_OF_WORD = r"(?![a-z])"
START_OF_WORD = r"(?<![a-z])"
_WRAPPING = r"[\s*$\"'(]*"

# "not 18", "rather than 18", "can't be 18"
_NEGATIONS = any_of(
    rf"(?:{START_OF_WORD}|can)not", rf"{START_OF_WORD}(?:never|no longer|neither|nor)", "n't", "rather than",
    "instead of", "except", "besides", "other than", "all but", "rule out", "ruling out",
)  # fmt: skip
# each of the negations, before or after, holds one of these
IN_NEGATIONS = ("not", "n't", "never", "no longer", "nor", "neither", "rather than", "instead of", "except", "besides",
                "other than", "all but", "rul", "wrong", "incorrect", "too")  # fmt: skip
NEGATED_BEFORE = re.compile(rf"{_NEGATIONS}(?: (?:be|for|equal to|exactly|just|option|choice))*{_WRAPPING}$")
# "18 is wrong"
NEGATED_AFTER = re.compile(
    rf"[\s*$\"'}}]{{0,3}}(?:is|was|are|would be|seems)(?:n't| not| wrong| incorrect| too){END_OF_WORD}"
)

_COMPARATIVES = any_of("more", "greater", "less", "fewer", "larger", "smaller", "higher", "lower", "bigger")
BOUND_BEFORE = re.compile(
    any_of(
        rf"{_COMPARATIVES} than", "at least", "at most", "up to", "over", "under", "above", "below",
        r"(?<![=-])(?:[<>≤≥]|\\[lg](?:eq?|t))=?",
    )
    + r"[\s$*\\]*$"
)  # fmt: skip
BOUND_AFTER = re.compile(
    rf"[\s*$}}]*(?:[a-z]+ )?or (?:more|less|fewer|higher|lower|above|below|greater){END_OF_WORD}|\+(?![\d ])"
)

_NEGATIVE_VERDICT = r"(?:wrong|incorrect|not (?:right|correct))"
CORRECTION = re.compile(
    START_OF_WORD
    + any_of(
        "wait", "actually", "correction", "sorry", "oops", "hold on", "scratch that", "on second thought", "my mistake",
        "no,", "hmm", "i mean", "or rather", "let me (?:re-?[a-z]+|correct|try again|fix)",
        "i made (?:a|an) [a-z ]{0,20}(?:mistake|error)", rf"(?:that|this|it)(?:'s| is| was) {_NEGATIVE_VERDICT}",
        "should (?:actually |really |instead )?be",
    )
)  # fmt: skip
TAKEN_BACK = re.compile(
    any_of(rf"(?:that|this|it|which)(?:'s| is| was) {_NEGATIVE_VERDICT}", "scratch that", "mistake", "that can't be")
)

# what opens a sentence that offers another answer: "Or maybe 20.", "It could also be 20."
_ALTERNATIVELY = (
    r"[\s*_$\"'(]{0,6}(?:or(?: (?:maybe|perhaps|possibly))?|maybe|perhaps|possibly|alternatively"
    rf"|(?:or )?it (?:could|may|might)(?: also| well| even)? be){END_OF_WORD}(?: (?:it's|it is))?"
)
ALTERNATIVE = re.compile(_ALTERNATIVELY)
ALTERNATIVE_SENTENCE = re.compile(rf"(?:[.!?;…][\s*_$\"')}}\]]{{0,6}}(?<=[\s*_)])|\n){_ALTERNATIVELY}")

_CANNOT = any_of("cannot", "can't", "can not", "could not", "couldn't")
_FIND_OUT = any_of("determin", "answer", "solv", "calculat", "comput", "tell", "know", "find", "found", "say")
# where an answer is announced: "The answer is unknown"
REFUSAL = re.compile(
    any_of(
        rf"(?:it )?{_CANNOT}(?: be)? (?:[a-z]+ )?{_FIND_OUT}", rf"(?:un|not |im)(?:able|possible) to {_FIND_OUT}",
        "unknown", "undefined", "impossible", "none", "n/a", "nothing", r"\[?invalid", "indeterminate",
        "(?:there (?:is|are) )?not (?:enough|known|possible|given|determin|sufficient)",
        "no (?:solution|answer)", "unclear", "insufficient", "infinite", "infinity", "inconclusive", r"\?",
    )
)  # fmt: skip
# anywhere near the end: "I can't determine that"
_GIVES_UP = re.compile(
    any_of(
        rf"(?:{_CANNOT}|unable to|(?:im|not |n't )possible to|hard to|no way to) (?:be )?{_FIND_OUT}",
        "(?:don't|do not) know", "(?:not|isn't|aren't) (?:enough|sufficient) (?:information|data|details|facts|clues)",
        "insufficient (?:information|data)", "(?:not|n't) (?:give|tell|provide|have|contain)(?: us| me)? enough",
    )
)  # fmt: skip
_IN_GIVING_UP = ("not", "n't", "unable", "possible", "hard to", "no way", "insufficient")  # each phrase has one


def gives_up(low: str, start: int, stop: int) -> re.Match | None:
    """Where `low[start:stop]` says that it has no answer. Looks for single words first, at a tenth of the cost."""
    piece = low[start:stop]
    return _GIVES_UP.search(low, start, stop) if any(word in piece for word in _IN_GIVING_UP) else None


# ... but guesses in the same sentence, or in a later one
GUESS = re.compile(rf"{START_OF_WORD}(?:guess|estimate|i'd say|i would say|probably|assuming){END_OF_WORD}")
GUESSES = re.compile(
    rf"{START_OF_WORD}(?:guess|estimate|maybe|perhaps|possibly|probably|likely|say|so|assum[a-z]+|but|would|=){END_OF_WORD}"
)

# what may stand between an announcement and its answer, or open a sentence that states one
ADVERBS = any_of(
    "approximately", r"approx\.", "about", "exactly", "roughly", "around", "nearly", "almost", "simply", "just",
    "therefore", "thus", "then", "now", "clearly", "indeed", "also", "only", "probably", "most likely", "likely",
    "maybe", "perhaps", "precisely", "definitely", "actually",
)  # fmt: skip
# what ends the answer and begins its explanation
REASONS = any_of("because", "since", "as", "so", "which", "where", "when", "who", "given", "making")
# "14 because there are 2 more"; "since the start, 20 in all" tells a time and no reason
REASON = re.compile(
    START_OF_WORD + any_of("because", "as there", "given that", "due to", r"since(?! (?:then|last|the |[a-z]+day))")
    + END_OF_WORD
)  # fmt: skip
CONCLUDES = re.compile(
    rf"=|≈|{START_OF_WORD}(?:so|therefore|thus|hence|total|leaving|making|gives|leaves|means){END_OF_WORD}"
)


def reason_between(low: str, start: int, stop: int) -> int | None:
    """Where a reason begins that goes on until `stop`: "B, because A and C are too small". None where there is none, or
    where it leads to a conclusion: "because 2 left, so 16"."""
    reason = REASON.search(low, start, stop)
    return None if reason is None or CONCLUDES.search(low, reason.end(), stop) else reason.start()
