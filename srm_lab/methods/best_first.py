"""Best-first search over steps: always go on with the chain that looks best, wherever in the tree it is."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from ..records import Problem, Solution
from .method import method
from .steps import StepTree, best
from .verifiers import Verifier, score


@method
def best_first(
    problem: Problem,
    lm,
    *,
    verifier: Verifier,
    width: int = 3,
    expansions: int = 24,
    aggregate: str = "product",
    temperature: float = 0.8,
    step_tokens: int = 48,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
) -> Solution:
    """Take the chain of the highest value from the queue; if it is finished it is the answer, else draw `width` next
    steps and queue them. After `expansions` of them the best finished chain so far is the answer.

    With aggregate "product" or "min" of scores up to 1, a chain's value never grows with its steps: then, as in A*
    with an admissible estimate, no finished chain that the drawn steps allow is better than the first one taken.
    Sources: Hart, Nilsson and Raphael 1968 (A*); Koh et al. 2024, arXiv 2407.01476 (best-first with a model).
    Raises SrmLabError for a score that is no finite number.
    """
    tree = StepTree(problem, lm, temperature=temperature, step_tokens=step_tokens, shots=shots, examples=examples)
    queue = [(0.0, 0, tree.root)]
    for _ in range(expansions):
        while queue and queue[0][2].done and not queue[0][2].finished:
            heapq.heappop(queue)
        if not queue or queue[0][2].finished:
            break
        node = heapq.heappop(queue)[2]
        tree.visit(node)
        for child in tree.expand(node, width):
            tree.set_value(child, score(verifier, problem, child.completion, aggregate))
            heapq.heappush(queue, (-child.value, child.id, child))
        tree.stands(best(tree.nodes))
    return tree.solution(best(tree.nodes))
