"""`pruning_lab`: sliders for how much is pruned and how; the measured curves and one layer's mask follow at once.

A thin view: accuracy and likelihood come from recorded trials (srm_lab/chain_trials.py), the mask and the error of
the layer's output are worked out while the slider moves. Both figures are drawn once and then changed in place.
Left out: heads, neurons and whole layers, which have no mask worth looking at, and running the pruned model, which
takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as w

from ..chain_trials import Trial, find
from ..compress.calibration import calibrate
from ..compress.copies import linear_layers
from ..compress.grids import output_error
from ..compress.prune import METHODS, importance, keep_mask
from ..errors import SrmLabError
from ..figures.pruning import chosen_share, mask_values, pruning_curves, pruning_mask
from .figure_view import figure_view
from .render import escape
from .style import STYLE

NOTE = "Move the slider. Does nothing change? Then there is no kernel behind this page."
_START = 0.5


def pruning_lab(lm: Any, trials: Sequence[Trial], calibration: Sequence[Any]) -> PruningLab:
    """A widget over recorded trials of a model and its weights.

    lm: the whole LocalModel.  trials: of the families "dense", "magnitude" and "wanda", the last two over the same
    shares.  calibration: texts that the importance of inputs is measured on.
    Raises SrmLabError where the trials lack one of these families, and for an empty calibration set.
    """
    amounts = {family: sorted(t.amount for t in trials if t.family == family) for family in ("dense", *METHODS)}
    if not all(amounts.values()) or len({tuple(amounts[method]) for method in METHODS}) > 1:
        raise SrmLabError(
            "The lab needs trials of the dense model, and of each method at the same shares.",
            f"It was given {', '.join(f'{len(found)} of {family}' for family, found in amounts.items())}.",
            "Make them with benchmarks/pruned_reasoning.py and pass read_trials().",
        )
    return PruningLab(lm, trials, amounts[METHODS[0]], calibration)


def numbers_html(trial: Trial, dense: Trial, layer: str, kept: float, error: float) -> str:
    """What was measured at this share, beside the whole model, and what the mask does to the layer's output."""
    nats = dense.nats_per_token, trial.nats_per_token
    return (
        f'<div class="srm-problem"><p>{trial.amount:.0%} of the weights left away by {escape(trial.family)}</p>'
        f"Right answers: <b>{escape(trial.accuracy)}</b>, of the whole model {escape(dense.accuracy)}.<br>"
        f"Each token of the reference chains costs {nats[1]:.3f} nats instead of {nats[0]:.4f}, and the whole chain "
        f"has a probability of {trial.chain_probability:.0%} instead of {dense.chain_probability:.0%}.<br>"
        f"{escape(layer)}: {kept:.0%} of the weights stay; its output is off by {error:.0%}.</div>"
    )


class PruningLab(w.VBox):
    """The lab's widget; see `pruning_lab`."""

    def __init__(self, lm: Any, trials: Sequence[Trial], amounts: Sequence[float], calibration: Sequence[Any]):
        self.trials, self.layers = list(trials), linear_layers(lm.model)
        self._sums = calibrate(lm, calibration, self.layers)
        start = min(amounts, key=lambda amount: abs(amount - _START))
        self.method = w.ToggleButtons(options=list(reversed(METHODS)), description="Method")
        self.method.style.button_width = "110px"
        self.amount = w.SelectionSlider(
            options=[(f"{amount:.0%}", amount) for amount in amounts], value=start, description="Left away",
            layout=w.Layout(width="420px"),
        )  # fmt: skip
        names = [name.removeprefix("model.") for name in self.layers]
        self.layer = w.Dropdown(
            options=list(zip(names, self.layers)), value=next(name for name in self.layers if "down" in name),
            description="Layer", layout=w.Layout(width="320px"),
        )  # fmt: skip
        self.numbers = w.HTML(layout=w.Layout(width="100%"))
        weight, kept = self._mask()
        curves, mask = figure_view(pruning_curves(self.trials, METHODS, start)), figure_view(pruning_mask(weight, kept))
        self.curves, self.mask = curves.figure, mask.figure
        for box in (self.method, self.amount, self.layer):
            box.observe(lambda change: self._draw(), "value")
        row = w.HBox([self.method, self.amount, self.layer], layout=w.Layout(flex_flow="row wrap"))
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        super().__init__([w.HTML(STYLE), note, row, self.numbers, curves, mask])
        self.add_class("srm-live")
        self._draw()

    def _mask(self) -> tuple[Any, Any]:
        """The chosen layer's weight, and which of it stays."""
        weight = self.layers[self.layer.value].weight
        scores = importance(weight, self.method.value, self._sums[self.layer.value])
        return weight, keep_mask(scores, self.amount.value)

    def _draw(self) -> None:
        weight, kept = self._mask()
        values, limit = mask_values(weight, kept)
        error = output_error(weight, weight * kept, self._sums[self.layer.value].gram)
        trial = find(self.trials, self.method.value, self.amount.value)
        layer = self.layer.value.removeprefix("model.")
        self.numbers.value = numbers_html(trial, find(self.trials, "dense"), layer, kept.float().mean().item(), error)
        with self.mask.batch_update():
            self.mask.data[0].update(z=values, zmin=-limit, zmax=limit)
            self.mask.layout.title.text = f"Which weights of {escape(layer)} stay"
        self.curves.layout.shapes = chosen_share(self.amount.value)
