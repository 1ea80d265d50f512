"""The widgets of notebook 06 in real JupyterLab: recorded replies in the grader lab, and figures in both themes."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

LAB = """
import srm_lab as srm
from srm_lab import prompt_trials

trials = prompt_trials.load()
pair = [trials["few-shot, steps"], trials["direct"]]
srm.widgets.grader_lab(pair)
"""
FATES = """
from dataclasses import replace

cut = srm.evaluate(
    srm.load_model("tiny/chain-cot"), "zero_shot_cot", srm.load_problems("arithmetic", n=12, operations=(1, 2, 3, 4)),
    max_new_tokens=20, progress=False, store=False,
)
both = [replace(cut, method="kit"), replace(srm.rescore(cut, rule="lm-eval flexible"), method="last number")]
srm.figures.answer_fates(both)
"""
SCORES = "srm.figures.scores_by_rule(pair, rules=('srm-lab', 'lm-eval flexible', 'lm-eval strict', 'contains'))"


def test_recorded_replies_are_read_by_all_graders_and_cut_chains_show_their_fate(lab):
    lab.open(lab.notebook("six", [LAB, FATES, SCORES]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.jp-OutputArea .js-plotly-plot .bars path').length >= 8")
    lab.screenshot("six")
    lab.page.get_by_role("tab", name="Where graders disagree").click()
    lab.wait_for(
        "[...document.querySelectorAll('.srm-rules tbody tr')].filter(e => e.checkVisibility()).length >= 5", 60
    )
    lab.screenshot("six disagreements", ".srm-live")
    lab.theme(dark=True)
    lab.screenshot("six dark")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 700, "height": 1100})
    lab.page.wait_for_timeout(500)
    lab.screenshot("six narrow")
    assert lab.errors == []
