"""The vote lab of notebook 07 in real JupyterLab: it counts again at once, in light, dark and narrow."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WIDGET = """import srm_lab as srm
from srm_lab.vote_trials import load_votes
srm.widgets.vote_lab(load_votes(), "chain-voter", 1.0)"""
SAID = "(document.querySelector('.srm-said')?.innerText ?? '')"
# the curve of the chosen problem on the page: as many x as y
CURVE = "(d => d.x?.length === d.y.length && d.x[0] === 1)(document.querySelector('.js-plotly-plot').data[3])"
TITLE = "(document.querySelector('.srm-live .gtitle')?.textContent ?? '')"


def test_the_vote_lab_counts_again_and_shows_the_chains_behind_an_answer(lab):
    lab.open(lab.notebook("votes", [WIDGET]))
    lab.run_all()
    lab.wait_for(f"{SAID}.includes('wrong')")
    assert lab.page.locator(".srm-answer[open] li mark").count() >= 1
    assert lab.page.evaluate(CURVE)
    lab.move("Chains that vote", "ArrowLeft", 5)
    lab.wait_for(f"{SAID}.startsWith('One chain says')")
    lab.move("Chains that vote", "ArrowRight", 9)
    lab.wait_for(f"{SAID}.startsWith('The vote of 32')")
    closed = lab.page.locator(".srm-answer:not([open]) summary").first
    before = lab.page.locator(".srm-answer[open]").count()
    closed.click()
    assert lab.page.locator(".srm-answer[open]").count() == before + 1
    lab.screenshot("votes light", ".srm-live")
    question = lab.page.inner_text(".srm-live .srm-problem")
    lab.click("Next problem")
    lab.wait_for(f"document.querySelector('.srm-live .srm-problem').innerText !== {question!r}")
    assert lab.page.evaluate(CURVE)
    lab.move("Temperature", "ArrowLeft", 1)
    lab.wait_for(f"{TITLE}.includes('temperature 0.7')")
    lab.dark_and_narrow("votes", ".srm-live", width=700, height=1400)
    assert lab.errors == []
