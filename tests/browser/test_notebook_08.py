"""The verifier lab of notebook 08 in real JupyterLab: it counts again at once, in light, dark and narrow."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WIDGET = """import srm_lab as srm
from srm_lab.verifier_trials import load_verifiers
srm.widgets.verifier_lab(load_verifiers())"""
SAID = "(document.querySelector('.srm-said')?.innerText ?? '')"
TITLE = "(document.querySelector('.srm-live .gtitle')?.textContent ?? '')"


def test_the_verifier_lab_counts_again_as_sliders_move(lab):
    lab.open(lab.notebook("verifiers", [WIDGET]))
    lab.run_all()
    lab.wait_for(f"{SAID}.startsWith('The first 16 chains')")
    assert lab.page.locator(".srm-ranked").count() >= 2
    lab.screenshot("verifiers light", ".srm-live")
    lab.move("N chains", "ArrowRight", 9)
    lab.wait_for(f"{SAID}.startsWith('The first 32 chains')")
    lab.move("Turned round", "ArrowRight", 10)
    lab.wait_for(f"{TITLE}.includes('10 % of scores')")
    lab.page.locator(".srm-live select").first.select_option(index=0)
    lab.wait_for(f"{SAID}.includes('the oracle')")
    question = lab.page.inner_text(".srm-live .srm-problem")
    lab.click("Next problem")
    lab.wait_for(f"document.querySelector('.srm-live .srm-problem').innerText !== {question!r}")
    lab.dark_and_narrow("verifiers", ".srm-live", width=700, height=1600)
    assert lab.errors == []
