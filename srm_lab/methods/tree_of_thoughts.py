"""Tree of thoughts: breadth-first search over steps in which the model itself says which of them are promising."""

from __future__ import annotations

from collections.abc import Sequence

from .. import prompts
from ..records import Problem, Solution
from .beam_search import grow
from .judge import judge as verifier_of
from .method import method
from .steps import Node, StepTree, best
from .verifiers import score


@method
def tree_of_thoughts(
    problem: Problem,
    lm,
    *,
    keep: int = 3,
    width: int = 3,
    judge=None,
    max_steps: int = 8,
    temperature: float = 0.8,
    step_tokens: int = 48,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
) -> Solution:
    """Draw `width` next steps of each kept chain (at first keep x width), let the judge value each, keep the best.

    keep: chains kept at each level. judge: another model; None is the model itself. The value is its probability that
    the steps so far are right and lead to the answer, from those of Yes and No (the paper samples the words sure,
    maybe, impossible). Its depth-first search and its vote between chains are left out.
    Source: Yao et al. 2023, arXiv 2305.10601. Raises SrmLabError for a judge without logprobs.
    """
    value_of = verifier_of(lm.beside(judge).judge, prompts.JUDGE_SO_FAR)
    tree = StepTree(problem, lm, temperature=temperature, step_tokens=step_tokens, shots=shots, examples=examples)

    def value(node: Node) -> float:
        return score(value_of, problem, node.completion)

    kept = grow(tree, tree.root, value, keep, width, max_steps)
    return tree.solution(best(kept) or best(tree.nodes))
