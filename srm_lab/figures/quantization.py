"""Figures about weights in few bits: error against bits, levels under a distribution, methods, memory and speed.

Each takes plain numbers, so that a cell shows where they come from. Left out: accuracy by bits, which is a matter of
runs (`frontier`, `accuracy`).
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from ..compress.trials import Trial
from .style import SYMBOLS, TEXT, series_style, styled

_TOOLS = ("srm_lab", "bitsandbytes", "")  # a colour for each tool, a symbol for each of its ways


def errors_by_bits(curves: Mapping[str, Sequence[tuple[float, float]]], title: str = "Error and bits", caption=""):
    """A line for each name over points (bits a weight, relative error); both may be measured. Returns a Figure."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, (name, points) in enumerate(curves.items()):
        colour, symbol = series_style(position)
        figure.add_scatter(
            x=[bits for bits, _ in points], y=[100 * error for _, error in points], name=name,
            mode="lines+markers", line={"color": colour}, marker={"symbol": symbol, "size": 8},
            hovertemplate=f"{name}<br>%{{x:.2f}} bits a weight<br>error %{{y:.3g}} %<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="bits a weight, scales included")
    figure.update_yaxes(title="error, % of the matrix", type="log")
    return styled(figure, title, caption, height=420)


def levels_under(values: Sequence[float], levels: Mapping[str, Sequence[float]], title: str = "Levels", caption=""):
    """The density of scaled weights (-1 to 1), and under it each set of levels as a row of ticks. Returns a Figure."""
    import numpy as np
    import plotly.graph_objects as go

    figure = go.Figure()
    density, edges = np.histogram(values, bins=100, range=(-1, 1), density=True)  # not the values: they fill a file
    figure.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).round(3).tolist(), y=density.round(4).tolist(), name="weights",
        marker={"color": "rgba(128,128,128,0.55)"}, hoverinfo="skip",
    )  # fmt: skip
    for position, (name, points) in enumerate(levels.items()):
        colour, _ = series_style(position)
        figure.add_scatter(
            x=list(points), y=[-0.12 - 0.16 * position] * len(points), name=name, mode="markers",
            marker={"symbol": "line-ns", "size": 13, "line": {"width": 2.5, "color": colour}, "color": colour},
            hovertemplate=f"{name}<br>%{{x:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="weight over the largest of its block", range=[-1.03, 1.03])
    figure.update_yaxes(title="density", rangemode="normal")
    figure.update_layout(bargap=0)
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    return styled(figure, title, caption, height=420)


def code_use(uses: Mapping[str, Sequence[float]], title: str = "How often each code is used", caption=""):
    """Bars: the share of the weights that take each code, a colour for each way of rounding. Returns a Figure."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, (name, shares) in enumerate(uses.items()):
        figure.add_bar(
            x=list(range(len(shares))), y=[100 * share for share in shares], name=name,
            marker={"color": series_style(position)[0]},
            hovertemplate=f"{name}<br>code %{{x}}: %{{y:.1f}} %<extra></extra>",
        )  # fmt: skip
    even = 100 / max(len(shares) for shares in uses.values())
    figure.add_hline(y=even, line={"color": TEXT, "dash": "dot", "width": 1.5})
    figure.update_xaxes(title="code, from the lowest level to the highest", dtick=1, showgrid=False)
    figure.update_yaxes(title="weights, %")
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    return styled(figure, title, caption, height=400)


def errors_by_method(errors: Mapping[str, Mapping[int, Sequence[float]]], title: str, caption: str = ""):
    """For each method and number of bits a dot at the mean of the seeds, and a bar from the least to the most.

    errors: method -> bits -> one relative error a seed. Returns a Figure.
    """
    import plotly.graph_objects as go

    figure, bits = go.Figure(), sorted({bits for by_bits in errors.values() for bits in by_bits})
    for position, (name, by_bits) in enumerate(errors.items()):
        colour, symbol = series_style(position)
        shift = 0.13 * (position - (len(errors) - 1) / 2)
        means = [100 * statistics.fmean(by_bits[b]) for b in bits]
        figure.add_scatter(
            x=[i + shift for i in range(len(bits))], y=means, name=name, mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 12},
            error_y={"type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": colour,
                     "array": [100 * max(by_bits[b]) - mean for b, mean in zip(bits, means)],
                     "arrayminus": [mean - 100 * min(by_bits[b]) for b, mean in zip(bits, means)]},
            hovertemplate=f"{name}<br>%{{y:.3g}} %<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(
        tickvals=list(range(len(bits))), ticktext=[f"{b} bits" for b in bits], showgrid=False, zeroline=False,
        range=[-0.5, len(bits) - 0.5],
    )  # fmt: skip
    figure.update_yaxes(title="error of the outputs, %", type="log")
    return styled(figure, title, caption, height=420)


def memory_and_speed(trials: Sequence[Trial], title: str = "Memory and speed of one stream"):
    """Each way that ran: megabytes of its weights, and how many times as fast as float32 it is in the same turns.

    Bars go from the slowest turn to the fastest. Returns a Figure.
    """
    import plotly.graph_objects as go

    figure, seen = go.Figure(), Counter()
    for trial in (trial for trial in trials if trial.ran):
        tool = next((name for name in _TOOLS if trial.way.startswith(name)), _TOOLS[-1])
        colour, symbol = series_style(_TOOLS.index(tool))[0], SYMBOLS[seen[tool] % len(SYMBOLS)]
        seen[tool] += 1
        ratios = list(trial.ratios("float32").values())
        times = statistics.median(ratios)
        figure.add_scatter(
            x=[trial.memory_bytes / 1e6], y=[times], name=trial.way, mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 13},
            error_y={"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
                     "array": [max(ratios) - times], "arrayminus": [times - min(ratios)]},
            hovertemplate=f"{trial.way}<br>%{{x:.0f}} MB<br>%{{y:.2f}} times float32<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": TEXT, "dash": "dot", "width": 1.5})
    figure.update_xaxes(title="weights, MB", rangemode="tozero")
    figure.update_yaxes(title="speed, times float32", type="log")
    caption = "Up and to the left is better. Above the dotted line a way is faster than float32 in the same turns."
    return styled(figure, title, caption, height=520)
