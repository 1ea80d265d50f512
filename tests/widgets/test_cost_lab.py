"""The cost lab without a browser: every choice redraws bars and sentences of the same numbers."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.models.architecture import PUBLISHED
from srm_lab.models.roofline import Machine, Plan, cost
from srm_lab.widgets.cost_lab import cost_lab, plan_html

MINE = Machine("mine <b>", 20e9, 100e9, 4e9, measured=True)
R1 = "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"


def test_it_starts_with_the_machine_and_the_model_given():
    view = cost_lab([MINE], model=R1)
    assert view.plan == Plan(PUBLISHED[R1], "bfloat16", None, 1, 2048, 128)
    assert view.figure.data[0].y[-1] == pytest.approx(cost(view.plan, MINE).bytes / 1e9)


def test_every_input_redraws_bars_title_and_text():
    view = cost_lab([MINE, Machine("other", 1e12, 1e14, 80e9)], model=R1)
    for box, value in (
        (view.precision, "nf4"), (view.chains, 16), (view.tokens, 4096), (view.prompt, 1024),
        (view.model, "smollm2-135m"), (view.machine, 1),
    ):  # fmt: skip
        before = (list(view.figure.data[0].y), list(view.figure.data[1].y), view.text.value)
        box.value = value
        after = (list(view.figure.data[0].y), list(view.figure.data[1].y), view.text.value)
        assert before != after, box.description
    assert view.figure.layout.title.text == "16 chains of 4,096 tokens on other"


def test_the_bars_stay_the_same_two_traces():
    view = cost_lab([MINE])
    traces = tuple(trace.uid for trace in view.figure.data)
    view.chains.value = 256
    assert tuple(trace.uid for trace in view.figure.data) == traces


def test_the_sentences_say_whether_it_fits_and_escape_the_name():
    small = plan_html(Plan(PUBLISHED[R1]), cost(Plan(PUBLISHED[R1]), MINE), MINE)
    assert "fits into" in small
    assert "mine &lt;b&gt;" in small
    many = Plan(PUBLISHED[R1], chains=64, tokens=8000)
    assert "does <b>not</b> fit" in plan_html(many, cost(many, MINE), MINE)


@pytest.mark.parametrize("wrong", [{"machines": []}, {"models": {}}, {"model": "gpt-2"}])
def test_without_a_machine_or_a_known_model_it_says_so(wrong):
    with pytest.raises(SrmLabError, match="cost lab"):
        cost_lab(**wrong)
