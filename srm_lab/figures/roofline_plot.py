"""The roofline of a machine with what was measured on it: is a step waiting for memory or for arithmetic?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..models.roofline import Machine
from .style import COLOURS, TEXT, escaped, series_style, styled


def roofline(
    machine: Machine, points: Mapping[str, Sequence[tuple[str, float, float]]], title: str = "", caption: str = ""
):
    """Operations a second against operations a byte, both axes logarithmic, under the roof of the machine.

    points: series -> (label, operations a byte, operations a second). Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    every = [x for series in points.values() for _, x, _ in series]
    left, right = min([*every, machine.ridge]) / 2.5, max([*every, machine.ridge]) * 4
    roof = [(x, min(machine.flops_per_second, x * machine.bytes_per_second)) for x in (left, machine.ridge, right)]
    figure = go.Figure()
    figure.add_scatter(
        x=[x for x, _ in roof], y=[y / 1e9 for _, y in roof], mode="lines", name="the roof", hoverinfo="skip",
        line={"color": TEXT, "width": 2.5},
    )  # fmt: skip
    for position, (name, series) in enumerate(points.items()):
        colour, symbol = series_style(position)
        figure.add_scatter(
            x=[x for _, x, _ in series], y=[y / 1e9 for _, _, y in series], name=escaped(name), mode="markers+text",
            text=[escaped(label) for label, _, _ in series], textposition="bottom right", textfont={"color": TEXT},
            marker={"color": colour, "symbol": symbol, "size": 11},
            hovertemplate="%{text}<br>%{x:.3g} operations a byte<br>%{y:.3g} GFLOP/s<extra></extra>",
        )  # fmt: skip
    _sides(figure, machine, left, right)
    figure.update_xaxes(title="operations for each byte read (log scale)", type="log", range=_ends(left, right))
    figure.update_yaxes(title="GFLOP a second (log scale)", type="log")
    return styled(figure, title or f"The roofline of {escaped(machine.name)}", caption, height=460)


def _sides(figure, machine: Machine, left: float, right: float) -> None:
    """The ridge, and what a step waits for on either side of it."""
    figure.add_vline(x=machine.ridge, line={"color": COLOURS[5], "dash": "dot", "width": 1.5})
    halves = (("waits for memory", left, machine.ridge), ("waits for arithmetic", machine.ridge, right))
    for text, start, end in halves:
        middle = (math.log10(start) + math.log10(end)) / 2  # annotations on a log axis stand at the logarithm
        figure.add_annotation(text=text, x=middle, y=1.0, yref="paper", yanchor="bottom", showarrow=False)


def _ends(left: float, right: float) -> list[float]:
    return [math.log10(left), math.log10(right)]
