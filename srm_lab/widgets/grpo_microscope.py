"""`grpo_microscope`: from a rollout's text to its reward, its advantage and the weight of each token, step by step.

A thin view over snapshots that `grpo(..., snapshots=...)` wrote. A token's background is its weight, advantage times
ratio; a token that clipping has stopped is crossed out. Text of a model reaches the page escaped, always. Left out:
training itself, and the curves of a run (see `srm_lab.figures.grpo_curves`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as w

from ..errors import SrmLabError
from ..figures.grpo import grpo_rewards
from ..training.snapshots import GroupShot, RolloutShot, Snapshot, read_snapshots
from .figure_view import figure_view
from .render import badge, escape
from .style import STYLE

WORDS = {True: ("right", "✓ right"), False: ("wrong", "✗ wrong"), None: ("open", "… unfinished")}
SHOWN_TOKENS = 600
_CUT_PREVIEW = 70
NOTE = (
    "Blue tokens are pushed up, vermilion ones down, the stronger the deeper; crossed out: stopped by clipping. "
    "Does nothing change? Then there is no kernel behind this page."
)
_LOOK = """<style>
.srm-live .srm-tokens { font-family: var(--jp-code-font-family, monospace); font-size: 16px; line-height: 1.9;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; max-height: 22em; overflow: auto; }
.srm-live .srm-tokens span { border-radius: 2px; padding: 2px 1px; }
.srm-live .srm-tokens .srm-clipped { text-decoration: line-through; text-decoration-thickness: 2px; }
.srm-live .srm-group-table { border-collapse: collapse; width: 100%; font-size: 13px; border: 0; margin: 6px 0; }
.srm-live .srm-group-table th, .srm-live .srm-group-table td { text-align: left; vertical-align: top;
  padding: 5px 14px 5px 0; border: 0; border-top: 1px solid var(--srm-line); background: none;
  color: var(--srm-text); font-variant-numeric: tabular-nums; }
.srm-live .srm-group-table :is(th, td:not(:last-child)) { white-space: nowrap; }
.srm-live .srm-group-table thead th { border-top: 0; font-size: 12px; color: var(--srm-soft); font-weight: 600; }
.srm-live .srm-group-table .srm-chosen { font-weight: 700; }
.srm-live .srm-wide { overflow-x: auto; }
</style>"""


def grpo_microscope(snapshots: Sequence[Snapshot] | str | Path) -> GrpoMicroscope:
    """A widget over a run's snapshots: choose a step, a group and a rollout.

    snapshots: read by `read_snapshots`, or the path of the file. Raises SrmLabError where there are none.
    """
    shots = read_snapshots(snapshots) if isinstance(snapshots, (str, Path)) else list(snapshots)
    if not shots or not all(shot.groups for shot in shots):
        raise SrmLabError(
            "The microscope needs snapshots with groups in them.",
            f"There are {len(shots)} snapshots.",
            "Let grpo(..., snapshots=10) write one every 10 steps.",
        )
    return GrpoMicroscope(shots)


def tokens_html(rollout: RolloutShot, limit: float) -> str:
    """A rollout's text, each token over the colour of its weight. limit: the weight of the deepest colour."""
    shown = zip(rollout.tokens[:SHOWN_TOKENS], rollout.ratios, rollout.weights, rollout.clipped)
    spans = "".join(_token(token, ratio, weight, clipped, limit) for token, ratio, weight, clipped in shown)
    rest = len(rollout.tokens) - SHOWN_TOKENS
    cut = f'<span class="srm-cut"> … {rest:,} tokens not shown</span>' if rest > 0 else ""
    return f'<div class="srm-tokens">{spans}{cut}</div>'


def _token(token: str, ratio: float, weight: float, clipped: bool, limit: float) -> str:
    colour = "0,114,178" if weight >= 0 else "213,94,0"
    depth = 0.6 * min(1.0, abs(weight) / limit) ** 0.5 if limit > 0 else 0.0  # the root: weak pushes show, too
    title = f"ratio {ratio:.3f}, weight {weight:+.3f}" + (", clipped: no gradient" if clipped else "")
    mark = ' class="srm-clipped"' if clipped else ""
    return f'<span{mark} style="background:rgba({colour},{depth:.2f})" title="{escape(title)}">{escape(token)}</span>'


def group_html(group: GroupShot, chosen: int = 0) -> str:
    """The group as a table: each rollout's verdict, reward parts, reward, advantage and how it begins."""
    names = list(dict.fromkeys(name for rollout in group.rollouts for name in rollout.parts))
    head = "".join(f"<th>{escape(name)}</th>" for name in ("#", "verdict", *names, "reward", "advantage", "text"))
    rows = "".join(_row(i, rollout, names, i == chosen) for i, rollout in enumerate(group.rollouts))
    table = f'<table class="srm-group-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="srm-wide">{table}</div>'


def _row(number: int, rollout: RolloutShot, names: Sequence[str], chosen: bool) -> str:
    parts = "".join(f"<td>{rollout.parts.get(name, 0.0):.3g}</td>" for name in names)
    text = "".join(rollout.tokens).replace("\n", " ")
    preview = text if len(text) <= _CUT_PREVIEW else text[: _CUT_PREVIEW - 1] + "…"
    mark = ' class="srm-chosen" aria-current="true"' if chosen else ""
    return (
        f"<tr{mark}><td>{number + 1}{' ▸' if chosen else ''}</td><td>{badge(*WORDS[rollout.correct])}</td>{parts}"
        f"<td>{rollout.reward:.3g}</td><td>{rollout.advantage:+.2f}</td><td>{escape(preview)}</td></tr>"
    )


def rollout_html(group: GroupShot, chosen: int) -> str:
    """One rollout: its problem, how its advantage came about in a sentence, and its tokens."""
    rollout = group.rollouts[chosen]
    rewards = [one.reward for one in group.rollouts]
    mean = sum(rewards) / len(rewards)
    flat = max(rewards) - min(rewards) < 1e-4
    why = (
        f"All {len(rewards)} rollouts earned the same: every advantage is 0, and nothing is learned from this group."
        if flat
        else f"It earned {rollout.reward:.3g}, the group's mean is {mean:.3g}: advantage {rollout.advantage:+.2f}."
    )
    limit = max((abs(weight) for one in group.rollouts for weight in one.weights), default=0.0)
    reference = f'<span class="srm-quiet">Reference: {escape(group.answer)}</span>'
    return (
        f'<div class="srm-problem"><p>{escape(group.question)}</p>{reference}</div>'
        f"<p>{escape(why)} It ended with {escape(rollout.finish_reason)!r}.</p>{tokens_html(rollout, limit)}"
    )


class GrpoMicroscope(w.VBox):
    """The microscope's widget; see `grpo_microscope`."""

    def __init__(self, snapshots: Sequence[Snapshot]):
        self.snapshots = list(snapshots)
        steps = [(f"step {shot.step}", i) for i, shot in enumerate(self.snapshots)]
        wide = w.Layout(width="100%")
        self.step = w.SelectionSlider(options=steps, value=0, description="Step", layout=w.Layout(width="440px"))
        self.group = w.Dropdown(description="Group", layout=w.Layout(width="360px"))
        self.rollout = w.Dropdown(description="Rollout", layout=w.Layout(width="240px"))
        self.table, self.text, self.rewards = w.HTML(layout=wide), w.HTML(layout=wide), w.VBox(layout=wide)
        self._filling, self._drawn = False, None  # the group whose rewards are drawn
        self.step.observe(lambda change: self._fill_groups(), "value")
        self.group.observe(lambda change: self._fill_rollouts(), "value")
        self.rollout.observe(lambda change: self._draw(), "value")
        row = w.HBox([self.step, self.group, self.rollout], layout=w.Layout(flex_flow="row wrap"))
        note = w.HTML(f'<div class="srm-quiet">{NOTE}</div>')
        super().__init__([w.HTML(STYLE + _LOOK), note, row, self.text, self.table, self.rewards])
        self.add_class("srm-live")
        self._fill_groups()

    def _fill_groups(self) -> None:
        """Another step has other groups; the place in the lists is kept where there is one."""
        groups = self.snapshots[self.step.value].groups
        labels = [f"{i + 1}: {group.question[:40]}" for i, group in enumerate(groups)]
        self._refill(self.group, labels)
        self._fill_rollouts()

    def _fill_rollouts(self) -> None:
        if self._filling:
            return
        rollouts = self.snapshots[self.step.value].groups[self.group.value].rollouts
        self._refill(self.rollout, [f"{i + 1}: {WORDS[r.correct][1]}" for i, r in enumerate(rollouts)])
        self._draw()

    def _refill(self, box: w.Dropdown, labels: Sequence[str]) -> None:
        """New options, without telling the observers of the values in between."""
        before = box.value or 0
        self._filling = True
        box.options = [(label, i) for i, label in enumerate(labels)]
        box.value = min(before, len(labels) - 1)
        self._filling = False

    def _draw(self) -> None:
        if self._filling:
            return
        group, chosen = self.snapshots[self.step.value].groups[self.group.value], self.rollout.value
        self.text.value = rollout_html(group, chosen)
        self.table.value = group_html(group, chosen)
        if group is not self._drawn:
            self._drawn = group
            self._show(grpo_rewards(group))

    def _show(self, figure) -> None:
        if self.rewards.children:
            self.rewards.children[0].show(figure)
        else:
            self.rewards.children = [figure_view(figure)]
