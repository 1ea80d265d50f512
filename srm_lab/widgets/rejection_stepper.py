"""`rejection_stepper`: rejection sampling one chain at a time: what is kept, what is dropped, and why.

A thin view over chains that `draw_chains` drew and `sift` sifted. Only the answer decides about a chain; where a task
knows its steps, they are checked as well, so that a kept chain with a wrong step can be seen. Text of a model reaches
the page escaped, always. Left out: drawing, and learning from what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as w

from ..errors import SrmLabError
from ..tasks import TASKS
from ..tasks.worked import first_wrong
from ..training.rejection import Sifted, count_fates
from .render import badge, chain_text, escape
from .style import STYLE

BADGES = {
    "kept": ("right", "✓ kept"),
    "repeated": ("plain", "○ dropped: a repetition"),
    "enough": ("plain", "○ dropped: enough"),
    "wrong": ("wrong", "✗ dropped: wrong"),
    "unfinished": ("open", "… dropped: unfinished"),
}
EVERY, SOLVED, UNSOLVED, LUCKY = "all problems", "with a kept chain", "without a kept chain", "kept with a wrong step"
NOTE = "Guess before you step. Does nothing change? Then there is no kernel behind this page."
_LOOK = """<style>
.srm-live .srm-sifted { border: 1px solid var(--srm-line); border-radius: 4px; padding: 6px 10px; margin: 6px 0; }
.srm-live .srm-sifted .srm-text { font-family: var(--jp-code-font-family, monospace); margin: 2px 0; }
.srm-live .srm-sifted .srm-slip { text-decoration: underline wavy var(--srm-wrong) 2px; text-underline-offset: 3px; }
.srm-live .srm-sifted-head { display: flex; flex-wrap: wrap; gap: 2px 10px; font-size: 12px; color: var(--srm-soft); }
.srm-live .srm-hidden-chain { border-style: dashed; color: var(--srm-soft); font-size: 13px; }
.srm-live .srm-sums { font-size: 13px; color: var(--srm-soft); margin-top: 6px; font-variant-numeric: tabular-nums; }
</style>"""


def rejection_stepper(groups: Sequence[Sequence[Sifted]]) -> RejectionStepper:
    """A widget over sifted chains, a group a problem: choose a problem, then let one chain after the other be judged.

    Raises SrmLabError where there are no chains.
    """
    groups = [list(group) for group in groups if group]
    if not groups:
        raise SrmLabError("The stepper needs sifted chains.", "There are none.", "Pass [sift(c, 4) for c in drawn].")
    return RejectionStepper(groups)


def wrong_step(one: Sifted) -> tuple[tuple[int, int], str] | None:
    """(span, reason) of a chain's first wrong step, its answer included; None where all follow or none is known."""
    task = TASKS.get(one.chain.problem.task)
    if task is None or task.check_steps is None or one.fate == "unfinished":
        return None
    steps = task.check_steps(one.chain.problem, one.chain.text)
    at = first_wrong(steps)
    return None if at is None else (steps[at].span, steps[at].reason)


def lucky(one: Sifted) -> bool:
    """Whether a chain is kept although one of its steps is wrong."""
    return one.fate == "kept" and wrong_step(one) is not None


def chain_html(one: Sifted, number: int) -> str:
    """A judged chain: its fate, its text with the first wrong step underlined, and the reasons."""
    wrong = wrong_step(one)
    text, note = chain_text(one.chain.text, one.chain.verdict.span if wrong is None else None), ""
    if wrong is not None:
        (start, end), reason = wrong
        parts = one.chain.text[:start], one.chain.text[start:end], one.chain.text[end:]
        before, bad, after = (chain_text(part) if part else "" for part in parts)
        text, note = f'{before}<span class="srm-slip">{bad}</span>{after}', f" First wrong step: {reason}"
    words = f"{one.reason}{note}" + (" Nobody looked: only the answer counts." if lucky(one) else "")
    head = f'<div class="srm-sifted-head"><span>Chain {number}</span>{badge(*BADGES[one.fate])}</div>'
    why = f'<div class="srm-quiet">{escape(words)}</div>'
    return f'<div class="srm-sifted" data-fate="{one.fate}">{head}<div class="srm-text">{text}</div>{why}</div>'


def group_html(group: Sequence[Sifted], shown: int) -> str:
    """A problem and its chains: the first `shown` are judged, the others wait."""
    problem = group[0].chain.problem
    answer = f'<span class="srm-quiet">Reference: {escape(problem.answer)}</span>'
    cards = [chain_html(one, number) for number, one in enumerate(group[:shown], 1)]
    waiting = len(group) - len(cards)
    if waiting:
        words = f"{waiting} more chain{'s' if waiting > 1 else ''} not judged yet"
        cards.append(f'<div class="srm-sifted srm-hidden-chain">{words}</div>')
    return f'<div class="srm-problem"><p>{escape(problem.question)}</p>{answer}</div>{"".join(cards)}'


def sums_html(groups: Sequence[Sequence[Sifted]]) -> str:
    """What became of the chains of all problems, and how many of the kept ones have a wrong step."""
    counts, kept_badly = count_fates(groups), sum(lucky(one) for group in groups for one in group)
    total, solved = sum(counts.values()), sum(any(one.fate == "kept" for one in group) for group in groups)
    fates = ", ".join(f"{count:,} {fate}" for fate, count in counts.items() if count)
    return (
        f'<div class="srm-sums">All {len(groups):,} problems, {total:,} chains: {fates}. '
        f"{solved:,} problems have a kept chain; {kept_badly:,} kept chains have a wrong step.</div>"
    )


def chosen(groups: Sequence[Sequence[Sifted]], which: str) -> list[int]:
    """The numbers of the groups that a choice of the list shows."""
    tests = {
        EVERY: lambda group: True,
        SOLVED: lambda group: any(one.fate == "kept" for one in group),
        UNSOLVED: lambda group: not any(one.fate == "kept" for one in group),
        LUCKY: lambda group: any(map(lucky, group)),
    }
    return [i for i, group in enumerate(groups) if tests[which](group)]


class RejectionStepper(w.VBox):
    """The stepper's widget; see `rejection_stepper`. shown: chains of the problem that are judged already."""

    def __init__(self, groups: Sequence[Sequence[Sifted]]):
        self.groups, self.shown, self._filling = list(groups), 0, False
        kinds = [which for which in (EVERY, SOLVED, UNSOLVED, LUCKY) if chosen(self.groups, which)]
        wide = w.Layout(width="100%")
        self.which = w.Dropdown(options=kinds, description="Show", layout=w.Layout(width="270px"))
        self.problem = w.Dropdown(description="Problem", layout=w.Layout(width="300px"))
        self.step = w.Button(description="Judge the next chain", icon="step-forward", button_style="primary")
        self.all = w.Button(description="Judge all", icon="fast-forward", layout=w.Layout(width="120px"))
        self.following = w.Button(description="Next problem", icon="chevron-right", layout=w.Layout(width="140px"))
        self.step.layout.width = "190px"
        self.view = w.HTML(layout=wide)
        self.which.observe(lambda change: self._fill(), "value")
        self.problem.observe(lambda change: self._show(0), "value")
        self.step.on_click(lambda button: self._show(self.shown + 1))
        self.all.on_click(lambda button: self._show(len(self._group)))
        self.following.on_click(lambda button: self._next())
        rows = [
            w.HBox(row, layout=w.Layout(flex_flow="row wrap"))
            for row in ([self.which, self.problem], [self.step, self.all, self.following])
        ]
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        super().__init__([w.HTML(STYLE + _LOOK), note, *rows, self.view, w.HTML(sums_html(self.groups), layout=wide)])
        self.add_class("srm-live")
        self._fill()

    @property
    def _group(self) -> Sequence[Sifted]:
        return self.groups[self.problem.value]

    def _fill(self) -> None:
        """Another choice has other problems; observers are not told of the values in between."""
        self._filling = True
        shown = chosen(self.groups, self.which.value)
        self.problem.options = [(f"{i + 1}: {self.groups[i][0].chain.problem.question[:40]}", i) for i in shown]
        self.problem.value = shown[0]
        self._filling = False
        self._show(0)

    def _next(self) -> None:
        """The next problem of the list, after the last one the first."""
        numbers = [number for _, number in self.problem.options]
        self.problem.value = numbers[(numbers.index(self.problem.value) + 1) % len(numbers)]

    def _show(self, shown: int) -> None:
        if self._filling:
            return
        self.shown = min(shown, len(self._group))
        self.view.value = group_html(self._group, self.shown)
        self.step.disabled = self.all.disabled = self.shown == len(self._group)
