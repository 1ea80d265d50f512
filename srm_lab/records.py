"""The nouns that everything passes around: problems, completions, verdicts, solutions.

All are frozen dataclasses without behaviour beyond a property or two, so that a stored run, a widget and a
figure can share them between threads. Left out: anything that talks to a model, reads a file or draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One question with a known answer.

    `kind` says how answers are read and compared (see `srm_lab.verify`): "number", "math", "choice", "text",
    "yes_no", or "task" for a task with a verifier of its own. `metadata` holds what the generator knows: the
    difficulty, the worked steps, the template, the split.
    """

    id: str
    question: str
    answer: str
    task: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "number"


@dataclass(frozen=True)
class Usage:
    """What a sample or a whole method cost. Padding is never counted.

    prompt_tokens: tokens of every prompt sent, counted once a sample.
    computed_prompt_tokens: those that the model really ran over (n samples of a prompt share one prefill).
    generated_tokens: tokens drawn, each sample's own, up to and with its end token.
    calls: samples asked for.
    """

    prompt_tokens: int = 0
    computed_prompt_tokens: int = 0
    generated_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.computed_prompt_tokens + other.computed_prompt_tokens,
            self.generated_tokens + other.generated_tokens,
            self.calls + other.calls,
        )


@dataclass(frozen=True)
class Completion:
    """One sampled text.

    text: all that the model wrote, without the end token.
    thinking: what stood inside the thinking block, or None where there was none.
    answer_text: what stood after it (the whole text where there was no block), or None where the block
        was never closed.
    token_ids: the tokens drawn, end token included.
    logprobs: log-probability of each of them under the model at temperature 1, in nats.
    finish_reason: "stop" (end token), "length", "stop_string", or "cancelled".
    """

    text: str
    thinking: str | None
    answer_text: str | None
    token_ids: tuple[int, ...] = field(repr=False)
    logprobs: tuple[float, ...] = field(repr=False)
    finish_reason: str
    usage: Usage = field(default_factory=Usage)

    @property
    def finished(self) -> bool:
        """Whether the model came to its own end: not truncated, not cancelled, thinking block closed."""
        return self.finish_reason in ("stop", "stop_string") and self.answer_text is not None


@dataclass(frozen=True)
class Verdict:
    """How an answer was read, and whether it is right.

    correct: True, False, or None for a chain that never finished: neither right nor wrong.
    extracted: the answer in canonical form, or None.
    span: where in the text it was read, as (start, end) character offsets, or None.
    rule: the name of the rule that read it.  reason: one sentence for a reader.
    """

    correct: bool | None
    extracted: str | None
    span: tuple[int, int] | None
    rule: str
    reason: str


@dataclass(frozen=True)
class Solution:
    """What a method returns for one problem.

    answer: the final answer in canonical form, or None where the method has none.
    text: the text that the verdict reads: the chosen chain, or a sentence that states the vote.
    completions: every chain drawn on the way.  usage: their cost together.
    trace: what the method did, step by step, as plain dictionaries that a figure can draw.
    """

    answer: str | None
    text: str
    completions: Sequence[Completion] = ()
    usage: Usage = field(default_factory=Usage)
    trace: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Proportion:
    """k of n with its 95 % interval, all three of rate, low and high between 0 and 1."""

    k: int
    n: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        return self.k / self.n if self.n else float("nan")

    def __str__(self) -> str:
        return f"{100 * self.rate:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}] ({self.k}/{self.n})"
