"""Snapshots: what the step did to each token, on disk and back."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from srm_lab.errors import SrmLabError
from srm_lab.training.grpo import grpo_steps
from srm_lab.training.grpo_settings import GrpoSettings
from srm_lab.training.rewards import combine
from srm_lab.training.rollouts import batch_of, score
from srm_lab.training.snapshots import pieces, read_snapshots, write_snapshot

ODD = combine(odd=(1.0, lambda problem, completion, verdict: len(completion.token_ids) % 2))
SETTINGS = GrpoSettings(steps=3, prompts=3, group_size=4, max_new_tokens=6, learning_rate=0.01, warmup=0, flat="keep")


@pytest.fixture
def first(lm, picks):
    """The first step, with the model as it left it."""
    return next(grpo_steps(lm, picks, ODD, SETTINGS, snapshot_every=2, snapshot_groups=2))


def test_ratios_are_the_probabilities_after_the_step_over_those_before(first, lm):
    batch = batch_of(first.groups[:2])
    with torch.no_grad():
        expected = (score(lm.model, batch)[0] - batch.old).exp()
    shots = [rollout for group in first.snapshot.groups for rollout in group.rollouts]
    for row, shot in enumerate(shots):
        assert shot.ratios == pytest.approx(expected[row][batch.mask[row].bool()].tolist(), rel=1e-3)
        assert shot.weights == pytest.approx([shot.advantage * ratio for ratio in shot.ratios])
    assert any(abs(ratio - 1) > 1e-3 for shot in shots for ratio in shot.ratios)


def test_a_snapshot_holds_the_groups_that_were_drawn(first):
    assert first.snapshot.step == 1
    for group, shot in zip(first.groups, first.snapshot.groups):
        assert (shot.problem_id, shot.question) == (group.problem.id, group.problem.question)
        for rollout, seen in zip(group.rollouts, shot.rollouts):
            assert len(seen.tokens) == len(seen.ratios) == len(seen.clipped) == len(rollout.completion.token_ids)
            assert seen.reward == rollout.reward.total
        assert sum(seen.advantage for seen in shot.rollouts) == pytest.approx(0, abs=1e-4)


def test_tokens_join_to_what_was_drawn(lm):
    ids = [*lm.tokenizer("pick a 2 ?", add_special_tokens=False).input_ids, 2]
    assert "".join(pieces(lm.tokenizer, ids)) == lm.tokenizer.decode(ids)
    assert len(pieces(lm.tokenizer, ids)) == 5


def test_a_file_gives_back_what_was_written_and_a_later_line_wins(first, tmp_path):
    path = tmp_path / "snapshots.jsonl"
    write_snapshot(path, first.snapshot)
    write_snapshot(path, first.snapshot)
    with path.open("a") as file:
        file.write('{"step": 9, "gro')
    read = read_snapshots(path)
    assert len(read) == 1
    assert asdict(read[0]) == asdict(first.snapshot)


def test_a_broken_line_is_named_and_a_missing_file_says_how_to_get_one(tmp_path):
    path = tmp_path / "snapshots.jsonl"
    path.write_text('{"step": 1, "groups": []}\n{"step": 2}\n')
    with pytest.raises(SrmLabError, match="Line 2"):
        read_snapshots(path)
    with pytest.raises(SrmLabError, match="no snapshots"):
        read_snapshots(tmp_path / "none.jsonl")
