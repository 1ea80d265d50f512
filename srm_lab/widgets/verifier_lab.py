"""`verifier_lab`: a verifier, its noise and N chains: what the best of them is worth, answered at once.

A thin view over `srm_lab.verifier_trials` and `figures.verifiers`: no model is loaded, and a change is drawn in about a
twentieth of a second. Under the curves stand the chains of one problem in the verifier's order, the first wrong step of
each marked; text of a model reaches the page escaped, always. Left out: noise in single steps, and real judges, of
which too few pairs can be had at once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import ipywidgets as w
import numpy as np

from ..figures.verifiers import arms, best_of_curves, heights
from ..records import Problem
from ..scoring.statistics import Estimate, paired_bootstrap
from ..verifier_trials import LIKELIHOOD, ORACLE, RecordedVerifiers
from ..vote_trials import Ballot
from .figure_view import figure_view
from .render import badge, escape
from .style import STYLE
from .vote_lab import chain_html

KS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128)
DRAWS, SHOWN = 200, 6  # resamples of the interval at each N; chains shown
NOTE = (
    "Everything here was drawn and scored beforehand; a change only counts again. Does nothing change? Then there is "
    "no kernel behind this page."
)
_LOOK = """<style>
.srm-live .srm-ranked { display: grid; grid-template-columns: 5em minmax(40px, 90px) 1fr max-content; gap: 2px 10px;
  align-items: center; font-size: 13px; padding: 3px 0; border-top: 1px solid var(--srm-line); }
.srm-live .srm-ranked code { font-family: var(--jp-code-font-family, monospace); overflow-wrap: anywhere;
  background: none; color: var(--srm-text); unicode-bidi: isolate; }
.srm-live .srm-ranked .srm-after { opacity: .55; }
.srm-live .srm-said { margin: 8px 0; font-size: 15px; }
</style>"""


def verifier_lab(recorded: RecordedVerifiers) -> VerifierLab:
    """A widget: choose a verifier, how often it is wrong, N and a problem.  recorded: from `load_verifiers`."""
    return VerifierLab(recorded)


def choices(recorded: RecordedVerifiers) -> list[tuple[str, tuple[str, str]]]:
    """What the first box offers: (words, (verifier, aggregate)); an outcome verifier has one score only."""
    found = [("the oracle: knows the answer", (ORACLE, "last")), ("the likelihood: no verifier", (LIKELIHOOD, "last"))]
    for name, rows in recorded.steps.items():
        one = all(len(steps) <= 1 for texts in rows for steps in texts.values())
        ways = ("last",) if one else ("min", "product", "last")
        found += [(name if one else f"{name}, {way}", (name, way)) for way in ways]
    return found


def said_html(n: int, name: str, best: Sequence[bool], voted: Sequence[bool], wrong: float) -> str:
    """Best-of-N against the plain vote on the same chains, one draw, as a sentence."""
    difference, low, high = paired_bootstrap(voted, best, draws=1000)
    a, b = (100 * sum(each) / len(each) for each in (voted, best))
    says = "beats" if low > 0 else "loses to" if high < 0 else "cannot be told from"
    noise = f", wrong once in {1 / wrong:.3g} times," if wrong else ""
    return (
        f'<p class="srm-said">The first {n} chains of each problem: best by <b>{escape(name)}</b>{noise} is right in '
        f"{b:.1f} %, their plain vote in {a:.1f} %. It {says} the vote: {100 * difference:+.1f} points "
        f"[{100 * low:.1f}, {100 * high:.1f}].</p>"
    )


def ranked_html(problem: Problem, chains: Sequence[Ballot], scores: Sequence[float]) -> str:
    """The first chains of a problem in the order of their scores; equal texts stand once."""
    seen: dict[str, tuple[float, Ballot, int]] = {}
    for score, chain in zip(scores, chains):
        old = seen.get(chain.text)
        seen[chain.text] = (score, chain, old[2] + 1 if old else 1)
    order = sorted(seen.values(), key=lambda row: -row[0])
    rows = [_ranked(problem, *row, first=i == 0) for i, row in enumerate(order[:SHOWN])]
    best = next((i for i, (_, chain, _) in enumerate(order) if chain.right), None)
    if best is not None and best >= SHOWN:
        rows.append(f'<p class="srm-quiet">… the first right chain has place {best + 1}</p>')
        rows.append(_ranked(problem, *order[best], first=False))
    more = len(order) - SHOWN
    tail = f'<p class="srm-quiet">{more} more different chains follow</p>' if more > 0 else ""
    none = '<p class="srm-quiet">No chain is right here, so that no verifier could help.</p>' if best is None else ""
    return (
        f'<div class="srm-problem"><p>{escape(problem.question)}</p><span class="srm-quiet">Reference: '
        f"{escape(problem.answer)}</span></div>{''.join(rows)}{tail}{none}"
    )


def _ranked(problem: Problem, score: float, chain: Ballot, count: int, first: bool) -> str:
    label = badge("right", "✓ right") if chain.right else badge("wrong", "✗ wrong")
    label = label if chain.finished else badge("open", "… cut off")
    times = f' <span class="srm-quiet">× {count}</span>' if count > 1 else ""
    shown = f"{100 * score:.1f} %" if np.isfinite(score) else "no score"
    width = 100 * score if np.isfinite(score) else 0
    return (
        f'<div class="srm-ranked">{"<b>" if first else ""}<span>{shown}</span>{"</b>" if first else ""}'
        f'<span class="srm-vote-track"><span style="width:{width:.1f}%"></span></span>'
        f"<code>{chain_html(problem, chain.text)}{times}</code>{label}</div>"
    )


class VerifierLab(w.VBox):
    """The lab's widget; see `verifier_lab`."""

    def __init__(self, recorded: RecordedVerifiers):
        self.recorded, self._turn = recorded, 0
        chains = recorded.right.shape[1]
        self.ks = [k for k in KS if k <= chains]
        self._fixed = functools.cache(self._count_fixed)
        wide = {"description_width": "initial"}
        options = choices(recorded)
        self.verifier = w.Dropdown(
            options=options, value=options[min(2, len(options) - 1)][1], description="Verifier", style=wide,
            layout={"width": "300px"},
        )  # fmt: skip
        self.wrong = w.FloatSlider(
            value=0, min=0, max=0.5, step=0.01, description="Turned round", readout_format=".0%", style=wide,
            layout={"width": "340px"},
        )  # fmt: skip
        self.n = w.SelectionSlider(
            options=self.ks, value=min(16, self.ks[-1]), description="N chains", style=wide, layout={"width": "300px"}
        )
        levels = sorted({problem.metadata["difficulty"] for problem in recorded.problems})
        self.level = w.Dropdown(
            options=[("all", 0), *((str(level), level) for level in levels)], description="Operations", style=wide,
            layout={"width": "180px"},
        )  # fmt: skip
        self.following = w.Button(description="Next problem", icon="chevron-right", layout={"width": "150px"})
        self.said, self.ranked = w.HTML(layout={"width": "100%"}), w.HTML(layout={"width": "100%"})
        view = figure_view(self._first_figure())
        self.figure = view.figure
        super().__init__(self._boxes(view))
        self.add_class("srm-live")
        for box in (self.verifier, self.wrong, self.n, self.level):
            box.observe(lambda change: self._draw(), "value")
        self.following.on_click(lambda button: self._next())
        self._draw()

    def _boxes(self, view: w.Widget) -> list[w.Widget]:
        row = {"display": "flex", "flex_flow": "row wrap", "width": "100%", "align_items": "center"}
        first = w.Box([self.verifier, self.wrong], layout=row)
        second = w.Box([self.n, self.level, self.following], layout=row)
        for box in (first, second):
            box.add_class("srm-row")
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        return [w.HTML(STYLE + _LOOK), note, first, second, self.said, view, self.ranked]

    @property
    def where(self) -> list[int]:
        """Positions of the problems that are counted."""
        return self._where(self.level.value)

    def _where(self, level: int) -> list[int]:
        return self.recorded.votes.where(level) if level else list(range(len(self.recorded.problems)))

    @property
    def scores(self) -> np.ndarray:
        """Of every chain, by the chosen verifier with its noise."""
        return self.recorded.scores(*self.verifier.value, wrong=self.wrong.value)

    def _curves(self) -> list[Sequence[Estimate]]:
        """The five lines of figures.verifiers.LINES."""
        known, scores = self.recorded, self.scores
        ceiling, plain, one = self._fixed(self.level.value)
        best, weighted = (count(scores, self.ks, self.where, DRAWS) for count in (known.best_of, known.votes_by))
        return [ceiling, best, weighted, plain, one]

    def _count_fixed(self, level: int) -> tuple[Sequence[Estimate], ...]:
        """Of the problems of a level, what no verifier changes: at least one right, the plain vote, one chain."""
        known, where = self.recorded, self._where(level)
        perfect, flat = known.scores(ORACLE), np.where(known.finished, 0.5, -np.inf)  # flat: any of them is the best
        one = known.best_of(flat, [1], where, DRAWS) * len(self.ks)
        return known.best_of(perfect, self.ks, where, DRAWS), known.votes_by(flat, self.ks, where, DRAWS), one

    @property
    def _title(self) -> str:
        level = self.level.value
        problems = f"{len(self.where)} problems" + (f" of {level} operations" if level else "")
        return f"{self.recorded.model}, {problems}, {100 * self.wrong.value:.0f} % of scores turned round"

    def _first_figure(self):
        return best_of_curves(self._curves(), self._title, chosen=self.n.value)

    def _next(self) -> None:
        self._turn += 1
        self._draw_problem()

    def _draw(self) -> None:
        known, n, where = self.recorded, self.n.value, self.where
        scores = self.scores
        best, voted = known.picks(scores, n), known.voted(None, n)
        pairs = [(best[i], voted[i]) for i in where]
        self.said.value = said_html(n, self.verifier.label, *zip(*pairs), self.wrong.value)
        self._draw_figure()
        self._draw_problem()

    def _draw_figure(self) -> None:
        curves, n = self._curves(), self.n.value
        with self.figure.batch_update():  # one message to the page, and no new figure
            self.figure.layout.title.text = self._title
            for trace, estimates in zip(self.figure.data, curves):
                trace.y = heights(estimates)
            bars = self.figure.data[1].error_y
            bars.array, bars.arrayminus = arms(curves[1])
            ring = self.figure.data[-1]
            ring.x, ring.y = [n], [heights(curves[1])[self.ks.index(n)]]

    def _draw_problem(self) -> None:
        n, where = self.n.value, self.where
        mixed = [i for i in where if 0 < self.recorded.right[i, :n].sum() < n] or where
        i = mixed[self._turn % len(mixed)]
        self.ranked.value = ranked_html(self.recorded.problems[i], self.recorded.rows[i][:n], self.scores[i, :n])
