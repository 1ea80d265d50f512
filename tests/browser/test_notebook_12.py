"""The widgets of notebook 12 in real JupyterLab: the curves grow, the stepper judges a chain at a click."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

CURVES = """
import srm_lab as srm

curves = srm.widgets.live_curves("A run")
on_step = curves.follow("full")
for step in range(1, 60):
    on_step({"step": step, "loss": 2 / step, "seconds": step / 10, "tokens": 100 * step})
curves.paint()
curves
"""
STEPPER = """
from srm_lab.training.chains import draw_chains
from srm_lab.training.rejection import sift

voter, problems = srm.load_model("tiny/chain-voter"), srm.load_problems("arithmetic", n=3, operations=3, split="train")
drawn = draw_chains(voter, problems, n=4, temperature=0.8, max_new_tokens=48)
srm.widgets.rejection_stepper([sift(chains, keep=4) for chains in drawn])
"""


def test_curves_are_drawn_and_the_stepper_judges_at_a_click(lab):
    lab.open(lab.notebook("twelve", [CURVES, STEPPER]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.jp-OutputArea .js-plotly-plot path.js-line').length > 0")
    lab.screenshot("twelve curves")
    assert lab.page.locator(".srm-sifted[data-fate]").count() == 0
    lab.click("Judge the next chain")
    lab.wait_for("document.querySelectorAll('.srm-sifted[data-fate]').length === 1")
    lab.theme(dark=True)
    lab.click("Judge all")
    lab.wait_for("document.querySelectorAll('.srm-hidden-chain').length === 0")
    lab.screenshot("twelve stepper dark")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 700, "height": 1100})
    lab.page.wait_for_timeout(500)
    lab.screenshot("twelve narrow")
    assert lab.errors == []
