"""What a model costs, drawn: bytes by part, estimates against measurements, and the two bars of a plan.

Pure functions of numbers that `models.footprint` and `models.roofline` work out. Parts are told apart by pattern as
well as by colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..models.architecture import PARTS
from ..models.roofline import Cost, Machine, Plan
from .style import TEXT, escaped, series_style, styled

CACHE = "keys and values"
_PATTERNS = ("", "|", "-", "+", "")  # lines along the axes: slanted ones make PNGs ten times as large
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("bytes", 1.0))


def memory_bars(rows: Mapping[str, Mapping[str, float]], title: str = "Memory by part", caption: str = ""):
    """A bar for each label, made of its parts: embeddings apart from the layers, keys and values where there are any.

    rows: label -> part -> bytes, at least one. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    totals = {label: sum(parts.values()) for label, parts in rows.items()}
    unit, size = unit_of(max(totals.values()))
    figure = go.Figure()
    for position, part in enumerate((*PARTS, CACHE)):
        values = [parts.get(part, 0) / size for parts in rows.values()]
        if any(values):
            marker = {"color": series_style(position)[0], "pattern": {"shape": _PATTERNS[position], "size": 6}}
            figure.add_bar(y=list(rows), x=values, name=part, orientation="h", marker=marker,
                           hovertemplate=f"%{{y}}<br>{part}: %{{x:.3g}} {unit}<extra></extra>")  # fmt: skip
    figure.add_scatter(
        y=list(rows), x=[total / size for total in totals.values()], mode="text", showlegend=False, hoverinfo="skip",
        text=[f"  {bytes_text(total)}" for total in totals.values()], textposition="middle right",
        textfont={"color": TEXT}, cliponaxis=False,
    )  # fmt: skip
    figure.update_layout(barmode="stack", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(title=unit, range=[0, 1.13 * max(totals.values()) / size])
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    drawn = styled(figure, title, caption, height=200 + 34 * len(rows) + (50 if caption else 0))
    return drawn.update_layout(margin={"t": 90}, title={"y": 0.97, "yanchor": "top"})


def estimate_errors(
    rows: Sequence[tuple[str, str, float, float]], title: str = "Estimated against measured", tolerance: float = 0.05
):
    """How far each estimate is from what was measured, in percent, inside and outside a band.

    rows: (model, precision, estimated bytes, measured bytes), at least one. tolerance: half of the band's width.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_vrect(x0=-100 * tolerance, x1=100 * tolerance, fillcolor="rgba(128,128,128,0.14)", line_width=0)
    for position, model in enumerate(dict.fromkeys(row[0] for row in rows)):
        colour, symbol = series_style(position)
        own = [row for row in rows if row[0] == model]
        figure.add_scatter(
            x=[100 * (estimated / measured - 1) for _, _, estimated, measured in own], y=[row[1] for row in own],
            name=model, mode="markers", marker={"color": colour, "symbol": symbol, "size": 11, "opacity": 0.85},
            customdata=[[bytes_text(estimated), bytes_text(measured)] for _, _, estimated, measured in own],
            hovertemplate=f"{model}, %{{y}}<br>estimated %{{customdata[0]}}, "
            "measured %{customdata[1]}<extra></extra>",
        )  # fmt: skip
    worst = max(abs(estimated / measured - 1) for _, _, estimated, measured in rows)
    half = 100 * max(1.3 * tolerance, 1.1 * worst)
    figure.update_xaxes(title="estimate above (+) or below (-) the measured bytes, %", range=[-half, half])
    figure.update_yaxes(autorange="reversed", automargin=True)
    caption = f"Grey: within {100 * tolerance:.0f} %. The largest error is {100 * worst:.2f} %."
    return styled(figure, title, caption, height=260 + 30 * len({row[1] for row in rows}))


def plan_bars(plan: Plan, costs: Cost, machine: Machine, title: str = ""):
    """Two panels: bytes by part and together, and the least seconds for reading the prompt and for writing."""
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, column_widths=[0.62, 0.38], horizontal_spacing=0.13)
    for column, bars in enumerate(plan_values(costs), 1):
        marker = {"color": series_style(0 if column == 1 else 1)[0]}
        figure.add_bar(
            x=[name for name, _, _ in bars], y=[value for _, value, _ in bars], text=[text for _, _, text in bars],
            textposition="outside", cliponaxis=False, marker=marker, hoverinfo="skip", row=1, col=column,
        )  # fmt: skip
    figure.update_yaxes(rangemode="tozero", automargin=True)
    figure.update_yaxes(title="GB", row=1, col=1)
    figure.update_yaxes(title="seconds, at least", row=1, col=2)
    figure.update_layout(showlegend=False)
    return styled(figure, title or plan_title(plan, machine), height=360)


def plan_values(costs: Cost) -> tuple[list[tuple[str, float, str]], list[tuple[str, float, str]]]:
    """The bars of both panels, as (name, height, text): GB of memory, and seconds."""
    table = costs.memory["embeddings"] + costs.memory["head"]
    layers = costs.memory["linear layers"] + costs.memory["norms and rest"]
    parts = {"embeddings": table, "layers": layers, CACHE: costs.memory[CACHE], "together": costs.bytes}
    seconds = {"read prompt": costs.prefill_seconds, "write chains": costs.decode_seconds}
    return (
        [(name, size / 1e9, bytes_text(size)) for name, size in parts.items()],
        [(name, value, seconds_text(value)) for name, value in seconds.items()],
    )


def plan_title(plan: Plan, machine: Machine) -> str:
    """ "8 chains of 1,000 tokens on this machine", fit for a figure."""
    chains = f"{plan.chains:,} chain{'s' * (plan.chains > 1)} of {plan.tokens:,} tokens"
    return f"{chains} on {escaped(machine.name)}"


def vote_cost(
    seconds: Mapping[int, Sequence[float]], title: str = "A vote of k chains, against one chain", caption: str = ""
):
    """Tokens and seconds of k chains written side by side, as multiples of those of one chain.

    seconds: k -> the seconds of each repeat, k = 1 among them. Dots are repeats, the line their medians.
    """
    import statistics

    import plotly.graph_objects as go

    counts, one = sorted(seconds), statistics.median(seconds[1])
    medians = [statistics.median(seconds[k]) / one for k in counts]
    (first, _), (second, symbol) = series_style(0), series_style(1)
    figure = go.Figure()
    figure.add_scatter(x=counts, y=counts, name="tokens", mode="lines", line={"color": first, "dash": "dash"})
    figure.add_scatter(x=counts, y=medians, name="seconds", mode="lines", line={"color": second, "width": 2.5})
    figure.add_scatter(
        x=[k for k in counts for _ in seconds[k]], y=[each / one for k in counts for each in seconds[k]],
        mode="markers", showlegend=False, marker={"color": second, "symbol": symbol, "size": 8},
        hovertemplate="%{x} chains: %{y:.2f} times the seconds of one<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="chains written side by side (log scale)", type="log", tickvals=counts)
    figure.update_yaxes(title="times one chain (log scale)", type="log", tickvals=counts)
    return styled(figure, title, caption, height=420)


def token_bars(rows: Mapping[str, Mapping[str, float]], title: str = "What the tokens are spent on", caption: str = ""):
    """A bar of 100 % for each label, made of the shares of its kinds. rows: label -> kind -> share, at least one."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, kind in enumerate(dict.fromkeys(kind for shares in rows.values() for kind in shares)):
        values = [100 * shares.get(kind, 0.0) for shares in rows.values()]
        marker = {"color": series_style(position)[0], "pattern": {"shape": _PATTERNS[position % 5], "size": 6}}
        figure.add_bar(
            y=list(rows), x=values, name=kind, orientation="h", marker=marker,
            text=[f"{value:.0f} %" if value >= 7 else "" for value in values], textposition="inside",
            insidetextanchor="middle", insidetextfont={"color": "#111"}, textangle=0,
            hovertemplate=f"%{{y}}<br>{kind}: %{{x:.1f}} %<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(title="share of the tokens, %", range=[0, 100])
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    drawn = styled(figure, title, caption, height=210 + 46 * len(rows) + (50 if caption else 0))
    return drawn.update_layout(margin={"t": 90}, title={"y": 0.97, "yanchor": "top"})


def unit_of(size: float) -> tuple[str, float]:
    """The largest unit in which the size is at least 1, and its bytes."""
    return next(((unit, one) for unit, one in _UNITS if size >= one), _UNITS[-1])


def bytes_text(size: float) -> str:
    """ "3.55 GB"."""
    unit, one = unit_of(size)
    return f"{size / one:.3g} {unit}" if size < 999.5 * one else f"{size / one:,.0f} {unit}"


def seconds_text(seconds: float) -> str:
    """ "0.4 s", "12 min", "3.1 h"."""
    for limit, one, unit in ((1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (120.0, 1.0, "s"), (7200.0, 60.0, "min")):
        if seconds < limit:
            return f"{seconds / one:.3g} {unit}"
    return f"{seconds / 3600:,.1f} h" if seconds < 360_000 else f"{seconds / 86400:,.0f} days"
