"""A search over steps as it stood after so many tokens: its tree, its answer so far, and what it did last.

    moment = replay(solution.trace, budget=120)
    moment.nodes, moment.path, moment.answer

Everything comes from the log in the trace (srm_lab.methods.search_log); no model runs. The state after a budget is that
of the last event that fits into it, with all that cost no tokens after it, such as a verifier's values. A search that
is run with this budget knows the same and a little more: it cuts the step that did not fit, and looks once at the steps
of a node whose last ones it could not draw. Left out: methods that write whole chains; they have no tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

from ..errors import SrmLabError
from ..methods.search_log import Event, events
from ..records import Problem

Trace = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class SeenNode:
    """A node as the search knew it at a moment.

    text: the step. done: no step follows. finished: done, and not because tokens ran out. tokens: generated for this
    step so far. value: the verifier's, or the mean reward that came back through it, None before. roll_outs: what was
    written from here to the end.
    """

    id: int
    parent: int | None
    text: str
    done: bool
    finished: bool
    tokens: int = 0
    visits: int = 0
    value: float | None = None
    roll_outs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """A search after so many tokens.

    nodes: by id, parents before children. tokens: spent so far, of `total` in the whole search. path: from the root to
    the node whose chain it would answer, empty for none. answer: the text of that chain, which may go on from the node
    by a roll-out; value: what the search thinks of it. last: what was done since tokens were spent last, that included.
    """

    nodes: Mapping[int, SeenNode]
    tokens: int
    total: int
    path: tuple[int, ...]
    answer: str | None
    value: float | None
    last: tuple[Event, ...]


def replay(trace: Trace, budget: int | None = None) -> Moment:
    """The search after at most `budget` generated tokens; None is all of it.

    Raises SrmLabError for a trace without the log of a search over steps.
    """
    log = _log(trace)
    shown = log[: _fitting(log, budget)]
    nodes = {row["id"]: _unseen(row) for row in trace if row["step"] == "node"}
    seen, rewards, standing = {0: nodes[0]}, dict.fromkeys(nodes, 0.0), None
    for event in shown:
        if event.step == "stands":
            standing = event
        elif event.step == "back up":
            for above in line(nodes, event.node):
                rewards[above] += event.value
                visits = seen[above].visits + 1
                seen[above] = replace(seen[above], visits=visits, value=rewards[above] / visits)
        else:
            seen[event.node] = _changed(seen.get(event.node, nodes[event.node]), event)
    path = line(nodes, standing.node) if standing else ()
    answer, value = (standing.text, standing.value) if standing else (None, None)
    spent, total = (sum(event.tokens for event in part) for part in (shown, log))
    return Moment(seen, spent, total, path, answer, value, tuple(shown[_last_spending(shown) :]))


def line(nodes: Mapping[int, SeenNode], node: int) -> tuple[int, ...]:
    """The ids from the root to a node."""
    path = [node]
    while (parent := nodes[path[-1]].parent) is not None:
        path.append(parent)
    return tuple(reversed(path))


def stops(trace: Trace) -> list[int]:
    """The budgets at which something new is known: 0, then after each drawn step or roll-out. Rising."""
    return [0, *dict.fromkeys(accumulate(event.tokens for event in _log(trace) if event.tokens))]


def answers_at(trace: Trace, budgets: Sequence[int]) -> list[str | None]:
    """What the search would have answered after each of these budgets, as text; None for no answer yet."""
    log = _log(trace)
    standing = [event.text if event.step == "stands" else None for event in log]
    so_far = list(accumulate(standing, lambda old, new: old if new is None else new))
    ends = [_fitting(log, budget) for budget in budgets]
    return [so_far[end - 1] if end else None for end in ends]


def right_at(problem: Problem, trace: Trace, budgets: Sequence[int]) -> list[bool]:
    """Whether that answer would have been right."""
    from ..evaluate import grade
    from ..records import Solution

    texts = answers_at(trace, budgets)
    right = {text: grade(problem, Solution(None, text)).correct is True for text in {*texts} - {None}}
    return [right.get(text, False) for text in texts]


def falls(right: Sequence[bool]) -> bool:
    """Whether a right answer was lost on the way to a larger budget."""
    return any(before and not after for before, after in pairwise(right))


def _log(trace: Trace) -> list[Event]:
    log = events(trace)
    if not any(row.get("step") == "node" for row in trace) or not log:
        raise SrmLabError(
            "This trace has no log of a search over steps.",
            "Other methods draw whole chains, and earlier versions wrote no log.",
            "Run a search such as beam_search, best_first or mcts on the problem, and pass its solution's trace.",
        )
    return log


def _fitting(log: Sequence[Event], budget: int | None) -> int:
    """How many events fit into a budget."""
    if budget is None:
        return len(log)
    return sum(spent <= budget for spent in accumulate(event.tokens for event in log))


def _last_spending(log: Sequence[Event]) -> int:
    return max((at for at, event in enumerate(log) if event.tokens), default=0)


def _unseen(row: Mapping[str, Any]) -> SeenNode:
    return SeenNode(row["id"], row["parent"], row["text"], row["done"], row["finished"])


def _changed(node: SeenNode, event: Event) -> SeenNode:
    """A node after a draw, a visit, a value or a roll-out."""
    if event.step == "draw":
        return replace(node, tokens=node.tokens + event.tokens)
    if event.step == "visit":
        return replace(node, visits=node.visits + 1)
    if event.step == "value":
        return replace(node, value=event.value)
    return replace(node, roll_outs=(*node.roll_outs, event.text))
