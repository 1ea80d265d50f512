"""What became of every answer: right, wrong, nothing to read, or never finished."""

from __future__ import annotations

from collections.abc import Sequence

from ..run import Run, labels_of
from .style import COLOURS, escaped, styled

FATES = {  # fate -> (colour, pattern): the pattern tells them apart without colour
    "right": (COLOURS[0], ""),
    "wrong": (COLOURS[5], "|"),
    "no answer read": (COLOURS[1], "+"),
    "unfinished": (COLOURS[7], "-"),
}
# size in pixels and the share that is drawn on: numbers stand on it. Upright lines, since a PNG keeps them in few bytes
_FAINT = {"size": 8, "solidity": 0.1}


def fates(run: Run) -> dict[str, int]:
    """How many answers of a run met which fate of FATES; problems whose method failed are left out."""
    counts = dict.fromkeys(FATES, 0)
    for record in run.records:
        if record.verdict is not None:
            counts[_fate(record.verdict)] += 1
    return counts


def _fate(verdict) -> str:
    if verdict.correct is None:
        return "unfinished"
    if verdict.correct:
        return "right"
    return "wrong" if verdict.extracted is not None else "no answer read"


def answer_fates(runs: Sequence[Run], title: str = "What became of every answer", labels: Sequence[str] = ()):
    """A bar for each run, divided by what its grader said of the answers. Returns a plotly Figure.

    labels: the runs' names; the shortest that tell them apart where there are none.
    """
    import plotly.graph_objects as go

    labels, counts = [escaped(name) for name in labels or labels_of(runs)], [fates(run) for run in runs]
    figure = go.Figure()
    for fate, (colour, pattern) in FATES.items():
        shares = [100 * count[fate] / (sum(count.values()) or 1) for count in counts]
        figure.add_bar(
            y=labels, x=shares, name=fate, orientation="h",
            marker={"color": colour, "pattern": {"shape": pattern, **_FAINT}},
            text=[f"{share:.0f}" if share >= 4 else "" for share in shares], textposition="inside",
            insidetextanchor="middle", textfont={"color": "white"},
            hovertext=[f"{label}: {each[fate]} of {sum(each.values())} {fate}" for label, each in zip(labels, counts)],
            hoverinfo="text",
        )  # fmt: skip
    figure.update_xaxes(title="of all answers, %", range=[0, 100])
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    sizes = " or ".join(str(size) for size in sorted({sum(count.values()) for count in counts}))
    styled(figure, title, f"{sizes} answers a bar.", height=262 + 44 * len(runs))
    # the legend breaks into two lines on a narrow page, and there is room for them under the title
    figure.update_layout(
        barmode="stack", margin_t=92, title={"y": 1, "yanchor": "top", "pad": {"t": 14}},
        legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip
    return figure
