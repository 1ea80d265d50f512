"""A calculator in the middle of a chain: after each equals sign the result is worked out and written for the model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from .. import prompts
from ..records import Completion, Problem, Solution
from ..scoring.arithmetic import NotArithmetic, work_out
from .chain import chosen
from .few_shot_cot import few_shot_prompt
from .method import method

_EXPRESSION = re.compile(r"[\d(][\d\s+\-*/()]*$")


@method
def calculator(
    problem: Problem,
    lm,
    *,
    temperature: float = 0.0,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """One chain that stops at every "=", has the value of what stands before it put in, and goes on.

    Whole numbers with + - * / and brackets are worked out, to whole numbers; anything else the model goes on with by
    itself. The chain goes on from its keys and values; max_new_tokens counts what the model writes.
    Source: Cobbe et al. 2021, arXiv 2110.14168 (calculator annotations; here any model's own equals signs).
    """
    prompt, text, trace = few_shot_prompt(problem, lm, shots, examples), "", []
    ends = () if prompts.own(problem, lm, "chain") else prompts.STOP
    reason = "length"
    while max_new_tokens > 0 and (not text or lm.left > 0):
        piece = lm.sample(
            prompt + text, temperature=temperature, max_new_tokens=max_new_tokens, stop=("=",), keep=True
        )[0]
        max_new_tokens -= piece.usage.generated_tokens
        cut = min((at for at in (piece.text.find(end) for end in ends) if at >= 0), default=None)
        text, reason = text + piece.text[:cut], piece.finish_reason
        if cut is not None or reason != "stop_string":
            reason = "stop" if cut is not None else reason
            break
        expression, result = worked_out(text)
        if result is not None:
            trace.append({"step": "calculator", "expression": expression, "result": result})
        text += "=" + (" " * text.endswith(" ") + result if result is not None else "")
        reason = "length"
    return chosen(problem, Completion(text, None, text, (), (), reason), trace)


def worked_out(text: str) -> tuple[str, str | None]:
    """The arithmetic that a text ends with, and its value where that is a whole number."""
    found = _EXPRESSION.search(text)
    if not found or not re.search(r"[+\-*/]", found.group()):
        return "", None
    try:
        value: Fraction = work_out(found.group().strip())[0]
    except (NotArithmetic, ZeroDivisionError):
        return found.group(), None
    return found.group().strip(), str(value.numerator) if value.denominator == 1 else None
