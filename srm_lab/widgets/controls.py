"""The inputs of the live comparison: ipywidgets and their layout, and what they are set to. Nothing runs here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as w

from ..records import Problem
from .request import Method, about, model_label, title

PRECISIONS = (("full precision", ""), ("int8", "int8"), ("nf4 (4 bits)", "nf4"))
MOST_CHAINS = 16
_LABEL_CHARACTERS = 76
_GIVEN, _OWN = "A given problem", "My own question"
_AUTO = {"width": "auto"}


class Controls:
    """Every input, as attributes; `boxes` is their layout from top to bottom."""

    def __init__(
        self,
        models: Sequence[Any],
        methods: Sequence[Method],
        problems: Sequence[Problem],
        chains: int,
        temperature: float,
        seed: int,
        batch: int,
    ):
        self._problem_inputs(problems)
        self._method_inputs(models, methods)
        self._number_inputs(chains, temperature, seed)
        self._buttons(batch)
        self.boxes = (*self._problem_boxes(), *self._setting_boxes(), self._action_box())

    def _problem_inputs(self, problems: Sequence[Problem]) -> None:
        self.source = w.ToggleButtons(
            options=[_GIVEN, _OWN], value=_GIVEN, style={"button_width": "150px"}, layout=_AUTO
        )
        options = [(_short(i, problem.question), i) for i, problem in enumerate(problems)]
        self.problem = w.Dropdown(
            options=options, value=0, layout={"flex": "1 1 160px", "width": "auto", "min_width": "0"}
        )
        self.previous = w.Button(description="Previous", icon="chevron-left", layout={"width": "100px"})
        self.following = w.Button(description="Next", icon="chevron-right", layout={"width": "100px"})
        self.question = w.Textarea(
            placeholder="Type a question whose answer is a number.",
            rows=3,
            continuous_update=False,
            layout={"width": "calc(100% - 4px)", "height": "auto"},
        )
        self.reference = w.Text(
            placeholder="a number; leave empty for no grading", description="Reference answer",
            continuous_update=False, style={"description_width": "initial"},
            layout={"width": "420px", "max_width": "100%"},
        )  # fmt: skip

    def _method_inputs(self, models: Sequence[Any], methods: Sequence[Method]) -> None:
        self.model = w.Dropdown(
            options=[(model_label(model), i) for i, model in enumerate(models)], value=0, description="Model",
            style={"description_width": "initial"}, layout={"width": "240px"},
        )  # fmt: skip
        self.precision = w.Dropdown(
            options=PRECISIONS, value="", description="Weights", style={"description_width": "initial"},
            layout={"width": "210px"}, tooltip="Quantization of the weights, when the model is loaded by its name",
        )  # fmt: skip
        self.chosen = [
            w.Checkbox(value=True, description=title(method), indent=False, tooltip=about(method), layout=_AUTO)
            for method in methods
        ]

    def _number_inputs(self, chains: int, temperature: float, seed: int) -> None:
        wide = {"description_width": "initial"}
        self.chains = w.IntSlider(
            value=chains, min=1, max=max(MOST_CHAINS, chains), description="Chains in a vote", continuous_update=False,
            style=wide, layout={"width": "300px"},
        )  # fmt: skip
        self.temperature = w.FloatSlider(
            value=temperature, min=0, max=1.5, step=0.1, readout_format=".1f", description="Temperature",
            continuous_update=False, style=wide, layout={"width": "280px"},
        )  # fmt: skip
        self.greedy = w.Checkbox(
            value=True, description="single chains greedy", indent=False, layout=_AUTO,
            tooltip="One-chain methods take the most likely token at every step (temperature 0)",
        )  # fmt: skip
        self.seed = w.BoundedIntText(
            value=seed, min=0, max=2**31 - 1, description="Seed", style=wide, layout={"width": "120px"}
        )
        self.reseed = w.Button(description="Another seed", icon="random", layout={"width": "130px"})

    def _buttons(self, batch: int) -> None:
        self.run = w.Button(description="Run", icon="play", button_style="primary", layout={"width": "110px"})
        self.stop = w.Button(description="Stop", icon="stop", disabled=True, layout={"width": "110px"})
        self.batch = w.Button(description=f"Run the next {batch} problems", icon="forward", layout={"width": "210px"})
        self.reset = w.Button(description="Reset tally", icon="undo", layout={"width": "120px"})
        self.progress = w.IntProgress(
            value=0, max=batch, layout={"width": "180px", "display": "none"}, style={"bar_color": "#0072b2"}
        )

    def _problem_boxes(self) -> tuple[w.Widget, ...]:
        self.given_box = _row(self.previous, self.problem, self.following)
        self.own_box = w.VBox([self.question, self.reference], layout={"display": "none", "width": "100%"})
        return (_row(self.source), self.given_box, self.own_box)

    def _setting_boxes(self) -> tuple[w.Widget, ...]:
        methods = _row(*self.chosen)
        numbers = _row(self.chains, self.temperature, self.greedy, self.seed, self.reseed)
        return (_row(self.model, self.precision, methods), numbers)

    def _action_box(self) -> w.Widget:
        return _row(self.run, self.stop, self.batch, self.reset, self.progress)

    @property
    def own(self) -> bool:
        """Whether the reader's own question is asked."""
        return self.source.value == _OWN

    @property
    def quantization(self) -> str | None:
        return self.precision.value or None

    def show_source(self) -> None:
        """Show the inputs of the chosen kind of problem only."""
        self.given_box.layout.display = "none" if self.own else "flex"
        self.own_box.layout.display = "flex" if self.own else "none"

    def use_given(self) -> None:
        self.source.value = _GIVEN


def _row(*children: w.Widget) -> w.Box:
    layout = {
        "display": "flex",
        "flex_flow": "row wrap",
        "align_items": "center",
        "width": "100%",
        "overflow": "visible",
    }
    box = w.Box(children, layout=layout)
    box.add_class("srm-row")
    return box


def _short(position: int, question: str) -> str:
    line = " ".join(question.split())
    if len(line) > _LABEL_CHARACTERS:
        line = line[: _LABEL_CHARACTERS - 1] + "…"
    return f"{position + 1}. {line}"
