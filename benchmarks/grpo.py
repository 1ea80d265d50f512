"""What GRPO brings and where it fails, on a tiny model: the figures of notebook 13 that take several seeds.

    python benchmarks/grpo.py correct                  # paid for right answers: seeds 0, 1 and 2
    python benchmarks/grpo.py dr_grpo gspo kl          # the same, learned in other ways
    python benchmarks/grpo.py bare short price_1       # paid for a form, for shortness, for both
    python benchmarks/grpo.py under_trained dpo --seeds 0

A run takes about a minute on 2 cores. It writes its figures to data/results/grpo.json as it ends; runs that are there
already are skipped, and an interrupted one goes on where it was (build/grpo). All train on arithmetic chains of
OPERATIONS operations and are measured on test problems, by draws at the temperature of the rollouts.
"""

from __future__ import annotations

import argparse
import json
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab.evaluate import versions
from srm_lab.training.grpo import question_of
from srm_lab.training.grpo_run import dpo, grpo
from srm_lab.training.grpo_settings import VARIANTS, GrpoSettings
from srm_lab.training.policy import CORRECT, PolicyReport, measure_policy
from srm_lab.training.preference import DpoSettings, right_wrong_pairs
from srm_lab.training.rewards import CombinedReward, combine, correctness, follows_format, length_distance
from srm_lab.training.rollouts import draw_groups
from srm_lab.training.run_log import write_atomically

RESULTS, RUNS = Path("data/results/grpo.json"), Path("build/grpo")
OPERATIONS, TEST_PROBLEMS, SAMPLES = 2, 250, 8
SETTINGS = GrpoSettings(
    steps=60, prompts=16, group_size=8, learning_rate=2e-4, warmup=3, max_new_tokens=40, minibatches=2
)
PAIRS = DpoSettings(learning_rate=2e-4, epochs=2)
PAIR_PROBLEMS = 160
SHORT, FORM = length_distance(0), follows_format(r"^####\d+$")
TWENTY, FORTY = {"steps": 20}, {"steps": 40}  # for what is easily won by then, or lost
CURVES = ("pass_rate", "reward", "length", "flat_share", "truncated", "entropy", "kl", "clip_share", "grad_norm")


@dataclass(frozen=True)
class Experiment:
    """what: for a reader. reward: what is paid. changes: of SETTINGS. start: the model. method: "grpo" or "dpo"."""

    what: str
    reward: CombinedReward = CORRECT
    changes: Mapping[str, Any] = field(default_factory=dict)
    start: str = "tiny/chain-mixed"
    method: str = "grpo"


def priced(price: float) -> CombinedReward:
    return combine(correct=(1.0, correctness()), length=(price, SHORT))


EXPERIMENTS: dict[str, Experiment] = {
    "correct": Experiment("1 for a right answer"),
    "hasty": Experiment("seven times the learning rate", changes=FORTY | {"learning_rate": 1.5e-3}),
    "dr_grpo": Experiment("Dr. GRPO: no division by the deviation", changes=VARIANTS["dr_grpo"]),
    "gspo": Experiment("GSPO: one ratio a completion", changes=VARIANTS["gspo"]),
    "dapo": Experiment("DAPO: wider upper clip, flat groups redrawn", changes=VARIANTS["dapo"]),
    "kl": Experiment("with a KL weight of 0.1", changes={"kl_weight": 0.1}),
    "bare": Experiment("1 for the form ####number and nothing else", combine(form=(1.0, FORM)), TWENTY),
    "short": Experiment("0.1 less for each token", combine(length=(0.1, SHORT)), TWENTY),
    "price_1": Experiment("right answer, 0.01 a token", priced(0.01)),
    "price_3": Experiment("right answer, 0.03 a token", priced(0.03)),
    "price_10": Experiment("right answer, 0.1 a token", priced(0.1)),
    "under_trained": Experiment(
        "1 for a right answer, from an under-trained start", changes=FORTY, start="tiny/chain-voter"
    ),
    "dpo": Experiment("pairs of right and wrong chains, once", method="dpo"),
}


def run(name: str, seed: int) -> dict[str, Any]:
    """One experiment with one seed: measured before and after."""
    experiment, lm = EXPERIMENTS[name], srm.load_model(EXPERIMENTS[name].start)
    settings = replace(SETTINGS, seed=seed, **experiment.changes)
    test = srm.load_problems("arithmetic", TEST_PROBLEMS, 1, "test", operations=OPERATIONS)
    measured = {"max_new_tokens": settings.max_new_tokens, "reward": experiment.reward, "seed": 100 + seed}
    before = measure_policy(lm, test, SAMPLES, **measured)
    train = run_dpo if experiment.method == "dpo" else run_grpo
    result, used = train(name, lm, experiment, settings)
    after = measure_policy(lm, test, SAMPLES, **measured)
    print(f"{name}, seed {seed}\n  before {before}\n  after  {after}", flush=True)
    return {
        "what": experiment.what, "start": experiment.start, "reward": experiment.reward.describe(),
        "settings": asdict(used), "before": figures(before), "after": figures(after),
        "training_seconds": round(result.seconds, 1), "steps": result.steps, "curves": curves(result.metrics),
    }  # fmt: skip


def run_grpo(name: str, lm, experiment: Experiment, settings: GrpoSettings):
    """The run and its settings."""
    problems = train_problems(settings.steps * settings.prompts, settings.seed)
    folder = RUNS / f"{name}-{settings.seed}"
    return grpo(lm, problems, experiment.reward, settings, folder=folder, on_step=say), settings


def run_dpo(name: str, lm, experiment: Experiment, settings: GrpoSettings):
    """The run and its settings: rollouts are drawn once, from the start."""
    groups = draw_groups(
        lm, train_problems(PAIR_PROBLEMS, settings.seed), question_of, experiment.reward, settings.group_size,
        max_new_tokens=settings.max_new_tokens, seed=settings.seed,
    )  # fmt: skip
    pairs, used = right_wrong_pairs(groups), replace(PAIRS, seed=settings.seed)
    return dpo(lm, pairs, used, folder=RUNS / f"{name}-{settings.seed}"), used


def train_problems(n: int, seed: int):
    return srm.load_problems("arithmetic", n, 10 + seed, "train", operations=OPERATIONS)


def figures(report: PolicyReport) -> dict[str, Any]:
    one = report.pass_at_1
    return {**asdict(report), "pass_at_1": {"rate": one.rate, **asdict(one)}}


def curves(metrics: Sequence[Mapping[str, float]]) -> dict[str, list[float | None]]:
    """A list a metric, a number a step; None where a step has none."""
    return {
        key: [None if key not in row else round(row[key], 4) for row in metrics]
        for key in CURVES
        if any(key in row for row in metrics)
    }


def say(step) -> None:
    if step.step % 10 == 0:
        shown = ("pass_rate", "length", "flat_share", "draw_seconds", "learn_seconds")
        print(step.step, {key: round(step.metrics[key], 3) for key in shown}, flush=True)


def stored() -> dict[str, Any]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiments", nargs="+", choices=EXPERIMENTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    for name in options.experiments:
        for seed in options.seeds:
            if f"{name}, seed {seed}" in stored():
                continue
            began = time.perf_counter()
            found = run(name, seed)
            command = shlex.join(["python", "benchmarks/grpo.py", name, "--seeds", str(seed)])
            facts = {"command": command, "seconds": round(time.perf_counter() - began), "versions": versions()}
            results = {**stored(), f"{name}, seed {seed}": found | facts}
            write_atomically(RESULTS, (json.dumps(results, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
