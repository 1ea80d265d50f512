"""GRPO and DPO as runs on disk: they stop, go on exactly, and write what figures and the microscope read."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
import torch
from conftest_training import small_model

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.training.grpo_run import SNAPSHOTS, dpo, grpo
from srm_lab.training.grpo_settings import GrpoSettings
from srm_lab.training.preference import DpoSettings, right_wrong_pairs
from srm_lab.training.rewards import Reward, combine
from srm_lab.training.rollouts import draw_groups
from srm_lab.training.run_log import read_metrics
from srm_lab.training.snapshots import read_snapshots

SHORT = combine(short=(1.0, lambda problem, completion, verdict: float(len(completion.token_ids) <= 2)))
# one prompt a step: then the engine's batches are the same each time, and so is every bit
SETTINGS = GrpoSettings(
    steps=6, prompts=1, group_size=8, max_new_tokens=6, learning_rate=0.01, warmup=0, flat="keep", kl_weight=0.05
)


def weights(lm):
    return torch.cat([parameter.detach().flatten() for parameter in lm.model.parameters()])


def without_clock(rows):
    return [{key: value for key, value in row.items() if not key.endswith("seconds")} for row in rows]


def test_a_stopped_run_goes_on_in_a_fresh_process_as_if_it_had_not_stopped(picks, tmp_path):
    whole = small_model()
    unbroken = grpo(whole, picks, SHORT, SETTINGS, folder=tmp_path / "whole")
    stop, first, second = threading.Event(), small_model(), small_model()
    half = grpo(
        first, picks, SHORT, SETTINGS, folder=tmp_path / "broken", stop=stop,
        on_step=lambda step: stop.set() if step.step == 3 else None,
    )  # fmt: skip
    assert (half.steps, half.finished) == (3, False)
    with torch.no_grad():
        second.model.lm_head.weight.add_(1.0)  # whatever it holds: weights and reference come from the run
    rest = grpo(second, picks, SHORT, SETTINGS, folder=tmp_path / "broken")
    assert (rest.steps, rest.finished) == (6, True)
    assert torch.equal(weights(whole), weights(second))
    assert without_clock(rest.metrics) == without_clock(unbroken.metrics)
    for model in (whole, first, second):
        model.engine.close()


def test_the_log_the_snapshots_and_the_card_are_written(lm, picks, tmp_path):
    result = grpo(lm, picks, SHORT, replace(SETTINGS, steps=3), folder=tmp_path, snapshots=2)
    rows = read_metrics(tmp_path)
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert {"reward", "pass_rate", "flat_share", "kl", "entropy", "seconds"} <= set(rows[0])
    assert [shot.step for shot in read_snapshots(tmp_path / SNAPSHOTS)] == [1, 3]
    card = json.loads((tmp_path / "card.json").read_text())
    assert card == result.card
    assert (card["method"], card["finished"], card["reward"]) == ("grpo", True, SHORT.describe())


def test_another_configuration_is_refused(lm, picks, tmp_path):
    grpo(lm, picks, SHORT, replace(SETTINGS, steps=1), folder=tmp_path)
    with pytest.raises(SrmLabError, match="learning_rate"):
        grpo(lm, picks, SHORT, replace(SETTINGS, steps=1, learning_rate=0.02), folder=tmp_path)


def test_test_problems_are_refused(lm, tmp_path):
    test = [Problem("t", "pick a 0 ?", "2", "picks", {"split": "test"})]
    with pytest.raises(SrmLabError, match="test split"):
        grpo(lm, test, SHORT, SETTINGS)


def test_time_that_is_up_ends_a_run_unfinished(lm, picks):
    result = grpo(lm, picks, SHORT, SETTINGS, seconds=0.0)
    assert (result.steps, result.finished) == (1, False)


def odd_is_right(problem: Problem, completion: Completion) -> Reward:
    odd = len(completion.token_ids) % 2 == 1
    return Reward(float(odd), {"odd": float(odd)}, odd)


def test_dpo_stops_and_goes_on_exactly(lm, picks, question, tmp_path):
    pairs = right_wrong_pairs(draw_groups(lm, picks, question, odd_is_right, 8, max_new_tokens=6))
    settings = DpoSettings(epochs=2, pairs_at_once=4, learning_rate=0.01)
    whole, first, second, stop = small_model(), small_model(), small_model(), threading.Event()
    unbroken = dpo(whole, pairs, settings)
    dpo(first, pairs, settings, folder=tmp_path, stop=stop, on_step=lambda step: stop.set())
    rest = dpo(second, pairs, settings, folder=tmp_path)
    assert rest.finished
    assert torch.equal(weights(whole), weights(second))
    assert without_clock(rest.metrics) == without_clock(unbroken.metrics)
