"""How each shipped verifier is made: from a tiny model and chains that this model wrote, with a fixed seed.

    srm-lab train chain-outcome-verifier      # data/checkpoints/verifiers/chain-outcome-verifier

Both learn from the same chains of the under-trained model, of which a third are right, and are measured on chains for
problems of other contents. Left out: verifiers of other tasks, and choosing steps by search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .recipes import CHAINS


@dataclass(frozen=True)
class VerifierRecipe:
    """One verifier.

    what: one sentence for its card. kind: "outcome" or "process". base: the tiny model that it begins as and that
    writes the chains. problems: of the train split, of the task and settings; of their contents the share `held` is
    for measuring. chains: of each problem, at this temperature, at most `longest` tokens. steps: of `batch_size`
    chains each.
    seed: of problems, chains and order.
    """

    what: str
    kind: str
    steps: int
    base: str = "chain-voter"
    task: str = "arithmetic"
    settings: Mapping[str, Any] = field(default_factory=lambda: CHAINS)
    problems: int = 1500
    held: float = 0.2
    chains: int = 4
    temperature: float = 1.0
    longest: int = 96
    batch_size: int = 64
    learning_rate: float = 1e-3
    seed: int = 1


VERIFIERS: dict[str, VerifierRecipe] = {
    "chain-outcome-verifier": VerifierRecipe("Says at a chain's end how likely its answer is right.", "outcome", 200),
    "chain-process-verifier": VerifierRecipe("Says after each step how likely this step is right.", "process", 600),
}
