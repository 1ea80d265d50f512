"""What revising did to answers: how many were mended and how many were broken, method by method.

Left out: problems whose answer stayed right or stayed wrong; they are the other half of the 2x2 table, and say nothing
about the revision.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from ..errors import SrmLabError
from ..evaluate import Comparison
from .style import COLOURS, escaped, styled

BROKEN, MENDED = COLOURS[5], COLOURS[2]
LABEL_WIDTH = 22  # characters of a line: a narrow page needs its width for the bars


def mended_and_broken(changes: Mapping[str, Comparison], title: str = "Right answers that broke, wrong ones mended"):
    """Bars of answers that became wrong (to the left) and right (to the right), in percent of all problems.

    changes: name -> comparison of the final answers (b) with the drafts (a). Under each name stands the change of the
    accuracy with its 95 % interval. Returns a plotly Figure. Raises SrmLabError for no changes.
    """
    import plotly.graph_objects as go

    if not changes:
        raise SrmLabError("There are no revisions to show.", "Nothing is recorded.", "See benchmarks/revision.py.")
    figure, names = go.Figure(), [_label(name, change) for name, change in changes.items()]
    for what, sign, colour, counts in (
        ("right, then wrong", -1, BROKEN, [change.only_a for change in changes.values()]),
        ("wrong, then right", 1, MENDED, [change.only_b for change in changes.values()]),
    ):
        shares = [100 * sign * count / change.n for count, change in zip(counts, changes.values())]
        figure.add_bar(
            y=names, x=shares, orientation="h", name=what, marker={"color": colour}, text=[str(c) for c in counts],
            textposition="outside", cliponaxis=False, hovertemplate=f"%{{text}} {what}<extra></extra>",
        )  # fmt: skip
    widest = max(max(change.only_a, change.only_b) / change.n for change in changes.values())
    reach = max(5.0, 130 * widest)
    figure.update_layout(barmode="relative", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    figure.update_xaxes(title="problems, %", range=[-reach, reach], zeroline=True)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return styled(figure, title, _caption(changes), height=210 + 62 * len(changes))


def _label(name: str, change: Comparison) -> str:
    lines = [*textwrap.wrap(escaped(name), LABEL_WIDTH), f"{100 * change.difference:+.0f} points"]
    return "<br>".join([*lines, f"[{100 * change.low:+.0f}, {100 * change.high:+.0f}]"])


def _caption(changes: Mapping[str, Comparison]) -> str:
    counts = sorted({change.n for change in changes.values()})
    asked = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{asked} problems a method; numbers at the bars are counts; intervals of 95 % by paired bootstrap."
