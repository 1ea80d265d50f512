"""The tree stepper of notebook 09 in real JupyterLab: steps, the slider, a click on a node; light, dark and narrow."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

SEARCHES = """
import srm_lab as srm

voter, (problem,) = srm.load_model("tiny/chain-voter"), srm.load_problems("arithmetic", n=1, operations=4)
given = {"verifier": srm.methods.noisy_verifier(srm.methods.oracle_steps, 0.1), "max_steps": 6, "step_tokens": 24}
beams = srm.methods.beam_search(problem, voter, beams=3, width=3, temperature=1.0, aggregate="min", **given)
played = srm.methods.mcts(problem, voter, rounds=24, temperature=1.0, aggregate="min", **given)
"""
WIDGET = 'srm.widgets.tree_stepper(problem, {"beam search": beams, "mcts": played})'
NODES = "document.querySelectorAll('.srm-search')[0].querySelectorAll('.scatterlayer .trace:last-child .points path')"


def press(lab, words: str, times: int = 1) -> None:
    for _ in range(times):
        lab.click(words)


def test_a_search_grows_at_a_click_and_a_node_tells_its_chain(lab):
    lab.open(lab.notebook("nine", [SEARCHES, WIDGET]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.srm-search .js-plotly-plot').length === 2")
    lab.wait_for(f"{NODES}.length === 1")
    press(lab, "Next step", 3)
    lab.wait_for(f"{NODES}.length > 1")
    lab.screenshot("nine first steps", ".srm-live")
    lab.click("To the end")
    lab.wait_for("document.querySelectorAll('.srm-search .srm-stand b').length === 2")
    lab.page.get_by_label("mark wrong steps").check()
    lab.page.wait_for_timeout(500)
    lab.page.locator(".srm-search").first.locator(".trace:last-child .points path").nth(3).click(force=True)
    lab.wait_for("document.querySelectorAll('.srm-branch li').length > 0")
    lab.screenshot("nine light", ".srm-live")
    lab.theme(dark=True)
    lab.click("near the path")
    lab.page.wait_for_timeout(500)
    lab.screenshot("nine dark", ".srm-live")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 640, "height": 1600})
    lab.page.wait_for_timeout(700)
    lab.screenshot("nine narrow", ".srm-live")
    assert lab.errors == []
