"""Monte-Carlo tree search over steps: chains are played to their end, and what came of it guides the next ones.

Each round goes down the tree by the upper confidence bound (selection), adds the next steps of the node where it
arrives (expansion), writes one of them to its end (roll-out), and adds the reward to every node above (backup).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..records import Completion, Problem, Solution
from .chain import chosen
from .method import method
from .steps import Node, StepTree
from .verifiers import Verifier, score


@method
def mcts(
    problem: Problem,
    lm,
    *,
    verifier: Verifier,
    rounds: int = 24,
    width: int = 3,
    exploration: float = 1.4,
    max_steps: int = 12,
    aggregate: str = "last",
    temperature: float = 0.8,
    step_tokens: int = 48,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
) -> Solution:
    """Play `rounds` chains and take the finished one of the highest reward, the first of equals.

    verifier: the reward of a whole chain, best between 0 and 1; a chain that was cut off has 0.
    width: next steps drawn of a node. exploration: the c of UCT, mean + c * sqrt(ln(visits above) / visits).
    A node's value in the trace is the mean reward that came back through it.
    Sources: Kocsis and Szepesvari 2006 (UCT); Hao et al. 2023, arXiv 2305.14992 (over reasoning steps).
    Raises SrmLabError for a reward that is no finite number.
    """
    tree = StepTree(problem, lm, temperature=temperature, step_tokens=step_tokens, shots=shots, examples=examples)
    total: dict[int, float] = {}
    winner: tuple[float, Node, Completion] | None = None
    for _ in range(rounds):
        node = select(tree.root, total, exploration)
        if node.visits and node.depth < max_steps:
            node = next(iter(tree.expand(node, width)), node)
        chain = tree.roll_out(node, max(1, max_steps - node.depth))
        if chain is None:
            break
        reward = score(verifier, problem, chain, aggregate) if chain.finished else 0.0
        if chain.finished and (winner is None or reward > winner[0]):
            winner = (reward, node, chain)
            tree.stands(node, chain, reward)
        back_up(node, reward, total)
        tree.back_up(node, reward)
    if winner is None:
        return tree.solution(None)
    reward, node, chain = winner
    return chosen(problem, chain, tree.trace(node, reward=reward))


def select(node: Node, total: dict[int, float], exploration: float) -> Node:
    """Down from a node, always to the child of the highest bound, to one that has no children or was never visited."""
    while node.children and node.visits:
        node = max(node.children, key=lambda child: upper_bound(child, total, exploration))
    return node


def upper_bound(node: Node, total: dict[int, float], exploration: float) -> float:
    """The mean reward of a node and how much better it may yet be; infinite before its first visit."""
    if not node.visits:
        return math.inf
    return total[node.id] / node.visits + exploration * math.sqrt(math.log(node.parent.visits) / node.visits)


def back_up(node: Node, reward: float, total: dict[int, float]) -> None:
    """Add a reward to a node and all above it."""
    for above in node.path:
        above.visits += 1
        total[above.id] = total.get(above.id, 0.0) + reward
        above.value = total[above.id] / above.visits
