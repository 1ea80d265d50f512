"""`vote_lab`: one problem, its recorded chains, and who wins when k of them vote at a temperature.

A thin view over `srm_lab.vote_trials` and `figures.votes`: no model is loaded, and a change is drawn in well under a
tenth of a second. Under each answer stand the chains that voted for it, the first wrong step of each marked; text of a
model reaches the page escaped, always. Left out: weights, which a table of the notebook compares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import ipywidgets as w

from ..figures.votes import curve_values, interval_arms, vote_curves
from ..records import Problem
from ..tasks import TASKS
from ..tasks.worked import first_wrong
from ..vote_trials import FATES, Ballot, RecordedVotes, fate, own_curve, tally, winner
from .figure_view import figure_view
from .render import badge, escape
from .style import STYLE

KS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SHOWN_ANSWERS, SHOWN_CHAINS = 7, 6
NOTE = (
    "Everything here was drawn beforehand; a change only counts again. Does nothing change? Then there is no kernel "
    "behind this page."
)
_LOOK = """<style>
.srm-live .srm-answer { border-top: 1px solid var(--srm-line); }
.srm-live .srm-answer > summary { display: grid; grid-template-columns: 1em minmax(3.5em, max-content) 1fr 4.5em 5.5em;
  gap: 8px; align-items: center; width: auto; color: var(--srm-text); font-size: 14px; line-height: 2; }
.srm-live .srm-answer > summary::before { content: "▸"; color: var(--srm-soft); }
.srm-live .srm-answer[open] > summary::before { content: "▾"; }
.srm-live .srm-answer .srm-vote-track { height: 12px; }
.srm-live .srm-answer.srm-wins .srm-vote-track span { background: var(--srm-wrong); }
.srm-live .srm-answer.srm-of-right .srm-vote-track span { background: var(--srm-right); }
.srm-live .srm-answer ul { margin: 0 0 8px; padding: 0 0 0 1.6em; list-style: none; }
.srm-live .srm-answer li { font-family: var(--jp-code-font-family, monospace); font-size: 13px; line-height: 1.6;
  overflow-wrap: anywhere; unicode-bidi: isolate; }
.srm-live .srm-answer li .srm-after { opacity: .55; }
.srm-live .srm-said { margin: 8px 0; }
</style>"""


def vote_lab(recorded: RecordedVotes, model: str, temperature: float) -> VoteLab:
    """A widget: choose a problem, a temperature and a number of votes; see the tally, the chains and the curve.

    recorded: from `load_votes`.  model: the one whose chains vote.  temperature: where the slider stands at first;
    problems are sorted by what becomes of them there. Raises SrmLabError where that was not recorded.
    """
    recorded.chains(model, temperature)
    return VoteLab(recorded, model, temperature)


def tally_html(problem: Problem, voting: Sequence[Ballot]) -> str:
    """The answers of these chains, the winner first, each with its bar and, folded away, the chains behind it."""
    votes, best = tally(voting), winner(voting)
    order = sorted(votes, key=lambda answer: (best is None or answer != best.answer, -votes[answer]))
    rows = [_answer(problem, answer, [c for c in voting if c.answer == answer], voting, best) for answer in order]
    silent = [chain for chain in voting if chain.answer is None]
    rows, more = rows[:SHOWN_ANSWERS], rows[SHOWN_ANSWERS:]
    if more:
        rows.append(f'<p class="srm-quiet">and {len(more)} more answers with fewer votes</p>')
    if silent:
        rows.append(_answer(problem, "no answer", silent, voting, best))
    return f'<div role="list" aria-label="the votes">{"".join(rows)}</div>'


def _answer(problem: Problem, name: str, mine: Sequence[Ballot], voting: Sequence[Ballot], best: Ballot | None) -> str:
    right = any(chain.right for chain in mine)
    wins = best is not None and mine[0].answer == best.answer
    label = badge("right", "✓ right") if right else badge("wrong", "✗ wrong") if mine[0].answer else ""
    texts = list(dict.fromkeys(chain.text for chain in mine))
    counts = [sum(chain.text == text for chain in mine) for text in texts]
    items = [f"<li>{chain_html(problem, text)} {_times(n)}</li>" for text, n in zip(texts, counts)][:SHOWN_CHAINS]
    if len(texts) > SHOWN_CHAINS:
        items.append(f'<li class="srm-quiet">and {len(texts) - SHOWN_CHAINS} other ways to the same answer</li>')
    kinds = "srm-answer" + " srm-wins" * wins + " srm-of-right" * right
    shown = escape(name if len(name) <= 18 else f"{name[:16]}…")
    return (
        f'<details class="{kinds}" role="listitem"{" open" * wins}><summary><span class="srm-vote-name">{shown}</span>'
        f'<span class="srm-vote-track"><span style="width:{100 * len(mine) / len(voting):.1f}%"></span></span>'
        f'<span class="srm-vote-count">{len(mine)} of {len(voting)}</span>{label}</summary>'
        f"<ul>{''.join(items)}</ul></details>"
    )


def _times(count: int) -> str:
    return f'<span class="srm-quiet">× {count}</span>' if count > 1 else ""


def chain_html(problem: Problem, text: str) -> str:
    """A chain with its first wrong step marked; what follows it is paler."""
    labels = TASKS[problem.task].check_steps(problem, text)
    at = first_wrong(labels)
    if at is None:
        return escape(text)
    start, stop = labels[at].span
    return (
        f'{escape(text[:start])}<mark title="{escape(labels[at].reason)}">{escape(text[start:stop])}</mark>'
        f'<span class="srm-after">{escape(text[stop:])}</span>'
    )


def said_html(problem: Problem, voting: Sequence[Ballot], chains: Sequence[Ballot]) -> str:
    """What came out, in sentences: this vote, and all votes of as many of the recorded chains."""
    best, k, right = winner(voting), len(voting), sum(chain.right for chain in chains)
    if best is None:
        outcome = "Nobody voted: no chain has an answer."
    else:
        label = badge("right", "✓ right") if best.right else badge("wrong", "✗ wrong")
        outcome = f"{'One chain says' if k == 1 else f'The vote of {k} says'} <b>{escape(best.answer)}</b> {label}"
    often = 100 * own_curve(chains)[k - 1]
    return (
        f'<div class="srm-problem"><p>{escape(problem.question)}</p><span class="srm-quiet">Reference: '
        f'{escape(problem.answer)}</span></div><p class="srm-said">{outcome}</p>'
        f'<p class="srm-quiet">{right} of all {len(chains)} recorded chains are right. Over all ways to choose {k} of '
        f"them, the vote is right in {often:.0f} % of cases.</p>"
    )


class VoteLab(w.VBox):
    """The lab's widget; see `vote_lab`."""

    def __init__(self, recorded: RecordedVotes, model: str, temperature: float):
        self.recorded, self.model_name, self._turn, self._filling = recorded, model, 0, False
        warm = [at for at in recorded.temperatures(model) if at > 0]
        self._curves = {at: self._count(at) for at in warm}  # here, so that every later change only draws
        self._fates = [fate(chains) for chains in recorded.chains(model, temperature)]
        wide = {"description_width": "initial"}
        kinds = [f for f in FATES if f in self._fates]
        start = FATES[1] if FATES[1] in kinds else kinds[0]
        self.kind = w.Dropdown(
            options=[("all problems", ""), *((k, k) for k in kinds)], value=start, style=wide,
            description=f"At temperature {temperature:g}", layout={"width": "320px"},
        )  # fmt: skip
        self.problem = w.Dropdown(description="Problem", style=wide, layout={"width": "260px"})
        self.following = w.Button(description="Next problem", icon="chevron-right", layout={"width": "150px"})
        self.temperature = w.SelectionSlider(
            options=[(f"{at:g}", at) for at in warm], value=temperature, description="Temperature", style=wide,
            layout={"width": "300px"},
        )  # fmt: skip
        self.votes = w.SelectionSlider(
            options=[1], description="Chains that vote", style=wide, layout={"width": "320px"}
        )
        self.others = w.Button(description="Other chains", icon="random", layout={"width": "150px"})
        self.said, self.tally = w.HTML(layout={"width": "100%"}), w.HTML(layout={"width": "100%"})
        self._fill_problems()
        self._fill_votes()
        view = figure_view(self._first_figure())  # drawn as it stands: a change before it is on the page would be lost
        self.figure = view.figure
        super().__init__(self._boxes(view))
        self.add_class("srm-live")
        self._listen()
        self._draw()

    def _boxes(self, view: w.Widget) -> list[w.Widget]:
        row = {"display": "flex", "flex_flow": "row wrap", "width": "100%", "align_items": "center"}
        asked = w.Box([self.kind, self.problem, self.following], layout=row)
        counted = w.Box([self.temperature, self.votes, self.others], layout=row)
        left = w.VBox([self.said, self.tally], layout={"flex": "1 1 340px", "min_width": "0", "width": "auto"})
        right = w.Box([view], layout={"flex": "1 1 420px", "min_width": "0", "width": "auto"})
        sides = w.Box([left, right], layout={**row, "align_items": "flex-start"})
        for box in (asked, counted, sides):
            box.add_class("srm-row")
        return [w.HTML(STYLE + _LOOK), w.HTML(f'<div class="srm-quiet">{NOTE}</div>'), asked, counted, sides]

    def _listen(self) -> None:
        self.kind.observe(lambda change: self._draw(self._fill_problems), "value")
        self.temperature.observe(lambda change: self._draw(self._fill_votes), "value")
        for box in (self.problem, self.votes):
            box.observe(lambda change: self._draw(), "value")
        self.following.on_click(lambda button: self._next())
        self.others.on_click(lambda button: self._shuffle())

    def _count(self, temperature: float):
        """What the figure draws of a temperature: one chain, votes, at least one right."""
        rows = self.recorded.chains(self.model_name, temperature)
        ks = [k for k in KS if k <= min(map(len, rows))]
        counted = (self.recorded.votes, self.recorded.ceiling)
        one = self.recorded.one(self.model_name, temperature)
        return one, *(count(self.model_name, temperature, ks) for count in counted)

    def _fill_problems(self) -> None:
        """The problems of the chosen kind, easy ones first; keeps the problem where it is among them."""
        of_kind = [i for i, found in enumerate(self._fates) if self.kind.value in ("", found)]
        problems = self.recorded.problems
        of_kind.sort(key=lambda i: problems[i].metadata["difficulty"])
        before, self._filling = self.problem.value, True
        self.problem.options = [(problems[i].question, i) for i in of_kind]
        self.problem.value = before if before in of_kind else of_kind[0]
        self._filling = False

    def _fill_votes(self) -> None:
        """The numbers of votes that were recorded at this temperature; keeps the nearest."""
        ks = [estimate.k for estimate in self._curves[self.temperature.value][1]]
        before, self._filling = self.votes.value, True
        if list(self.votes.options) != ks:
            self.votes.options = ks
            self.votes.value = min(ks, key=lambda k: abs(k - (before if before > 1 else 8)))
        self._filling = False

    def _next(self) -> None:
        places = [value for _, value in self.problem.options]
        self.problem.value = places[(places.index(self.problem.value) + 1) % len(places)]

    def _shuffle(self) -> None:
        self._turn += 1
        self._draw()

    def _draw(self, fill: Callable[[], None] | None = None) -> None:
        if self._filling:
            return
        if fill:
            fill()
        problem, chains = self.recorded.problems[self.problem.value], self.chains
        voting = (Random(self._turn).sample(chains, len(chains)) if self._turn else chains)[: self.votes.value]
        self.said.value = said_html(problem, voting, chains)
        self.tally.value = tally_html(problem, voting)
        self._draw_curves()

    @property
    def chains(self) -> Sequence[Ballot]:
        """Those of the chosen problem and temperature."""
        return self.recorded.chains(self.model_name, self.temperature.value)[self.problem.value]

    @property
    def _title(self) -> str:
        return f"All {len(self.recorded.problems)} problems, temperature {self.temperature.value:g}"

    def _own(self) -> list[float]:
        """How often a vote on the chosen problem is right, at the numbers of votes on the slider."""
        curve = own_curve(self.chains)
        return [curve[k - 1] for k in self.votes.options]

    def _first_figure(self):
        curves = self._curves[self.temperature.value]
        return vote_curves(*curves, self._title, own=self._own(), chosen=self.votes.value)

    def _draw_curves(self) -> None:
        one, votes, ceiling = self._curves[self.temperature.value]
        ks, k = list(self.votes.options), self.votes.value
        heights = curve_values(one, votes, ceiling, self._own())
        with self.figure.batch_update():  # one message to the page, and no new figure
            self.figure.layout.title.text = self._title
            self.figure.layout.xaxis.tickvals, self.figure.layout.xaxis.ticktext = ks, [str(at) for at in ks]
            for trace, values in zip(self.figure.data, heights):
                trace.x, trace.y = ks, values
            for trace, estimates in zip(self.figure.data, (ceiling, votes)):
                trace.error_y.array, trace.error_y.arrayminus = interval_arms(estimates)
            ring = self.figure.data[-1]
            ring.x, ring.y = [k], [heights[1][ks.index(k)]]
