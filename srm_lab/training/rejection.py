"""Rejection sampling: of the chains that a model drew, which ones it learns from, and why not the others.

    for group in draw_chains(lm, problems, n=4, temperature=0.7):
        kept = kept_chains(sift(group, keep=4))

The verdict on the answer is all that decides. So a chain with a wrong step and a right answer is kept, and a good chain
that was cut off is not: `srm_lab.widgets.rejection_stepper` shows both. Left out: judging the steps (a process reward
model does, see verifier.py), which needs labels that most tasks don't have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .chains import Chain

FATES = ("kept", "repeated", "enough", "wrong", "unfinished")


@dataclass(frozen=True)
class Sifted:
    """A chain and what became of it. fate: one of FATES. reason: a sentence for a reader."""

    chain: Chain
    fate: str
    reason: str


def sift(chains: Sequence[Chain], keep: int) -> list[Sifted]:
    """What becomes of each chain of one problem, in their order: the first `keep` different right ones are kept.

    Source: the filter of STaR, Zelikman et al. 2022, arXiv 2203.14465; several chains a problem as in Yuan et al. 2023,
    arXiv 2308.01825.
    """
    sifted, numbers = [], {}
    for number, chain in enumerate(chains, 1):
        if chain.verdict.correct is None:
            fate, reason = "unfinished", "It was cut off, so nobody knows whether it is right."
        elif not chain.verdict.correct:
            fate, reason = "wrong", chain.verdict.reason
        elif chain.text in numbers:
            fate, reason = "repeated", f"It says the same as chain {numbers[chain.text]}."
        elif len(numbers) >= keep:
            fate, reason = "enough", f"{keep} chains of this problem are kept already."
        else:
            numbers[chain.text] = number
            fate, reason = "kept", chain.verdict.reason
        sifted.append(Sifted(chain, fate, reason))
    return sifted


def kept_chains(sifted: Iterable[Sifted]) -> list[Chain]:
    """The chains to learn from."""
    return [one.chain for one in sifted if one.fate == "kept"]


def count_fates(groups: Iterable[Iterable[Sifted]]) -> dict[str, int]:
    """How many chains met each fate, in the order of FATES."""
    fates = [one.fate for group in groups for one in group]
    return {fate: fates.count(fate) for fate in FATES}
