"""`tree_stepper`: searches over steps, replayed token by token, one alone or two side by side.

A thin view over the log in the searches' traces (`srm_lab.figures.search_replay`) and its picture
(`srm_lab.figures.tree_plot`): no model runs, and a change is drawn in well under a tenth of a second. Text of a model
reaches the page escaped, always. Left out: changing a search; run it again with other settings and pass both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import ipywidgets as w

from ..errors import SrmLabError
from ..evaluate import grade
from ..figures.search_replay import Moment, SeenNode, line, replay, stops
from ..figures.tree_layout import VIEWS
from ..figures.tree_plot import figure_of, first_view, picture, wrong_steps
from ..methods.search_log import KINDS, Event
from ..records import Problem, Solution
from .figure_view import figure_view
from .render import badge, chain_text, escape, tokens, verdict_of
from .style import STYLE

NONE = "none"
NOTE = (
    "Guess what comes next, then step. Click a node to read its chain; click it again to fold what grows from it. "
    "Does nothing change? Then there is no kernel behind this page."
)
KEY = (
    "Circle: goes on. Square: ended. Cross: cut off. Blue: worth much to the search, vermilion: little, grey: not "
    "looked at. Large: visited often. Thick line: the chain it would answer. Orange ring: the newest step. "
    "Grey ring: the one you clicked."
)
_LOOK = """<style>
.srm-live .srm-searches { gap: 12px; align-items: stretch; flex-flow: row wrap; }
.srm-live .srm-searches > .srm-search { flex: 1 1 430px; width: auto; min-width: 0; overflow-x: auto;
  border: 1px solid var(--srm-line); border-radius: 6px; padding: 8px 10px; margin: 0; }
.srm-live .srm-search h4 { margin: 0; font-size: 14px; font-weight: 600; }
.srm-live .srm-stand { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; font-size: 13px;
  font-variant-numeric: tabular-nums; margin: 2px 0; }
.srm-live .srm-done { font-size: 13px; margin: 2px 0; min-height: 2.9em; overflow-wrap: anywhere; }
.srm-live .srm-branch { font-family: var(--jp-code-font-family, monospace); font-size: 13px; margin: 2px 0;
  padding-left: 1.6em; overflow-wrap: anywhere; unicode-bidi: isolate; }
.srm-live .srm-branch li.srm-slip { text-decoration: underline wavy var(--srm-wrong) 2px; text-underline-offset: 3px; }
</style>"""


def tree_stepper(problem: Problem, searches: Mapping[str, Solution]) -> TreeStepper:
    """A widget over searches of one problem: a slider of generated tokens shows what each knew by then.

    searches: name -> solution of a search over steps. Raises SrmLabError for none, and for a solution without a log.
    """
    if not searches:
        raise SrmLabError("The stepper needs a search.", "There is none.", 'Pass {"beam search": solution}.')
    return TreeStepper(problem, searches)


def standing_html(problem: Problem, moment: Moment) -> str:
    """What has been spent, what the tree holds, and what would be answered now."""
    ended = sum(node.finished + len(node.roll_outs) for node in moment.nodes.values())
    spent = f"{tokens(moment.tokens)} of {moment.total:,}"
    facts = f"{spent} · {_many(len(moment.nodes) - 1, 'step')} · {_many(ended, 'chain')} written to the end"
    if moment.answer is None:
        answer = badge("plain", "○ no answer yet")
    else:
        verdict = grade(problem, Solution(None, moment.answer))
        kind, words = verdict_of(verdict, bool(problem.answer))
        said = escape(verdict.extracted if verdict.extracted is not None else "nothing readable")
        rolled = "" if moment.nodes[moment.path[-1]].done else " by a roll-out"
        answer = f"<span>would answer <b>{said}</b>{rolled}, worth {moment.value:.3g}</span>"
        answer += badge(kind, words, verdict.reason)
    return f'<div class="srm-stand"><span>{facts}</span>{answer}</div>'


def last_html(moment: Moment) -> str:
    """What the search did since tokens were spent last, in words."""
    if not moment.tokens:
        return '<div class="srm-done srm-quiet">It has not begun. Press Next step, or move the slider.</div>'
    of = {step: [event for event in moment.last if event.step == step] for step in KINDS}
    said = [_words(moment.last[0], moment.nodes)]
    if values := of["value"]:
        low, high = min(event.value for event in values), max(event.value for event in values)
        worth = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
        said.append(f"Its verifier looks at {_many(len(values), 'chain')}: worth {worth}.")
    said += [_words(event, moment.nodes) for event in of["back up"][:1]]
    if free := of["back up"][1:]:
        said.append(f"{_many(len(free), 'more round')} cost nothing: they come to chains that are finished already.")
    if of["stands"]:
        said.append("This changes the chain that it would answer.")
    if len(of["visit"]) > 1:  # beam search goes on from several at once
        said.append(f"It goes on from {len(of['visit'])} nodes.")
    said += [_words(event, moment.nodes) for event in of["visit"]] if len(of["visit"]) == 1 else []
    return f'<div class="srm-done">{" ".join(said)}</div>'


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _words(event: Event, nodes: Mapping[int, SeenNode]) -> str:
    """One event; the text of steps escaped."""
    node = nodes[event.node]
    if event.step == "draw":
        again = "" if node.tokens == event.tokens else ", which it has drawn before"
        return f"It draws “{_step(node)}” ({tokens(event.tokens)}){again}."
    if event.step == "roll-out":
        end = "" if event.finished else ", cut off"
        return f"It rolls out from “{_step(node)}”: “{_short(event.text)}” ({tokens(event.tokens)}{end})."
    if event.step == "back up":
        return f"The reward {event.value:.3g} goes up through {_many(len(line(nodes, event.node)), 'node')}."
    return f"It goes on from “{_step(node)}”."


def _step(node: SeenNode) -> str:
    return "the question" if node.parent is None else _short(node.text)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return escape(words if len(words) <= 60 else f"{words[:59]}…")


def node_html(moment: Moment, node: int | None, wrong: Collection[int] = ()) -> str:
    """The chain of a node as a list of steps, wrong ones underlined, and what the search knows of its last step."""
    if node is None or node not in moment.nodes:
        return ""
    last = moment.nodes[node]
    steps = [i for i in line(moment.nodes, node) if i]
    items = "".join(
        f"<li{' class=srm-slip' * (i in wrong)}>{chain_text(moment.nodes[i].text, limit=600)}</li>" for i in steps
    )
    worth = "not looked at" if last.value is None else f"worth {last.value:.3g}"
    facts = f"{worth}, {_many(last.visits, 'visit')}, {tokens(last.tokens)}"
    rolls = "".join(f"<li>{chain_text(text, limit=300)}</li>" for text in last.roll_outs[:3])
    head = f'<div class="srm-quiet">{_many(len(last.roll_outs), "roll-out")} from here:</div>'
    more = f'{head}<ul class="srm-branch">{rolls}</ul>'
    return f'<ol class="srm-branch">{items}</ol><div class="srm-quiet">{facts}</div>' + more * bool(rolls)


class Search(w.VBox):
    """One search in the stepper. folded: nodes below which nothing is shown. chosen: the node last clicked."""

    def __init__(self, problem: Problem, name: str, solution: Solution):
        self.problem, self.trace = problem, solution.trace
        self.end = replay(self.trace)
        self.moment, self.folded, self.chosen = self.end, set(), None
        self.wrong = wrong_steps(problem, self.end.nodes)
        self._given = {"view": first_view(self.end), "check": False}
        wide = w.Layout(width="100%")
        self.standing, self.last, self.branch = (w.HTML(layout=wide) for _ in range(3))
        self._drawn = picture(self.moment, self.end, self._given["view"])
        self.view = figure_view(figure_of(self._drawn, caption=""))
        self.view.figure._config = {"responsive": True, "displayModeBar": False}  # the bar covers the first rows
        self.view.figure.data[-1].on_click(self._clicked)
        head = w.HTML(f"<h4>{escape(name)}</h4>")
        super().__init__([head, self.standing, self.last, self.view, self.branch])
        self.add_class("srm-search")

    def show(self, budget: int, view: str, check: bool) -> None:
        """The search after so many tokens."""
        self.moment, self._given = replay(self.trace, budget), {"view": view, "check": check}
        self._draw()

    def click(self, node: int) -> None:
        """Choose a node; the one that is chosen already is folded, or unfolded."""
        if node == self.chosen:
            self.folded ^= {node}
        self.chosen = node
        self._draw()

    def _clicked(self, trace, points, state) -> None:
        if points.point_inds:
            self.click(self._drawn.ids[points.point_inds[0]])

    def _draw(self) -> None:
        wrong = self.wrong if self._given["check"] else ()
        self._drawn = picture(self.moment, self.end, self._given["view"], self.folded, wrong, self.chosen)
        figure = self.view.figure
        with figure.batch_update():
            for line_, drawn in zip(figure.data, self._drawn.traces):
                line_.update(drawn, overwrite=False)
            figure.update_layout(height=self._drawn.height + 36, **self._drawn.ranges)
        self.standing.value = standing_html(self.problem, self.moment)
        self.last.value = last_html(self.moment)
        self.branch.value = node_html(self.moment, self.chosen, wrong)


class TreeStepper(w.VBox):
    """The stepper's widget; see `tree_stepper`. sides: the one or two searches that are shown."""

    def __init__(self, problem: Problem, searches: Mapping[str, Solution]):
        self.made = {name: Search(problem, name, solution) for name, solution in searches.items()}
        names, self._filling = list(self.made), False
        self.left = w.Dropdown(options=names, description="Left")
        self.right = w.Dropdown(options=[NONE, *names], value=names[1] if len(names) > 1 else NONE, description="Right")
        self.budget = w.IntSlider(description="Tokens", layout=w.Layout(width="460px", max_width="100%"))
        self.back, self.step = _button("Step back", "step-backward"), _button("Next step", "step-forward", "primary")
        self.first, self.all = _button("To the start", "fast-backward"), _button("To the end", "fast-forward")
        self.shape = w.ToggleButtons(options=VIEWS, value=self._first_view(), style={"button_width": "auto"})
        self.check = w.Checkbox(description="mark wrong steps", indent=False, layout=w.Layout(width="150px"))
        self.row = w.HBox()
        self.row.add_class("srm-searches")
        self._wire()
        rows = [[self.left, self.right], [self.budget, self.first, self.back, self.step, self.all]]
        rows = [*rows[len(names) < 2 :], [self.shape, self.check]]
        boxes = [w.HBox(row, layout=w.Layout(flex_flow="row wrap")) for row in rows]
        question = w.HTML(f'<div class="srm-problem"><p>{escape(problem.question)}</p></div>')
        note, key = (w.HTML(f'<div class="srm-quiet">{text}</div>') for text in (NOTE, KEY))
        super().__init__([w.HTML(STYLE + _LOOK), question, note, *boxes, self.row, key])
        self.add_class("srm-live")
        self._choose()

    def _wire(self) -> None:
        for box in (self.left, self.right):
            box.observe(lambda change: self._choose(), "value")
        for box in (self.budget, self.shape, self.check):
            box.observe(lambda change: self._draw(), "value")
        self.back.on_click(lambda button: self._go([0, *(at for at in self._stops if at < self.budget.value)][-1]))
        self.step.on_click(lambda button: self._next())
        self.first.on_click(lambda button: self._go(0))
        self.all.on_click(lambda button: self._go(self.budget.max))

    def _first_view(self) -> str:
        """The whole trees, unless one of them is large."""
        return max((first_view(side.end) for side in self.made.values()), key=VIEWS.index)

    @property
    def sides(self) -> list[Search]:
        names = dict.fromkeys(name for name in (self.left.value, self.right.value) if name != NONE)
        return [self.made[name] for name in names]

    def _choose(self) -> None:
        """Other searches may be longer or shorter."""
        self._stops = sorted({at for side in self.sides for at in stops(side.trace)})
        self._filling = True
        self.budget.max = max(self._stops[-1], 1)
        self._filling = False
        self.row.children = self.sides
        self._draw()

    def _next(self) -> None:
        self._go(next((at for at in self._stops if at > self.budget.value), self.budget.max))

    def _go(self, budget: int) -> None:
        self.budget.value = budget

    def _draw(self) -> None:
        if self._filling:
            return
        for side in self.sides:
            side.show(self.budget.value, self.shape.value, self.check.value)
        self.back.disabled = self.first.disabled = self.budget.value <= 0
        self.step.disabled = self.all.disabled = self.budget.value >= self._stops[-1]


def _button(words: str, icon: str, style: str = "") -> w.Button:
    return w.Button(description=words, icon=icon, button_style=style, layout=w.Layout(width="130px"))
