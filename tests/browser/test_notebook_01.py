"""The cost lab of notebook 01 in real JupyterLab: its bars follow a slider at once."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WIDGET = "import srm_lab as srm\nsrm.widgets.cost_lab()"
TITLE = "(document.querySelector('.srm-live .gtitle')?.textContent ?? '')"


def test_the_cost_lab_follows_a_slider_in_light_dark_and_narrow(lab):
    lab.open(lab.notebook("costs", [WIDGET]))
    lab.run_all()
    lab.wait_for(f"{TITLE}.startsWith('1 chain of 2,048 tokens')")
    chains = lab.page.locator(".srm-live .widget-slider:has-text('Chains') .noUi-handle")
    chains.focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    lab.wait_for(f"{TITLE}.startsWith('8 chains')")
    assert "16,384 tokens" in lab.page.locator(".srm-live").inner_text()
    lab.screenshot("costs light", ".srm-live")
    lab.theme(dark=True)
    lab.screenshot("costs dark", ".srm-live")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 700, "height": 1300})
    lab.wait_for("document.querySelector('.srm-live .main-svg').clientWidth < 700")
    lab.screenshot("costs narrow", ".srm-live")
    assert lab.errors == []
