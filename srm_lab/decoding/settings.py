"""What is asked of the engine, and what it answers: two frozen dataclasses.

The settings check themselves, so that a wrong number is named where it was typed and not ten frames deep in
a matrix product. Left out: beam search and diversity penalties, which no method of the kit uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from srm_lab.errors import SrmLabError


@dataclass(frozen=True)
class SamplingSettings:
    """How the next token is chosen and when a chain ends.

    temperature: 0 is greedy; 1 is the model's own distribution.
    top_p: keep the most likely tokens that together hold this share of the probability
        (nucleus sampling, Holtzman et al. 2019, arXiv 1904.09751). 1 keeps all.
    top_k: keep the k most likely tokens. 0 keeps all.
    min_p: keep tokens at least this likely relative to the most likely one (Nguyen et al. 2024,
        arXiv 2407.01082). 0 keeps all.
    repetition_penalty: divides the positive and multiplies the negative logits of every token already in
        the prompt or the chain (Keskar et al. 2019, arXiv 1909.05858). 1 changes nothing.
    max_new_tokens: tokens drawn at most, end token included.
    stop: strings that end a chain; neither they nor anything after them is in the text.
    banned_token_ids: tokens that are never drawn.
    seed: together with the prompt and the sample's index it fixes every random number.

    Raises SrmLabError for a value out of range.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    max_new_tokens: int = 256
    stop: tuple[str, ...] = ()
    banned_token_ids: tuple[int, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        object.__setattr__(self, "stop", stop)
        object.__setattr__(self, "banned_token_ids", tuple(self.banned_token_ids))
        _require("temperature", self.temperature, 0 <= self.temperature < float("inf"), "0 or more")
        _require("top_p", self.top_p, 0 < self.top_p <= 1, "above 0 and at most 1")
        _require("top_k", self.top_k, self.top_k >= 0, "0 (off) or more")
        _require("min_p", self.min_p, 0 <= self.min_p < 1, "0 or more and below 1")
        _require("repetition_penalty", self.repetition_penalty, self.repetition_penalty > 0, "above 0")
        _require("max_new_tokens", self.max_new_tokens, self.max_new_tokens >= 1, "1 or more")
        _require("stop", self.stop, all(self.stop), "strings that are not empty")

    @property
    def rule(self) -> tuple:
        """The part that decides how logits become a token: rows with equal rules are sampled together."""
        return (
            self.temperature,
            self.top_p,
            self.top_k,
            self.min_p,
            self.repetition_penalty,
            self.banned_token_ids,
        )


@dataclass(frozen=True)
class Draw:
    """One sampled chain.

    index: which sample of the prompt it is.
    token_ids: the tokens drawn, the end token included where there is one.
    logprobs: the log-probability of each under the model at temperature 1, in nats.
    text: the decoded tokens, without end and special tokens, cut before a stop string.
    finish_reason: "stop" (end token), "length", "stop_string" or "cancelled".
    computed_prompt_tokens: prompt tokens that the model really ran over for this sample. The n samples of a
        request share one prefill, counted on the first; tokens found in the prefix cache are not counted.
    """

    index: int
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    finish_reason: str
    computed_prompt_tokens: int


def _require(name: str, value: object, holds: bool, wanted: str) -> None:
    if not holds:
        raise SrmLabError(
            f"{name}={value!r} is not a usable sampling setting.",
            f"It has to be {wanted}.",
            f"Change {name}.",
        )
