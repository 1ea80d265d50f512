"""`grader_lab`: how several graders read one answer, where they disagree on a run, and what that does to scores.

A thin view over `srm_lab.figures.grading`: everything shown comes from functions that work without it. Verdicts are
computed in one background thread, newest question first, so that the kernel stays free while math-verify thinks.
Text of a model reaches the page escaped, always. Left out: generating answers (see `live_comparison`).
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence

import ipywidgets as w

from ..errors import SrmLabError
from ..figures import grading
from ..records import Verdict
from ..run import Run
from ..scoring.rescore import rescore
from .figure_view import figure_view
from .render import badge, chain_text, escape
from .style import STYLE

KINDS = ("number", "math", "choice", "text", "yes_no")
# what the answer shows: (text, reference, kind)
EXAMPLES = {
    "a hedge": ("She has 18 or 20 eggs, so the answer is 18 or 20.", "18", "number"),
    "a correction": ("$\\boxed{17}$, no wait, $\\boxed{18}$", "18", "number"),
    "bold, currency and a rate": ("**Answer: $18 per day.**", "18", "number"),
    "an explanation after the answer": ("#### 18\nBecause 16 - 3 - 4 = 9, at 2 dollars each.", "18", "number"),
    "a Unicode minus": ("The answer is −18.", "-18", "number"),
    "an unclosed thinking block": ("<think>16 - 3 - 4 = 9, then 9 * 2 = 18. The answer is 18", "18", "number"),
    "one digit off": ("So there are 123457 stars. The answer is 123457.", "123456", "number"),
    "a negation": ("The answer is not 18.", "18", "number"),
    "an invented next question": ("The answer is 18.\n\nQuestion: What is 5 + 2?\nThe answer is 7.", "18", "number"),
    "an open and a closed bracket": ("The solution is $\\boxed{(0, 1]}$.", "[0, 1]", "math"),
    "an expanded product": ("So we get $x^2 - 1$. The answer is $x^2-1$.", "(x-1)(x+1)", "math"),
    "an option that was ruled out": ("(A) is wrong, and C is not B. So the answer must be B.", "B", "choice"),
    "no later than yes": ("Yes, there is no doubt about it.", "yes", "yes_no"),
}  # fmt: skip
NOTE = "Type in the boxes or pick an example. Does nothing change? Then there is no kernel behind this page."
_LOOK = """<style>
.srm-live .srm-rules { border-collapse: collapse; width: 100%; font-size: 13px; border: 0; margin: 6px 0; }
.srm-live .srm-rules th, .srm-live .srm-rules td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0;
  border: 0; border-top: 1px solid var(--srm-line); background: none; color: var(--srm-text); }
.srm-live .srm-rules thead th { border-top: 0; font-size: 12px; color: var(--srm-soft); font-weight: 600; }
.srm-live .srm-rules tbody tr:hover { background: var(--srm-panel); }
.srm-live .srm-rules .srm-name { font-weight: 600; white-space: nowrap; }
.srm-live .srm-rules .srm-text { max-height: 10em; overflow: auto; min-width: 16em; }
.srm-live .lm-TabBar-tab { flex: 0 0 auto !important; max-width: none; }
.srm-live .srm-wide { overflow-x: auto; }
.srm-live .srm-lab-note { color: var(--srm-soft); font-size: 13px; margin: 2px 0 6px; }
</style>"""


def grader_lab(runs: Sequence[Run] = (), *, text: str = "", reference: str = "", kind: str = "number") -> GraderLab:
    """A widget: type or pick an answer and see how graders read it; with runs, where they disagree and what it costs.

    runs: finished runs to look into; two or more on the same problems also show how their order depends on the rule
    and on the number of problems. text, reference, kind: where the inputs start; empty starts with an example.
    Raises SrmLabError for an unknown kind, or something that is not a run.
    """
    if kind not in KINDS:
        raise SrmLabError(f"The grader lab has no kind {kind!r}.", fix=f"Choose one of {', '.join(KINDS)}.")
    if isinstance(runs, Run):
        runs = (runs,)
    if not all(isinstance(run, Run) for run in runs):
        raise SrmLabError("The grader lab needs runs.", "srm.evaluate returns one.", "Pass a list of them.")
    return GraderLab(tuple(runs), text, reference, kind)


def readings_html(text: str, reference: str, kind: str) -> str:
    """A table: each rule's verdict, the text with what it read marked, and why. An unreadable reference says so."""
    try:
        verdicts = grading.read_by_all(text, reference, kind)
    except SrmLabError as error:
        return _failure(error)
    rows = "".join(_row(name, verdict, text) for name, verdict in verdicts.items())
    head = "<tr><th>grader</th><th>verdict</th><th>what it read</th><th>why</th></tr>"
    return f'<div class="srm-wide"><table class="srm-rules"><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _row(name: str, verdict: Verdict, text: str) -> str:
    kind = {True: "right", False: "wrong", None: "open"}[verdict.correct]
    words = f"{grading.SYMBOLS[verdict.correct]} {grading.WORDS[verdict.correct]}"
    read = f'<div class="srm-text">{chain_text(text, verdict.span)}</div>'
    if verdict.span is None:
        what = "nothing" if verdict.extracted is None else f"<mark>{escape(verdict.extracted)}</mark>"
        read += f'<div class="srm-quiet">it read {what}</div>'
    return (
        f'<tr data-rule="{escape(name)}"><td class="srm-name">{escape(name)}</td><td>{badge(kind, words)}</td>'
        f"<td>{read}</td><td>{escape(verdict.reason)}</td></tr>"
    )


class _Newest:
    """Runs jobs in one background thread; a job that waits is dropped when a newer one for the same place comes."""

    def __init__(self, on_failure: Callable[[str], None]) -> None:
        self.on_failure = on_failure
        self._jobs: dict[str, Callable[[], None]] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, place: str, job: Callable[[], None]) -> None:
        """Ask for a job; it replaces the one that waits for this place."""
        with self._change:
            self._jobs[place] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def wait(self, seconds: float = 30.0) -> bool:
        """Whether everything asked for was done in time."""
        with self._change:
            return self._change.wait_for(lambda: self._thread is None, seconds)

    def _work(self) -> None:
        while True:
            with self._change:
                if not self._jobs:
                    self._thread = None
                    self._change.notify_all()
                    return
                place = next(reversed(self._jobs))
                job = self._jobs.pop(place)
            try:
                job()
            except Exception:  # noqa: BLE001 - shown on the page; the thread must live on for the next question
                self.on_failure(traceback.format_exc(limit=-3))


class GraderLab(w.VBox):
    """The grader lab's widget; see `grader_lab`."""

    def __init__(self, runs: tuple[Run, ...], text: str, reference: str, kind: str):
        self.failure, self._picking, self._disputed = w.HTML(), False, []
        self.runs, self._newest = runs, _Newest(self._fail)
        tabs = [("One answer", self._one_answer(text, reference, kind))]
        if runs:
            tabs.append(("Where graders disagree", self._one_run()))
            tabs.append(("Scores by rule and by size", self._scores()))
        self.tabs = w.Tab([tab for _, tab in tabs], titles=[title for title, _ in tabs])
        super().__init__([w.HTML(STYLE + _LOOK), self.tabs if runs else tabs[0][1], self.failure])
        self.add_class("srm-live")
        self._read()

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait until the view shows what was asked for. For tests and scripts; the page never waits."""
        return self._newest.wait(seconds)

    # -- one answer

    def _one_answer(self, text: str, reference: str, kind: str) -> w.VBox:
        first = next(iter(EXAMPLES))
        if not text and not reference:
            text, reference, kind = EXAMPLES[first]
            start = first
        else:
            start = None
        wide = w.Layout(width="100%")
        self.example = w.Dropdown(
            options=list(EXAMPLES), value=start, description="Example", layout=w.Layout(width="320px")
        )
        self.text = w.Textarea(value=text, description="Answer", layout=w.Layout(width="auto", height="92px"))
        self.reference = w.Text(value=reference, description="Reference", layout=w.Layout(width="230px"))
        self.kind = w.Dropdown(options=KINDS, value=kind, description="Kind", layout=w.Layout(width="190px"))
        self.readings = w.HTML(layout=wide)
        self.example.observe(self._pick, "value")
        for box in (self.text, self.reference, self.kind):
            box.observe(lambda change: self._read(), "value")
        row = w.HBox([self.example, self.reference, self.kind], layout=w.Layout(flex_flow="row wrap"))
        return w.VBox([w.HTML(f'<div class="srm-lab-note">{NOTE}</div>'), row, self.text, self.readings], layout=wide)

    def _pick(self, change) -> None:
        if change["new"] is not None:
            self._picking = True
            self.text.value, self.reference.value, self.kind.value = EXAMPLES[change["new"]]
            self._picking = False
            self._read()

    def _read(self) -> None:
        asked = (self.text.value, self.reference.value, self.kind.value)
        if self.example.value is not None and not self._picking and EXAMPLES[self.example.value] != asked:
            self.example.value = None
        self._newest.put("readings", lambda: self._show(self.readings, lambda: readings_html(*asked)))

    # -- one run

    def _one_run(self) -> w.VBox:
        names = list(zip(grading.labels_of(self.runs), range(len(self.runs))))
        self.run = w.Dropdown(options=names, value=0, description="Run", layout=w.Layout(width="440px"))
        self.answer = w.Dropdown(options=[], description="Answer", layout=w.Layout(width="440px"))
        self.pattern, self.judged = w.VBox(layout=w.Layout(width="100%")), w.HTML(layout=w.Layout(width="100%"))
        self.run.observe(lambda change: self._look_into_run(), "value")
        self.answer.observe(lambda change: self._look_into_answer(), "value")
        self._look_into_run()
        return w.VBox([self.run, self.pattern, self.answer, self.judged])

    def _look_into_run(self) -> None:
        run = self.runs[self.run.value]

        def job() -> None:
            rows = grading.disputed(run)
            self._show_figure(self.pattern, lambda: grading.disagreements(run))
            self._disputed = rows
            labels = [f"{record.problem.id} (reference {record.problem.answer})" for record, _ in rows]
            self.answer.options = [(label, i) for i, label in enumerate(labels)]
            self.answer.value = 0 if rows else None
            self._look_into_answer()

        self._newest.put("run", job)

    def _look_into_answer(self) -> None:
        if self.answer.value is None or not self._disputed:
            self.judged.value = '<div class="srm-lab-note">All graders agree on every answer of this run.</div>'
            return
        record, _ = self._disputed[self.answer.value]
        question = f'<div class="srm-problem"><p>{escape(record.problem.question)}</p></div>'
        asked = (record.solution.text, record.problem.answer, record.problem.kind)
        self._newest.put("judged", lambda: self._show(self.judged, lambda: question + readings_html(*asked)))

    # -- all runs

    def _scores(self) -> w.VBox:
        rules = grading.fitting_rules(self.runs)
        self.rule = w.Dropdown(options=rules, description="Grader", layout=w.Layout(width="300px"))
        self.size = w.IntSlider(value=100, min=5, max=1000, description="Problems", continuous_update=False)
        self.size.layout.width = "420px"
        self.by_rule, self.by_size = w.VBox(layout=w.Layout(width="100%")), w.VBox(layout=w.Layout(width="100%"))
        self._newest.put("by rule", lambda: self._show_figure(self.by_rule, lambda: grading.scores_by_rule(self.runs)))
        if len(self.runs) < 2:
            return w.VBox([self.by_rule])
        for box in (self.rule, self.size):
            box.observe(lambda change: self._resize(), "value")
        self._resize()
        row = w.HBox([self.rule, self.size], layout=w.Layout(flex_flow="row wrap"))
        return w.VBox([self.by_rule, row, self.by_size])

    def _resize(self) -> None:
        rule, sizes = self.rule.value, sorted({*grading.SIZES, self.size.value})
        runs = self.runs

        def draw():
            return grading.scores_by_size([rescore(run, rule=rule) for run in runs], sizes)

        self._newest.put("by size", lambda: self._show_figure(self.by_size, draw))

    # -- painting, from the background thread

    def _fail(self, trace: str) -> None:
        self.failure.value = f'<div class="srm-failure" role="alert"><pre>{escape(trace)}</pre></div>'

    def _show(self, place: w.HTML, html: Callable[[], str]) -> None:
        try:
            place.value = html()
        except SrmLabError as error:
            place.value = _failure(error)

    def _show_figure(self, place: w.VBox, draw: Callable) -> None:
        try:
            place.children = [figure_view(draw())]
        except SrmLabError as error:
            place.children = [w.HTML(_failure(error))]


def _failure(error: SrmLabError) -> str:
    return f'<div class="srm-failure" role="alert"><div>{escape(error).replace(chr(10), "<br>")}</div></div>'
