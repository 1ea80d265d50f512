"""Figures of training: learning curves, what a style of steps is worth, what rounds of STaR bring, and chains' fates.

All take what a run or a benchmark wrote down. With three seeds or more, the large mark is their mean with its
t-interval and the small marks are the seeds; with fewer, it is all problems together with Wilson's interval.
Left out: GRPO (see grpo.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ..records import Proportion
from ..scoring.statistics import wilson
from .style import TEXT, escaped, series_style, styled

Seeds = Sequence[Proportion]  # one a seed
FATE_WORDS = {
    "kept": "kept: right and new",
    "repeated": "dropped: repeats another",
    "enough": "dropped: enough of this problem",
    "wrong": "dropped: wrong answer",
    "unfinished": "dropped: unfinished",
}


def learning_curves(runs: Mapping[str, Sequence[Mapping]], title: str = "Loss on completions", x: str = "seconds"):
    """The loss of several runs over their training time.

    runs: from a name to the run's metrics, one mapping a step with "loss" and x; they may still be growing.
    x: "seconds" or "step". Returns a plotly Figure with a logarithmic loss. Nothing is smoothed.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, (name, metrics) in enumerate(runs.items()):
        colour, _ = series_style(position)
        figure.add_scatter(
            x=[line[x] for line in metrics], y=[line["loss"] for line in metrics], name=escaped(name), mode="lines",
            line={"color": colour, "width": 2, "dash": ("solid", "dash", "dot", "dashdot")[position % 4]},
            hovertemplate=f"{escaped(name)}<br>{x} %{{x:.4g}}<br>loss %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="training time, s" if x == "seconds" else "step")
    figure.update_yaxes(title="loss, nats a token", type="log", dtick=1, exponentformat="none")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return styled(figure, title, height=380)


def by_difficulty(styles: Mapping[str, Mapping[int, Seeds]], difficulty: str, title: str = "Accuracy by difficulty"):
    """Accuracy of several models at each difficulty, side by side.

    styles: from a name to {difficulty: one Proportion a seed}. difficulty: its name and unit, for the axis.
    Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure, width = go.Figure(), 0.7 / max(len(styles), 1)
    levels = sorted({level for found in styles.values() for level in found})
    for position, (name, found) in enumerate(styles.items()):
        shift = (position - (len(styles) - 1) / 2) * width
        _add_means(figure, position, name, {level + shift: seeds for level, seeds in found.items()}, "markers")
    figure.update_xaxes(title=escaped(difficulty), tickvals=levels, ticktext=[str(level) for level in levels])
    return _percent(figure, title, caption_of([seeds for found in styles.values() for seeds in found.values()]))


def star_rounds(runs: Mapping[str, Sequence[Seeds]], title: str = "Accuracy after each round"):
    """Accuracy on held-out problems before the first round (0) and after each one.

    runs: from a name to the rounds, each with one Proportion a seed. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, (name, rounds) in enumerate(runs.items()):
        shift = 0.06 * (position - (len(runs) - 1) / 2)
        _add_means(figure, position, name, {i + shift: seeds for i, seeds in enumerate(rounds)}, "lines+markers")
    most = max((len(rounds) for rounds in runs.values()), default=1)
    figure.update_xaxes(title="round", tickvals=list(range(most)))
    return _percent(figure, title, caption_of([seeds for rounds in runs.values() for seeds in rounds]))


def chain_fates(counts: Mapping[str, int], title: str = "What became of the chains"):
    """How many chains were kept and how many were dropped for which reason.

    counts: from a fate (`srm_lab.training.rejection.FATES`) to its number of chains. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    total = sum(counts.values()) or 1
    names = [FATE_WORDS.get(fate, fate) for fate in counts]
    shown = [f"{count:,} ({100 * count / total:.0f} %)" for count in counts.values()]
    colours = [series_style(0)[0] if fate == "kept" else series_style(7)[0] for fate in counts]
    figure = go.Figure(
        go.Bar(
            y=[escaped(name) for name in names], x=list(counts.values()), orientation="h", text=shown,
            textposition="outside", textfont={"color": TEXT}, marker={"color": colours}, cliponaxis=False,
            hovertemplate="%{y}: %{x:,}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title="chains", range=[0, 1.25 * max([*counts.values(), 1])])
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    return styled(figure, title, height=150 + 38 * len(counts))


def mean_interval(seeds: Seeds) -> tuple[float, float, float]:
    """Mean accuracy, low, high, between 0 and 1: a t-interval over 3 seeds or more, else Wilson's of all together."""
    rates = [seed.rate for seed in seeds]
    mean = sum(rates) / len(rates)
    if len(rates) < 3:
        pooled = wilson(sum(seed.k for seed in seeds), sum(seed.n for seed in seeds))
        return pooled.rate, pooled.low, pooled.high
    from scipy.stats import t

    variance = sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)
    half = float(t.ppf(0.975, len(rates) - 1)) * math.sqrt(variance / len(rates))
    return mean, max(0.0, mean - half), min(1.0, mean + half)


def caption_of(groups: Iterable[Seeds]) -> str:
    """Seeds, problems and intervals in words."""
    groups = list(groups)
    problems = sorted({seed.n for seeds in groups for seed in seeds})
    counts = f"{problems[0]} to {problems[-1]}" if len(problems) > 1 else "".join(map(str, problems))
    most = max((len(seeds) for seeds in groups), default=0)
    if most < 3:
        return f"{most} seed{'s' if most > 1 else ''}, {counts} problems each; bars are Wilson 95 % intervals."
    return f"Small marks: {most} seeds, {counts} problems each. Large marks: their mean; bars are 95 % t-intervals."


def _add_means(figure, position: int, name: str, points: Mapping[float, Seeds], mode: str) -> None:
    """A series of means with intervals and, where there are several seeds, their own small marks."""
    colour, symbol = series_style(position)
    found = {x: mean_interval(seeds) for x, seeds in points.items()}
    figure.add_scatter(
        x=list(found), y=[100 * mean for mean, _, _ in found.values()], name=escaped(name), mode=mode,
        line={"color": colour, "width": 2}, marker={"color": colour, "symbol": symbol, "size": 11},
        error_y={"type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": colour,
                 "array": [100 * (high - mean) for mean, _, high in found.values()],
                 "arrayminus": [100 * (mean - low) for mean, low, _ in found.values()]},
        hovertemplate=f"{escaped(name)}<br>%{{y:.1f}} %<extra></extra>",
    )  # fmt: skip
    small = [(x, 100 * seed.rate) for x, seeds in points.items() if len(seeds) > 1 for seed in seeds]
    if small:
        figure.add_scatter(
            x=[x for x, _ in small], y=[y for _, y in small], mode="markers", showlegend=False, opacity=0.75,
            marker={"color": colour, "symbol": f"{symbol}-open", "size": 6},
            hovertemplate=f"{escaped(name)}, one seed<br>%{{y:.1f}} %<extra></extra>",
        )  # fmt: skip


def _percent(figure, title: str, caption: str):
    figure.update_yaxes(title="right answers, %", range=[-3, 103])
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return styled(figure, title, caption, height=430)
