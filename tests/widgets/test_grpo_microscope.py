"""The GRPO microscope's view, without a browser."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.training.snapshots import GroupShot, RolloutShot, Snapshot, write_snapshot
from srm_lab.widgets.grpo_microscope import SHOWN_TOKENS, group_html, grpo_microscope, rollout_html, tokens_html

HOSTILE = "<img src=x onerror=alert(1)>"


def rollout(tokens=("7", "+5", "=12"), advantage=1.5, correct=True, reward=1.0, clipped=()):
    n = len(tokens)
    return RolloutShot(
        tuple(tokens), (1.0,) * n, tuple(i in clipped for i in range(n)), advantage, reward, {"correct": reward},
        correct, "stop",
    )  # fmt: skip


def snapshot(step, groups=2, rollouts=3):
    shots = [rollout(reward=float(i == 0), correct=i == 0, advantage=1.0 - i) for i in range(rollouts)]
    return Snapshot(step, tuple(GroupShot(f"p{g}", f"{g}+5?", "12", tuple(shots)) for g in range(groups)))


def test_the_sign_of_the_weight_decides_the_colour_and_its_size_the_depth():
    assert "rgba(0,114,178,0.60)" in tokens_html(rollout(advantage=2.0), limit=2.0)
    assert "rgba(213,94,0,0.42)" in tokens_html(rollout(advantage=-1.0), limit=2.0)
    assert "0.00)" in tokens_html(rollout(advantage=0.0), limit=0.0)


def test_clipped_tokens_are_crossed_out():
    assert tokens_html(rollout(clipped={1}), 1.0).count("srm-clipped") == 1
    assert "srm-clipped" not in tokens_html(rollout(), 1.0)


def test_a_very_long_rollout_is_cut_and_says_so():
    html = tokens_html(rollout(["a"] * (SHOWN_TOKENS + 25)), 1.0)
    assert html.count("title=") == SHOWN_TOKENS
    assert "25 tokens not shown" in html


def test_text_from_outside_is_never_html():
    bad = rollout((HOSTILE,))
    group = GroupShot("p", HOSTILE, HOSTILE, (bad, bad))
    assert "<img" not in tokens_html(bad, 1.0) + group_html(group) + rollout_html(group, 0)
    assert "&lt;img" in rollout_html(group, 0)


def test_a_group_shows_every_rollouts_parts_reward_and_advantage():
    html = group_html(snapshot(1).groups[0], chosen=1)
    assert html.count("<tr") == 4
    assert "<td>+1.00</td>" in html
    assert html.count("aria-current") == 1
    assert "<th>correct</th>" in html


def test_a_flat_group_says_that_nothing_is_learned():
    same = GroupShot("p", "7+5?", "12", (rollout(advantage=0.0),) * 3)
    assert "nothing is learned" in rollout_html(same, 0)
    assert "nothing is learned" not in rollout_html(snapshot(1).groups[0], 0)


def test_choosing_a_step_a_group_or_a_rollout_redraws_all_of_it():
    view = grpo_microscope([snapshot(1), snapshot(11, groups=1, rollouts=2)])
    assert len(view.rewards.children) == 1
    view.group.value = 1
    assert "1+5?" in view.text.value
    view.rollout.value = 2
    assert "advantage -1.00" in view.text.value
    view.step.value = 1
    assert (view.group.value, view.rollout.value) == (0, 1)
    assert "0+5?" in view.text.value
    assert len(view.rollout.options) == 2


def test_a_file_of_snapshots_opens(tmp_path):
    for step in (1, 2):
        write_snapshot(tmp_path / "s.jsonl", snapshot(step))
    assert [label for label, _ in grpo_microscope(tmp_path / "s.jsonl").step.options] == ["step 1", "step 2"]


@pytest.mark.parametrize("nothing", [[], [Snapshot(1, ())]])
def test_no_snapshots_is_an_error(nothing):
    with pytest.raises(SrmLabError, match="microscope"):
        grpo_microscope(nothing)
