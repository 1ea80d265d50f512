"""`reward_sandbox`: choose what a reward pays for, press Run, and watch what the policy makes of it.

A thin view over `SandboxRun`: the sliders become a reward and settings, GRPO runs on a fresh copy of a tiny model in a
thread, and each step redraws the curves, the newest chains and what the doctor says of them. Right or wrong is always
the kit's own verdict, whatever the reward pays for. Text of a model reaches the page escaped, always. Left out:
rewards written as code (call `grpo` for those) and comparing runs (the curves of one run are shown).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets as w

from ..errors import SrmLabError
from ..records import Problem
from ..training.grpo_settings import GrpoSettings
from ..training.rewards import CombinedReward, combine, correctness, follows_format, length_distance
from . import render
from .figure_view import figure_view
from .outcome import failure_of
from .painter import Painter
from .sandbox_run import SandboxRun, SandboxShot
from .style import STYLE

BARE = r"^####\d+$"  # the bare form: a mark and a number, nothing else
SHOWN_CHAINS = 4
CURVES = (
    ("pass_rate", "right, %", 100.0), ("reward", "mean reward", 1.0), ("length", "tokens", 1.0),
    ("flat_share", "flat groups, %", 100.0),
)  # fmt: skip
WORDS = {True: ("right", "✓ right"), False: ("wrong", "✗ wrong"), None: ("open", "… unfinished")}
_STATES = {
    "idle": "Nothing is running yet: set the prices and press Run.", "running": "Training.", "stopping": "Stopping.",
    "done": "Done.", "stopped": "Stopped.", "failed": "",
}  # fmt: skip
NOTE = "Does nothing happen? Then there is no kernel behind this page; a recorded result is below."
_LOOK = """<style>
.srm-live .srm-rolls { display: grid; gap: 4px 12px; grid-template-columns: max-content max-content minmax(0, 1fr);
  font-size: 13px; align-items: baseline; margin: 4px 0 8px; }
.srm-live .srm-rolls code { font-family: var(--jp-code-font-family, monospace); overflow-wrap: anywhere;
  background: none; color: var(--srm-text); padding: 0; }
.srm-live .srm-doctor { border-left: 3px solid var(--srm-wrong); padding: 4px 12px; margin: 6px 0; font-size: 13px;
  background: var(--srm-panel); }
</style>"""


def reward_sandbox(model: str, problems: Sequence[Problem], settings: GrpoSettings) -> RewardSandbox:
    """A widget in which a reward is put together and trained on.

    model: loaded anew by `srm.load_model` for every run. problems: to train on. settings: of every run, but for the KL
    weight, the learning rate and the number of steps, which have controls. Nothing is loaded before Run is pressed.
    Raises SrmLabError for no problems.
    """
    if not problems:
        raise SrmLabError("The sandbox needs problems to train on.", "The list is empty.", "See srm.load_problems.")
    return RewardSandbox(model, problems, settings)


def reward_of(correct: float, bare: float, price: float) -> CombinedReward:
    """The reward that the sliders say: a part whose weight is 0 is left out. Raises SrmLabError where all are."""
    parts = {
        "correct": (correct, correctness()), "bare form": (bare, follows_format(BARE)),
        "length": (price, length_distance(0)),
    }  # fmt: skip
    chosen = {name: part for name, part in parts.items() if part[0]}
    if not chosen:
        raise SrmLabError("This reward pays for nothing.", "All its weights are 0.", "Move one of the sliders.")
    return combine(**chosen)


def chains_html(shot: SandboxShot) -> str:
    """The newest chains of the last step, one a problem: verdict, reward and text."""
    rows = []
    for group in shot.groups[:SHOWN_CHAINS]:
        rollout = group.rollouts[0]
        text = render.escape(f"{group.problem.question} {rollout.completion.text}")
        verdict = render.badge(*WORDS[rollout.reward.correct])
        rows.append(f"<span>{verdict}</span><span>{rollout.reward.total:+.2f}</span><code>{text}</code>")
    return f'<div class="srm-rolls">{"".join(rows)}</div>' if rows else ""


def doctor_html(shot: SandboxShot) -> str:
    """What the reward doctor says of the last step; nothing where it finds nothing."""
    return "".join(
        f'<div class="srm-doctor"><b>{render.escape(f.name)}</b> {render.escape(f.evidence)} '
        f"{render.escape(f.remedy)}</div>"
        for f in shot.findings
    )


def status_html(shot: SandboxShot) -> str:
    """One line: the state, and the numbers of the last step."""
    if shot.failure:
        return render.failure(shot.failure)
    words = f'<span class="srm-status" role="status">{_STATES[shot.state]}</span>'
    if not shot.rows:
        return words if shot.state != "idle" else f'{words}<div class="srm-quiet">{NOTE}</div>'
    row = shot.rows[-1]
    numbers = (
        f"step {row['step']} of {shot.steps} · {100 * row['pass_rate']:.0f} % right · reward {row['reward']:.2f} · "
        f"{row['length']:.1f} tokens"
    )
    return f'<div class="srm-state">{words}<span class="srm-meter">{numbers}</span></div>'


class RewardSandbox(w.VBox):
    """The sandbox's widget; see `reward_sandbox`. `run` does the work."""

    def __init__(self, model: str, problems: Sequence[Problem], settings: GrpoSettings):
        self._settings = settings
        self.run = SandboxRun(lambda: _load(model), problems, lambda: self._painter.poke())
        self._painter = Painter(self._paint, lambda: self.run.busy)
        self._make_controls(settings)
        wide = {"width": "100%"}
        self.status, self.chains, self.doctor = w.HTML(layout=wide), w.HTML(layout=wide), w.HTML(layout=wide)
        view = figure_view(_curves())
        self.figure = view.figure
        rows = [_row(self.correct, self.bare, self.price), _row(self.kl, self.rate, self.steps)]
        actions = _row(self.start, self.stop)
        super().__init__(
            [w.HTML(STYLE + _LOOK), *rows, actions, self.status, view, self.chains,
             self.doctor]
        )  # fmt: skip
        self.add_class("srm-live")
        self._painter.paint()

    def _make_controls(self, settings: GrpoSettings) -> None:
        look = {"style": {"description_width": "initial"}, "continuous_update": False, "layout": {"width": "300px"}}
        self.correct = w.FloatSlider(value=1, min=0, max=1, step=0.1, description="right answer pays", **look)
        self.bare = w.FloatSlider(value=0, min=0, max=1, step=0.1, description="bare form pays", **look)
        self.price = w.FloatSlider(
            value=0, min=0, max=0.2, step=0.01, readout_format=".2f", description="a token costs", **look
        )
        self.kl = w.FloatSlider(value=settings.kl_weight, min=0, max=0.5, step=0.05, description="KL weight", **look)
        rates = [(f"{rate:g}", rate) for rate in sorted({1e-4, 5e-4, 2e-3, settings.learning_rate})]
        short = {"style": {"description_width": "initial"}, "layout": {"width": "200px"}}
        self.rate = w.Dropdown(options=rates, value=settings.learning_rate, description="learning rate", **short)
        self.steps = w.BoundedIntText(value=settings.steps, min=1, max=500, description="steps", **short)
        self.start = w.Button(description="Run", icon="play", button_style="primary", layout={"width": "110px"})
        self.stop = w.Button(description="Stop", icon="stop", disabled=True, layout={"width": "110px"})
        self.start.on_click(lambda _: self._start())
        self.stop.on_click(lambda _: self.run.stop())

    def _start(self) -> None:
        try:
            reward = reward_of(self.correct.value, self.bare.value, self.price.value)
        except SrmLabError as error:
            self.status.value = render.failure(failure_of(error))
            return
        settings = replace(
            self._settings, kl_weight=self.kl.value, learning_rate=self.rate.value, steps=self.steps.value
        )
        self.run.start(reward, settings)
        self._painter.start()

    def close(self) -> None:
        """Stop what runs and close the widget."""
        self.run.stop()
        super().close()

    def _paint(self) -> None:
        shot = self.run.shot()
        self.start.disabled, self.stop.disabled = shot.state == "running", shot.state != "running"
        self.status.value, self.chains.value = status_html(shot), chains_html(shot)
        self.doctor.value = doctor_html(shot)
        with self.figure.batch_update():
            for trace, (key, _, factor) in zip(self.figure.data, CURVES):
                trace.x = [row["step"] for row in shot.rows]
                trace.y = [factor * row[key] for row in shot.rows]


def _curves():
    """Four empty panels."""
    from plotly.subplots import make_subplots

    from ..figures.style import TEXT, series_style, styled

    titles = [name for _, name, _ in CURVES]
    figure = make_subplots(rows=2, cols=2, subplot_titles=titles, horizontal_spacing=0.1, vertical_spacing=0.2)
    for place, (_, name, factor) in enumerate(CURVES):
        colour, symbol = series_style(place)
        figure.add_scatter(
            x=[], y=[], mode="lines+markers", name=name, line={"color": colour, "width": 2}, showlegend=False,
            marker={"symbol": symbol, "size": 4}, row=place // 2 + 1, col=place % 2 + 1,
        )  # fmt: skip
        if factor == 100.0:
            figure.update_yaxes(range=[-3, 103], row=place // 2 + 1, col=place % 2 + 1)
    figure.update_xaxes(title={"text": "step", "font": {"size": 13}}, row=2)
    styled(figure, "", height=400).update_layout(margin={"t": 30, "l": 45, "r": 10, "b": 50})
    return figure.update_annotations(font={"size": 13, "color": TEXT})


def _load(model: str):
    from ..models import load_model

    return load_model(model)


def _row(*children: w.Widget) -> w.Box:
    box = w.Box(children, layout={"display": "flex", "flex_flow": "row wrap", "width": "100%"})
    box.add_class("srm-row")
    return box
