"""Measuring the machine: sizes made small, a model that says what it is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from srm_lab.models import speed


def test_a_machine_is_measured_in_bytes_and_operations_a_second(monkeypatch):
    monkeypatch.setattr(speed, "_READ_NUMBERS", {"cpu": 1000})
    monkeypatch.setattr(speed, "_SQUARE", {"cpu": 16})
    monkeypatch.setattr(speed, "_median_seconds", lambda run, kind, repeats: run() is None or 0.5)
    machine = speed.measure_machine("mine", dtype="float32", device="cpu")
    assert (machine.name, machine.measured) == ("mine", True)
    assert machine.bytes_per_second == 4000 / 0.5
    assert machine.flops_per_second == 2 * 16**3 / 0.5
    assert machine.memory_bytes > 0


def test_the_first_repeat_does_not_count(monkeypatch):
    ticks = iter([0, 100, 200, 201, 300, 303, 400, 402])
    monkeypatch.setattr(speed, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert speed._median_seconds(lambda: None, "cpu", repeats=3) == 2


@pytest.fixture
def model(fake_model):
    lm = fake_model(lambda prompt, index, seed: "a b c d")
    lm.model = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=[2, 7]))
    lm.tokenizer = SimpleNamespace(eos_token_id=2, chat_template="", get_vocab=dict)
    return lm


def test_decoding_is_timed_after_the_prompt_and_no_end_token_is_drawn(model, monkeypatch):
    ticks = iter([10.0, 12.0])
    monkeypatch.setattr(speed, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert speed.decode_speed(model, rows=3, tokens=4, seed=5) == 3 * 3 / 2.0
    (_, first), (_, timed) = model.asked
    assert (first["max_new_tokens"], timed["max_new_tokens"]) == (2, 4)
    assert set(timed["banned_token_ids"]) == {2, 7}
    assert (timed["n"], timed["seed"]) == (3, 5)


def test_a_chain_that_ends_early_counts_what_it_wrote(model, monkeypatch):
    ticks = iter([0.0, 2.0])
    monkeypatch.setattr(speed, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert speed.decode_speed(model, rows=2, tokens=100) == 2 * 3 / 2.0
