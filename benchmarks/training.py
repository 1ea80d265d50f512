"""How fast the kit trains, against `transformers.Trainer` with the same settings in the same process.

    python benchmarks/training.py                         # both workloads, about half an hour on 2 cores
    python benchmarks/training.py --workloads tiny        # or smollm2-lora

    tiny           0.6M parameters from nothing, arithmetic chains of 1 to 5 operations, steps in full
    smollm2-lora   SmolLM2-135M, LoRA of rank 16 on all linear layers, word problems of 1 and 2 steps, steps in full:
                   the run of benchmarks/lora.py

Counted are completion tokens that the loss counts, a second. Both train on the same examples in the same number a
step with AdamW, warmup, decay and clipping; Trainer pads each batch to its longest example, as its usual collator
does. A third contestant, "padded", is our loop without rectangles: what they bring. Contestants take turns, so that
a slow minute of the machine hits all of them; the figures are medians over the repeats. Written to
benchmarks/training.json and .md after every measurement.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import psutil
import torch
import transformers

import srm_lab as srm
from srm_lab.models import tiny
from srm_lab.models.adapters import with_lora
from srm_lab.models.local import LocalModel
from srm_lab.tasks import arithmetic
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training import batches
from srm_lab.training.batches import tokenize
from srm_lab.training.examples import Example, from_problems
from srm_lab.training.sft import SftSettings, sft

RESULTS = Path(__file__).with_suffix(".json")
CONTESTANTS = ("ours", "padded", "Trainer")


@dataclass(frozen=True)
class Workload:
    """What is trained: a fresh model each time, its examples, examples a step, steps a measurement."""

    make: Callable[[], LocalModel]
    examples: Callable[[], list[Example]]
    batch_size: int
    steps: int
    learning_rate: float


@dataclass(frozen=True)
class Measurement:
    """One contestant, one workload, once. tokens: completion tokens that the loss counted."""

    workload: str
    contestant: str
    repeat: int
    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


def _tiny_model() -> LocalModel:
    return LocalModel("tiny", *tiny.make("0.6M", ALPHABET, 0))


def _chains() -> list[Example]:
    return from_problems(islice(arithmetic.stream(0, "train", operations=(1, 2, 3, 4, 5)), 5000))


def _smollm2() -> LocalModel:
    return with_lora(srm.load_model("smollm2-135m", dtype="float32"), rank=16)


def _word_problems() -> list[Example]:
    problems = [p for steps in (1, 2) for p in srm.load_problems("word_problems", n=200, split="train", steps=steps)]
    return [
        Example(srm.prompts.fill(srm.prompts.OPEN_QUESTION, question=p.question), f" {srm.prompts.worked_solution(p)}")
        for p in problems
    ]


WORKLOADS = {
    "tiny": Workload(_tiny_model, _chains, batch_size=64, steps=30, learning_rate=1e-3),
    "smollm2-lora": Workload(_smollm2, _word_problems, batch_size=16, steps=4, learning_rate=1e-3),
}


def measure(name: str, contestant: str, repeat: int) -> Measurement:
    """Trains a fresh model for the workload's steps, after one step that is not measured."""
    workload = WORKLOADS[name]
    lm, examples = workload.make(), workload.examples()
    settings = SftSettings(workload.steps + 1, None, workload.batch_size, workload.learning_rate, seed=repeat)
    if contestant == "Trainer":
        tokens, seconds = _with_trainer(lm, examples, settings)
    else:
        tokens, seconds = _with_ours(lm, examples, settings, padded=contestant == "padded")
    return Measurement(name, contestant, repeat, tokens, seconds)


def _with_ours(lm, examples, settings, padded: bool) -> tuple[int, float]:
    before, batches.MOST_PADDING = batches.MOST_PADDING, 1.0 if padded else batches.MOST_PADDING
    try:
        lines = sft(lm, examples, settings).metrics
    finally:
        batches.MOST_PADDING = before
    return lines[-1]["tokens"] - lines[0]["tokens"], lines[-1]["seconds"] - lines[0]["seconds"]


class _Clock(transformers.TrainerCallback):
    """Notes when each step ended."""

    def __init__(self):
        self.ends: list[float] = []

    def on_step_end(self, args, state, control, **more):
        self.ends.append(time.perf_counter())


def _with_trainer(lm, examples, settings) -> tuple[int, float]:
    """A straightforward run of Trainer: its defaults, the usual collator, the labels of prompts masked."""
    table = tokenize(examples, lm.tokenizer)
    rows = [_row(table, i) for i in range(len(table))]
    counted: list[int] = []
    lm.tokenizer.pad_token = lm.tokenizer.pad_token or lm.tokenizer.eos_token
    collator = transformers.DataCollatorForSeq2Seq(lm.tokenizer, padding=True)

    def collate(features):
        counted.append(sum(sum(label != -100 for label in f["labels"]) for f in features))
        return collator(features)

    for name, parameter in lm.model.named_parameters():
        parameter.requires_grad_("lora_" in name or not hasattr(lm.model, "peft_config"))
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, max_steps=settings.steps, per_device_train_batch_size=settings.batch_size, use_cpu=True,
            learning_rate=settings.learning_rate, weight_decay=settings.weight_decay, max_grad_norm=settings.clip,
            lr_scheduler_type="cosine", warmup_steps=1, logging_strategy="no", save_strategy="no", report_to=[],
            disable_tqdm=True, seed=settings.seed, remove_unused_columns=False,
        )  # fmt: skip
        transformers.Trainer(lm.model, arguments, collate, rows, callbacks=[clock]).train()
    return sum(counted[1 : settings.steps]), clock.ends[-1] - clock.ends[0]


def _row(table, i: int) -> dict[str, list[int]]:
    ids, prompt = table.ids[table.starts[i] : table.starts[i + 1]].tolist(), int(table.prompts[i])
    return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": [-100] * prompt + ids[prompt:]}


def write(measured: list[Measurement]) -> None:
    """The figures as JSON and as a table, workloads that were not run again kept."""
    old = json.loads(RESULTS.read_text())["measurements"] if RESULTS.exists() else []
    fresh = {m.workload for m in measured}
    rows = [row for row in old if row["workload"] not in fresh] + [asdict(m) for m in measured]
    facts = {
        "command": shlex.join(["python", *sys.argv]), "torch": torch.__version__, "threads": torch.get_num_threads(),
        "transformers": transformers.__version__, "machine": platform.machine(), "cores": psutil.cpu_count(),
    }  # fmt: skip
    RESULTS.write_text(json.dumps({**facts, "measurements": rows}, indent=1) + "\n")
    RESULTS.with_suffix(".md").write_text(table_of(rows, facts))


def table_of(rows: list[dict], facts: dict) -> str:
    """Medians, and how many times the Trainer's speed they are, repeat by repeat."""
    rates = {(r["workload"], r["contestant"], r["repeat"]): r["tokens"] / r["seconds"] for r in rows}
    lines = [
        "| workload | contestant | completion tokens a second | times Trainer | repeats |",
        "|---|---|---|---|---|",
    ]
    for workload in dict.fromkeys(r["workload"] for r in rows):
        for contestant in CONTESTANTS:
            mine = {k[2]: rate for k, rate in rates.items() if k[:2] == (workload, contestant)}
            base = {n: rates[workload, "Trainer", n] for n in mine if (workload, "Trainer", n) in rates}
            times = f"{statistics.median(mine[n] / base[n] for n in base):.2f}" if base else ""
            if mine:
                rate = f"{statistics.median(mine.values()):.0f}"
                lines.append(f"| {workload} | {contestant} | {rate} | {times} | {len(mine)} |")
    note = ", ".join(f"{key} {value}" for key, value in facts.items() if key != "command")
    return "\n".join([*lines, "", f"Made by `{facts['command']}`; {note}.", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    measured: list[Measurement] = []
    for repeat in range(options.repeats):
        for workload in options.workloads:
            for contestant in CONTESTANTS:
                measured.append(measure(workload, contestant, repeat))
                print(f"{workload} {contestant}: {measured[-1].rate:.0f} tokens/s", file=sys.stderr, flush=True)
                write(measured)


if __name__ == "__main__":
    main()
