"""The settings of a GRPO run, which check themselves, and the published variants as settings."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SrmLabError

VARIANTS: dict[str, dict] = {
    "grpo": {},
    "dr_grpo": {"divide_by_std": False, "average": "constant"},
    "dapo": {"clip_high": 0.28, "average": "token", "flat": "redraw"},
    "gspo": {"level": "sequence", "clip_low": 3e-4, "clip_high": 4e-4},
}


@dataclass(frozen=True)
class GrpoSettings:
    """Everything that decides a run, besides the model, the problems and the reward.

    steps: rounds of drawing and learning. prompts: problems a step. group_size: completions of each.
    learning_rate: AdamW's, reached after `warmup` steps. max_grad_norm: longer gradients are cut to it.
    temperature: of the rollouts, and of the policy that is improved. max_new_tokens: of a completion.
    epochs: passes over a step's rollouts. minibatches: gradient steps a pass.
    clip_low, clip_high, level, average, divide_by_std, kl_weight: see `grpo_loss`; kl_weight 0 needs no reference.
    flat: what happens to groups whose rollouts all earned the same: "keep" them (they count in the average, with
        advantage 0), "skip" them, or "redraw" other problems in their place (DAPO's dynamic sampling).
    rows_at_once: completions in one forward pass, for memory. seed: of problems' order and samples.
    `GrpoSettings(**VARIANTS["dapo"])` gives a published variant.

    Raises SrmLabError for a value out of range.
    """

    steps: int = 100
    prompts: int = 16
    group_size: int = 8
    learning_rate: float = 1e-4
    warmup: int = 5
    max_grad_norm: float = 1.0
    temperature: float = 1.0
    max_new_tokens: int = 64
    epochs: int = 1
    minibatches: int = 1
    clip_low: float = 0.2
    clip_high: float = 0.2
    level: str = "token"
    average: str = "completion"
    divide_by_std: bool = True
    kl_weight: float = 0.0
    flat: str = "skip"
    rows_at_once: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "prompts", "epochs", "minibatches", "rows_at_once", "max_new_tokens"):
            _require(self, name, getattr(self, name) >= 1, "1 or more")
        _require(self, "group_size", self.group_size >= 2, "2 or more: an advantage compares a group's rollouts")
        for name in ("learning_rate", "max_grad_norm", "clip_low", "clip_high"):
            _require(self, name, 0 < getattr(self, name) < float("inf"), "above 0")
        _require(self, "clip_low", self.clip_low < 1, "below 1")
        _require(self, "temperature", 0 < self.temperature < float("inf"), "above 0: greedy chains are all the same")
        for name in ("kl_weight", "warmup"):
            _require(self, name, 0 <= getattr(self, name) < float("inf"), "0 or more")
        choices = {
            "level": ("token", "sequence"),
            "average": ("completion", "token", "constant"),
            "flat": ("keep", "skip", "redraw"),
        }
        for name, allowed in choices.items():
            _require(self, name, getattr(self, name) in allowed, " or ".join(map(repr, allowed)))


def _require(settings: GrpoSettings, name: str, holds: bool, wanted: str) -> None:
    if not holds:
        value = getattr(settings, name)
        raise SrmLabError(f"{name}={value!r} is no usable setting.", f"It has to be {wanted}.", f"Change {name}.")
