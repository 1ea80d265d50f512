"""Best-of-N: draw several chains and keep the one that a verifier likes best."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Completion, Problem, Solution
from .chain import chosen
from .few_shot_cot import few_shot_prompt
from .method import method
from .verifiers import Verifier, score


@method
def best_of_n(
    problem: Problem,
    lm,
    *,
    verifier: Verifier,
    n: int = 8,
    aggregate: str = "last",
    temperature: float = 0.7,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    max_new_tokens: int = 128,
) -> Solution:
    """Sample n chains and take the finished one of the highest score, the first of equals.

    verifier: a function (problem, completion) -> one score (an outcome verifier) or one a step (a process verifier),
    see verifiers.py. aggregate: how step scores become one: "min", "product" or "last".
    Sources: Cobbe et al. 2021, arXiv 2110.14168 (outcome); Lightman et al. 2023, arXiv 2305.20050 (process).
    Raises SrmLabError for a score that is no finite number.
    """
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)
    return best_of(problem, chains, verifier, aggregate)


def best_of(problem: Problem, chains: Sequence[Completion], verifier: Verifier, aggregate: str = "last") -> Solution:
    """The finished chain of the highest score. Unfinished ones are not scored."""
    scores = [score(verifier, problem, chain, aggregate) if chain.finished else None for chain in chains]
    best = max(range(len(chains)), key=lambda i: -float("inf") if scores[i] is None else scores[i])
    return chosen(problem, chains[best], [{"step": "best of n", "scores": scores, "chosen": best}])
