"""The grader lab, clicked in real JupyterLab."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

CELL = """
from srm_lab.records import Completion, Problem, Solution, Usage
from srm_lab.run import Record, Run
from srm_lab.scoring.verify import verify
from srm_lab.widgets.grader_lab import grader_lab

def run(method, right):
    texts, records = ("The answer is {}.", "{} or 99", "#### {}", "<script>window.hacked=1</script> {}"), []
    for i in range(40):
        text = texts[i % 4].format(i + 2 if i < right else i + 3)
        chain = Completion(text, None, text, (), (), "stop", Usage(3, 3, 4, 1))
        problem = Problem(f"p{i}", "How many?", str(i + 2), "made up")
        solution = Solution(None, text, (chain,), chain.usage)
        records.append(Record(problem, solution, verify(text, problem.answer), None, 0.1))
    return Run("fake", method, {}, 0, tuple(records), 1.0)

grader_lab([run("direct", 16), run("few_shot_cot", 26)])
"""


def test_typed_answers_are_read_by_every_grader_and_runs_are_looked_into(lab):
    lab.open(lab.notebook("grader lab", [CELL]))
    lab.run_all()
    lab.wait_for("document.querySelectorAll('tr[data-rule]').length >= 6")
    lab.page.locator(".srm-live textarea").first.fill("<img src=x onerror='window.hacked=1'> The answer is 18.")
    lab.wait_for("document.querySelector('tr[data-rule=srm-lab]').innerText.includes('right')")
    assert lab.page.locator(".srm-live img").count() == 0
    lab.screenshot("grader lab one answer", ".srm-live")
    lab.page.locator(".lm-TabBar-tab", has_text="Where graders disagree").click()
    lab.page.locator(".srm-live .js-plotly-plot:visible").first.wait_for()
    lab.theme(dark=True)
    lab.screenshot("grader lab disagreements dark", ".srm-live")
    lab.page.locator(".lm-TabBar-tab", has_text="Scores").click()
    lab.page.locator(".srm-live .js-plotly-plot:visible").nth(1).wait_for()
    lab.screenshot("grader lab scores dark", ".srm-live")
    assert lab.page.evaluate("window.hacked") is None
    assert lab.errors == []
