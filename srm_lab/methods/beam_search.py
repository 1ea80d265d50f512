"""Beam search over steps: of all steps that may come next, only those a process verifier likes best go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..records import Problem, Solution
from .method import method
from .steps import Node, StepTree, best
from .verifiers import Verifier, score


@method
def beam_search(
    problem: Problem,
    lm,
    *,
    verifier: Verifier,
    beams: int = 4,
    width: int = 4,
    max_steps: int = 12,
    aggregate: str = "last",
    temperature: float = 0.8,
    step_tokens: int = 48,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
) -> Solution:
    """Draw beams x width first steps, keep the `beams` best, draw `width` next steps of each, and so on.

    verifier: scores the chain so far, by steps or as a whole. A finished chain stays in the running with its score;
    the search ends when all that are kept are finished, or after max_steps, and the best finished chain wins.
    Source: Snell et al. 2024, arXiv 2408.03314. Raises SrmLabError for a score that is no finite number.
    """
    tree = StepTree(problem, lm, temperature=temperature, step_tokens=step_tokens, shots=shots, examples=examples)

    def value(node: Node) -> float:
        return score(verifier, problem, node.completion, aggregate)

    kept = grow(tree, tree.root, value, beams, width, max_steps)
    return tree.solution(best(kept) or best(tree.nodes))


def grow(
    tree: StepTree,
    start: Node,
    value: Callable[[Node], float],
    beams: int,
    width: int,
    max_steps: int,
    ends: Sequence[Node] = (),
) -> list[Node]:
    """Beam search below a node. Returns what is kept at the end, best first. Chains that were cut off are dropped.

    ends: finished nodes that were found elsewhere in the tree, for the log alone: what would be answered so far.
    """
    kept, draws = [start], beams * width
    for _ in range(max_steps):
        candidates = [node for node in kept if node.done]
        for node in kept:
            if not node.done:
                tree.visit(node)
                candidates += tree.expand(node, draws)
        candidates = [node for node in candidates if node.finished or not node.done]
        for node in candidates:
            if node.value is None:
                tree.set_value(node, value(node))
        kept, draws = sorted(candidates, key=lambda node: -node.value)[:beams], width
        tree.stands(best([*ends, *kept]) or best(tree.nodes))
        if all(node.done for node in kept):
            break
    return kept
