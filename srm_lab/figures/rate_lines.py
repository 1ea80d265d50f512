"""Rates over a setting: lines of dots with intervals, one line a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import Proportion
from ..scoring.statistics import Estimate
from .style import series_style, styled

Points = Sequence[tuple[object, Proportion | Estimate]]


def rates(
    series: Mapping[str, Points],
    *,
    x: str,
    title: str,
    caption: str = "",
    y: str = "right answers, %",
    top: float = 102,
    joined: bool = True,
):
    """Dots with 95 % intervals for each series, joined by a line. Returns a plotly Figure.

    series: name -> points (x, proportion or estimate). Values of x stand at equal distances, in the order in which
    they first come.  x, y: what the axes are called.  top: the end of the y axis, in percent.
    joined: False where the values of x are names without an order, so that a line would say nothing.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    order = [str(at) for at in dict.fromkeys(at for points in series.values() for at, _ in points)]
    for position, (name, points) in enumerate(series.items()):
        colour, symbol = series_style(position)
        values = [100 * rate_of(value) for _, value in points]
        shift = 0.06 * (position - (len(series) - 1) / 2)  # intervals of several series stand side by side
        figure.add_scatter(
            x=[order.index(str(at)) + shift for at, _ in points], y=values, name=name,
            mode="lines+markers" if joined else "markers",
            line={"color": colour, "width": 1.5}, marker={"color": colour, "symbol": symbol, "size": 10},
            error_y={"type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": colour,
                     "array": [100 * value.high - y for (_, value), y in zip(points, values)],
                     "arrayminus": [y - 100 * value.low for (_, value), y in zip(points, values)]},
            text=[f"{name}, {at}<br>{value}" for at, value in points], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=x, tickvals=list(range(len(order))), ticktext=order, zeroline=False)
    figure.update_yaxes(title=y, range=[-0.02 * top, top])
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "x": 1, "xanchor": "right", "yanchor": "bottom"})
    figure = styled(figure, title, caption, height=440)
    if len(series) > 4:  # the legend needs two rows
        figure.update_layout(margin={"t": 110}, height=490, title={"y": 0.97, "yanchor": "top"})
    return figure


def rate_of(value: Proportion | Estimate) -> float:
    """The share, 0 to 1, of either."""
    return value.rate if isinstance(value, Proportion) else value.value
