"""How far scores move with the wording of a prompt, beyond what they would move by luck.

The best of several wordings is the luckiest of them too. So the distance between best and worst is set against the
distance between equal wordings (`spread`), and the two are compared on problems that did not choose them
(`chosen_elsewhere`). Left out: which words did it, which needs many more wordings than anybody tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SrmLabError


@dataclass(frozen=True)
class Spread:
    """Best minus worst accuracy of some wordings, 0 to 1.

    value: what was measured.  luck: the distance that equal wordings stay under in 95 of 100 cases.
    p_value: how often equal wordings lie as far apart as these.
    """

    value: float
    luck: float
    p_value: float

    def __str__(self) -> str:
        return (
            f"best minus worst: {100 * self.value:.1f} points; equal wordings stay under {100 * self.luck:.1f} points "
            f"in 95 of 100 cases (p = {self.p_value:.2g})"
        )


def spread(right: Sequence[Sequence[bool]], draws: int = 2000, seed: int = 0) -> Spread:
    """The distance between the best and the worst wording, and what it would be by luck alone.

    right: for each wording its verdicts on the same problems, in the same order; at least two wordings.
    Luck: on each problem the verdicts are dealt anew among the wordings, which changes nothing if these are equal.
    Source: Edgington 1995, "Randomization tests".  Raises SrmLabError for fewer wordings, or other problems.
    """
    scores = np.asarray(same_problems(right), dtype=float)
    rates = scores.mean(axis=1)
    value = rates.max() - rates.min()
    rng = np.random.default_rng(seed)
    dealt = [rng.permuted(scores, axis=0).mean(axis=1) for _ in range(draws)]
    by_luck = np.array([each.max() - each.min() for each in dealt])
    at_least = (1 + (by_luck >= value - 1e-9).sum()) / (1 + draws)
    return Spread(float(value), float(np.quantile(by_luck, 0.95)), float(at_least))


def chosen_elsewhere(right: Sequence[Sequence[bool]]) -> tuple[list[bool], list[bool]]:
    """Verdicts of the worst and of the best wording, each problem judged by a choice that it had no part in.

    right: as in `spread`. Even problems choose the wordings for the odd ones, and the other way round; of equals the
    first is chosen. Returns (worst, best), one verdict a problem, for `srm_lab.evaluate.paired`.
    """
    scores = np.asarray(same_problems(right), dtype=bool)
    worst, best = scores[0].copy(), scores[0].copy()
    for half in (0, 1):
        rates = scores[:, half::2].mean(axis=1)
        worst[1 - half :: 2] = scores[rates.argmin(), 1 - half :: 2]
        best[1 - half :: 2] = scores[rates.argmax(), 1 - half :: 2]
    return worst.tolist(), best.tolist()


def same_problems(right: Sequence[Sequence[bool]]) -> Sequence[Sequence[bool]]:
    """The verdicts as they came. Raises SrmLabError for fewer than two wordings or problems, or unequal lengths."""
    lengths = {len(verdicts) for verdicts in right}
    if len(right) < 2 or len(lengths) != 1 or lengths.pop() < 2:
        raise SrmLabError(
            f"The verdicts of {len(right)} wordings cannot be compared.",
            "It needs two wordings or more, each on the same problems, and two problems or more.",
            "Give one list of verdicts a wording, all of one length.",
        )
    return right
