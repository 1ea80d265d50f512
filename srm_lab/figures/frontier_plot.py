"""Accuracy against what it cost: the picture the whole course works towards."""

from __future__ import annotations

from collections.abc import Sequence

from ..run import Run, labels_of
from .accuracy_dots import caption_of
from .style import TEXT, series_style, styled

TICKS = [step * 10**power for power in range(6) for step in (1, 2, 5)]


def frontier(runs: Sequence[Run], title: str = "Accuracy against generated tokens"):
    """Each run at its generated tokens a problem (log scale) and accuracy, with the Pareto frontier through them.

    runs: at least one. Returns a plotly Figure. A run on the dotted line is not beaten at its price.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    dearest = max(run.tokens_per_problem for run in runs)
    best = pareto([(run.tokens_per_problem, run.accuracy.rate) for run in runs])
    figure.add_scatter(
        x=[*(x for x, _ in best), dearest], y=[100 * y for _, y in [*best, best[-1]]],
        mode="lines", name="frontier", hoverinfo="skip",
        line={"color": TEXT, "dash": "dot", "shape": "hv", "width": 1.5},
    )  # fmt: skip
    for position, (run, label) in enumerate(zip(runs, labels_of(runs))):
        value, (colour, symbol) = run.accuracy, series_style(position)
        figure.add_scatter(
            x=[run.tokens_per_problem], y=[100 * value.rate], name=label, mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 13},
            error_y={"type": "data", "symmetric": False, "thickness": 2, "width": 6, "color": colour,
                     "array": [100 * (value.high - value.rate)], "arrayminus": [100 * (value.rate - value.low)]},
            hovertemplate=f"{label}<br>{value}<br>{run.tokens_per_problem:.0f} tokens a problem, "
            f"{run.seconds:.0f} s<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="generated tokens a problem (log scale)", type="log", tickvals=TICKS)
    figure.update_yaxes(title="right answers, %", rangemode="tozero")
    return styled(figure, title, caption_of(runs), height=440)


def pareto(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points (cost, value) that no other one beats on both, in order of cost."""
    best: list[tuple[float, float]] = []
    for cost, value in sorted(points, key=lambda p: (p[0], -p[1])):
        if not best or value > best[-1][1]:
            best.append((cost, value))
    return best
