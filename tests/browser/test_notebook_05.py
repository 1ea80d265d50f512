"""The widgets of notebook 05 in real JupyterLab: two curves grow as students learn, and a pair answers a click."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CURVES = """
import srm_lab as srm
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.examples import from_problems
from srm_lab.training.sft import SftSettings, sft

curves = srm.widgets.live_curves("Two students learn", x="step")
display(curves)
questions = srm.load_problems("arithmetic", n=40, split="train", operations=3)
for name, style in (("traces", "full"), ("answers", "answer")):
    student = LocalModel(name, *tiny.make("0.1M", ALPHABET, seed=0))
    sft(student, from_problems(questions, style), SftSettings(steps=10), on_step=curves.follow(name))
    curves.paint()
"""
STUDENTS = """
from srm_lab import students

runs = {"traces": srm.load_model("tiny/chain-cot"), "answers": srm.load_model("tiny/chain-direct")}
test = srm.load_problems("arithmetic", n=10, operations=3)
rows = []
for name, lm in runs.items():
    run = srm.evaluate(lm, "zero_shot_cot", test, max_new_tokens=48, progress=False, store=False)
    rows.append({"arm": name, "size": "0.1M", "seed": 0, **students.verdicts(run)})
srm.figures.students(rows, "Two students", {"traces": "the teacher's chains", "answers": "answers alone"})
"""
PAIR = """
from srm_lab.methods import on_model

pair = [on_model("zero_shot_cot", lm, f"student_from_{name}") for name, lm in runs.items()]
srm.widgets.live_comparison(models=(student,), methods=pair, problems=test, temperature=0.0)
"""
LINES = "document.querySelectorAll('.jp-OutputArea .js-plotly-plot path.js-line').length"


def test_two_curves_grow_and_each_student_of_the_pair_answers_with_its_own_model(lab):
    lab.open(lab.notebook("five", [CURVES, STUDENTS, PAIR]))
    lab.run_all()
    lab.wait_for(f"{LINES} >= 2")
    lab.screenshot("five curves")
    lab.click("Run")
    lab.wait_for("(document.querySelector('.srm-status')?.innerText ?? '').includes('Done')", 60)
    texts = lab.page.locator(".srm-columns .srm-text").all_inner_texts()
    assert [";" in text for text in texts] == [True, False]
    lab.dark_and_narrow("five", width=700, height=1100)
    assert lab.errors == []
