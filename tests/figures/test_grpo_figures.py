"""Figures of GRPO: what the curves show, and that a token's cell tells its weight."""

from __future__ import annotations

import json

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures.grpo import MAX_TOKENS, grpo_curves, grpo_group, grpo_rewards
from srm_lab.training.snapshots import GroupShot, RolloutShot


def rollout(tokens=("7", "+5", "=12"), advantage=1.5, correct=True, clipped=None, ratios=None, parts=None):
    n = len(tokens)
    parts = parts or {"correct": float(correct is True)}
    return RolloutShot(
        tuple(tokens), tuple(ratios or [1.0] * n), tuple(clipped or [False] * n), advantage, sum(parts.values()),
        parts, correct, "stop",
    )  # fmt: skip


def group(*rollouts):
    return GroupShot("p1", "7+5?", "12", rollouts)


ROWS = [
    {"step": step, "reward": 0.1 * step, "pass_rate": 0.1 * step, "flat_share": 0.2, "length": 20, "truncated": 0.0}
    for step in range(1, 6)
]


def test_curves_show_what_the_log_holds_and_percent_where_they_say_so():
    figure = grpo_curves(ROWS)
    lines = {trace.name: list(trace.y) for trace in figure.data}
    assert set(lines) == {"mean reward", "right", "groups without variance", "mean length", "chains cut off"}
    assert lines["right"] == pytest.approx([10, 20, 30, 40, 50])
    assert list(figure.data[0].x) == [1, 2, 3, 4, 5]


def test_a_step_without_a_metric_leaves_a_gap():
    figure = grpo_curves([*ROWS[:2], {"step": 3, "reward": float("nan")}, ROWS[3]])
    assert list(figure.data[0].y) == [pytest.approx(0.1), pytest.approx(0.2), None, pytest.approx(0.4)]


def test_a_log_without_steps_is_an_empty_figure():
    assert len(grpo_curves([]).data) == 0


def test_a_cells_colour_is_advantage_times_ratio():
    figure = grpo_group(group(rollout(ratios=[1.0, 1.2, 0.5]), rollout(("7",), -0.5, False)))
    assert list(figure.data[0].z[0]) == pytest.approx([1.5, 1.8, 0.75])
    assert list(figure.data[0].z[1]) == [-0.5, None, None]
    assert figure.data[0].zmax == -figure.data[0].zmin == pytest.approx(1.8)
    assert "✓ right" in figure.data[0].y[0]
    assert "adv -0.50" in figure.data[0].y[1]


def test_clipped_tokens_are_marked_and_others_are_not():
    marked = grpo_group(group(rollout(clipped=[False, True, False]), rollout()))
    assert list(marked.data[1].x) == [1]
    assert marked.data[1].y[0] == marked.data[0].y[0]
    assert len(grpo_group(group(rollout())).data) == 1


def test_a_long_rollout_is_shown_window_by_window():
    long = group(rollout([str(i % 10) for i in range(150)]))
    words = group(rollout(["reason"] * 150))
    assert len(grpo_group(words).data[0].z[0]) == 21  # fewer, where tokens are words
    assert len(grpo_group(long).data[0].z[0]) == MAX_TOKENS
    assert list(grpo_group(long, first=140).data[0].x) == list(range(140, 150))
    with pytest.raises(SrmLabError, match="no token 150"):
        grpo_group(long, first=150)


def test_an_end_token_is_a_sign_and_not_its_name():
    figure = grpo_group(group(rollout(("7", "<|im_end|>"))))
    assert list(figure.data[0].text[0]) == ["7", "■"]
    assert "im_end" in figure.data[0].customdata[0][1]


def test_text_of_a_model_is_never_drawn_as_html():
    hostile = GroupShot("p", "<b>7</b>", "<i>12</i>", (rollout(("<script>", "<b>", "x", "")),))
    drawn = json.dumps([list(row) for row in grpo_group(hostile).data[0].text]) + grpo_group(hostile).to_json()
    for mark in ("<script>", "<b>", "<i>"):
        assert mark not in drawn.replace("\\u003c", "<")


def test_rewards_show_each_part_and_the_advantage():
    parts = {"correct": 1.0, "length": -0.2}
    figure = grpo_rewards(group(rollout(parts=parts), rollout(advantage=-1.5, correct=None, parts={"length": -0.6})))
    values = {trace.name: list(trace.x) for trace in figure.data}
    assert values == {"correct": [1.0, 0.0], "length": [-0.2, -0.6], "advantage": [1.5, -1.5]}
