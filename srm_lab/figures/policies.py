"""Figures that compare policies: how several runs went, where they ended, and in which style they write.

All take plain numbers, so that a run of this minute and one that was stored long ago go into the same picture. Each
seed is drawn by itself: with three of them a reader sees the spread, and a shaded band would only hide that.
Left out: smoothing, and curves of everything a log holds (see `grpo_curves`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from ..errors import SrmLabError
from .style import COLOURS, TEXT, escaped, series_style, styled

STYLE_WORDS = {"answer": "answer alone", "draft": "results alone", "full": "steps in full"}


def seed_curves(curves: Mapping[str, Sequence[Sequence[float | None]]], title: str, y: str, caption: str = ""):
    """A metric step by step: a thin line for each seed, a thick one for their mean.

    curves: name -> one list a seed, a number a step from step 1 on (None leaves a gap). y: the axis in words, with its
    unit. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, seeds) in enumerate(curves.items()):
        colour, symbol = series_style(place)
        for values in seeds if len(seeds) > 1 else ():
            figure.add_scatter(
                x=_steps(values), y=list(values), mode="lines", line={"color": colour, "width": 1}, opacity=0.45,
                name=escaped(name), legendgroup=name, showlegend=False, hoverinfo="skip",
            )  # fmt: skip
        mean = _mean(seeds)
        figure.add_scatter(
            x=_steps(mean), y=mean, mode="lines+markers", name=escaped(name), legendgroup=name,
            line={"color": colour, "width": 2.5}, marker={"symbol": symbol, "size": 5},
            hovertemplate=f"{escaped(name)}<br>step %{{x}}: %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="step")
    figure.update_yaxes(title=y, rangemode="tozero")
    figure.update_layout(showlegend=len(curves) > 1, legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    return styled(figure, title, caption, height=430 if caption else 390)


def _steps(values: Sequence) -> list[int]:
    return list(range(1, len(values) + 1))


def _mean(seeds: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Step by step over the seeds that have a value there."""
    longest = max((len(values) for values in seeds), default=0)
    means = []
    for step in range(longest):
        there = [values[step] for values in seeds if step < len(values) and values[step] is not None]
        means.append(fmean(there) if there else None)
    return means


def policy_points(points: Mapping[str, Sequence[tuple[float, float]]], title: str, caption: str = ""):
    """Where policies stand: tokens a completion against pass@1, a small mark for each seed, a large one for the mean.

    points: name -> one (tokens, pass@1 between 0 and 1) a seed. Returns a plotly Figure. Raises SrmLabError for a
    policy without points.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, seeds) in enumerate(points.items()):
        if not seeds:
            raise SrmLabError(f"The policy {name!r} has no points.", "Its list is empty.", "Leave it out.")
        colour, symbol = series_style(place)
        figure.add_scatter(
            x=[x for x, _ in seeds], y=[100 * y for _, y in seeds], mode="markers", name=escaped(name), opacity=0.5,
            marker={"color": colour, "symbol": symbol, "size": 6}, legendgroup=name, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=[fmean(x for x, _ in seeds)], y=[100 * fmean(y for _, y in seeds)], mode="markers", name=escaped(name),
            legendgroup=name, marker={"color": colour, "symbol": symbol, "size": 14},
            hovertemplate=f"{escaped(name)}<br>%{{y:.1f}} % right, %{{x:.1f}} tokens<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="tokens a completion", rangemode="tozero")
    figure.update_yaxes(title="pass@1, %", range=[-3, 103])
    return styled(figure, title, caption, height=470 if caption else 420)


def style_shares(shares: Mapping[str, Mapping[str, float]], title: str = "What the policy writes"):
    """How often each policy writes in each style: a bar a policy, up to 100 %.

    shares: name -> style -> share between 0 and 1. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (style, words) in enumerate(STYLE_WORDS.items()):
        values = [100 * each.get(style, 0.0) for each in shares.values()]
        figure.add_bar(
            y=[escaped(name) for name in shares], x=values, name=words, orientation="h",
            marker={"color": COLOURS[place]}, text=[f"{value:.0f} %" if value >= 6 else "" for value in values],
            textposition="inside", insidetextanchor="middle", textangle=0, textfont={"color": "#ffffff"},
            hovertemplate=f"{words}: %{{x:.1f}} %<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    )
    figure.update_xaxes(title="share of completions, %", range=[0, 100])
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": TEXT})
    figure = styled(figure, title, height=190 + 44 * len(shares))
    return figure.update_layout(margin={"t": 90, "l": 130})
