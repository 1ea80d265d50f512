"""Snapshots of a GRPO run: a few groups of rollouts, token by token, with what the step did to each token.

One JSON line a snapshot, appended while the run goes on, so that a figure or a widget can follow it. Left out: whole
rounds (a run's log has their means) and weights (its checkpoints have those).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SrmLabError

if TYPE_CHECKING:  # reading snapshots needs no torch
    from .grpo_settings import GrpoSettings
    from .grpo_step import Learning
    from .rollouts import Group


@dataclass(frozen=True)
class RolloutShot:
    """One rollout. tokens: its pieces of text, which join to all that was drawn, end token included.

    ratios: for each token, how much likelier the step made it: probability after the step over that before.
    clipped: for each token, whether clipping would stop its gradient at that ratio.
    advantage: the rollout's. reward: the total; parts: what it is the sum of. correct: right, wrong or unfinished.
    """

    tokens: tuple[str, ...]
    ratios: tuple[float, ...]
    clipped: tuple[bool, ...]
    advantage: float
    reward: float
    parts: Mapping[str, float]
    correct: bool | None
    finish_reason: str

    @property
    def weights(self) -> tuple[float, ...]:
        """Advantage times ratio for each token: how hard, and in which direction, the loss pulls at it."""
        return tuple(self.advantage * ratio for ratio in self.ratios)


@dataclass(frozen=True)
class GroupShot:
    """The rollouts of one problem."""

    problem_id: str
    question: str
    answer: str
    rollouts: tuple[RolloutShot, ...]


@dataclass(frozen=True)
class Snapshot:
    """Some groups of one step."""

    step: int
    groups: tuple[GroupShot, ...]


def take_snapshot(lm, groups: Sequence[Group], before: Learning, settings: GrpoSettings, step: int) -> Snapshot:
    """The groups as the step left them.

    lm: the model after the step. groups, before: what was drawn, and `grpo_step.prepare`'s tensors of it from before
    the step.
    """
    from .grpo_loss import grpo_loss, token_weights
    from .rollouts import scored

    mask = before.batch.mask
    parts = grpo_loss(
        scored(lm.model, before.batch, settings.temperature, settings.rows_at_once), before.old, before.gains, mask,
        token_weights(mask, "token", settings.max_new_tokens), clip_low=settings.clip_low,
        clip_high=settings.clip_high, level=settings.level,
    )  # fmt: skip
    rows = iter(zip(parts.ratio, parts.clipped, mask.bool(), before.gains.tolist()))
    return Snapshot(step, tuple(_group_shot(lm.tokenizer, group, rows) for group in groups))


def _group_shot(tokenizer, group: Group, rows) -> GroupShot:
    shots = []
    for rollout, (ratio, clipped, drawn, gain) in zip(group.rollouts, rows):
        completion, reward = rollout.completion, rollout.reward
        shots.append(
            RolloutShot(
                pieces(tokenizer, completion.token_ids), tuple(ratio[drawn].tolist()), tuple(clipped[drawn].tolist()),
                gain, reward.total, dict(reward.parts), reward.correct, completion.finish_reason,
            )
        )  # fmt: skip
    problem = group.problem
    return GroupShot(problem.id, problem.question, problem.answer, tuple(shots))


def pieces(tokenizer, token_ids: Sequence[int]) -> tuple[str, ...]:
    """The text that each token adds; special tokens by their names. A character of several tokens is its last one's."""
    found, text = [], ""
    for end in range(1, len(token_ids) + 1):
        longer = tokenizer.decode(token_ids[:end], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if longer.endswith("\ufffd") and end < len(token_ids):
            found.append("")
            continue
        found.append(longer[len(text) :])
        text = longer
    return tuple(found)


def write_snapshot(path: str | Path, snapshot: Snapshot) -> None:
    """Appends a snapshot to a file, as one line."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(snapshot), separators=(",", ":")) + "\n")


def read_snapshots(path: str | Path) -> list[Snapshot]:
    """Every snapshot in a file, in order of steps; of a step written twice (a run that was resumed) the last.

    A last line without an end is still being written and is left out. Raises SrmLabError for a file that is not
    there, and for a line that is no snapshot, with its number.
    """
    path = Path(path)
    if not path.is_file():
        raise SrmLabError(
            f"There are no snapshots at {path}.", "A run writes them only when asked.", "Call grpo(..., snapshots=1)."
        )
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    found = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            shot = _snapshot(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise SrmLabError(
                f"Line {number} of {path} is no snapshot.", f"{type(error).__name__}: {error}", "Remove that line."
            ) from None
        found[shot.step] = shot
    return [found[step] for step in sorted(found)]


def _snapshot(row: dict) -> Snapshot:
    groups = []
    for group in row["groups"]:
        rollouts = []
        for given in group["rollouts"]:
            lists = {name: tuple(given[name]) for name in ("tokens", "ratios", "clipped")}
            rollouts.append(RolloutShot(**{**given, **lists}))
        groups.append(GroupShot(**{**group, "rollouts": tuple(rollouts)}))
    return Snapshot(int(row["step"]), tuple(groups))
