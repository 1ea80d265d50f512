"""Supervised fine-tuning: it learns, goes on exactly where it stood, and stops at what is not finite."""

from __future__ import annotations

import dataclasses
import json
import threading

import pytest
import torch

from srm_lab import SrmLabError
from srm_lab.models.adapters import with_lora
from srm_lab.models.machine import native_bfloat16
from srm_lab.training.run_log import read_metrics
from srm_lab.training.sft import SftSettings, sft

SETTINGS = SftSettings(steps=8, batch_size=8, tokens_at_once=150)


def weights(lm):
    return [parameter.detach().clone() for parameter in lm.model.parameters()]


def same(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def stopping_after(step: int):
    stop = threading.Event()
    return {"stop": stop, "on_step": lambda line: stop.set() if line["step"] == step else None}


def without_clock(lines):
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_it_learns_what_it_is_taught(new_lm, examples):
    lm, example = new_lm(), examples[0]
    result = sft(lm, [example], SftSettings(steps=60, batch_size=4, learning_rate=5e-3))
    assert result.metrics[-1]["loss"] < 0.1 < result.metrics[0]["loss"]
    drawn = lm.sample(example.prompt, temperature=0, max_new_tokens=60)[0]
    assert (drawn.text, drawn.finish_reason) == (example.completion, "stop")


@pytest.mark.parametrize("stopped_after", [1, 5])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(new_lm, examples, tmp_path, stopped_after):
    whole = new_lm()
    expected = sft(whole, examples, SETTINGS)
    first = sft(new_lm(), examples, SETTINGS, folder=tmp_path, **stopping_after(stopped_after))
    assert (first.steps, first.finished) == (stopped_after, False)
    second = new_lm(seed=7)  # whatever the weights were: those of the run are put back
    result = sft(second, examples, SETTINGS, folder=tmp_path)
    assert result.finished
    assert same(weights(second), weights(whole))
    assert without_clock(read_metrics(tmp_path)) == without_clock(expected.metrics)


def test_resuming_with_dropout_draws_the_same_random_numbers(new_lm, examples, tmp_path):
    whole, parts = (with_lora(new_lm(), rank=4, dropout=0.3) for _ in range(2))
    sft(whole, examples, SETTINGS)
    sft(parts, examples, SETTINGS, folder=tmp_path, **stopping_after(3))
    torch.manual_seed(99)
    sft(parts, examples, SETTINGS, folder=tmp_path)
    assert same(weights(parts), weights(whole))


def test_another_seed_gives_another_model(new_lm, examples):
    one, other = new_lm(), new_lm()
    sft(one, examples, SETTINGS)
    sft(other, examples, dataclasses.replace(SETTINGS, seed=1))
    assert not same(weights(one), weights(other))


@pytest.mark.parametrize("change", [{"learning_rate": 5e-4}, {"steps": 9}, {"seed": 3}])
def test_a_run_does_not_go_on_under_other_settings(new_lm, examples, tmp_path, change):
    sft(new_lm(), examples, SETTINGS, folder=tmp_path, **stopping_after(1))
    with pytest.raises(SrmLabError, match="another configuration"):
        sft(new_lm(), examples, dataclasses.replace(SETTINGS, **change), folder=tmp_path)


def test_a_run_does_not_go_on_with_other_data(new_lm, examples, tmp_path):
    sft(new_lm(), examples, SETTINGS, folder=tmp_path, **stopping_after(1))
    with pytest.raises(SrmLabError, match="data"):
        sft(new_lm(), examples[::-1], SETTINGS, folder=tmp_path)


def test_forward_passes_in_parts_give_the_gradient_of_the_whole(new_lm, examples):
    whole, parts = new_lm(), new_lm()
    one = sft(whole, examples, dataclasses.replace(SETTINGS, steps=1, tokens_at_once=10_000))
    other = sft(parts, examples, dataclasses.replace(SETTINGS, steps=1, tokens_at_once=50))
    assert one.metrics[0]["loss"] == pytest.approx(other.metrics[0]["loss"], rel=1e-5)
    assert one.metrics[0]["norm"] == pytest.approx(other.metrics[0]["norm"], rel=1e-4)


def test_adapters_alone_are_trained_where_there_are_some(new_lm, examples):
    lm = with_lora(new_lm())
    before = {name: parameter.detach().clone() for name, parameter in lm.model.named_parameters()}
    sft(lm, examples, SETTINGS)
    changed = {name for name, parameter in lm.model.named_parameters() if not torch.equal(before[name], parameter)}
    assert changed == {name for name in before if "lora_" in name}


def test_a_loss_that_is_not_finite_stops_with_the_step_the_batch_and_the_weights_before(new_lm, examples):
    lm = new_lm()
    with torch.no_grad():
        lm.model.model.embed_tokens.weight[5] = float("nan")
    before = weights(lm)
    with pytest.raises(SrmLabError, match=r"step 1: the loss is nan") as caught:
        sft(lm, examples, SETTINGS)
    assert "####" in str(caught.value)
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(before, weights(lm)))


def test_afterwards_the_model_is_as_it_was_left_for_sampling(new_lm, examples):
    lm = new_lm()
    before, said = lm.fingerprint, lm.sample("7+12?", seed=1, max_new_tokens=20)
    sft(lm, examples, SETTINGS)
    assert not lm.model.training
    assert not any(parameter.requires_grad for parameter in lm.model.parameters())
    assert lm.fingerprint != before
    assert lm.sample("7+12?", seed=1, max_new_tokens=20) != said


def test_seconds_end_a_run_too(new_lm, examples):
    result = sft(new_lm(), examples, SftSettings(seconds=0.05, batch_size=2))
    assert result.finished
    assert result.steps >= 1


@pytest.mark.parametrize("settings", [{}, {"steps": 5, "seconds": 1.0}, {"steps": 0}, {"steps": 5, "clip": -1.0}])
def test_a_setting_out_of_range_is_an_error(settings):
    with pytest.raises(SrmLabError):
        SftSettings(**settings)


@pytest.mark.skipif(native_bfloat16(), reason="this machine multiplies bfloat16")
def test_autocast_is_refused_where_it_would_be_slower(new_lm, examples):
    with pytest.raises(SrmLabError, match="bfloat16"):
        sft(new_lm(), examples, dataclasses.replace(SETTINGS, autocast=True))


def test_a_finished_run_ends_with_a_card_and_a_stopped_one_does_not(new_lm, examples, tmp_path):
    lm = new_lm()
    sft(lm, examples, SETTINGS, folder=tmp_path, **stopping_after(2))
    assert not (tmp_path / "card.json").exists()
    sft(lm, examples, SETTINGS, folder=tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert (card["fingerprint"], card["steps"], card["seed"]) == (lm.fingerprint, 8, 0)


def test_a_quantized_model_is_trained_through_adapters_alone(new_lm, examples):
    lm = new_lm()
    packed = type(lm)("packed", lm.model, lm.tokenizer, "nf4", "f1")
    with pytest.raises(SrmLabError, match="with_lora"):
        sft(packed, examples, SETTINGS)
