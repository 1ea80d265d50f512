"""A figure of distillation: what students of several teachers can do.

It takes the rows of `srm_lab.students`. Left out: how training goes (`learning_curves` of training.py), and bars, which
hide that three seeds are three points.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SrmLabError
from .style import TEXT, escaped, series_style, styled

SPREAD = 0.22  # between the dots of two seeds, in rows
LABEL_WIDTH = 20  # characters of a line: a narrow page needs its width for the dots


def students(rows: Sequence[Mapping[str, Any]], title: str = "Students", labels: Mapping[str, str] | None = None):
    """The share of test problems that each student solves: a dot with its Wilson interval for every seed, arm by arm.

    rows: with "arm", "size", "seed", "k", "n", "rate", "low" and "high". labels: arm -> what the reader sees.
    Arms stand in the order of the rows. Returns a plotly Figure. Raises SrmLabError for no rows.
    """
    import plotly.graph_objects as go

    if not rows:
        raise SrmLabError("There are no students to show.", "The list is empty.", "See benchmarks/students.py.")
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    arms = list(dict.fromkeys((row["arm"], row["size"]) for row in rows))
    names = [_name(arm, size, labels or {}, len(sizes) > 1) for arm, size in arms]
    figure = go.Figure()
    for place, ((arm, size), name) in enumerate(zip(arms, names)):
        group = [row for row in rows if (row["arm"], row["size"]) == (arm, size)]
        _add_dots(figure, group, place, name, series_style(sizes.index(size) if len(sizes) > 1 else place))
    figure.update_xaxes(title="right answers, %", range=[0, 104])
    figure.update_yaxes(
        range=[len(arms) - 0.4, -0.6], tickvals=list(range(len(arms))), ticktext=names, showgrid=False, zeroline=False,
        automargin=True,
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    return styled(figure, title, _caption(rows), height=210 + 54 * len(arms))


def _add_dots(figure, group: Sequence[Mapping[str, Any]], place: int, name: str, look: tuple[str, str]) -> None:
    """One arm: its seeds under each other, and their mean as a number."""
    colour, symbol = look
    offsets = [SPREAD * (i - (len(group) - 1) / 2) for i in range(len(group))]
    figure.add_scatter(
        x=[100 * row["rate"] for row in group], y=[place + offset for offset in offsets], mode="markers", name=name,
        marker={"color": colour, "symbol": symbol, "size": 9},
        error_x={"type": "data", "symmetric": False, "thickness": 2, "width": 4, "color": colour,
                 "array": [100 * (row["high"] - row["rate"]) for row in group],
                 "arrayminus": [100 * (row["rate"] - row["low"]) for row in group]},
        text=[f"seed {row['seed']}: {row['k']} of {row['n']}" for row in group],
        hovertemplate=name + "<br>%{text}<extra></extra>",
    )  # fmt: skip
    mean, highest = sum(row["rate"] for row in group) / len(group), max(row["high"] for row in group)
    left = highest > 0.85
    figure.add_annotation(
        x=100 * (min(row["low"] for row in group) if left else highest), y=place, text=f"{100 * mean:.1f} %",
        showarrow=False, xanchor="right" if left else "left", xshift=-8 if left else 8, font={"color": TEXT},
    )  # fmt: skip


def _name(arm: str, size: str, labels: Mapping[str, str], several: bool) -> str:
    name = escaped(labels.get(arm, arm)) + (f", {size}" if several else "")
    return "<br>".join(textwrap.wrap(name, LABEL_WIDTH, break_long_words=False))


def _caption(rows: Sequence[Mapping[str, Any]]) -> str:
    seeds = sorted({row["seed"] for row in rows})
    problems = ", ".join(str(n) for n in sorted({row["n"] for row in rows}))
    what = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
    bars = f"bars are Wilson 95 % intervals over {problems} test problems"
    return f"A dot is a student; {bars}; {what}; the number is the mean."
