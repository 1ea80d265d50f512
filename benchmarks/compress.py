"""What a model in fewer bits takes and how fast one stream of it is, against the same model in bfloat16 and float32.

    python benchmarks/compress.py                                # every way, some minutes on 2 cores
    python benchmarks/compress.py --ways "srm_lab int8" "srm_lab 4 bits, embeddings too"

The ways are those of srm_lab/compress/ways.py. The ways of one run are in one process and take turns, with bfloat16
and float32 among them; figures are medians over the repeats, ratios are taken repeat by repeat. With --ways, the others
keep their figures, each with the baselines of its own process. Written to benchmarks/compress.json and .md with command
and versions.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from srm_lab import preflight
from srm_lab.compress import trials
from srm_lab.compress.trials import Trial
from srm_lab.compress.ways import BASELINES, WAYS

RESULTS = Path(__file__).with_suffix(".json")


def facts(options: argparse.Namespace) -> dict[str, object]:
    """Where and how the run was made."""
    import bitsandbytes

    return {
        "command": shlex.join(["python", "benchmarks/compress.py", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}",
        "threads": torch.get_num_threads(),
        "versions": {**preflight.versions(), "bitsandbytes": bitsandbytes.__version__},
        "model": options.model,
        "tokens": options.tokens,
        "repeats": options.repeats,
    }


def merged(new: Sequence[Trial], old: Sequence[Trial]) -> list[Trial]:
    """The new trials, and of the old ones those whose way was not tried again; in the order of WAYS."""
    found = {trial.way: trial for trial in [*old, *new]}
    return [found[name] for name in WAYS if name in found]


def as_markdown(found: Sequence[Trial], runs: Sequence[dict]) -> str:
    lines = [
        "# Fewer bits: memory and one stream",
        "",
        "Medians, in brackets the slowest and the fastest repeat; ratios to the plain models of the same process, "
        "repeat by repeat. The ways: srm_lab/compress/ways.py; the columns: srm_lab/compress/trials.py.",
        "",
        "| way | weights, MB | of bfloat16 | threads | tokens/s | x bfloat16 | x float32 | surprise, nats "
        "| how, or why not |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    half = next(trial.memory_bytes for trial in found if trial.way == "bfloat16")
    lines += [_row(trial, half) for trial in found]
    for run in runs:
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        lines += ["", f"`{run['command']}`, {run['date']}, {run['processor']}, {run['threads']} threads, {versions}."]
        lines.append(f"{run['model']}, {run['tokens']} tokens, {run['repeats']} repeats.")
    return "\n".join(lines) + "\n"


def _row(trial: Trial, half: int) -> str:
    if not trial.ran:
        return f"| {trial.way} | | | | does not run here | | | | {trial.failure} |"
    speed = f"{trial.rate:.1f} [{min(trial.rates):.1f}, {max(trial.rates):.1f}]"
    ratios = [f"{statistics.median(trial.ratios(name).values()):.2f}" for name in ("bfloat16", "float32")]
    cells = [
        trial.way, f"{trial.memory_bytes / 1e6:.1f}", f"{trial.memory_bytes / half:.1%}", str(trial.threads), speed,
        *ratios, f"{trial.surprise:.3f}", trial.stores,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--tokens", type=int, default=16, help="of each chain")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ways", nargs="+", choices=WAYS, help=f"besides {' and '.join(BASELINES)}; all by default")
    options = parser.parse_args()
    new = trials.try_ways(
        options.model, tokens=options.tokens, repeats=options.repeats, ways=options.ways,
        progress=lambda line: print(f"{time.process_time():.0f} s: {line}", file=sys.stderr, flush=True),
    )  # fmt: skip
    earlier = RESULTS.is_file() and options.ways is not None
    old, runs = (trials.load(RESULTS), json.loads(RESULTS.read_text())["runs"]) if earlier else ([], [])
    found, runs = merged(new, old), [*runs, facts(options)]
    trials.save(found, RESULTS, runs=runs)
    RESULTS.with_suffix(".md").write_text(as_markdown(found, runs), encoding="utf-8")
    print(as_markdown(found, runs))


if __name__ == "__main__":
    main()
