"""A run on disk: only under its own configuration, never half written, its metrics cut back to what was saved."""

from __future__ import annotations

import os
import signal

import pytest
import torch

from srm_lab import SrmLabError
from srm_lab.training.run_log import RunLog, State, TrainingInterrupted, read_metrics, stoppable, write_atomically


def test_a_line_can_be_read_as_soon_as_it_is_written(tmp_path):
    log = RunLog(tmp_path, {"a": 1})
    log.write(1, loss=0.5)
    assert read_metrics(tmp_path) == [{"step": 1, "loss": 0.5}]


def test_a_torn_line_is_left_out(tmp_path):
    RunLog(tmp_path, {}).write(1, loss=0.5)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert [line["step"] for line in read_metrics(tmp_path)] == [1]


def test_resuming_drops_the_metrics_of_steps_that_were_not_saved(tmp_path):
    log = RunLog(tmp_path, {"a": 1})
    for step in (1, 2, 3):
        log.write(step)
        if step == 2:
            log.save(State(2, {"w": torch.arange(3)}, {"seconds": 1.5}))
    again = RunLog(tmp_path, {"a": 1})
    state = again.resume()
    assert (state.step, state.facts, state.tensors["w"].tolist()) == (2, {"seconds": 1.5}, [0, 1, 2])
    assert [line["step"] for line in again.metrics] == [line["step"] for line in read_metrics(tmp_path)] == [1, 2]


def test_another_configuration_is_refused_and_named(tmp_path):
    RunLog(tmp_path, {"rate": 0.1, "steps": 5})
    RunLog(tmp_path, {"rate": 0.1, "steps": 5})
    with pytest.raises(SrmLabError, match=r"rate is 0\.1, now it is 0\.2"):
        RunLog(tmp_path, {"rate": 0.2, "steps": 5})


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "state"
    write_atomically(path, b"old")

    def full(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_state_says_so(tmp_path):
    log = RunLog(tmp_path, {})
    (tmp_path / "state.safetensors").write_bytes(b"nonsense")
    with pytest.raises(SrmLabError, match="can't be read"):
        log.resume()


def test_without_a_folder_metrics_stay_in_memory():
    log = RunLog(None, {})
    log.write(1, loss=2.0)
    log.save(State(1, {}))
    assert log.metrics == [{"step": 1, "loss": 2.0}]
    assert RunLog(None, {}).resume() is None


def test_an_interrupt_lets_the_step_end_and_is_raised_afterwards():
    steps = []

    def loop():
        with stoppable(None) as stop:
            while not stop.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                steps.append("whole")

    with pytest.raises(TrainingInterrupted):
        loop()
    assert steps == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_card_is_kept_and_returned(tmp_path):
    log = RunLog(tmp_path, {})
    assert log.finish({"n": 3}) == {"n": 3}
    assert (tmp_path / "card.json").exists()
