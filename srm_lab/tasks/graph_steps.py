"""Steps and answers of `graph_paths`: any valid path is right, and each step is judged by the graph.

Left out: shortest paths. A longer path to the goal is as right as the one that the generator drew.
"""

from __future__ import annotations

import re
from itertools import pairwise

from srm_lab.records import Completion, Problem, Verdict
from srm_lab.tasks import worked as shared
from srm_lab.tasks.final_answer import final_answer, unfinished
from srm_lab.tasks.worked import Due, StepLabel, Steps, compact, label_answer, label_steps

_BETWEEN = re.compile(r"[\s,>-]")


def verifier(text: str | Completion, problem: Problem) -> Verdict:
    """Whether the final answer names the nodes of a path from the start to the goal: "abd", "a>b>d", "a b d"."""
    whole = text.text if isinstance(text, Completion) else text
    if unfinished(whole) or (isinstance(text, Completion) and not text.finished):
        return Verdict(None, None, None, "unfinished", "The chain never came to its end, so it has no answer yet.")
    found = final_answer(whole)
    if found is None:
        return Verdict(False, None, None, "none", "There is no answer in the text.")
    path = _BETWEEN.sub("", found.text)
    objection = _no_path(path, problem)
    reason = objection or f"Every step from {path[0]} to {path[-1]} is an edge."
    return Verdict(objection is None, path[:200], found.span, found.rule, reason)


def _no_path(path: str, problem: Problem) -> str | None:
    """Why these nodes are not a path from the start to the goal, or None."""
    start, goal, edges = (problem.metadata[name] for name in ("start", "goal", "edges"))
    if not re.fullmatch(r"[a-z]{2,200}", path):
        return "It does not name the nodes of a path."
    if path[0] != start or path[-1] != goal:
        return f"It does not lead from {start} to {goal}."
    missing = [f"{a}{b}" for a, b in pairwise(path) if f"{a}{b}" not in edges]
    return f"{missing[0]} is not an edge." if missing else None


def check_steps(problem: Problem, text: str) -> list[StepLabel]:
    """Whether each step of a model's chain is right; see `StepLabel`.

    On a path, a step is wrong that is no edge, that does not go on from the last node, or that leaves the goal out of
    reach; what follows on a branch once taken is judged as edges alone.
    """
    facts = problem.metadata
    if facts["form"] == "reachable":
        steps = layers(facts["edges"], facts["start"], facts["goal"])
        return label_steps(steps, text, _read_layer, _read_layer, str)
    written, answer = shared.written_steps(text)
    labels, at = [], facts["start"]
    for step, span in written:
        why, at = _judge(compact(step), at, facts["edges"], facts["goal"])
        labels.append(StepLabel(step, span, why is None, why or "It follows."))
    if answer is not None:
        labels.append(_label_answer(problem, *answer, at))
    return labels


def _judge(step: str, at: str | None, edges: list[str], goal: str) -> tuple[str | None, str | None]:
    """What is wrong with a step on a path (None: nothing), and the node where it leads (None: not readable)."""
    if not re.fullmatch(r"[a-z]{1,2}", step):
        return "It is not a step: an edge or a node.", None
    begin, end = step[0] if len(step) == 2 else at, step[-1]
    if at is not None and begin != at:
        return f"It does not go on from {at}.", end
    if begin is None:
        return (None if end in reached(edges, end) else f"{end} is not a node."), end
    if begin + end not in edges:
        return f"{begin}{end} is not an edge.", end
    if goal in reached(edges, begin) and goal not in reached(edges, end):
        return f"From {end} there is no way to {goal}.", end
    return None, end


def _label_answer(problem: Problem, text: str, span: tuple[int, int], at: str | None) -> StepLabel:
    """A path by its edges; one of two goals by where the steps lead, or where they lead to neither by the truth."""
    facts = problem.metadata
    if facts["form"] == "which":
        return label_answer(text, span, at if at in facts["goals"] else problem.answer, str)
    objection = _no_path(_BETWEEN.sub("", text.removeprefix(shared.MARKER)), problem)
    return StepLabel(text, span, objection is None, objection or "It is a path.")


def layers(edges: list[str], start: str, goal: str) -> Steps:
    """The nodes at one edge, two edges, ... from the start, until the goal is among them or there are no new ones."""
    seen, layer = {start}, start
    while layer and goal not in layer:
        new = {end for begin, end in edges if begin in layer} - seen
        layer = yield Due(layer, "".join(sorted(new)))
        seen.update(layer)
    return "yes" if layer else "no"


def reached(edges: list[str], start: str) -> set[str]:
    """All nodes that a node leads to, itself included."""
    found, new = {start}, {start}
    while new:
        new = {end for begin, end in edges if begin in new} - found
        found |= new
    return found


def _read_layer(nodes: str) -> str | None:
    return "".join(sorted(set(nodes))) if re.fullmatch(r"[a-z]{0,60}", nodes) else None
