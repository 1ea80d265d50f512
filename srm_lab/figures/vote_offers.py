"""Votes that buy back bits: a vote of a model in few bits against one chain of it in 16, at equal memory and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..compress.recorded import Cell, Recorded, votes_needed
from ..scoring.statistics import Estimate
from .style import TEXT, series_style, styled


@dataclass(frozen=True)
class Offer:
    """What votes over a compressed model offer.

    needed: the fewest votes that do as well as one chain of the whole model; None where no number measured does.
    kilobytes, tokens: for each number of votes, weights with the keys and values of all chains, and tokens a problem.
    """

    name: str
    curve: Sequence[Estimate]
    needed: int | None
    kilobytes: Sequence[float]
    tokens: Sequence[float]


def offers(recorded: Recorded, whole: Cell, cells: Sequence[Cell], difficulty: int | None = None) -> list[Offer]:
    """The offer of each cell, measured against one chain of `whole`."""
    target = recorded.votes(whole, difficulty)[0].value
    found = []
    for cell in cells:
        curve = recorded.votes(cell, difficulty)
        length = recorded.tokens(cell, difficulty)
        found.append(
            Offer(
                cell.scheme.name,
                curve,
                votes_needed(curve, target),
                [recorded.memory(cell, estimate.k, difficulty) / 1000 for estimate in curve],
                [estimate.k * length for estimate in curve],
            )
        )
    return found


def votes_for_bits(recorded: Recorded, whole: Cell, cells: Sequence[Cell], title: str = "Votes that buy back bits"):
    """Accuracy of 1 to n votes of each cell against memory (left) and tokens (right). Returns a plotly Figure.

    whole: the cell whose one chain is the dotted line.  cells: compressed ones, and `whole` itself to compare with.
    A ring marks the fewest votes that reach the line.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(
        cols=2, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=("at equal memory", "at equal tokens")
    )
    for position, offer in enumerate(offers(recorded, whole, cells)):
        for column, prices in ((1, offer.kilobytes), (2, offer.tokens)):
            _add(figure, offer, prices, position, column)
    target = recorded.votes(whole)[0].value
    figure.add_hline(y=100 * target, line={"dash": "dot", "color": TEXT, "width": 1.5})
    figure.update_xaxes(title="kB: weights, keys and values", rangemode="tozero", col=1)
    figure.update_xaxes(title="generated tokens a problem", rangemode="tozero", col=2)
    figure.update_yaxes(title="right answers, %", rangemode="tozero", col=1)
    n = len(whole.chains[0])
    caption = (
        f"{whole.model}, {len(recorded.problems)} problems; from left to right 1 to {n} votes. Dotted: one chain in "
        f"16 bits, {100 * target:.1f} %. A ring: the fewest votes that reach it. Bars are bootstrap 95 % intervals."
    )
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right", "yanchor": "bottom"})
    figure = styled(figure, title, caption, height=500)
    return figure.update_layout(margin={"t": 110})


def _add(figure, offer: Offer, prices: Sequence[float], position: int, column: int) -> None:
    colour, symbol = series_style(position)
    values = [100 * estimate.value for estimate in offer.curve]
    figure.add_scatter(
        x=prices, y=values, name=offer.name, mode="lines+markers", showlegend=column == 1, legendgroup=offer.name,
        line={"color": colour, "width": 1.5}, marker={"color": colour, "symbol": symbol, "size": 8},
        error_y={"type": "data", "symmetric": False, "thickness": 1.5, "width": 3, "color": colour,
                 "array": [100 * e.high - v for e, v in zip(offer.curve, values)],
                 "arrayminus": [v - 100 * e.low for e, v in zip(offer.curve, values)]},
        text=[f"{offer.name}, {e.k} votes<br>{e}<br>{kb:.0f} kB, {t:.0f} tokens"
              for e, kb, t in zip(offer.curve, offer.kilobytes, offer.tokens)],
        hovertemplate="%{text}<extra></extra>", row=1, col=column,
    )  # fmt: skip
    if offer.needed is not None:
        at = offer.needed - 1
        figure.add_scatter(
            x=[prices[at]], y=[values[at]], mode="markers", showlegend=False, hoverinfo="skip", legendgroup=offer.name,
            marker={"symbol": "circle-open", "size": 20, "color": colour, "line": {"width": 2}}, row=1, col=column,
        )  # fmt: skip
