"""Accuracy of several runs side by side, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from ..run import Run, labels_of
from .style import TEXT, series_style, styled


def accuracy(runs: Sequence[Run], title: str = "Accuracy"):
    """A dot with its 95 % interval for every run, drawn from 0 to 100 %.

    runs: at least one. Returns a plotly Figure. Dots, not bars: the interval is the message.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    labels = labels_of(runs)
    for position, (run, label) in enumerate(zip(runs, labels)):
        value, (colour, symbol) = run.accuracy, series_style(position)
        figure.add_scatter(
            x=[100 * value.rate], y=[label], name=label, mode="markers+text", text=[f"{100 * value.rate:.3g} %"],
            textposition="top center", textfont={"color": TEXT}, cliponaxis=False,
            marker={"color": colour, "symbol": symbol, "size": 13},
            error_x={"type": "data", "symmetric": False, "thickness": 2.5, "width": 7, "color": colour,
                     "array": [100 * (value.high - value.rate)], "arrayminus": [100 * (value.rate - value.low)]},
            hovertemplate=f"{label}<br>{value}<br>{run.unfinished} unfinished, {run.failed} failed<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="right answers, %", range=[0, 102])
    # from below the last dot to above the first one's number: the first run stands at the top
    figure.update_yaxes(range=[len(runs) - 0.5, -0.7], categoryorder="array", categoryarray=labels, showgrid=False)
    figure.update_layout(showlegend=False)
    return styled(figure, title, caption_of(runs), height=220 + 52 * len(runs))


def caption_of(runs: Sequence[Run]) -> str:
    """What a reader must know to trust the figure: model, number of problems, interval, seeds."""
    models = ", ".join(sorted({run.model for run in runs}))
    counts = ", ".join(sorted({str(run.accuracy.n) for run in runs}))
    seeds = ", ".join(sorted({str(run.seed) for run in runs}))
    return f"{models}; {counts} problems; bars are Wilson 95 % intervals; seed {seeds}."
