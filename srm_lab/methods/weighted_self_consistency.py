"""Weighted self-consistency: chains vote, but not all voices are equal."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..errors import unknown_name
from ..records import Completion, Problem, Solution
from ..scoring.votes import vote
from .chain import kind_of
from .confidence import borda, likelihood, self_certainty
from .few_shot_cot import few_shot_prompt
from .method import method
from .verifiers import Verifier, score


@method
def weighted_self_consistency(
    problem: Problem,
    lm,
    *,
    n: int = 8,
    weigh: str | Verifier = "likelihood",
    aggregate: str = "last",
    temperature: float = 0.7,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """Sample n chains and take the answer of the most weight; unfinished chains abstain.

    weigh: "likelihood" (Wang et al. 2022, arXiv 2203.11171); "self_certainty", by rank (Kang et al. 2025, arXiv
    2502.18581); or a verifier (Li et al. 2022, arXiv 2206.02336), whose step scores `aggregate` joins.
    Raises SrmLabError where a weight cannot be had, or a verifier gives no number of at least 0.
    """
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)
    return vote(chains, kind_of(problem), _weights(problem, lm, prompt, chains, weigh, aggregate))


def _weights(problem, lm, prompt, chains: Sequence[Completion], weigh, aggregate) -> list[float]:
    """A weight for each chain; unfinished ones have no vote and are not looked at."""
    finished = [chain for chain in chains if chain.finished]
    if callable(weigh):
        found = [score(weigh, problem, chain, aggregate) for chain in finished]
    elif weigh == "likelihood":
        found = [likelihood(chain) for chain in finished]
    elif weigh == "self_certainty":
        found = borda([self_certainty(lm.judge, prompt, chain) for chain in finished])
    else:
        raise unknown_name("weight", str(weigh), ("likelihood", "self_certainty"), "Or pass a verifier.")
    weights = iter(found)
    return [next(weights) if chain.finished else 0.0 for chain in chains]
