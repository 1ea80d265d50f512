r"""How other graders read the same answers, side by side with this one's.

Each rule is written here from its project's public description, so that a figure can show what it reads and why,
except math-verify's, which is math-verify itself (in the worker of `symbolic`). None of them knows an unfinished
chain. They are here to be compared with; nothing else in the kit uses them.

| rule             | reads                                        | accepts |
|------------------|----------------------------------------------|---------|
| srm-lab          | see `extract`                                | see `verify` |
| math-verify      | expressions anywhere, boxed and last first   | equal as mathematics, to 6 decimals |
| lm-eval flexible | the last run of digits, "$", "," and "."     | the same characters, without "," and "$" |
| lm-eval strict   | the number right after "#### "               | the same characters, without "," and "$" |
| reasoning-gym    | the <answer> tag, else all; its first number | equal as floats; words only when identical |
| contains         | the whole text                               | the reference anywhere in it |

Sources: Math-Verify 0.9 (Kydlíček 2025); lm-evaluation-harness 0.4, task gsm8k (Gao et al. 2021); reasoning-gym
0.1.25, `extract_answer` and `gsm_symbolic` (Stojanovski et al. 2025, arXiv 2505.24760).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import SrmLabError
from ..records import Verdict
from .symbolic import SECONDS, ask_math_verify
from .verify import verify

MAX_CHARACTERS = 20_000
WORDS = ("choice", "text", "yes_no")


@dataclass(frozen=True)
class Rule:
    """name, the kinds it is made for, and judge(text, reference, kind) -> Verdict."""

    name: str
    kinds: tuple[str, ...]
    judge: Callable[[str, str, str], Verdict]


def _srm_lab(text: str, reference: str, kind: str) -> Verdict:
    return verify(text, reference, kind)


def _math_verify(text: str, reference: str, kind: str) -> Verdict:
    if len(text) > MAX_CHARACTERS:
        return Verdict(False, None, None, "math-verify", "The text is too long to be handed over.")
    reply = ask_math_verify(text, reference, kind)
    if reply is None:
        return Verdict(False, None, None, "math-verify", f"It took over {SECONDS:.0f} seconds and was stopped.")
    if "error" in reply:
        return Verdict(False, None, None, "math-verify", f"It failed: {reply['error']}.")
    read = reply["read"]
    reason = "It found no expression." if read is None else f"It read {read} and compared it as mathematics."
    return Verdict(reply["equal"], read, _where(text, read), "math-verify", reason)


def _where(text: str, read: str | None) -> tuple[int, int] | None:
    at = text.rfind(read) if read else -1
    return None if at < 0 else (at, at + len(read))


_FLEXIBLE = re.compile(r"-?[$0-9.,]{2,}|-?[0-9]+")
_STRICT = re.compile(r"#### (-?[0-9.,]+)")


def _lm_eval_flexible(text: str, reference: str, kind: str) -> Verdict:
    return _lm_eval(text, reference, list(_FLEXIBLE.finditer(text))[-1:], 0, "lm-eval flexible")


def _lm_eval_strict(text: str, reference: str, kind: str) -> Verdict:
    return _lm_eval(text, reference, list(_STRICT.finditer(text))[:1], 1, "lm-eval strict")


def _lm_eval(text: str, reference: str, found: list[re.Match], group: int, name: str) -> Verdict:
    if not found:
        return Verdict(False, None, None, name, "Its pattern matches nothing: it answers [invalid].")
    read = found[0].group(group)
    correct = _bare(read) == _bare(reference)
    reason = f"Its pattern read {read!r}; that is {'' if correct else 'not '}the same text as {reference!r}."
    return Verdict(correct, read, found[0].span(group), name, reason)


def _bare(text: str) -> str:
    return re.sub(r"\.$", "", re.sub(r"[,$]", "", text)).lower()


_TAG = re.compile(r"<answer>\s?(.*?)\s?</answer>", re.DOTALL)
_FIRST_NUMBER = re.compile(r"\b-?\d+(?:\.\d+)?\b")


def _reasoning_gym(text: str, reference: str, kind: str) -> Verdict:
    name, tags = "reasoning-gym", list(_TAG.finditer(text))
    start, stop = tags[-1].span(1) if tags else (0, len(text))
    if kind in (*WORDS, "math"):
        correct = text[start:stop] == reference
        return Verdict(correct, text[start:stop], (start, stop), name, "It compares the whole answer as text.")
    match = _FIRST_NUMBER.search(text, start, stop)
    if not match:
        return Verdict(False, None, None, name, "It found no number.")
    try:
        correct = float(match.group()) == float(reference)
    except ValueError:  # its own scorer gives such a reference no points either
        return Verdict(False, match.group(), match.span(), name, f"{reference!r} is not a float to it.")
    return Verdict(
        correct, match.group(), match.span(), name, f"It read the first number, {match.group()}, as a float."
    )


def _contains(text: str, reference: str, kind: str) -> Verdict:
    at = text.lower().find(reference.lower())
    if at < 0:
        return Verdict(False, None, None, "contains", "The reference is nowhere in the text.")
    return Verdict(True, reference, (at, at + len(reference)), "contains", "The reference is somewhere in the text.")


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("srm-lab", ("number", "math", *WORDS), _srm_lab),
        Rule("math-verify", ("number", "math", "choice"), _math_verify),
        Rule("lm-eval flexible", ("number",), _lm_eval_flexible),
        Rule("lm-eval strict", ("number",), _lm_eval_strict),
        Rule("reasoning-gym", ("number", "math", *WORDS), _reasoning_gym),
        Rule("contains", ("number", "math", *WORDS), _contains),
    )
}


def rules_for(kind: str) -> list[Rule]:
    """The rules that are made for answers of this kind, this kit's first. Raises SrmLabError where there are none."""
    fitting = [rule for rule in RULES.values() if kind in rule.kinds]
    if not fitting:
        raise SrmLabError(
            f"There are no rules to compare for answers of kind {kind!r}.",
            "A task's own verifier is the only one that knows its rules.",
            'Choose one of "number", "math", "choice", "text" and "yes_no".',
        )
    return fitting
