"""The grader lab, clicked in real JupyterLab: one answer, a run's disputes, scores by rule and size."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

RUNS = '''
import srm_lab as srm
from srm_lab.records import Completion, Usage

TEXTS = ["3 + 4 = 7. The answer is 7.", "The answer is 7 or 8.", "#### 7\\nBecause 3 and 4 are 7, out of 9.",
         "It is 8. The answer is 8.", "<b>7</b><img src=x onerror='window.hacked=1'> is it. The answer is 7."]

@srm.method
def scripted(problem, lm, *, shift=0):
    """Says one of five things."""
    text = TEXTS[(int(problem.id[1:]) + shift) % (5 - shift)]
    usage = Usage(5, 5, 9, 1)
    chain = Completion(text, None, text, tuple(range(9)), (0.0,) * 9, "stop", usage)
    return srm.Solution(answer=None, text=text, completions=(chain,), usage=usage, trace=())

class Nobody:
    name, fingerprint, quantization, num_parameters, memory_bytes = "nobody", "n", None, 1, 1

problems = [srm.Problem(f"p{i}", "Ann has 3 apples and gets 4. How many?", "7", "word_problems", {}) for i in range(60)]
runs = [srm.evaluate(Nobody(), scripted, problems, shift=s, progress=False, store=False) for s in (0, 1)]
'''
WIDTHS = (
    "[...document.querySelectorAll('.srm-live .main-svg')].filter(e => e.checkVisibility()).map(e => e.clientWidth)"
)


def _typed(lab, place, text):
    box = lab.page.locator(place)
    box.fill(text)
    box.press("Tab")


def test_one_answer_is_read_by_all_graders_while_typing_and_stays_text(lab):
    lab.open(lab.notebook("graders", ["import srm_lab as srm\nsrm.widgets.grader_lab()"]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('.srm-rules tbody tr').length >= 5")
    lab.screenshot("grader lab answer", ".srm-live")
    _typed(lab, ".srm-live textarea", "So <img src=x onerror='window.hacked=1'> it is. The answer is 18 or 20.")
    lab.wait_for("document.querySelector('.srm-rules').innerText.includes('<img src=x')")
    assert lab.page.evaluate("window.hacked") is None
    _typed(lab, ".srm-live textarea", "The answer is 18.")
    _typed(lab, ".srm-live input[type=text] >> nth=0", "not a number at all")
    lab.wait_for("document.querySelector('.srm-live').innerText.includes('not a number')")
    lab.screenshot("grader lab unreadable reference", ".srm-live")
    assert lab.errors == []


def test_a_runs_disputes_and_scores_fill_the_width_of_their_tab(lab):
    lab.open(lab.notebook("disputes", [RUNS, "box = srm.widgets.grader_lab(runs)\nbox"]))
    lab.run_all()
    for tab, name in (("Where graders disagree", "disputes"), ("Scores by rule and by size", "scores")):
        lab.page.get_by_role("tab", name=tab).click()
        lab.wait_for(f"{WIDTHS}.length > 0 && {WIDTHS}.every(width => width > 900)")
        lab.page.wait_for_timeout(300)
        lab.screenshot(f"grader lab {name} light", ".srm-live")
    lab.theme(dark=True)
    lab.screenshot("grader lab scores dark", ".srm-live")
    lab.theme(dark=False)
    lab.page.set_viewport_size({"width": 760, "height": 1300})
    lab.wait_for(f"{WIDTHS}.every(width => width < 760)")
    lab.screenshot("grader lab scores narrow", ".srm-live")
    assert lab.errors == []
