"""One GRPO step: what is drawn, what is learned from, and what is refused."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from conftest_training import small_model

from srm_lab.errors import SrmLabError
from srm_lab.training.grpo_settings import VARIANTS, GrpoSettings
from srm_lab.training.grpo_step import MAX_REDRAWS, draw_step, learn, prepare, problem_stream
from srm_lab.training.rewards import combine, correctness
from srm_lab.training.rollouts import draw_groups, score

REWARD = combine(correct=(1.0, correctness()))
ALWAYS = combine(always=(1.0, lambda problem, completion, verdict: 1.0))
SETTINGS = GrpoSettings(prompts=4, group_size=4, max_new_tokens=6)


def mixed(lm, picks, question, settings=SETTINGS):
    """Groups whose rollouts earned different rewards: one for the parity of the length."""
    odd = combine(odd=(1.0, lambda problem, completion, verdict: len(completion.token_ids) % 2))
    return draw_groups(lm, picks, question, odd, 8, max_new_tokens=6, temperature=settings.temperature)


def sgd(lm, rate=0.1):
    return torch.optim.SGD(lm.model.parameters(), lr=rate)


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_every_published_variant_is_valid_settings(variant):
    assert GrpoSettings(**VARIANTS[variant])


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0}, {"group_size": 1}, {"learning_rate": 0.0}, {"clip_low": 1.0}, {"temperature": 0.0},
        {"kl_weight": -0.1}, {"level": "word"}, {"average": "none"}, {"flat": "drop"}, {"learning_rate": float("nan")},
    ],
)  # fmt: skip
def test_a_setting_out_of_range_is_named(wrong):
    with pytest.raises(SrmLabError, match=next(iter(wrong))):
        GrpoSettings(**wrong)


def test_the_stream_gives_every_problem_once_a_pass_and_goes_on_anywhere(picks):
    first = list(itertools.islice(problem_stream(picks, seed=1), 24))
    assert all({p.id for p in first[i : i + 8]} == {p.id for p in picks} for i in (0, 8, 16))
    assert first[:8] != first[8:16]
    assert list(itertools.islice(problem_stream(picks, 1, start=13), 11)) == first[13:]
    assert list(itertools.islice(problem_stream(picks, seed=2), 24)) != first


def test_flat_groups_are_skipped_kept_or_redrawn(lm, picks, question):
    def drawn(flat):
        return draw_step(lm, picks, question, ALWAYS, replace(SETTINGS, flat=flat), step=0, position=0)

    skipped, kept, redrawn = drawn("skip"), drawn("keep"), drawn("redraw")
    assert (len(skipped.groups), len(skipped.kept), skipped.position) == (4, 0, 4)
    assert (len(kept.groups), len(kept.kept)) == (4, 4)
    assert (len(redrawn.groups), len(redrawn.kept), redrawn.position) == (4 * MAX_REDRAWS, 0, 4 * MAX_REDRAWS)


def test_redrawing_stops_when_enough_groups_vary(lm, picks, question):
    odd = combine(odd=(1.0, lambda problem, completion, verdict: len(completion.text)))
    drawn = draw_step(lm, picks, question, odd, replace(SETTINGS, flat="redraw"), step=0, position=0)
    assert len(drawn.kept) == 4
    assert all(len({rollout.reward.total for rollout in group.rollouts}) > 1 for group in drawn.kept)


def test_a_step_makes_good_rollouts_likelier_and_bad_ones_less_likely(lm, picks, question):
    groups = mixed(lm, picks, question)
    learning = prepare(lm.model, groups, SETTINGS)
    shown = learn(lm.model, sgd(lm), groups, SETTINGS, step=0)
    with torch.no_grad():
        change = (score(lm.model, learning.batch)[0] - learning.old).sum(dim=1)
    assert float((change * learning.gains).mean()) > 0
    assert shown["clip_share"] == 0.0  # the first update starts from ratios of 1
    assert shown["moved"] < 1e-4
    assert shown["entropy"] > 0
    assert "kl" not in shown


def test_small_parts_give_the_same_step_as_one_large_one(picks, question):
    weights = []
    for rows in (256, 5):
        lm = small_model()
        groups = mixed(lm, picks, question)
        learn(lm.model, sgd(lm), groups, replace(SETTINGS, rows_at_once=rows, average="token"), step=0)
        weights.append(torch.cat([p.detach().flatten() for p in lm.model.parameters()]))
        lm.engine.close()
    assert torch.allclose(*weights, atol=1e-5)


def test_more_epochs_move_the_ratios_and_clipping_is_counted(lm, picks, question):
    groups = mixed(lm, picks, question)
    settings = replace(SETTINGS, epochs=4, minibatches=2, clip_low=0.01, clip_high=0.01, max_grad_norm=100.0)
    shown = learn(lm.model, sgd(lm, 1.0), groups, settings, step=0)
    assert shown["moved"] > 1e-3
    assert 0 < shown["clip_share"] < 1


def test_kl_is_zero_at_the_start_and_pulls_a_policy_that_has_moved_back(lm, picks, question):
    reference = small_model().model
    settings = replace(SETTINGS, kl_weight=1.0, epochs=4)
    groups = mixed(lm, picks, question)
    first = learn(lm.model, sgd(lm, 1e-9), groups, settings, 0, reference)
    assert first["kl"] == pytest.approx(0, abs=1e-6)
    learn(lm.model, sgd(lm, 0.3), groups, replace(settings, kl_weight=0.0), 1)
    unpaid = draw_groups(lm, picks, question, ALWAYS, 8, max_new_tokens=6)  # no advantage: only the KL acts
    moved = [learn(lm.model, sgd(lm, 0.02), unpaid, replace(settings, epochs=1), 2, reference)["kl"] for _ in range(8)]
    assert moved[0] > 1e-3
    assert moved[-1] < 0.9 * moved[0]


def test_at_another_temperature_old_log_probabilities_are_those_of_that_temperature(lm, picks, question):
    settings = replace(SETTINGS, temperature=2.0)
    groups = mixed(lm, picks, question, settings)
    learning = prepare(lm.model, groups, settings)
    assert not torch.allclose(learning.old, learning.batch.old, atol=1e-2)
    shown = learn(lm.model, sgd(lm), groups, settings, step=0)
    assert shown["moved"] < 1e-5


def test_a_gradient_that_is_no_number_stops_before_a_weight_changes(lm, picks, question):
    groups = mixed(lm, picks, question)
    before = [p.detach().clone() for p in lm.model.parameters()]
    bad = replace(groups[0].rollouts[0], reward=replace(groups[0].rollouts[0].reward, total=float("inf")))
    poisoned = [replace(groups[0], rollouts=(bad, *groups[0].rollouts[1:])), *groups[1:]]
    with pytest.raises(SrmLabError, match="at step 9, on the 8 problems p0"):
        learn(lm.model, sgd(lm), poisoned, SETTINGS, step=9)
    assert all(torch.equal(a, b) for a, b in zip(before, lm.model.parameters()))
