"""How the rule that reads an answer moves the score.

One answer under several rules (`readings`), the answers of a run on which rules disagree (`disagreements`), scores
by rule (`scores_by_rule`), and scores by the number of problems with how often the best run loses its place
(`scores_by_size`). Each figure stands on a pure function beside it, which tests and widgets call. Left out: judging
which rule is right; benchmarks/graders.py does that on labelled answers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import SrmLabError
from ..records import Verdict
from ..run import Record, Run
from ..scoring.other_rules import RULES, rules_for
from ..scoring.rescore import agreement, rescore
from .accuracy_dots import labels_of
from .style import TEXT, series_style, styled

SIZES = (10, 50, 500)
DRAWS = 2000
MAX_COLUMNS = 24
WORDS = {True: "right", False: "wrong", None: "unfinished"}
SYMBOLS = {True: "✓", False: "✗", None: "…"}


# -- one answer ----------------------------------------------------------------------------------------------------


def read_by_all(text: str, reference: str, kind: str = "number") -> dict[str, Verdict]:
    """Every rule's verdict on one text. Raises SrmLabError where the reference is no answer of its kind."""
    return {rule.name: rule.judge(text, reference, kind) for rule in rules_for(kind)}


def readings(text: str, reference: str, kind: str = "number"):
    """A table of how each rule reads `text`, what it decides, and why. Returns a plotly Figure."""
    import plotly.graph_objects as go

    verdicts = read_by_all(text, reference, kind)
    rows = [
        (name, f"{SYMBOLS[v.correct]} {WORDS[v.correct]}", _piece(text, v), v.reason) for name, v in verdicts.items()
    ]
    colours = [_colour(verdict.correct) for verdict in verdicts.values()]
    table = go.Table(
        columnwidth=[1.2, 0.9, 1.2, 4],
        header=_cells(["rule", "verdict", "what it read", "why"], TEXT, 13),
        cells=_cells([list(column) for column in zip(*rows)], [[TEXT] * len(rows), colours, TEXT, TEXT], 13),
    )
    return styled(go.Figure(table), f"The same answer under {len(rows)} rules", height=130 + 34 * len(rows))


def _piece(text: str, verdict: Verdict) -> str:
    if verdict.span is None:
        return verdict.extracted or "nothing"
    return text[slice(*verdict.span)]


def _cells(values: list, colour, size: int) -> dict:
    values = [[_escape(v) for v in column] if isinstance(column, list) else _escape(column) for column in values]
    clear = "rgba(0,0,0,0)"
    return {
        "values": values, "align": "left", "fill_color": clear, "line_color": "rgba(128,128,128,0.35)",
        "font": {"color": colour, "size": size}, "height": 28,
    }  # fmt: skip


def _escape(text: object) -> str:
    """Plotly draws a little HTML in its texts: a model's text must not be drawn as any."""
    return str(text)[:300].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _colour(correct: bool | None) -> str:
    return {True: "#0072B2", False: "#D55E00", None: "#8C8C8C"}[correct]


# -- one run -------------------------------------------------------------------------------------------------------


def disputed(run: Run, rules: Sequence[str] | None = None) -> list[tuple[Record, dict[str, Verdict]]]:
    """The records of a run on which the rules don't all agree, with their verdicts. None takes all that fit."""
    rules = _chosen([run], rules)
    return [
        (record, verdicts)
        for record, verdicts in agreement(run, rules)
        if len({verdict.correct is True for verdict in verdicts.values()}) > 1
    ]


def disagreements(run: Run, rules: Sequence[str] | None = None):
    """Which rules accept which answers, where they disagree: a column for every way of disagreeing.

    run: a finished run. rules: names out of `other_rules`; None takes all that fit the run's kind of answers.
    Returns a plotly Figure; pointing at a column shows one of its answers.
    """
    import plotly.graph_objects as go

    rules = _chosen([run], rules)
    columns = _patterns(disputed(run, rules), rules)
    figure = go.Figure()
    for correct in (True, False, None):
        points = [(i, rule, rows) for i, rows in enumerate(columns) for rule in rules if _says(rows, rule) is correct]
        if points:
            figure.add_scatter(
                x=[i for i, *_ in points], y=[rule for _, rule, _ in points], mode="markers", name=WORDS[correct],
                marker={"color": _colour(correct), "size": 15, "symbol": _SHAPES[correct]},
                text=[_hover(*rows[0], rule) for _, rule, rows in points], hovertemplate="%{text}<extra></extra>",
            )  # fmt: skip
    counts = [f"<b>{len(rows)}</b>" for rows in columns]
    figure.update_xaxes(title="number of answers judged so", tickvals=list(range(len(columns))), ticktext=counts)
    figure.update_xaxes(showgrid=False, zeroline=False, tickangle=0)
    figure.update_yaxes(categoryorder="array", categoryarray=list(reversed(rules)))
    figure.update_layout(legend={"orientation": "h", "y": 1.14, "x": 1, "xanchor": "right"})
    disagreed, ran = sum(map(len, columns)), sum(record.error is None for record in run.records)
    caption = f"{run.name} on {run.model}: the rules disagree on {disagreed} of {ran} answers."
    return styled(figure, "Where graders disagree", caption, height=230 + 34 * len(rules))


_SHAPES = {True: "circle", False: "x", None: "circle-open"}


def _patterns(rows: list[tuple[Record, dict[str, Verdict]]], rules: Sequence[str]) -> list[list]:
    """The disputed records in groups of equal verdicts, the largest group first."""
    groups: dict[tuple, list] = {}
    for record, verdicts in rows:
        groups.setdefault(tuple(verdicts[rule].correct for rule in rules), []).append((record, verdicts))
    return sorted(groups.values(), key=len, reverse=True)[:MAX_COLUMNS]


def _says(rows: list[tuple[Record, dict[str, Verdict]]], rule: str) -> bool | None:
    return rows[0][1][rule].correct


def _hover(record: Record, verdicts: dict[str, Verdict], rule: str) -> str:
    tail = "<br>".join(_escape(line) for line in textwrap.wrap(record.solution.text[-240:], 70))
    why = "<br>".join(_escape(line) for line in textwrap.wrap(verdicts[rule].reason, 70))
    return (
        f"For example {_escape(record.problem.id)}, reference {_escape(record.problem.answer)}:<br><i>{tail}</i><br>"
        f"<b>{rule}: {WORDS[verdicts[rule].correct]}</b><br>{why}"
    )


def fitting_rules(runs: Sequence[Run]) -> list[str]:
    """The names of the rules that are made for every kind of answer in these runs."""
    kinds = {record.problem.kind for run in runs for record in run.records}
    return [name for name, rule in RULES.items() if kinds <= set(rule.kinds)]


def _chosen(runs: Sequence[Run], rules: Sequence[str] | None) -> list[str]:
    fitting = fitting_rules(runs)
    chosen = list(rules) if rules is not None else fitting
    if not chosen or not set(chosen) <= set(fitting):
        raise SrmLabError(
            f"The rules {chosen} do not all fit the answers of these runs.",
            "Each rule is made for some kinds of answers only.",
            f"These fit: {', '.join(fitting) or 'none'}.",
        )
    return chosen


# -- several runs --------------------------------------------------------------------------------------------------


def scores_by_rule(runs: Sequence[Run], rules: Sequence[str] | None = None):
    """The same runs scored by several rules, with Wilson 95 % intervals. Returns a plotly Figure."""
    import plotly.graph_objects as go

    rules = _chosen(runs, rules)
    figure = go.Figure()
    for position, (run, label) in enumerate(zip(runs, labels_of(runs))):
        values = [rescore(run, rule=rule).accuracy for rule in rules]
        colour, symbol = series_style(position)
        shift = 0.22 * (position - (len(runs) - 1) / 2)
        figure.add_scatter(
            x=[100 * value.rate for value in values], y=[i + shift for i in range(len(rules))], name=label,
            mode="markers", marker={"color": colour, "symbol": symbol, "size": 12},
            error_x={"type": "data", "symmetric": False, "thickness": 2.5, "width": 6, "color": colour,
                     "array": [100 * (v.high - v.rate) for v in values],
                     "arrayminus": [100 * (v.rate - v.low) for v in values]},
            text=[f"{label}, {rule}<br>{value}" for rule, value in zip(rules, values)],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="score, %", range=[-2, 102])
    figure.update_yaxes(
        tickvals=list(range(len(rules))), ticktext=rules, autorange="reversed", showgrid=False, zeroline=False
    )
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    caption = f"The same {runs[0].accuracy.n} texts each time; only the rule changes. Bars are Wilson 95 % intervals."
    return styled(figure, "The score moves with the rule", caption, height=240 + 52 * len(rules))


@dataclass(frozen=True)
class SizeEffect:
    """What an evaluation on n problems would say. scores: for each run (low, median, high) of its score, 0 to 1.

    flips: how often the best run on all problems is not the single best on these n.
    """

    n: int
    scores: tuple[tuple[float, float, float], ...]
    flips: float


def size_effects(
    runs: Sequence[Run], sizes: Sequence[int] = SIZES, draws: int = DRAWS, seed: int = 0
) -> list[SizeEffect]:
    """Evaluations of several sizes, imitated by drawing problems with replacement out of what the runs share.

    runs: over the same problems. sizes: problems in each imitated evaluation. draws: evaluations a size.
    Raises SrmLabError where the runs share no problem, or there are fewer than two runs.
    """
    import numpy as np

    right = np.array(_shared(runs), dtype=float)
    best = int(right.mean(axis=1).argmax())
    rng = np.random.default_rng(seed)
    effects = []
    for n in sizes:
        # only which runs solve a problem matters, so drawing n problems is drawing how often each pattern comes up
        patterns, counts = np.unique(right, axis=1, return_counts=True)
        drawn = rng.multinomial(n, counts / counts.sum(), size=draws)
        scores = drawn @ patterns.T / n
        others = np.delete(scores, best, axis=1).max(axis=1)
        quantiles = np.quantile(scores, [0.025, 0.5, 0.975], axis=0).T
        effects.append(SizeEffect(n, tuple(map(tuple, quantiles.tolist())), float((others >= scores[:, best]).mean())))
    return effects


def _shared(runs: Sequence[Run]) -> list[list[bool]]:
    verdicts = [{r.problem.id: r.verdict.correct is True for r in run.records if r.verdict} for run in runs]
    shared = [key for key in verdicts[0] if all(key in other for other in verdicts[1:])] if verdicts else []
    if len(runs) < 2 or not shared:
        raise SrmLabError(
            "To see how a ranking depends on the number of problems, two runs on the same problems are needed.",
            f"There are {len(runs)} runs, and {len(shared)} problems that all of them ran.",
            "Evaluate two methods on one list of problems.",
        )
    return [[given[key] for key in shared] for given in verdicts]


def scores_by_size(runs: Sequence[Run], sizes: Sequence[int] = SIZES, draws: int = DRAWS, seed: int = 0):
    """What evaluations on 10, 50 or 500 problems would have said of the same runs. Returns a plotly Figure.

    The bars hold 95 % of the imitated evaluations (see `size_effects`).
    """
    import plotly.graph_objects as go

    effects = size_effects(runs, sizes, draws, seed)
    figure = go.Figure()
    for position, (_, label) in enumerate(zip(runs, labels_of(runs))):
        colour, symbol = series_style(position)
        shift = 0.16 * (position - (len(runs) - 1) / 2)
        low, middle, high = ([100 * effect.scores[position][i] for effect in effects] for i in range(3))
        figure.add_scatter(
            x=[i + shift for i in range(len(effects))], y=middle, name=label, mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 12},
            error_y={"type": "data", "symmetric": False, "thickness": 2.5, "width": 6, "color": colour,
                     "array": [h - m for h, m in zip(high, middle)],
                     "arrayminus": [m - k for m, k in zip(middle, low)]},
            hovertemplate=f"{label}<br>%{{y:.1f}} %<extra></extra>",
        )  # fmt: skip
    labels = [f"{e.n} problems<br>order flips in <b>{100 * e.flips:.0f} %</b>" for e in effects]
    figure.update_xaxes(tickvals=list(range(len(effects))), ticktext=labels, range=[-0.5, len(effects) - 0.5])
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(title="score, %", rangemode="tozero")
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"})
    pool = len(_shared(runs)[0])
    caption = (
        f"{draws} imitated evaluations of each size, their problems drawn with replacement from {pool}; bars hold 95 % "
        "of them. The order flips where the best run on all problems is not the single best on these."
    )
    return styled(figure, "The ranking moves with the number of problems", caption, height=440)
