"""How each shipped tiny model is made: from nothing, with a fixed seed, in a fixed number of steps.

    srm-lab train chain-cot          # data/checkpoints/chain-cot

Three models of one size differ in nothing but how they were taught: answers alone, steps in full, drafts.
The others exist for a lesson each. What a recipe reaches is in its model's card. Left out: choosing by search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """One tiny model.

    what: one sentence for its card. size: of `tiny.SIZES`. task, settings: of the training and test problems.
    styles: of `worked`; with two the model is a hybrid, taught the first behind <think> and the second behind <direct>.
        With three or more they take turns behind one and the same prompt, so that it writes now one, now another.
    steps: of `batch_size` examples each, all of them new. seed: of weights, data and order.
    longest: tokens that a completion may have when the model is tested.
    """

    what: str
    size: str
    styles: tuple[str, ...]
    steps: int
    task: str = "arithmetic"
    settings: Mapping[str, Any] = field(default_factory=lambda: CHAINS)
    batch_size: int = 64
    learning_rate: float = 2e-3
    seed: int = 0
    longest: int = 96

    @property
    def examples(self) -> int:
        return self.steps * self.batch_size

    @property
    def hybrid(self) -> bool:
        return len(self.styles) == 2


CHAINS = {"operations": (1, 2, 3, 4, 5)}

# Steps are chosen so that direct, cot and draft take about the same time: an answer alone is a third as long.
RECIPES: dict[str, Recipe] = {
    "chain-direct": Recipe("Arithmetic chains, answers alone.", "0.6M", ("answer",), 3000),
    "chain-cot": Recipe("Arithmetic chains, every step in full.", "0.6M", ("full",), 1000),
    "chain-draft": Recipe("Arithmetic chains, results of the steps alone.", "0.6M", ("draft",), 1800),
    "chain-teacher": Recipe("The large teacher of arithmetic chains.", "2M", ("full",), 1000),
    "chain-student-0.1M": Recipe("A small student, steps in full.", "0.1M", ("full",), 1500, learning_rate=4e-3),
    "chain-student-0.3M": Recipe("A student, steps in full.", "0.3M", ("full",), 1000),
    "chain-voter": Recipe("Under-trained on purpose: its chains disagree.", "0.6M", ("full",), 350),
    "chain-mixed": Recipe(
        "Three habits behind one prompt: half answers alone, a quarter drafts, a quarter steps in full.",
        "0.1M",
        ("answer", "answer", "draft", "full"),
        2000,
        settings={"operations": (1, 2, 3, 4)},
        learning_rate=4e-3,
        longest=48,
    ),
    "chain-hybrid": Recipe("Thinks or answers at once, as its prompt says.", "0.6M", ("full", "answer"), 2500),
}
