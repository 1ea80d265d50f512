"""Trying ways: what runs is measured, what does not says why, and a way that computes something else is seen."""

from __future__ import annotations

import copy

import pytest
import torch

from srm_lab.compress import trials
from srm_lab.compress.trials import Trial, table, try_ways
from srm_lab.compress.ways import BASELINES, WAYS, Way
from srm_lab.errors import SrmLabError
from srm_lab.models.local import LocalModel

TEXT = "a b 1 + 2 ="


@pytest.fixture
def folder(lm, tmp_path):
    lm.model.save_pretrained(tmp_path)
    lm.tokenizer.save_pretrained(tmp_path)
    return str(tmp_path)


def tried(folder, *ways, **settings):
    found = try_ways(folder, ways=ways, prompt=TEXT, **{"tokens": 3, "repeats": 2, **settings})
    return {trial.way: trial for trial in found}


def test_a_way_that_runs_is_measured_beside_the_plain_models(folder, lm):
    found = tried(folder, "srm_lab 4 bits", "srm_lab 4 bits, simulated")
    assert list(found) == [*BASELINES, "srm_lab 4 bits", "srm_lab 4 bits, simulated"]
    assert all(trial.ran and len(trial.rates) == 2 and min(trial.rates) > 0 for trial in found.values())
    assert found["float32"].memory_bytes == found["srm_lab 4 bits, simulated"].memory_bytes == lm.memory_bytes
    assert found["srm_lab 4 bits"].memory_bytes < lm.memory_bytes
    assert found["float32"].ratios("float32") == {0: 1.0, 1: 1.0}
    own, plain = found["srm_lab 4 bits"].rates, found["bfloat16"].rates
    assert found["srm_lab 4 bits"].ratios("bfloat16") == {i: own[i] / plain[i] for i in range(2)}


def test_a_way_that_does_not_run_here_says_why_in_a_line(folder):
    found = tried(folder, "torchao int8", "bitsandbytes nf4, CUDA", "GPTQ through transformers")
    for trial in list(found.values())[2:]:
        if not trial.ran:
            assert "\n" not in trial.failure
            assert not trial.rates
    if not torch.cuda.is_available():
        assert "no CUDA GPU" in found["bitsandbytes nf4, CUDA"].failure


def test_a_way_that_computes_something_else_surprises_the_plain_model(folder, monkeypatch):
    def broken(base):
        model = copy.deepcopy(base.model)
        for weight in model.parameters():
            weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) * weight.std()
        return LocalModel(base.name, model, base.tokenizer, "broken")

    monkeypatch.setitem(WAYS, "broken", Way("noise", broken))
    found = tried(folder, "broken", tokens=6)
    assert found["broken"].surprise > found["float32"].surprise + 0.3


def test_an_unknown_way_and_a_chain_too_short_to_time_are_refused(folder):
    with pytest.raises(SrmLabError, match="srm_lab int8"):
        try_ways(folder, ways=["srm_lab int9"])
    with pytest.raises(SrmLabError, match="cannot be timed"):
        try_ways(folder, tokens=1)


RAN = Trial("float32", "32 bits", "", 400, 0.1, (2.0, 4.0, 9.0), {"float32": (2.0, 4.0, 9.0), "bfloat16": (1, 1, 3)})
HALF = Trial("bfloat16", "16 bits", "", 200, 0.1, (1.0, 1.0, 3.0), RAN.against)
FAILED = Trial("torchao int8", "8 bits", "No module named 'torchao'")


def test_the_table_shows_medians_ratios_and_reasons():
    shown = table([RAN, HALF, FAILED])
    assert list(shown["runs here"]) == ["yes", "yes", "no"]
    assert shown.loc["float32", "tokens/s"] == 4.0
    assert shown.loc["float32", "x bfloat16"] == 3.0
    assert shown.loc["float32", "of bfloat16"] == "200%"
    assert shown.loc["torchao int8", "how, or why not"] == "No module named 'torchao'"
    assert table([]).empty


def test_what_was_saved_is_loaded_and_no_file_is_no_trials(tmp_path):
    trials.save([RAN, FAILED], tmp_path / "t.json", command="python")
    loaded = trials.load(tmp_path / "t.json")
    assert [trial.way for trial in loaded] == ["float32", "torchao int8"]
    assert loaded[0].ratios("bfloat16") == RAN.ratios("bfloat16")
    assert not loaded[1].ran
    assert trials.load(tmp_path / "none.json") == []
