"""Figures of GRPO: the curves of a run, and the microscope on one group of rollouts.

Both take what a run wrote: rows of its log, and snapshots (`srm_lab.training.snapshots`). A token's colour is its
weight, advantage times ratio: blue is pushed up, vermilion is pushed down; a token that clipping has stopped stands in
a circle. Left out: smoothing, which hides exactly what one looks for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..errors import SrmLabError
from ..training.snapshots import GroupShot, RolloutShot
from .style import COLOURS, GRID, TEXT, escaped, series_style, styled

# title of the panel -> what it shows: (name in the log, name in words, factor)
PANELS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "reward": (("reward", "mean reward", 1.0),),
    "right and without variance, %": (("pass_rate", "right", 100.0), ("flat_share", "groups without variance", 100.0)),
    "length, tokens": (("length", "mean length", 1.0),),
    "cut off and clipped, %": (("truncated", "chains cut off", 100.0), ("clip_share", "tokens clipped", 100.0)),
    "entropy and KL, nats a token": (("entropy", "entropy", 1.0), ("kl", "KL to the reference", 1.0)),
    "gradient norm": (("grad_norm", "gradient norm", 1.0),),
}
MAX_TOKENS = 64  # columns of the microscope at once, where tokens are characters
_CHARACTERS = 128  # about as many fit side by side
MAX_ROLLOUTS = 16
_SCALE = [[0.0, "#F09A5B"], [0.5, "#F4F4F4"], [1.0, "#74B4DE"]]  # light, for dark text, in any theme
_INK = "#111111"
WORDS = {True: "✓ right", False: "✗ wrong", None: "… unfinished"}


def grpo_curves(rows: Sequence[Mapping], title: str = "GRPO, step by step"):
    """Reward, pass rate, groups without variance, length, truncation, entropy, KL, clipping and gradient norm.

    rows: the run's log, one mapping a step with "step" and the metrics that grpo writes; it may still be growing, and
    a metric that a step lacks leaves a gap. Returns a plotly Figure.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=3, cols=2, subplot_titles=list(PANELS), vertical_spacing=0.13, horizontal_spacing=0.12)
    steps = [row["step"] for row in rows]
    position = -1
    for place, lines in enumerate(PANELS.values()):
        for key, name, factor in lines:
            position += 1  # a colour for each line of the whole figure: the legend is shared
            values = [_number(row.get(key), factor) for row in rows]
            if all(value is None for value in values):
                continue
            colour, symbol = series_style(position)
            figure.add_scatter(
                x=steps, y=values, name=name, mode="lines+markers", line={"color": colour, "width": 2},
                marker={"symbol": symbol, "size": 4}, showlegend=len(lines) > 1,
                hovertemplate=f"step %{{x}}<br>{name} %{{y:.3g}}<extra></extra>",
                row=place // 2 + 1, col=place % 2 + 1,
            )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(title="step", row=3)
    figure.update_layout(legend={"orientation": "h", "y": -0.1})
    figure = styled(figure, title, height=760)
    return figure.update_annotations(font={"size": 13, "color": TEXT})


def _number(value, factor: float) -> float | None:
    return None if value is None or not math.isfinite(value) else factor * value


def grpo_group(group: GroupShot, first: int = 0):
    """One group of rollouts as a table of tokens: a row a rollout, a cell a token, its colour its weight.

    group: out of a snapshot. first: the token of the first column; as many as fit are shown. Returns a plotly Figure.
    Raises SrmLabError for a group without rollouts, or a first token that no rollout has.
    """
    import plotly.graph_objects as go

    shown = group.rollouts[:MAX_ROLLOUTS]
    longest = max((len(rollout.tokens) for rollout in shown), default=0)
    if not 0 <= first < longest:
        raise SrmLabError(
            f"There is no token {first} in the rollouts of {group.problem_id}.",
            f"There are {len(shown)} rollouts of up to {longest} tokens.",
            "Choose a smaller first.",
        )
    columns = min(longest - first, fitting_columns(shown))
    window = slice(first, first + columns)
    cells = [_cells(rollout, window, columns) for rollout in shown]
    limit = max((abs(w) for rollout in shown for w in rollout.weights), default=0.0) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=[row["z"] for row in cells], text=[row["text"] for row in cells], texttemplate="%{text}",
            x=list(range(first, first + columns)), textfont={"size": 13, "color": _INK},
            y=[_label(i, r) for i, r in enumerate(shown, 1)],
            customdata=[row["hover"] for row in cells], hovertemplate="%{customdata}<extra></extra>",
            zmin=-limit, zmax=limit, colorscale=_SCALE, xgap=1, ygap=3, hoverongaps=False,
            colorbar={"title": {"text": "advantage<br>× ratio"}, "thickness": 12, "outlinewidth": 0},
        )
    )  # fmt: skip
    _mark_clipped(figure, shown, window)
    figure.update_xaxes(title="token", showgrid=False, zeroline=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False)
    caption = f"{_cut(group.question, 160)}  Reference: {_cut(group.answer, 40)}. Blue is pushed up, vermilion down."
    return styled(figure, "One group, token by token", escaped(caption), height=190 + 42 * len(shown))


def fitting_columns(rollouts: Sequence[RolloutShot]) -> int:
    """How many tokens fit side by side: fewer, where they are words."""
    widest = max(len(_visible(token)) for rollout in rollouts for token in _texts(rollout))
    return max(8, min(MAX_TOKENS, _CHARACTERS // max(widest, 1)))


def _texts(rollout: RolloutShot) -> list[str]:
    """The tokens as they stand in cells: an end token, whatever its name, is one sign."""
    texts = list(rollout.tokens)
    if rollout.finish_reason == "stop" and texts:
        texts[-1] = "■"
    return texts


def _cells(rollout: RolloutShot, window: slice, columns: int) -> dict[str, list]:
    """A row of the table: weights, escaped texts and what pointing at a cell says; None after the rollout's end."""
    z, text, hover = [], [], []
    columns_of = (_texts(rollout), rollout.tokens, rollout.ratios, rollout.weights, rollout.clipped)
    for seen, token, ratio, weight, clipped in zip(*(column[window] for column in columns_of)):
        z.append(weight)
        text.append(escaped(_visible(seen)))
        stopped = "<br>clipped: no gradient" if clipped else ""
        hover.append(
            f"{escaped(repr(token))}<br>advantage {rollout.advantage:+.2f}<br>ratio {ratio:.3f}"
            f"<br>weight {weight:+.3f}{stopped}"
        )
    missing = columns - len(z)
    return {"z": z + [None] * missing, "text": text + [""] * missing, "hover": hover + [""] * missing}


def _mark_clipped(figure, rollouts: Sequence[RolloutShot], window: slice) -> None:
    points = [
        (position, _label(i, rollout))
        for i, rollout in enumerate(rollouts, 1)
        for position, clipped in enumerate(rollout.clipped)
        if clipped and window.start <= position < window.stop
    ]
    if points:
        figure.add_scatter(
            x=[x for x, _ in points], y=[y for _, y in points], mode="markers", name="clipped", hoverinfo="skip",
            marker={"symbol": "circle-open", "size": 22, "color": TEXT, "line": {"width": 2}}, showlegend=True,
        )  # fmt: skip
        figure.update_layout(legend={"orientation": "h", "y": 1.08, "x": 1, "xanchor": "right"})


def _label(number: int, rollout: RolloutShot) -> str:
    return f"{number}  {WORDS[rollout.correct]}  reward {rollout.reward:.2f}  adv {rollout.advantage:+.2f}"


def grpo_rewards(group: GroupShot):
    """What each rollout of a group earned, part by part, and the advantage that came of it. Returns a plotly Figure."""
    import plotly.graph_objects as go

    shown = group.rollouts[:MAX_ROLLOUTS]
    names = list(dict.fromkeys(name for rollout in shown for name in rollout.parts))
    labels = [f"{i}  {WORDS[rollout.correct]}" for i, rollout in enumerate(shown, 1)]
    figure = go.Figure()
    for position, name in enumerate(names):
        figure.add_bar(
            y=labels, x=[rollout.parts.get(name, 0.0) for rollout in shown], name=escaped(name), orientation="h",
            marker={"color": COLOURS[position % len(COLOURS)]},
            hovertemplate=f"{escaped(name)} %{{x:.3g}}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        y=labels, x=[rollout.advantage for rollout in shown], mode="markers", name="advantage",
        marker={"symbol": "diamond-open", "size": 11, "line": {"width": 2}, "color": TEXT},
        hovertemplate="advantage %{x:+.3g}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": GRID, "width": 2})
    figure.update_layout(barmode="relative", legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    figure.update_yaxes(autorange="reversed", showgrid=False)
    caption = "Bars are the weighted parts of the reward; the diamond is the advantage inside this group."
    return styled(figure, "From reward to advantage", caption, height=210 + 34 * len(shown))


def _visible(token: str) -> str:
    """A token that shows in a cell: blanks get a sign."""
    return token.replace("\n", "⏎").replace(" ", "␣") if token.strip() != token else token


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
