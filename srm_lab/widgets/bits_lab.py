"""`bits_lab`: bits, group, method, difficulty and votes, answered at once from recorded chains.

A thin view over `srm_lab.compress.recorded`: no model is loaded, and a change is drawn in well under a tenth of a
second. The example shows a chain with its first wrong step marked; text of a model reaches the page escaped, always.
Left out: what was not recorded. The boxes offer only what there is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import ipywidgets as w

from ..compress.judged import Judged
from ..compress.recorded import Cell, Recorded
from ..errors import SrmLabError
from ..records import Problem, Proportion
from ..scoring.statistics import Estimate
from ..tasks.arithmetic import check_steps
from .render import badge, escape, interval
from .style import STYLE

METHODS = {
    "rtn": "round to nearest",
    "nf4": "NF4",
    "gptq": "GPTQ",
    "awq": "AWQ",
    "w8a8": "8 bits, inputs too",
    "kv": "KV cache",
    "float16": "none (16 bits)",
}
NOTE = (
    "Everything here was drawn beforehand; a change only counts again. Does nothing change? Then there is no kernel "
    "behind this page."
)
_LOOK = """<style>
.srm-live .srm-scroll-x { overflow-x: auto; }
.srm-live .srm-steps { font-family: var(--jp-code-font-family, monospace); font-size: 15px; line-height: 1.8;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.srm-live .srm-steps .srm-after { opacity: .55; }
.srm-live .srm-facts { border-collapse: collapse; font-size: 14px; border: 0; margin: 6px 0; width: 100%;
  max-width: 760px; }
.srm-live .srm-facts th, .srm-live .srm-facts td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0;
  border: 0; border-top: 1px solid var(--srm-line); background: none; color: var(--srm-text);
  font-variant-numeric: tabular-nums; }
.srm-live .srm-facts thead th { border-top: 0; font-size: 12px; color: var(--srm-soft); font-weight: 600; }
.srm-live .srm-facts tbody th { font-weight: 600; }
</style>"""


def bits_lab(recorded: Recorded) -> BitsLab:
    """A widget over recorded chains: choose a model, a scheme, a difficulty and a number of votes.

    recorded: from `load_recorded`. Raises SrmLabError where it holds no chains.
    """
    if not recorded.cells:
        raise SrmLabError("The bits lab needs recorded chains.", "There are none.", "See load_recorded().")
    return BitsLab(recorded)


def facts_html(rows: Iterable[str]) -> str:
    """Rows of `row_html` as a table."""
    names = ("", "right answers, 0 to 100 %", "memory", "tokens a problem", "cut off", "repeat a step")
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    table = f'<table class="srm-facts"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="srm-scroll-x">{table}</div>'


def row_html(recorded: Recorded, cell: Cell, votes: int, difficulty: int | None) -> str:
    """A cell in numbers: accuracy of the vote with its interval, cost, length, truncation and repetition."""
    vote = recorded.votes(cell, difficulty, [votes])[0]
    words = f"{100 * vote.value:.1f} % [{100 * vote.low:.1f} to {100 * vote.high:.1f}]"
    cut = recorded.share(cell, lambda chain: not chain.finished, difficulty)
    twice = recorded.share(cell, lambda chain: chain.repeats, difficulty)
    tokens = recorded.tokens(cell, difficulty)
    return (
        f'<tr><th scope="row">{escape(cell.scheme.name)}<div class="srm-quiet">{escape(cell.model)}</div></th>'
        f"<td>{interval(_as_proportion(vote))}<div>{words}</div></td>"
        f"<td>{recorded.memory(cell, votes, difficulty) / 1000:,.0f} kB</td>"
        f'<td>{votes * tokens:.0f}<div class="srm-quiet">{tokens:.1f} a chain</div></td>'
        f"<td>{100 * cut.rate:.1f} %</td><td>{100 * twice.rate:.1f} %</td></tr>"
    )


def _as_proportion(estimate: Estimate) -> Proportion:
    """For the drawing of an interval, which asks for rate, low and high."""
    return Proportion(estimate.value * estimate.n, estimate.n, estimate.low, estimate.high)


def example_html(problem: Problem, chain: Judged) -> str:
    """A problem and one chain, its first wrong step marked and explained; what follows it is paler."""
    wrong = _first_wrong(problem, chain)
    if wrong is None:
        steps, why = escape(chain.text), "Every step follows."
    else:
        start, stop = wrong.span
        steps = (
            f"{escape(chain.text[:start])}<mark>{escape(chain.text[start:stop])}</mark>"
            f'<span class="srm-after">{escape(chain.text[stop:])}</span>'
        )
        why = f"First wrong step: number {chain.wrong_at + 1}, {chain.wrong}. {wrong.reason}"
    kind, words = ("right", "✓ right") if chain.right else ("wrong", "✗ wrong")
    label = badge(kind, words) if chain.finished else badge("open", "… cut off")
    return (
        f'<div class="srm-problem"><p>{escape(problem.question)}</p>'
        f'<span class="srm-quiet">Reference: {escape(problem.answer)}</span></div>'
        f'<p class="srm-steps">{steps}</p><p>{label} {escape(why)}</p>'
    )


def _first_wrong(problem: Problem, chain: Judged):
    return None if chain.wrong_at is None else check_steps(problem, chain.text)[chain.wrong_at]


def examples(recorded: Recorded, cell: Cell, difficulty: int | None) -> list[tuple[Problem, Judged]]:
    """The first chain of each problem, those with a wrong step before the others."""
    pairs = [(recorded.problems[i], cell.chains[i][0]) for i in recorded.where(difficulty)]
    return sorted(pairs, key=lambda pair: pair[1].wrong_at is None)


class BitsLab(w.VBox):
    """The lab's widget; see `bits_lab`."""

    def __init__(self, recorded: Recorded):
        self.recorded, self._filling, self._turn = recorded, False, 0
        self._row = functools.cache(lambda *key: row_html(recorded, recorded.cells[key[:2]], *key[2:]))
        for model, scheme in recorded.cells:
            self._row(model, scheme, 1, None)  # counted once here: every later change only draws
        self.model = _box("Model", dict.fromkeys(model for model, _ in recorded.cells))
        self.method, self.bits, self.group = _box("Method"), _box("Bits"), _box("Group")
        difficulties = sorted({problem.metadata["difficulty"] for problem in recorded.problems})
        self.difficulty = _box("Operations")
        self.difficulty.options = [("all", 0), *((str(level), level) for level in difficulties)]
        self.difficulty.value = 0
        self.votes = w.IntSlider(value=1, min=1, max=1, description="Votes", layout={"width": "320px"})
        self.another = w.Button(description="Another example", icon="refresh", layout={"width": "180px"})
        self.facts, self.example = w.HTML(layout={"width": "100%"}), w.HTML(layout={"width": "100%"})
        for box in (self.model, self.method, self.bits):
            box.observe(lambda change: self._refill(), "value")
        for box in (self.group, self.difficulty, self.votes):
            box.observe(lambda change: self._draw(), "value")
        self.another.on_click(lambda button: self._next())
        row = {"flex_flow": "row wrap"}
        chosen = w.HBox([self.model, self.method, self.bits, self.group], layout=row)
        asked = w.HBox([self.difficulty, self.votes, self.another], layout=row)
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        super().__init__([w.HTML(STYLE + _LOOK), note, chosen, asked, self.facts, self.example])
        self.add_class("srm-live")
        self._refill()

    @property
    def cell(self) -> Cell:
        """What the boxes say."""
        return self._cells()[self.method.value, self.bits.value, self.group.value]

    def _cells(self) -> dict[tuple[str, int, int], Cell]:
        """Of the chosen model, those that the boxes can tell apart."""
        return {
            (scheme.method, scheme.bits, scheme.group): cell
            for (model, scheme), cell in self.recorded.cells.items()
            if model == self.model.value and not scheme.layers and scheme.calibration in ("", "chains")
        }

    def _refill(self) -> None:
        """Offers the methods of the model, the bits of the method, the groups of both; keeps what can be kept."""
        if self._filling:
            return
        self._filling = True
        known = list(self._cells())
        methods = [m for m in METHODS if m in {method for method, _, _ in known}]
        _offer(self.method, [(METHODS[m], m) for m in methods])
        bits = sorted({b for method, b, _ in known if method == self.method.value})
        _offer(self.bits, [(f"{b} bits", b) for b in bits])
        chosen = (self.method.value, self.bits.value)
        groups = sorted({g for *scheme, g in known if tuple(scheme) == chosen}, reverse=True)  # rows of 0 come last
        none = "none" if self.method.value in ("float16", "kv") else "a row"
        _offer(self.group, [(str(g) if g else none, g) for g in groups])
        self._filling = False
        self._draw()

    def _next(self) -> None:
        self._turn += 1
        self._draw()

    def _draw(self) -> None:
        if self._filling:
            return
        cell, difficulty = self.cell, self.difficulty.value or None
        whole = self.recorded.cell(self.model.value)
        self._filling = True  # some schemes have fewer chains, so that fewer can vote
        self.votes.max = min(len(chains) for each in (cell, whole) for chains in each.chains)
        self._filling = False
        shown = dict.fromkeys((cell.scheme, whole.scheme))
        self.facts.value = facts_html(self._row(cell.model, each, self.votes.value, difficulty) for each in shown)
        pairs = examples(self.recorded, cell, difficulty)
        self.example.value = example_html(*pairs[self._turn % len(pairs)])


def _box(name: str, options: Iterable[str] = ()) -> w.Dropdown:
    return w.Dropdown(
        options=list(options), description=name, layout={"width": "240px"}, style={"description_width": "80px"}
    )


def _offer(box: w.Dropdown, options: Sequence[tuple[str, object]]) -> None:
    """New options; the old value stays where it is among them, else the nearest number or the first."""
    before, values = box.value, [value for _, value in options]
    box.options = options
    if before in values:
        box.value = before
    else:
        box.value = min(values, key=lambda v: abs(v - before)) if isinstance(before, int) else values[0]
