"""Verifiers, drawn: are their scores honest, and what the best of N is worth as N or the noise grows.

Pure functions of numbers that `srm_lab.verifier_trials` counts. Left out: accuracies of a few methods side by side,
which `accuracy` and `rates` draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..records import Proportion
from ..scoring.statistics import Estimate, clustered
from .style import GRID, TEXT, series_style, styled

LINES = ("at least one is right", "best of N by the verifier", "vote weighted by it", "plain vote", "one chain")
_COLOURS, _DASHES, _WIDTHS = (2, 0, 1, 7, 7), ("dot", "solid", "dash", "solid", "dashdot"), (1.5, 2.8, 2, 2, 1.5)
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
BINS = 10


def reliability_bins(
    scores: Sequence[float], right: Sequence[bool], problems: Sequence[object], bins: int = BINS
) -> list[tuple[float, Proportion, int]]:
    """For each tenth of the range of scores that holds any: (mean score, share right, chains).

    The interval of a share counts problems, as in `scoring.statistics.clustered`.
    """
    place = np.minimum((np.asarray(scores) * bins).astype(int), bins - 1)
    found = []
    for which in range(bins):
        groups: dict[object, list[bool]] = {}
        for i in np.flatnonzero(place == which):
            groups.setdefault(problems[i], []).append(bool(right[i]))
        if groups:
            mine = [scores[i] for i in np.flatnonzero(place == which)]
            found.append((float(np.mean(mine)), clustered(list(groups.values())), len(mine)))
    return found


def reliability(series: Mapping[str, Sequence[tuple[float, Proportion, int]]], title: str, caption: str = ""):
    """Share of right chains against the verifier's score. On the diagonal a score is what it says it is.

    series: verifier -> `reliability_bins`. The area of a dot grows with the number of chains. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": TEXT, "width": 1, "dash": "dash"}, name="calibrated",
        hoverinfo="skip",
    )  # fmt: skip
    most = max(count for bins in series.values() for _, _, count in bins)
    for position, (name, bins) in enumerate(series.items()):
        colour, symbol = series_style(position)
        values = [100 * share.rate for _, share, _ in bins]
        figure.add_scatter(
            x=[100 * score for score, _, _ in bins], y=values, name=name, mode="lines+markers",
            line={"color": colour, "width": 1.2},
            marker={"color": colour, "symbol": symbol, "size": [6 + 16 * (n / most) ** 0.5 for _, _, n in bins]},
            error_y={"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
                     "array": [100 * share.high - y for (_, share, _), y in zip(bins, values)],
                     "arrayminus": [y - 100 * share.low for (_, share, _), y in zip(bins, values)]},
            text=[f"{name}: score {100 * s:.0f} %, right {share}, {n} chains" for s, share, n in bins],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="what the verifier says, %", range=[-3, 103], zeroline=False)
    figure.update_yaxes(title="chains that are right, %", range=[-3, 103], zeroline=False)
    figure.update_layout(legend=_LEGEND)
    figure = styled(figure, title, caption, height=500)
    return figure.update_layout(margin={"t": 100}, title={"y": 0.97, "yanchor": "top"})


def best_of_curves(curves: Sequence[Sequence[Estimate]], title: str, caption: str = "", chosen: int | None = None):
    """Right answers against N for the five LINES, in their order.

    curves: for each of LINES its estimates, all at the same N.  chosen: the N that gets a ring.
    Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure, ks = go.Figure(), [estimate.k for estimate in curves[0]]
    for position, (name, estimates) in enumerate(zip(LINES, curves)):
        colour, symbol = series_style(_COLOURS[position])
        figure.add_scatter(
            x=ks, y=heights(estimates), name=name, mode="lines+markers" if position in (1, 2, 3) else "lines",
            line={"color": colour, "width": _WIDTHS[position], "dash": _DASHES[position]},
            marker={"color": colour, "symbol": symbol, "size": 8},
            error_y=_arms(estimates, colour) if position == 1 else None,
            hovertemplate=f"{name}: %{{y:.1f}} %<extra>N = %{{x}}</extra>",
        )  # fmt: skip
    at = [k for k in ks if k == chosen]
    figure.add_scatter(
        x=at, y=[heights(curves[1])[ks.index(k)] for k in at], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"symbol": "circle-open", "size": 20, "color": series_style(0)[0], "line": {"width": 2}},
    )  # fmt: skip
    figure.update_xaxes(title="N chains (log scale)", type="log", tickvals=ks, ticktext=[str(k) for k in ks])
    figure.update_yaxes(title="right answers, %", range=[-2, 102], zerolinecolor=GRID)
    figure.update_layout(legend=_LEGEND)
    figure = styled(figure, title, caption, height=460)
    return figure.update_layout(margin={"t": 120}, title={"y": 0.97, "yanchor": "top"})


def heights(estimates: Sequence[Estimate]) -> list[float]:
    """Values in percent."""
    return [100 * estimate.value for estimate in estimates]


def arms(estimates: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """How far the intervals reach above and below their values, in percent."""
    return [100 * (e.high - e.value) for e in estimates], [100 * (e.value - e.low) for e in estimates]


def _arms(estimates: Sequence[Estimate], colour: str) -> dict:
    above, below = arms(estimates)
    return {"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
            "array": above, "arrayminus": below}  # fmt: skip
