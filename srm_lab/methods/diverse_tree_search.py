"""Diverse verifier tree search: several small beam searches that do not compete, so that one early favourite cannot
push out all other beginnings."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Problem, Solution
from .beam_search import grow
from .method import method
from .steps import Node, StepTree, best
from .verifiers import Verifier, score


@method
def diverse_tree_search(
    problem: Problem,
    lm,
    *,
    verifier: Verifier,
    trees: int = 4,
    width: int = 4,
    max_steps: int = 12,
    aggregate: str = "last",
    temperature: float = 0.8,
    step_tokens: int = 48,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
) -> Solution:
    """Draw trees x width first steps, take the best of each group of `width`, and follow each greedily by the verifier.

    Equal first steps stand once, so there are fewer trees where the model is sure how to begin. The best of the trees'
    finished chains wins.
    Source: Beeching, Tunstall and Rush 2024, "Scaling test-time compute with open models" (DVTS).
    Raises SrmLabError for a score that is no finite number.
    """
    tree = StepTree(problem, lm, temperature=temperature, step_tokens=step_tokens, shots=shots, examples=examples)

    def value(node: Node) -> float:
        return score(verifier, problem, node.completion, aggregate)

    tree.visit(tree.root)
    first = [node for node in tree.expand(tree.root, trees * width) if node.finished or not node.done]
    for node in first:
        tree.set_value(node, value(node))
    groups = [first[start::trees] for start in range(min(trees, len(first)))]
    ends: list[Node] = []
    for group in groups:
        start = max(group, key=lambda node: node.value)
        ends += [start] if start.done else grow(tree, start, value, 1, width, max_steps - 1, ends)
        tree.stands(best(ends) or best(tree.nodes))
    return tree.solution(best(ends) or best(tree.nodes))
