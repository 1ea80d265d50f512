"""The widgets of notebook 13 in real JupyterLab: the microscope follows a choice, the sandbox trains at a click."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

MICROSCOPE = """
import tempfile
from pathlib import Path

import srm_lab as srm
from srm_lab.training.grpo_run import grpo
from srm_lab.training.grpo_settings import GrpoSettings
from srm_lab.training.policy import CORRECT

problems = srm.load_problems("arithmetic", n=32, seed=10, split="train", operations=2)
settings = GrpoSettings(steps=2, prompts=8, group_size=6, learning_rate=3e-4, warmup=0, minibatches=2)
folder = Path(tempfile.mkdtemp())
grpo(srm.load_model("tiny/chain-mixed"), problems, CORRECT, settings, folder=folder, snapshots=1)
srm.widgets.grpo_microscope(folder / "snapshots.jsonl")
"""
SANDBOX = """srm.widgets.reward_sandbox("tiny/chain-mixed", problems, settings)"""
CHOSEN = "document.querySelector('.srm-group-table .srm-chosen').innerText"
STATUS = "[...document.querySelectorAll('.srm-state')].map(e => e.innerText).join(' ')"
CURVES = "document.querySelectorAll('.jp-OutputArea .js-plotly-plot .scatterlayer path.js-line').length"


def test_microscope_and_sandbox_answer_to_a_choice_and_to_run(lab):
    lab.open(lab.notebook("thirteen", [MICROSCOPE, SANDBOX]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.srm-tokens span[title]').length > 0")
    before = lab.page.evaluate(f"() => {CHOSEN}")
    lab.page.locator(".srm-live select:visible").nth(1).select_option(index=2)
    lab.wait_for(f"({CHOSEN}) !== {before!r}")
    lab.screenshot("thirteen microscope")
    lab.click("Run")
    lab.wait_for(f"({STATUS}).includes('step 2 of 2')", 60)
    lab.wait_for(f"{CURVES} >= 4")
    assert lab.page.locator(".srm-rolls code").count() > 0
    lab.page.locator(".srm-rolls").scroll_into_view_if_needed()
    lab.screenshot("thirteen sandbox")
    lab.theme(dark=True)
    lab.screenshot("thirteen sandbox dark")
    lab.page.locator(".srm-tokens").scroll_into_view_if_needed()
    lab.screenshot("thirteen microscope dark")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 700, "height": 1100})
    lab.page.wait_for_timeout(500)
    lab.screenshot("thirteen microscope narrow")
    lab.page.locator(".srm-rolls").scroll_into_view_if_needed()
    lab.screenshot("thirteen sandbox narrow")
    assert lab.errors == []
