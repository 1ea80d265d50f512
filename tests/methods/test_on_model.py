"""A method tied to a model answers with that model, whatever model it is called with."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.methods import METHODS, on_model


def test_it_asks_its_own_model_streams_and_counts_there(fake_model, problems):
    own, other, heard = fake_model(["The answer is 2."]), fake_model(["The answer is 9."]), []
    tied = on_model("zero_shot_cot", own, "student_from_traces")
    solution = tied(problems[0], other, on_token=lambda chain, text: heard.append(text))
    assert solution.answer == "2"
    assert solution.usage.generated_tokens > 0
    assert not other.asked
    assert heard


def test_it_keeps_the_methods_settings_and_its_new_name(fake_model, problems):
    tied = on_model(srm.methods.self_consistency, fake_model(["The answer is 2."]), "mine")
    assert (tied.__name__, tied.settings) == ("mine", srm.methods.self_consistency.settings)
    assert srm.evaluate(fake_model([""]), tied, problems[:1], n=2, examples=problems, progress=False).method == "mine"
    assert "mine" not in METHODS
    with pytest.raises(srm.SrmLabError, match="no setting 'width'"):
        tied(problems[0], None, width=3)
