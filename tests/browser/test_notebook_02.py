"""The quantization lab of notebook 02 in real JupyterLab: sliders move the grid, in light, dark and narrow."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

LAYERS = """
import srm_lab as srm
from srm_lab.compress.copies import linear_layers

model = srm.load_model("tiny/chain-cot", dtype="float32").model
weights = {name: layer.weight for name, layer in linear_layers(model).items()}
"""
WIDGET = "lab = srm.widgets.quantization_lab(weights)\nlab"
NUMBERS = "(document.querySelector('.srm-problem')?.innerText ?? '')"


def press(lab, slider: int, key: str) -> None:
    """A key on one of the sliders, counted from 0."""
    handle = lab.page.locator(".srm-live .noUi-handle").nth(slider)
    handle.focus()
    handle.press(key)


def test_sliders_move_the_grid_and_its_numbers(lab):
    lab.open(lab.notebook("quantization", [LAYERS, WIDGET]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.srm-live .js-plotly-plot').length == 1")
    assert "4.38 bits a weight" in lab.page.inner_text(".srm-problem")
    press(lab, 0, "ArrowLeft")
    lab.wait_for(f"{NUMBERS}.includes('3.38 bits a weight')", 10)
    lab.screenshot("quantization light", ".srm-live")
    press(lab, 2, "PageDown")
    lab.wait_for(f"{NUMBERS}.includes('beyond its ends')", 10)
    lab.dark_and_narrow("quantization", ".srm-live", width=640, height=1600)
    assert lab.errors == []
