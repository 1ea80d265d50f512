"""A search over steps as a tree: every node with what the search thought of it, and the chain that it would answer.

    srm.figures.search_tree(problem, solution, budget=120, view="near the path")

A circle goes on, a square ended, a cross was cut off. Blue is worth much to the search, vermilion little, grey was not
looked at; a node grows with its visits. The thick line is the chain that would be answered, a ring the newest step.
`picture` works all of it out, so that a widget can change a figure in place. Left out: values outside 0 to 1, which are
drawn as the nearer end.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records import Problem, Solution
from .search_replay import Moment, SeenNode, line, replay
from .style import COLOURS, GRID, TEXT, escaped, styled
from .tree_layout import VIEWS, children_of, hidden_below, places, shown

LABELLED_ROWS = 30  # of a tree with more rows only the path and the newest step have their text beside them
WHOLE_NODES = 60  # a larger tree is shown near its path at first
_ROW, _DENSE_ROW, _DENSE_HEIGHT = 26, 6, (600, 1200)  # pixels
_LABEL, _LABELS = 14, 72  # characters of a label, and of all that stand side by side
_RAMP = ((213, 94, 0), (190, 190, 190), (0, 114, 178))  # vermilion, grey, blue
_UNSEEN = "rgba(128,128,128,0.12)"
_PATH, _NEW = COLOURS[2], COLOURS[1]
CAPTION = (
    "Circle: goes on. Square: ended. Cross: cut off. Blue: worth much to the search, vermilion: little, grey: not "
    "looked at. Thick line: what it would answer. Ring: the newest step. Point at a node to read it."
)


@dataclass(frozen=True)
class Picture:
    """What there is to draw. ids: of the nodes shown, in the order of the last trace. traces: x, y and looks of each
    trace of the figure, in order: edges, the path, rings, nodes. columns, rows: of the whole drawing."""

    ids: tuple[int, ...]
    traces: tuple[dict[str, Any], ...]
    columns: int
    rows: int

    @property
    def height(self) -> int:
        """Pixels that the rows take; those of a large tree stand closer."""
        least, most = _DENSE_HEIGHT
        dense = self.rows > LABELLED_ROWS
        return 30 + (min(max(_DENSE_ROW * self.rows, least), most) if dense else _ROW * self.rows)

    @property
    def ranges(self) -> dict[str, Any]:
        """The ends of both axes, for a figure's `update_layout`; above the first row there is room for a label."""
        above = 24 * self.rows / (self.height - 30)
        return {"xaxis_range": [-0.45, self.columns - 0.35], "yaxis_range": [self.rows - 0.3, -above]}


def search_tree(
    problem: Problem,
    solution: Solution,
    budget: int | None = None,
    view: str | None = None,
    title: str = "",
    check: bool = False,
):
    """The tree of a search after `budget` generated tokens (None: at its end). Returns a plotly Figure.

    solution: of a search over steps on the problem. view: "whole tree", "near the path" or "path only"; None is the
    whole of a small tree. check: mark the steps that are wrong, where the task can tell.
    Raises SrmLabError for a solution without the log of a search, and for another view.
    """
    moment, end = replay(solution.trace, budget), replay(solution.trace)
    wrong = wrong_steps(problem, end.nodes) if check else ()
    return figure_of(picture(moment, end, view or first_view(end), wrong=wrong), title or _words(problem, moment))


def first_view(end: Moment) -> str:
    """How a tree is shown at first: a small one whole."""
    return VIEWS[0] if len(end.nodes) <= WHOLE_NODES else VIEWS[1]


def figure_of(drawn: Picture, title: str = "", caption: str = CAPTION):
    """A plotly Figure of a picture; its traces are those of the picture, in order."""
    import plotly.graph_objects as go

    figure = go.Figure([go.Scatter(**trace) for trace in drawn.traces])
    top, bottom = (46 if title else 8), (84 if caption else 28)
    figure = styled(figure, escaped(title, 120), caption, drawn.height + top + bottom)
    figure.update_layout(margin={"l": 8, "r": 8, "t": top, "b": bottom}, showlegend=False, dragmode="pan")
    figure.update_layout(hovermode="closest", **drawn.ranges)
    figure.update_xaxes(showgrid=False, zeroline=False, showline=False, dtick=1, tickprefix="step ")
    figure.update_yaxes(showgrid=False, zeroline=False, showline=False, showticklabels=False)
    return figure.update_annotations(yshift=-30)


def picture(
    moment: Moment,
    end: Moment,
    view: str,
    folded: Collection[int] = (),
    wrong: Collection[int] = (),
    chosen: int | None = None,
) -> Picture:
    """What to draw of a moment.

    end: the same search at its end, so that the nodes of a whole tree stay in their places. folded: nodes below which
    nothing is shown. wrong: nodes to mark as wrong steps. chosen: the node that a reader clicked.
    """
    newest = moment.last[0].node if moment.tokens else 0
    focus = max(moment.path, line(moment.nodes, newest) if len(moment.path) < 2 else (), key=len)
    place, visible = _placed(moment, end, focus, view, folded)
    known = children_of({node.id: node.parent for node in moment.nodes.values()})
    hidden = hidden_below(known, visible)
    rows = 1 + math.ceil(max(row for _, row in place.values()))
    ids = tuple(node for node in moment.nodes if node in visible)
    told = ids if rows <= LABELLED_ROWS else {*focus, newest}
    columns = 1 + max(column for column, _ in place.values())
    most = max(6, min(_LABEL, _LABELS // columns))
    labels = {i: _label(moment.nodes[i], hidden.get(i, 0), i in wrong, most) for i in told if i in visible}
    rings = {node: look for node, look in ((newest, _NEW), (chosen, TEXT)) if node in visible}
    traces = (
        _edges(moment, place, [i for i in ids if i], {"color": GRID, "width": 1.5}),
        _edges(moment, place, [i for i in moment.path if i], {"color": _PATH, "width": 4}),
        _rings(place, rings),
        _nodes(moment, place, ids, labels, dense=rows > LABELLED_ROWS, wrong=wrong),
    )
    return Picture(ids, traces, columns, rows)


def _placed(moment: Moment, end: Moment, focus: Sequence[int], view: str, folded: Collection[int]):
    """Places, and the nodes that are both known and in view. A whole tree stands where it will stand at its end."""
    of = end if view == VIEWS[0] else moment
    children = children_of({node.id: node.parent for node in of.nodes.values()})
    inside = shown(children, focus, view, folded)
    place = places({node: [child for child in children[node] if child in inside] for node in inside})
    return place, inside & set(moment.nodes)


def wrong_steps(problem: Problem, nodes: Mapping[int, SeenNode]) -> frozenset[int]:
    """The nodes whose step, or answer, does not follow from the steps before it; none where the task cannot tell."""
    from ..tasks import TASKS

    task = TASKS.get(problem.task)
    if task is None or task.check_steps is None:
        return frozenset()

    def is_wrong(node: int) -> bool:
        chain = ";".join(nodes[i].text for i in line(nodes, node)[1:])
        start = len(chain) - len(nodes[node].text)
        return any(not step.correct for step in task.check_steps(problem, chain) if step.span[0] >= start)

    return frozenset(node for node in nodes if node and is_wrong(node))


def colour(value: float | None) -> str:
    """The fill of a node: from vermilion at 0 over grey to blue at 1."""
    if value is None or not math.isfinite(value):
        return _UNSEEN
    share = 2 * min(1.0, max(0.0, value))
    low, high = (_RAMP[0], _RAMP[1]) if share < 1 else (_RAMP[1], _RAMP[2])
    mixed = [round(a + (b - a) * (share % 1 if share < 2 else 1)) for a, b in zip(low, high)]
    return f"rgb({mixed[0]},{mixed[1]},{mixed[2]})"


def _edges(moment: Moment, place: Mapping, to: Sequence[int], look: dict) -> dict[str, Any]:
    """Lines with a corner from each node's parent to it, in one trace."""
    x: list[float | None] = []
    y: list[float | None] = []
    for node in to:
        if node in place:
            (x0, y0), (x1, y1) = place[moment.nodes[node].parent], place[node]
            x += [x0, x0 + 0.5, x0 + 0.5, x1, None]
            y += [y0, y0, y1, y1, None]
    return {"x": x, "y": y, "mode": "lines", "line": look, "hoverinfo": "skip"}


def _rings(place: Mapping, rings: Mapping[int, str]) -> dict[str, Any]:
    looks = {"symbol": "circle-open", "size": 19, "color": list(rings.values()), "line": {"width": 2}}
    x, y = [place[i][0] for i in rings], [place[i][1] for i in rings]
    return {"x": x, "y": y, "mode": "markers", "marker": looks, "hoverinfo": "skip"}


def _nodes(moment: Moment, place: Mapping, ids, labels: Mapping[int, str], dense: bool, wrong) -> dict[str, Any]:
    nodes = [moment.nodes[i] for i in ids]
    sizes = [(6 if dense else 11) + min(8, 1.5 * math.sqrt(node.visits)) for node in nodes]
    marker = {
        "color": [colour(node.value) for node in nodes], "size": sizes, "opacity": 1,
        "symbol": ["square" if node.finished else "x" if node.done else "circle" for node in nodes],
        "line": {"color": TEXT, "width": 1},
    }  # fmt: skip
    return {
        "x": [place[i][0] for i in ids], "y": [place[i][1] for i in ids], "mode": "markers+text", "marker": marker,
        "text": [labels.get(i, "") for i in ids], "textposition": "top center", "textfont": {"size": 11},
        "cliponaxis": False,
        "hovertext": [hover(node, node.id in wrong) for node in nodes], "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _label(node: SeenNode, hidden: int, wrong: bool, most: int) -> str:
    text = "start" if node.parent is None else " ".join(node.text.split()) or "(empty)"
    text = text if len(text) <= most else text[: most - 1] + "…"
    return ("✗ " if wrong else "") + escaped(text) + (f" +{hidden}" if hidden else "")


def hover(node: SeenNode, wrong: bool = False) -> str:
    """What pointing at a node says: the step's text, escaped, and what is known of it."""
    step = "the question" if node.parent is None else node.text.strip() or "(an empty step)"
    lines = [escaped(part) for part in textwrap.wrap(step, 60)[:8]]
    lines += ["✗ this step is wrong"] if wrong else []
    lines.append("not looked at" if node.value is None else f"worth {node.value:.3g}")
    lines.append(f"visits {node.visits}, tokens {node.tokens}" + _rolls(node))
    return "<br>".join(lines)


def _rolls(node: SeenNode) -> str:
    return f", roll-outs {len(node.roll_outs)}" if node.roll_outs else ""


def _words(problem: Problem, moment: Moment) -> str:
    return f"{problem.question[:60]} after {moment.tokens} of {moment.total} tokens"
