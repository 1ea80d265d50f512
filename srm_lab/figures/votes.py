"""Votes, drawn: who wins on each problem, the ballots of one problem, what becomes of problems, and curves of k.

Pure functions of numbers that `srm_lab.vote_trials` counts. Answers are a model's text: they are escaped. Left out:
accuracy against temperature and of weighted votes, which `rates` and `accuracy` draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import Proportion
from ..scoring.statistics import Estimate
from .style import COLOURS, GRID, TEXT, escaped, series_style, styled

RIGHT, OTHER, SILENT = COLOURS[0], "#8C8C8C", "#D0D0D0"
_WRONG = (COLOURS[1], COLOURS[3], COLOURS[5], COLOURS[6])  # the most frequent wrong answers, in this order
_FATES = (COLOURS[0], COLOURS[1], OTHER)
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
_DASHES = ("dot", "solid", "dash", "dashdot")
CURVES = ("at least one chain is right", "the vote is right", "one chain is right", "this problem's vote")


def mode_map(points: Sequence[tuple[str, int, float, float]], title: str = "Who wins the vote", caption: str = ""):
    """A dot a problem: the share of its chains that are right, and that of its most frequent wrong answer.

    points: (question, difficulty, share right, share of that answer), shares from 0 to 1. Above the diagonal a wrong
    answer has more votes than the truth. Dots that would lie on each other are moved apart a little.
    Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 0, 100], y=[0, 100, 100], fill="toself", fillcolor="rgba(128,128,128,0.10)", mode="lines",
        line={"color": TEXT, "width": 1}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    for position, level in enumerate(sorted({level for _, level, _, _ in points})):
        colour, symbol = series_style(position)
        mine = [(name, right, rival) for name, found, right, rival in points if found == level]
        moved = [_apart(i) for i in range(len(mine))]
        figure.add_scatter(
            x=[100 * right + dx for (_, right, _), (dx, _) in zip(mine, moved)],
            y=[100 * rival + dy for (_, _, rival), (_, dy) in zip(mine, moved)], mode="markers", name=str(level),
            marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.75},
            text=[f"{escaped(name)}<br>{100 * right:.0f} % right, the top mistake {100 * rival:.0f} %"
                  for name, right, rival in mine],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    for x, y, words in ((24, 96, "a mistake wins"), (88, 24, "the truth wins")):
        figure.add_annotation(x=x, y=y, text=f"<b>{words}</b>", showarrow=False, font={"size": 14})
    figure.update_xaxes(title="chains that are right, %", range=[-3, 103], zeroline=False)
    figure.update_yaxes(title="chains with the top mistake, %", range=[-3, 103], zeroline=False)
    figure.update_layout(legend={**_LEGEND, "title": {"text": "operations"}})
    figure = styled(figure, title, caption, height=540)
    return figure.update_layout(margin={"t": 100}, title={"y": 0.97, "yanchor": "top"})


def _apart(i: int) -> tuple[float, float]:
    """A small step that is another one for each i, the same every time."""
    return 1.6 * ((0.7548 * i) % 1 - 0.5), 1.6 * ((0.5698 * i) % 1 - 0.5)


def vote_fates(rows: Mapping[str, Mapping[str, int]], title: str, x: str, caption: str = ""):
    """For each row, which share of its problems has which fate, as stacked columns.

    rows: label -> fate (of vote_trials.FATES) -> problems.  x: what the labels are. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure, fates = go.Figure(), list(dict.fromkeys(fate for counts in rows.values() for fate in counts))
    totals = [sum(counts.values()) or 1 for counts in rows.values()]
    for position, fate in enumerate(fates):
        counts = [row.get(fate, 0) for row in rows.values()]
        figure.add_bar(
            x=list(rows), y=[100 * count / total for count, total in zip(counts, totals)], name=fate,
            marker={"color": _FATES[position % 3], "pattern": {"shape": ("", "|", "-")[position % 3], "size": 6}},
            text=[str(count) if count else "" for count in counts], textposition="inside", insidetextanchor="middle",
            textangle=0,
            hovertemplate=f"{fate}: %{{text}} problems, %{{y:.0f}} %<extra>%{{x}}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", legend=_LEGEND)
    figure.update_xaxes(title=x, type="category")
    figure.update_yaxes(title="problems, %", range=[0, 101])
    figure = styled(figure, title, caption, height=440)
    return figure.update_layout(margin={"t": 100}, title={"y": 0.97, "yanchor": "top"})


def ballots(rows: Mapping[str, Mapping[str | None, int]], truth: str, title: str, caption: str = ""):
    """The votes of one problem, a bar for each row: the truth, the most frequent wrong answers, others, none.

    rows: label (a temperature, a number of chains) -> answer -> votes; None is "no answer".  truth: the right answer.
    Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    parts = ballot_parts(rows, truth)
    totals = [sum(votes.values()) or 1 for votes in rows.values()]
    patterns = {len(parts) - 2: "|"}
    for position, (name, colour, counts) in enumerate(parts):
        if any(counts):
            figure.add_bar(
                y=list(rows), x=[100 * count / total for count, total in zip(counts, totals)], orientation="h",
                name=escaped(name), textposition="inside", textangle=0, insidetextanchor="middle",
                marker={"color": colour, "pattern": {"shape": patterns.get(position, ""), "size": 6}},
                text=[escaped(name, 14) if count else "" for count in counts], customdata=counts,
                hovertemplate=f"{escaped(name)}: %{{customdata}} votes<extra>%{{y}}</extra>",
            )  # fmt: skip
    figure.update_layout(barmode="stack", legend=_LEGEND)
    figure.update_xaxes(title="votes, %", range=[0, 101])
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, type="category")
    figure = styled(figure, title, caption, height=220 + 44 * len(rows))
    return figure.update_layout(margin={"t": 100}, title={"y": 0.97, "yanchor": "top"})


def ballot_parts(rows: Mapping[str, Mapping[str | None, int]], truth: str) -> list[tuple[str, str, list[int]]]:
    """The parts of `ballots`, from left to right: (name, colour, votes in each row)."""
    together: dict[str, int] = {}
    for votes in rows.values():
        for answer, count in votes.items():
            if answer not in (None, truth):
                together[answer] = together.get(answer, 0) + count
    top = sorted(together, key=lambda answer: -together[answer])[: len(_WRONG)]
    named = [(f"{truth} (right)", RIGHT, [votes.get(truth, 0) for votes in rows.values()])]
    named += [(a, colour, [votes.get(a, 0) for votes in rows.values()]) for a, colour in zip(top, _WRONG)]
    known = {truth, None, *top}
    rest = [sum(count for answer, count in votes.items() if answer not in known) for votes in rows.values()]
    silent = [votes.get(None, 0) for votes in rows.values()]
    return [*named, ("other answers", OTHER, rest), ("no answer", SILENT, silent)]


def vote_curves(
    one: Proportion, votes: Sequence[Estimate], ceiling: Sequence[Estimate], title: str, caption: str = "",
    own: Sequence[float] = (), chosen: int | None = None,
):  # fmt: skip
    """Right answers against the number of chains: at least one of them, their vote, and one chain alone.

    votes, ceiling: at the same numbers of chains.  own: of one problem, how often its vote is right, 0 to 1, at these
    numbers.  chosen: the number that gets a ring. Returns a plotly Figure; the names of its curves are CURVES.
    """
    import plotly.graph_objects as go

    figure, ks = go.Figure(), [estimate.k for estimate in votes]
    curves = curve_values(one, votes, ceiling, own)
    for position, (name, values) in enumerate(zip(CURVES, curves)):
        colour, symbol = series_style((2, 0, 7, 1)[position])
        line = {"color": colour, "width": (1.5, 2.5, 1.5, 1.5)[position], "dash": _DASHES[position]}
        error = _bars(votes if position == 1 else ceiling, colour) if position < 2 else None
        figure.add_scatter(
            x=ks, y=values, name=name, mode="lines" if position == 2 else "lines+markers", line=line,
            marker={"color": colour, "symbol": symbol, "size": 7}, error_y=error, showlegend=bool(values),
            hovertemplate=f"{name}: %{{y:.1f}} %<extra>%{{x}} chains</extra>",
        )  # fmt: skip
    at = ks.index(chosen) if chosen in ks else None
    figure.add_scatter(
        x=[] if at is None else [chosen], y=[] if at is None else [curves[1][at]], mode="markers", hoverinfo="skip",
        showlegend=False, marker={"symbol": "circle-open", "size": 20, "color": COLOURS[0], "line": {"width": 2}},
    )  # fmt: skip
    figure.update_xaxes(title="chains (log scale)", type="log", tickvals=ks, ticktext=[str(k) for k in ks])
    figure.update_yaxes(title="right answers, %", range=[-2, 102], zerolinecolor=GRID)
    figure.update_layout(legend=_LEGEND)
    figure = styled(figure, title, caption, height=440)
    return figure.update_layout(margin={"t": 110}, title={"y": 0.97, "yanchor": "top"})


def curve_values(
    one: Proportion, votes: Sequence[Estimate], ceiling: Sequence[Estimate], own: Sequence[float] = ()
) -> list[list[float]]:
    """The heights of the CURVES, in percent; the last is empty where no problem is chosen."""
    return [
        [100 * estimate.value for estimate in ceiling], [100 * estimate.value for estimate in votes],
        [100 * one.rate] * len(votes), [100 * value for value in own],
    ]  # fmt: skip


def _bars(estimates: Sequence[Estimate], colour: str) -> dict:
    above, below = interval_arms(estimates)
    return {"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
            "array": above, "arrayminus": below}  # fmt: skip


def interval_arms(estimates: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """How far the intervals reach above and below their values, in percent."""
    return [100 * (e.high - e.value) for e in estimates], [100 * (e.value - e.low) for e in estimates]
