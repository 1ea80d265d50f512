"""`cost_lab`: what a plan takes in memory and at least in time, redrawn while a slider moves.

A thin view over `models.roofline.cost` and `figures.costs`: nothing is loaded, run or measured, so every change is
drawn at once. Left out: accuracy, which no sum gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets as w

from ..errors import SrmLabError
from ..figures.costs import bytes_text, plan_bars, plan_title, plan_values, seconds_text
from ..models.architecture import PUBLISHED, Architecture
from ..models.footprint import PRECISIONS
from ..models.roofline import DATA_SHEETS, Cost, Machine, Plan, cost, step_bytes, step_flops
from .figure_view import figure_view
from .render import escape
from .style import STYLE

CHAINS = tuple(2**power for power in range(9))
TOKENS = tuple(2**power for power in range(4, 16))
NOTE = "Move a slider. Does nothing change? Then there is no kernel behind this page."


def cost_lab(
    machines: Sequence[Machine] = DATA_SHEETS, models: Mapping[str, Architecture] = PUBLISHED, model: str | None = None
) -> CostLab:
    """A widget: choose model, precision, machine, prompt, tokens and chains, and see bytes and the least seconds.

    machines: the first one is chosen at the start; `measure_machine()` makes one of the reader's own.
    models: by name.  model: the one chosen at the start. Raises SrmLabError where there is none of either.
    """
    if not machines or not models or model not in (None, *models):
        raise SrmLabError(
            "The cost lab needs a machine and a model that it knows.",
            f"It got {len(machines)} machines and {len(models)} models" + (f", without {model!r}." if model else "."),
            "Leave the arguments out, or pass machines=[measure_machine()] and models={name: architecture}.",
        )
    return CostLab(tuple(machines), dict(models), model or next(iter(models)))


def plan_html(plan: Plan, costs: Cost, machine: Machine) -> str:
    """What the bars add up to, in sentences."""
    context = plan.prompt + plan.tokens / 2
    moved = step_bytes(plan.architecture, plan.chains, context, plan.dtype, plan.scheme)
    flops = step_flops(plan.architecture, plan.chains, context)
    fits = "fits into" if costs.bytes <= machine.memory_bytes else "does <b>not</b> fit into"
    source = "measured" if machine.measured else "from a data sheet"
    together, rate = plan.chains * plan.tokens, plan.chains * plan.tokens / costs.decode_seconds
    return (
        f"<p>Together <b>{bytes_text(costs.bytes)}</b>: it {fits} the {bytes_text(machine.memory_bytes)} of "
        f"{escape(machine.name)}. {together:,} tokens take at least <b>{seconds_text(costs.seconds)}</b>, "
        f"at most {_number(rate)} a second.</p>"
        f'<p class="srm-quiet">A step adds a token to every chain. It reads {bytes_text(moved)} and does '
        f"{_number(flops / 1e9)} GFLOP, so it waits for {costs.waits_for}. The machine ({source}) reads "
        f"{_number(machine.bytes_per_second / 1e9)} GB a second and does "
        f"{_number(machine.flops_per_second / 1e9)} GFLOP.</p>"
    )


def _number(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class CostLab(w.VBox):
    """The cost lab's widget; see `cost_lab`."""

    def __init__(self, machines: tuple[Machine, ...], models: dict[str, Architecture], model: str):
        self.machines, self.models = machines, models
        wide = {"description_width": "initial"}
        self.model = w.Dropdown(options=list(models), value=model, description="Model", style=wide)
        self.precision = w.Dropdown(options=list(PRECISIONS), value="bfloat16", description="Precision", style=wide)
        names = [(machine.name, i) for i, machine in enumerate(machines)]
        self.machine = w.Dropdown(options=names, value=0, description="Machine", style=wide)
        self.prompt = _slider("Prompt tokens", TOKENS, 128)
        self.tokens = _slider("Tokens a chain", TOKENS, 2048)
        self.chains = _slider("Chains", CHAINS, 1)
        self.text = w.HTML(layout={"width": "100%"})
        choices = (self.model, self.precision, self.machine, self.prompt, self.tokens, self.chains)
        for box in choices:
            box.observe(lambda change: self._draw(), "value")
        row = w.Box(choices, layout={"display": "flex", "flex_flow": "row wrap", "width": "100%"})
        row.add_class("srm-row")
        plan, machine = self.plan, self.machines[self.machine.value]
        bars = figure_view(plan_bars(plan, cost(plan, machine), machine))
        self.figure = bars.figure
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        super().__init__([w.HTML(STYLE), note, row, self.text, bars])
        self.add_class("srm-live")
        self._draw()

    @property
    def plan(self) -> Plan:
        dtype, scheme = PRECISIONS[self.precision.value]
        chosen = self.models[self.model.value]
        return Plan(chosen, dtype, scheme, self.chains.value, self.tokens.value, self.prompt.value)

    def _draw(self) -> None:
        plan, machine = self.plan, self.machines[self.machine.value]
        costs = cost(plan, machine)
        self.text.value = plan_html(plan, costs, machine)
        with self.figure.batch_update():  # one message to the page, and no new figure
            self.figure.layout.title.text = plan_title(plan, machine)
            for trace, bars in zip(self.figure.data, plan_values(costs)):
                trace.y, trace.text = [value for _, value, _ in bars], [text for _, _, text in bars]


def _slider(description: str, options: Sequence[int], value: int) -> w.SelectionSlider:
    labels = [(f"{option:,}", option) for option in options]
    return w.SelectionSlider(
        options=labels, value=value, description=description, style={"description_width": "initial"},
        layout={"width": "330px"},
    )  # fmt: skip
