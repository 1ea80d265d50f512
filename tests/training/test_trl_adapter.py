"""TRL's trainers with the kit's rewards, on a tiny model; skipped where TRL is not installed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.training.grpo_settings import VARIANTS, GrpoSettings
from srm_lab.training.preference import DpoSettings, right_wrong_pairs
from srm_lab.training.rewards import combine, correctness
from srm_lab.training.rollouts import Group, draw_groups
from srm_lab.training.trl_adapter import dpo_trainer, grpo_trainer, reward_function, sft_trainer

REWARD = combine(correct=(1.0, correctness()))
SETTINGS = GrpoSettings(steps=2, prompts=2, group_size=4, max_new_tokens=6, minibatches=2, flat="keep", warmup=0)


class EndsWith2:
    eos_token_id = 2


def test_a_reward_is_called_as_trl_calls_it():
    function = reward_function({"p": Problem("p", "7+5?", "12", "sums")}, REWARD, EndsWith2())
    ids, names = [[5, 2], [5, 2], [5, 6]], ["p", "p", "p"]
    got = function(prompts=[""] * 3, completions=["12", "13", "12"], completion_ids=ids, problem_id=names)
    assert got == [1.0, 0.0, 0.0]  # the last one never came to its end
    turn = [[{"role": "assistant", "content": "The answer is 12."}]]
    assert function(completions=turn, completion_ids=[[5, 2]], problem_id=["p"]) == [1.0]


def test_a_missing_trl_says_what_to_install(monkeypatch, lm, picks, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "trl", None)
    with pytest.raises(SrmLabError, match=r"srm-lab\[train\]"):
        grpo_trainer(lm, picks, REWARD, SETTINGS, tmp_path)


@pytest.fixture
def trl():
    return pytest.importorskip("trl", reason="TRL is not installed: pip install 'srm-lab[train]'")


def weights(lm):
    return torch.cat([parameter.detach().flatten() for parameter in lm.model.parameters()])


@pytest.mark.parametrize("variant", ["grpo", "dr_grpo", "gspo"])
def test_grpo_runs_and_learns_from_the_kits_reward(trl, lm, picks, tmp_path, variant):
    odd = combine(odd=(1.0, lambda problem, completion, verdict: len(completion.token_ids) % 2))
    settings = replace(SETTINGS, **VARIANTS[variant], learning_rate=0.01)
    trainer = grpo_trainer(lm, picks, odd, settings, tmp_path, logging_steps=1)
    before = weights(lm)
    trainer.train()
    assert trainer.state.global_step == 4  # two rounds of two minibatches
    assert not torch.equal(before, weights(lm))
    assert any("rewards/kit_reward/mean" in row for row in trainer.state.log_history)


@pytest.mark.parametrize(
    "wrong", [{"flat": "redraw"}, {"minibatches": 3}, {"minibatches": 1, "rows_at_once": 3}, {"kl_weight": 0.1}]
)
def test_what_trl_cannot_do_is_refused(trl, lm, picks, tmp_path, wrong):
    with pytest.raises(SrmLabError):
        grpo_trainer(lm, picks, REWARD, replace(SETTINGS, **wrong), tmp_path)


def test_dpo_runs_on_the_kits_pairs(trl, lm, picks, question, tmp_path):
    groups = draw_groups(lm, picks, question, REWARD, 8, max_new_tokens=6)
    judged = [
        Group(g.problem, g.prompt_ids, tuple(
            replace(r, reward=replace(r.reward, correct=i % 2 == 0)) for i, r in enumerate(g.rollouts)
        ))
        for g in groups
    ]  # fmt: skip
    pairs = right_wrong_pairs(judged, per_problem=1)
    before = weights(lm)
    dpo_trainer(lm, pairs, DpoSettings(pairs_at_once=4, nll_weight=0.5, learning_rate=0.01), tmp_path).train()
    assert not torch.equal(before, weights(lm))


@dataclass(frozen=True)
class Pair:
    prompt: str
    completion: str


def test_sft_runs_on_the_kits_examples(trl, lm, tmp_path):
    before = weights(lm)
    sft_trainer(lm, [Pair("pick a 0 ?", " 2")] * 8, tmp_path, max_steps=1, learning_rate=0.01).train()
    assert not torch.equal(before, weights(lm))
