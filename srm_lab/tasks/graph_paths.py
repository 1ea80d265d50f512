"""Reachability in small directed graphs: from the start, over 2 to 6 edges, to the goal.

    form="which"       ab cd eb be df;a:e|f?     full: ab;be####e          draft: b;e####e
    form="path"        ab cd eb be df;a>e?       full: ab;be####abe        draft: b;e####abe
    form="reachable"   ab cd eb be df;a:f?       full: a=b;b=e;e=####no    draft: b;e####no

(The examples are smaller than real ones.) "ab" is an edge from a to b. A path is worked out edge by edge.
Reachability is worked out layer by layer, "b=ce" being all new nodes one edge behind b, for both answers: a path
for yes alone would give the answer away with its first character. Modelled on ProsQA (Hao et al. 2024, arXiv
2412.06769), where plain search through language is hard and a wrong branch is found out late.

**Nothing gives the answer away.** A graph is two parts drawn by one rule: a root, a path of `hops` edges to an end,
and branches that lead nowhere or back onto the path. The start is the root of one part, one goal its end, the other
goal the end of the other part. Counts of edges, degrees and places in the list are alike for both. The parts share
a sink and a source, so that they hang together and only the edges' directions keep them apart.

The graph without its letters decides the split. Left out: cycles, and edges with lengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import NamedTuple

from srm_lab.errors import unknown_name
from srm_lab.records import Problem
from srm_lab.tasks import graph_steps
from srm_lab.tasks import worked as shared
from srm_lab.tasks.graph_steps import check_steps, verifier
from srm_lab.tasks.settings import check_integer, make_settings
from srm_lab.tasks.task import Task
from srm_lab.tasks.worked import Draw, Source, check_levels, shuffled, solve, worked

__all__ = ["TASK", "Settings", "check_steps", "load", "stream", "verifier", "worked"]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EDGES = "Each pair of letters is an edge from the first to the second."
RULES = {
    "which": f"{_EDGES} Say which of the two goals the start leads to.",
    "path": f"{_EDGES} Name the nodes of a path from the start to the goal, in order.",
    "reachable": f"{_EDGES} Say yes if the start leads to the goal, else no.",
}


@dataclass(frozen=True)
class Settings:
    """Difficulty of `graph_paths`.

    hops: edges from the start to the goal, 2 to 6, or a tuple of these to mix them in turn.
    form: "which" of two goals is reached, a "path" to the goal, or whether it is "reachable".
    branches: distracting nodes beside each of the two paths, 0 to 5.
    """

    hops: int | tuple[int, ...] = 3
    form: str = "which"
    branches: int = 2

    def __post_init__(self):
        object.__setattr__(self, "hops", check_levels("graph_paths", "hops", self.hops, 2, 6))
        check_integer("graph_paths", "branches", self.branches, 0, 5)
        if self.form not in RULES:
            raise unknown_name("form of graph_paths", self.form, RULES, 'Pass for example form="which".')


class Part(NamedTuple):
    """One of the two parts of a graph: its nodes are numbers, the path is 0 to hops.

    branches: (node of the path, whether the branch leads back to the path two nodes on), in order.
    sink: the node with an edge to the shared sink.  source: the node with an edge from the shared source.
    """

    hops: int
    branches: tuple[tuple[int, bool], ...]
    sink: int
    source: int

    @property
    def size(self) -> int:
        return self.hops + 1 + len(self.branches)


class Graph(NamedTuple):
    """Two parts, the letters of their nodes (the shared sink's and source's last), and the order of the edges."""

    parts: tuple[Part, Part]
    letters: list[str]
    order: list[float]
    flip: bool


def load(n: int | None = None, seed: int = 0, split: str = "test", **settings) -> list[Problem]:
    """The first n problems of a split, none twice.

    settings as in `Settings`. `metadata` of each: difficulty (hops), form, edges, start, goal (the one asked for or,
    of two, the one that is reached), goals (all that the question names), worked and draft, rules, split.
    Raises SrmLabError for a setting outside its values, and where there are no n different problems.
    """
    return shared.load(_source(settings), n, seed, split)


def stream(seed: int = 0, split: str = "train", **settings) -> Iterator[Problem]:
    """Problems of a split without end, as `load` makes them but with repetitions."""
    return shared.stream(_source(settings), seed, split)


def _source(settings) -> Source:
    chosen = make_settings("graph_paths", Settings, settings)
    tag = f"{chosen.form}/{'-'.join(map(str, chosen.hops))}/b{chosen.branches}"
    draw = partial(_draw, chosen.branches)
    return Source("graph_paths", tag, chosen.hops, draw, _key, partial(_write, chosen.form))


def _key(graph: Graph) -> str:
    """The graph without its letters; which of the two parts holds the start does not count."""
    return str(sorted(map(tuple, graph.parts)))


def _draw(branches: int, rng: Random, hops: int) -> Graph:
    parts = (_draw_part(branches, rng, hops), _draw_part(branches, rng, hops))
    letters = shuffled(rng, LETTERS)[: 2 * (hops + branches + 1) + 2]
    order = [rng.random() for _ in range(2 * (hops + 2 * branches + 2))]
    return Graph(parts, letters, order, rng.random() < 0.5)


def _draw_part(branches: int, rng: Random, hops: int) -> Part:
    chosen = []
    for _ in range(branches):
        node = int(rng.random() * hops)
        chosen.append((node, node + 2 <= hops and rng.random() < 0.3))
    return Part(hops, tuple(sorted(chosen)), int(rng.random() * hops), 1 + int(rng.random() * hops))


def _edges(part: Part, names: list[str], sink: str, source: str) -> list[str]:
    """The edges of a part whose nodes are called `names`: the path's first."""
    edges = [names[node] + names[node + 1] for node in range(part.hops)]
    for name, (node, back) in zip(names[part.hops + 1 :], part.branches):
        edges.append(names[node] + name)
        if back:
            edges.append(name + names[node + 2])
    return [*edges, names[part.sink] + sink, source + names[part.source]]


def _write(form: str, graph: Graph) -> Draw:
    (first, second), letters = graph.parts, graph.letters
    mine, others = letters[: first.size], letters[first.size : -2]
    edges = _edges(first, mine, *letters[-2:]) + _edges(second, others, *letters[-2:])
    edges = [edge for _, edge in sorted(zip(graph.order, edges))]
    start, goals = mine[0], [mine[first.hops], others[second.hops]]
    path = "".join(mine[: first.hops + 1])
    facts = {"difficulty": first.hops, "form": form, "edges": edges, "start": start, "rules": RULES[form]}
    head = f"{' '.join(edges)};{start}"
    if form == "reachable":
        goal = goals[graph.flip]
        full, draft, answer = solve(graph_steps.layers(edges, start, goal))
        facts |= {"goal": goal, "goals": [goal], "worked": full, "draft": [layer for layer in draft if layer]}
        return Draw(f"{head}:{goal}?", answer, facts, "yes_no")
    facts |= {"goal": goals[0], "worked": [a + b for a, b in pairwise(path)], "draft": list(path[1:])}
    if form == "path":
        return Draw(f"{head}>{goals[0]}?", path, facts | {"goals": goals[:1]}, "task")
    asked = goals[::-1] if graph.flip else goals
    return Draw(f"{head}:{'|'.join(asked)}?", goals[0], facts | {"goals": asked}, "text")


TASK = Task(
    name="graph_paths",
    what="which goal is reached in a small directed graph, and by which path, with known steps, generated",
    settings='hops=3 (2 to 6), form="which", "path" or "reachable", branches=2 (0 to 5)',
    load=load,
    verifier=lambda name: verifier,
    check_steps=check_steps,
    stream=stream,
)
