"""Notebook 10 in real JupyterLab: bars of revisions point both ways, and a chain with a calculator answers a click."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BARS = """
import srm_lab as srm
from srm_lab.evaluate import paired

some = paired("draft", "revised", [True] * 6 + [False] * 14, [True] * 2 + [False] * 17 + [True])
other = paired("draft", "revised", [False] * 20, [True] * 4 + [False] * 16)
srm.figures.mended_and_broken({"self_refine": some, "chain_of_verification": other})
"""
TOOLS = """
voter, problems = srm.load_model("tiny/chain-voter"), srm.load_problems("arithmetic", n=6, seed=1, operations=3)
srm.widgets.live_comparison(
    models=(voter,), methods=("few_shot_cot", "calculator", "self_consistency"), problems=problems, temperature=0.8
)
"""
HOSTILE = """
from srm_lab.sandbox.process import run_program

run_program("while True:\\n    pass").error
"""
BAR = "document.querySelectorAll('.jp-OutputArea .js-plotly-plot .bars .point path').length"


def test_bars_point_both_ways_and_the_calculators_chain_answers_at_a_click(lab):
    lab.open(lab.notebook("ten", [BARS, TOOLS, HOSTILE]))
    lab.run_all()
    lab.wait_for(f"{BAR} >= 3")
    lab.screenshot("ten bars")
    assert "steps" in lab.outputs(2)
    lab.click("Run")
    lab.wait_for("(document.querySelector('.srm-status')?.innerText ?? '').includes('Done')", 60)
    texts = lab.page.locator(".srm-columns .srm-text").all_inner_texts()
    assert len(texts) >= 2
    assert texts[1].count("=") >= 2  # the calculator's column holds the chain, not the pieces it was made of
    lab.dark_and_narrow("ten", width=700, height=1100)
    assert lab.errors == []
