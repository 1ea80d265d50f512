"""`quantization_lab`: a real layer's weights, the grid they are rounded to, and the error, under sliders.

A thin view over `srm_lab.figures.grids`: a slider moves, `look` rounds, and the lines of one figure are replaced in
place, which takes less than the tenth of a second in which a picture seems to follow the hand. Left out: methods that
look at a layer's inputs, and whole models; both take seconds (see `srm.quantize`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as w

from ..compress.nf4 import nf4_levels
from ..errors import SrmLabError
from ..figures.grids import METHODS, ROWS, Look, lines, look, sentence, weights_on_grid
from .figure_view import figure_view
from .render import escape
from .style import STYLE

GROUPS = ("tensor", "channel", 128, 64, 32, 16)
NOTE = (
    "Blue: the grid of a typical group. Vermilion: that of the group with the widest range. "
    "Does nothing change? Then there is no kernel behind this page."
)


def quantization_lab(layers: Mapping[str, Any], *, bits: int = 4, group_size: int | str = 64) -> QuantizationLab:
    """A widget: choose a matrix, a method, bits, a group size and a clip, and see grid and error follow.

    layers: name -> weight, a tensor [outputs, inputs]; the first ROWS rows of each are looked at.
    bits, group_size: where the sliders start. Raises SrmLabError where there is no matrix, or a group divides none.
    """
    if not layers or any(getattr(weight, "ndim", 0) != 2 for weight in layers.values()):
        raise SrmLabError(
            "The quantization lab needs matrices.", f"It was given {', '.join(layers) or 'none'}.",
            'Pass for example {"down": lm.model.model.layers[0].mlp.down_proj.weight}.',
        )  # fmt: skip
    return QuantizationLab(dict(layers), bits, group_size)


def fitting_groups(weight: Any) -> list[int | str]:
    """The group sizes that divide a matrix's rows."""
    return [size for size in GROUPS if isinstance(size, str) or weight.shape[1] % size == 0]


def numbers_html(view: Look) -> str:
    """The look's numbers as a line for the page."""
    return f'<div class="srm-problem"><p>{escape(sentence(view))}</p></div>'


class QuantizationLab(w.VBox):
    """The quantization lab's widget; see `quantization_lab`."""

    def __init__(self, layers: Mapping[str, Any], bits: int, group_size: int | str):
        nf4_levels()  # now, and not when a slider waits for it: it loads scipy
        self.layers = layers
        wide, label = w.Layout(width="100%"), {"description_width": "90px"}
        first = next(iter(layers))
        groups = fitting_groups(layers[first])
        start = group_size if group_size in groups else "channel"
        box = w.Layout(width="430px", max_width="100%")
        self.layer = w.Dropdown(options=list(layers), value=first, description="Matrix", style=label, layout=box)
        self.method = w.Dropdown(options=METHODS, value=METHODS[0], description="Method", style=label, layout=box)
        self.bits = w.IntSlider(value=bits, min=2, max=8, description="Bits", style=label, layout=box)
        self.group = w.SelectionSlider(options=groups, value=start, description="Group", style=label, layout=box)
        self.clip = w.IntSlider(value=100, min=40, max=100, step=5, description="Range, %", style=label, layout=box)
        self.numbers, self._filling = w.HTML(layout=wide), False
        weights = figure_view(weights_on_grid(self.view(), ""))
        self.figure = weights.figure
        self.layer.observe(lambda change: self._regroup(), "value")
        for control in (self.method, self.bits, self.group, self.clip):
            control.observe(lambda change: self.draw(), "value")
        row = w.HBox([self.layer, self.method, self.bits, self.group, self.clip], layout=w.Layout(flex_flow="row wrap"))
        note = w.HTML(f'<div class="srm-quiet">{NOTE} The first {ROWS} rows of the matrix are shown.</div>')
        super().__init__([w.HTML(STYLE), note, row, self.numbers, weights])
        self.add_class("srm-live")
        self.draw()

    def view(self) -> Look:
        """What the controls ask for."""
        weight, share = self.layers[self.layer.value], self.clip.value / 100
        return look(weight, self.bits.value, self.group.value, self.method.value, share)

    def draw(self) -> None:
        """Moves the figure's lines and rewrites the numbers."""
        if self._filling:
            return
        self.bits.disabled = self.clip.disabled = self.method.value == "nf4"
        view = self.view()
        self.numbers.value = numbers_html(view)
        with self.figure.batch_update():
            for trace, line in zip(self.figure.data, lines(view)):
                trace.x, trace.y = line["x"], line["y"]

    def _regroup(self) -> None:
        """Another matrix may have other group sizes; the chosen one is kept where it fits."""
        groups, before = fitting_groups(self.layers[self.layer.value]), self.group.value
        self._filling = True
        self.group.options = groups
        self.group.value = before if before in groups else "channel"
        self._filling = False
        self.draw()
