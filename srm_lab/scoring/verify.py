"""Is this answer right? Reads it with `extract`, compares it exactly with the reference, and says why.

Numbers: integers compare exactly, however large. Decimals compare to the reference's own decimals, rounded half up:
against "3.14" both 3.14159 and 3.14 are right, 3.1 and 3.15 are wrong. A fraction that doesn't end (1/3) also
accepts its decimals, at least three of them. Units are ignored unless both sides name one: then they are converted
where they measure the same (2 hours, 120 minutes) and contradict where they don't ($18, 18 euros).
Mathematics: equal as mathematics, worked out or not; sets and lists in any order, tuples and intervals in theirs.
Letters, yes or no, words: equal after markup, case, articles and punctuation are gone.

A reference that can't be read is an error, never a pass. Nothing in a text is ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..errors import SrmLabError
from ..records import Completion, Verdict
from .compare import COMPARE
from .extract import UNFINISHED, read
from .plain import plain
from .reading import MAX_CHARACTERS, Reading, shown, visible


def verify(
    text: str | Completion,
    reference: str,
    kind: str = "number",
    finished: bool = True,
    verifier: Callable[[str], Verdict | float | bool] | None = None,
) -> Verdict:
    """Judges the answer in `text` against `reference`.

    text: what the model wrote; for a Completion the span counts in `completion.text`.
    kind: "number", "math", "choice", "text", "yes_no", or "task" for a rule of the task's own.
    finished: False for a chain that was cut off; its verdict is None, as for an unclosed thinking block.
    verifier: for "task": is given the text after the thinking block and returns a Verdict, or a score of which
    1 is right (reasoning-gym's `score_answer`).
    Raises SrmLabError where the reference is not a readable answer of its kind, for an unknown kind, and where a
    task's verifier fails.
    """
    if kind == "task":
        return _verify_task(text, finished, verifier)
    expected = COMPARE[kind][0](str(reference)) if kind in COMPARE else None
    reading = read(text, kind, finished)
    if reading.answer is None:
        return _verdict(None if reading.rule == UNFINISHED.rule else False, reading, reading.reason)
    correct, why = COMPARE[kind][1](reading, expected)
    return _verdict(correct, reading, f"Read {shown(reading.answer)} {reading.reason}; {why}")


def _verdict(correct: bool | None, reading: Reading, reason: str) -> Verdict:
    return Verdict(correct, reading.answer, reading.span, reading.rule, f"{reason[:1].upper()}{reason[1:]}.")


def _verify_task(text: str | Completion, finished: bool, verifier: Callable | None) -> Verdict:
    if verifier is None:
        raise SrmLabError(
            'A problem of kind "task" needs its task\'s verifier.', "Only the task knows what is right.",
            "Pass verifier=..., or grade with srm.evaluate, which finds it.",
        )  # fmt: skip
    if isinstance(text, Completion):
        finished, text = finished and text.finished, text.text
    part = visible(plain(text)) if finished and len(text) <= MAX_CHARACTERS else None
    if part is None:
        return _verdict(None, UNFINISHED, UNFINISHED.reason)
    start, stop = part
    while start < stop and text[start].isspace():
        start += 1
    try:
        judged = verifier(text[start:stop].rstrip())
    except SrmLabError:
        raise
    except Exception as error:
        raise SrmLabError(
            f"The task's verifier failed: {type(error).__name__}: {error}",
            f"The answer was {shown(text[start:stop])!r}.",
            "A verifier must judge every text; a failure is never a verdict.",
        ) from error  # fmt: skip
    if isinstance(judged, Verdict):
        span = judged.span and (judged.span[0] + start, judged.span[1] + start)
        return replace(judged, span=span)
    right = judged >= 1
    reason = f"The task's verifier scores it {float(judged):.3g}; 1 is right."
    return Verdict(right, text[start:stop].rstrip(), (start, stop), "task", reason)
