"""The widget and the figure of notebook 06 in real JupyterLab: recorded replies in the grader lab, and cut chains."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

LAB = """
import srm_lab as srm
from srm_lab import prompt_trials

trials = prompt_trials.load()
srm.widgets.grader_lab([trials["few-shot, steps"], trials["direct"]])
"""
FATES = """
names = "direct", "zero-shot, steps", "structured output"
srm.figures.answer_fates([trials[name] for name in names], "SmolLM2: right, wrong, or neither")
"""
ROWS = "[...document.querySelectorAll('.srm-rules tbody tr')].filter(e => e.checkVisibility())"


def test_recorded_replies_are_read_by_all_graders_and_show_their_fate(lab):
    lab.open(lab.notebook("six", [LAB, FATES]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.jp-OutputArea .js-plotly-plot .bars path').length >= 8")
    lab.screenshot("six light")
    lab.page.get_by_role("tab", name="Where graders disagree").click()
    lab.wait_for(f"{ROWS}.length >= 5")
    lab.dark_and_narrow("six", width=700, height=1900)
    assert lab.errors == []
