"""The pruning lab of notebook 04 in real JupyterLab: its sliders change the mask and the numbers."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WIDGET = """
import srm_lab as srm
from srm_lab.chain_trials import read_trials

srm.widgets.pruning_lab(srm.load_model("tiny/chain-cot"), read_trials(), ["7+12?7+12=19####19"])
"""
NUMBERS = "document.querySelector('.srm-live .srm-problem').innerText"


def test_a_slider_and_a_button_change_the_mask_and_the_numbers(lab):
    lab.open(lab.notebook("pruning", [WIDGET]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.srm-live .js-plotly-plot').length === 2")
    before = lab.page.locator(".srm-live .srm-problem").inner_text()
    slider = lab.page.locator(".srm-live .noUi-handle").first
    slider.focus()
    slider.press("ArrowRight")
    lab.wait_for(f"{NUMBERS} !== {before!r}", 5)
    lab.click("magnitude")
    lab.wait_for(f"{NUMBERS}.includes('by magnitude')", 5)
    lab.screenshot("pruning light", ".srm-live")
    lab.theme(dark=True)
    lab.screenshot("pruning dark", ".srm-live")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 700, "height": 1600})
    lab.wait_for("document.querySelector('.srm-live .main-svg').clientWidth < 700")
    lab.screenshot("pruning narrow", ".srm-live")
    assert lab.errors == []
