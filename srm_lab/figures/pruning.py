"""What pruning leaves of a model: which weights stay, and what becomes of accuracy, likelihood, chains and bytes.

Functions of trials (srm_lab/chain_trials.py) and, for a mask, of a layer's weights. Left out: speed, which a table
of a few numbers tells better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..chain_trials import Trial
from ..errors import SrmLabError
from .style import COLOURS, GRID, TEXT, series_style, styled

SHOWN = 64  # rows and columns of a mask; more cells than that cannot be told apart
RIGHT, OPEN = "#0072B2", "#8C8C8C"
_SLIPS = ("#7A2E00", "#A84300", "#D55E00", "#E58A45", "#F0B27F", "#F6D2B3")  # the earlier, the darker


def pruning_mask(weight: Any, kept: Any, title: str = "Which weights stay"):
    """The first rows and columns of a layer; a weight that goes is left blank.

    weight: [outputs, inputs].  kept: the same shape, true where a weight stays. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    values, limit = mask_values(weight, kept)
    figure = go.Figure(
        go.Heatmap(
            z=values, zmin=-limit, zmax=limit, colorscale=[[0, COLOURS[5]], [0.5, "#d9d9d9"], [1, COLOURS[0]]],
            xgap=1, ygap=1, hovertemplate="output %{y}, input %{x}<br>weight %{z:.3f}<extra></extra>",
            hoverongaps=False, colorbar={"title": {"text": "weight"}, "thickness": 12, "outlinewidth": 0},
        )
    )  # fmt: skip
    figure.update_xaxes(title="input channel", showgrid=False, zeroline=False)
    figure.update_yaxes(title="output", autorange="reversed", showgrid=False, zeroline=False)
    outputs, inputs = weight.shape
    caption = f"The first {len(values)} of {outputs} outputs and {len(values[0])} of {inputs} inputs; blank: left away."
    return styled(figure, title, caption, height=470)


def mask_values(weight: Any, kept: Any) -> tuple[list[list[float | None]], float]:
    """The numbers of a mask's cells, None where a weight goes, and the size of the largest weight shown."""
    shown = weight[:SHOWN, :SHOWN].detach().float().cpu()
    stays = kept[:SHOWN, :SHOWN].cpu().tolist()
    cells = [
        [round(value, 4) if stay else None for value, stay in zip(row, keep)]
        for row, keep in zip(shown.tolist(), stays)
    ]
    return cells, float(shown.abs().max())


def pruning_curves(
    trials: Sequence[Trial],
    families: Sequence[str],
    chosen: float | None = None,
    title: str = "Accuracy, likelihood",
):
    """Accuracy above, perplexity of the reference chains below, against the share left away.

    families: which of the trials' families; the dense model stands at 0.  chosen: a share to mark. Returns a Figure.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.07, row_heights=[0.6, 0.4])
    for position, family in enumerate(families):
        mine = _series(trials, family)
        colour, symbol = series_style(position)
        look = {
            "x": [100 * trial.amount for trial in mine], "name": family, "mode": "lines+markers",
            "marker": {"color": colour, "symbol": symbol, "size": 9}, "line": {"color": colour, "width": 1.5},
        }  # fmt: skip
        figure.add_trace(go.Scatter(y=_rates(mine), error_y=_bars(mine, colour), **look, text=_words(mine),
                                    hovertemplate="%{text}<extra></extra>"), row=1, col=1)  # fmt: skip
        figure.add_trace(go.Scatter(y=[trial.perplexity for trial in mine], showlegend=False, **look,
                                    hovertemplate=f"{family}, %{{x:.0f}} %: perplexity %{{y:.3f}}<extra></extra>"),
                         row=2, col=1)  # fmt: skip
    figure.update_yaxes(title="right answers, %", range=[-2, 104], row=1, col=1)
    figure.update_yaxes(title="perplexity<br>(log scale)", type="log", dtick=1, row=2, col=1)
    figure.update_xaxes(range=[-3, 97])
    figure.update_xaxes(title="left away, %", row=2, col=1)
    figure.update_layout(legend={"orientation": "h", "y": 1.08, "x": 1, "xanchor": "right"})
    if chosen is not None:
        figure.update_layout(shapes=chosen_share(chosen))
    return styled(figure, title, caption_of_trials(trials), height=560)


def chosen_share(share: float) -> list[dict[str, Any]]:
    """The vertical line at a share, through both parts of `pruning_curves`."""
    return [
        {"type": "line", "x0": 100 * share, "x1": 100 * share, "xref": "x", "y0": 0, "y1": 1, "yref": "paper",
         "line": {"color": TEXT, "dash": "dot", "width": 2}}
    ]  # fmt: skip


def pruning_difficulty(trials: Sequence[Trial], family: str):
    """Accuracy against the share left away, a line for each number of steps. Returns a plotly Figure."""
    import plotly.graph_objects as go

    mine, figure = _series(trials, family), go.Figure()
    levels = [trial.by_difficulty() for trial in mine]
    for position, steps in enumerate(levels[0]):
        colour, symbol = series_style(position)
        found = [level[steps] for level in levels]
        figure.add_scatter(
            x=[100 * trial.amount for trial in mine], y=[100 * value.rate for value in found], mode="lines+markers",
            name=f"{steps} step{'s' * (steps > 1)}", marker={"color": colour, "symbol": symbol, "size": 9},
            error_y=_error(found, colour), text=[str(value) for value in found],
            hovertemplate=f"{steps} steps, %{{x:.0f}} % left away<br>%{{text}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="left away, %")
    figure.update_yaxes(title="right answers, %", range=[-2, 104])
    n = min(value.n for value in levels[0].values())
    caption = f"{mine[0].model}; {family}; {n} problems a point; bars are Wilson 95 % intervals."
    return styled(figure, "Long chains fall first", caption, height=430)


def pruning_slips(trials: Sequence[Trial], labels: Sequence[str]):
    """A bar a trial: the chains with every step right, with a first wrong one, without an end. Returns a Figure."""
    import plotly.graph_objects as go

    fates = [trial.slips() for trial in trials]
    steps = sorted({fate for each in fates for fate in each if fate.startswith("slip")}, key=lambda fate: fate[-2:])
    colours = {"every step right": RIGHT, "never ended": OPEN}
    figure = go.Figure()
    for fate in ("every step right", *steps, "never ended"):
        colour = colours.get(fate) or _SLIPS[min(steps.index(fate), len(_SLIPS) - 1)]
        figure.add_bar(
            y=list(labels), x=[100 * each.get(fate, 0.0) for each in fates], name=fate, orientation="h",
            marker={"color": colour}, hovertemplate=f"{fate}: %{{x:.1f}} %<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="chains, %", range=[0, 100])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    caption = f"{len(trials[0].correct)} chains a bar. A step is judged by the steps before it, as they are written."
    return styled(figure, "Where chains slip first", caption, height=230 + 34 * len(trials))


def pruning_bytes(trials: Sequence[Trial], families: Sequence[str], names: Sequence[str]):
    """Accuracy against bytes, each as a share of the dense model at 16 bits a weight. Returns a plotly Figure.

    families: of the trials; names: what the legend calls them. Bytes: noughts not stored, floats in 16 bits.
    """
    import plotly.graph_objects as go

    whole = next(trial for trial in trials if trial.family == "dense").tight_bytes
    figure = go.Figure()
    for position, (family, name) in enumerate(zip(families, names)):
        mine = sorted((trial for trial in trials if trial.family == family), key=lambda trial: trial.tight_bytes)
        colour, symbol = series_style(position)
        figure.add_scatter(
            x=[100 * trial.tight_bytes / whole for trial in mine], y=_rates(mine), name=name, mode="lines+markers",
            marker={"color": colour, "symbol": symbol, "size": 10}, line={"color": colour, "width": 1.5, "dash": "dot"},
            error_y=_bars(mine, colour), text=[f"{trial.amount:.3g}: {trial.accuracy}" for trial in mine],
            hovertemplate=f"{name}, %{{text}}<br>%{{x:.0f}} % of the bytes<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="bytes, % of the dense model at 16 bits", rangemode="tozero")
    figure.update_yaxes(title="right answers, %", range=[-2, 104])
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    caption = (
        f"{caption_of_trials(trials)} Bytes of pruned weights are computed: a bit each, and 16 for each that stays."
    )
    return styled(figure, "Fewer weights or fewer bits?", caption, height=460)


def pruning_recovery(before: Sequence[Trial], after: Sequence[Sequence[Trial]], labels: Sequence[str]):
    """Accuracy before a recovery training and after it, a dot for each seed. Returns a plotly Figure."""
    import plotly.graph_objects as go

    figure = go.Figure()
    several = [(label, trial) for label, mine in zip(labels, after) for trial in mine]
    for position, (name, points) in enumerate((("pruned", list(zip(labels, before))), ("recovered", several))):
        colour, symbol = series_style(position)
        mine = [trial for _, trial in points]
        figure.add_scatter(
            y=[label for label, _ in points], x=_rates(mine), name=name, mode="markers", error_x=_bars(mine, colour),
            marker={"color": colour, "symbol": symbol, "size": 12}, text=[str(trial.accuracy) for trial in mine],
            hovertemplate=f"{name}: %{{text}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="right answers, %", range=[-2, 104])
    figure.update_yaxes(autorange="reversed", gridcolor=GRID)
    figure.update_layout(legend={"orientation": "h", "y": 1.15, "x": 1, "xanchor": "right"})
    caption = f"{len(before[0].correct)} problems a dot, {len(after[0])} seeds; bars are Wilson 95 % intervals."
    return styled(figure, "What a short training brings back", caption, height=210 + 60 * len(labels))


def caption_of_trials(trials: Sequence[Trial]) -> str:
    """What a reader must know to trust the figure."""
    model = trials[0].model.partition(" (")[0]
    return f"{model}; {len(trials[0].correct)} problems a point; bars are Wilson 95 % intervals."


def _series(trials: Sequence[Trial], family: str) -> list[Trial]:
    """The trials of a family by amount, after the dense model."""
    mine = sorted((trial for trial in trials if trial.family in ("dense", family)), key=lambda trial: trial.amount)
    if not any(trial.family == family for trial in mine):
        known = sorted({trial.family for trial in trials})
        raise SrmLabError(f"There is no trial of {family!r}.", f"The families are: {', '.join(known)}.")
    return mine


def _rates(trials: Sequence[Trial]) -> list[float]:
    return [100 * trial.accuracy.rate for trial in trials]


def _words(trials: Sequence[Trial]) -> list[str]:
    return [f"{trial.family}, {trial.amount:.0%} left away<br>{trial.accuracy}" for trial in trials]


def _bars(trials: Sequence[Trial], colour: str) -> dict[str, Any]:
    return _error([trial.accuracy for trial in trials], colour)


def _error(found: Sequence[Any], colour: str) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
        "array": [100 * (value.high - value.rate) for value in found],
        "arrayminus": [100 * (value.rate - value.low) for value in found],
    }  # fmt: skip
