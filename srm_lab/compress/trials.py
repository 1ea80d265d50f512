"""What runs on this machine, found out by trying: each way to fewer bits with its memory, its speed and its words.

    trials = try_ways("smollm2-135m", tokens=16, repeats=5)
    table(trials)

    python -m srm_lab.compress.trials smollm2-135m           # the same, printed

Speed is that of one stream: a greedy chain of so many tokens after a prompt that was read before. All ways that run
are in memory at once and take turns, so that a slow minute of the machine hits all of them; what counts is the ratio
to the plain models of the same turn. Whether a way still computes the same is seen by its chain: how surprised is the
float32 model by it, in nats a token? Memory is that of weights and scales; copies that the engine lays out for its
products, in the plain models too, are not counted.

Left out: many chains at once, where products and not the reading of weights take the time (benchmarks/sampling.py),
and running each way in a process of its own: a tool that crashes takes the kernel with it.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from ..decoding import Engine, SamplingSettings
from ..decoding.engine import end_token_ids
from ..errors import SrmLabError, unknown_name
from ..models.load import load_model
from ..models.local import LocalModel
from .ways import BASELINES, WAYS

PROMPT = "Question: Tom has 7 boxes with 12 eggs each. He sells 15 eggs. How many eggs are left?\nAnswer:"


@dataclass(frozen=True)
class Trial:
    """One way on this machine.

    failure: why it does not run here; empty where it does.  memory_bytes: of weights and scales.
    surprise: of the float32 model by its greedy chain, nats a token.  rates: tokens a second, one a repeat.
    against: the rates of the plain models in the same repeats, by their names.  threads: that torch had.
    """

    way: str
    stores: str
    failure: str = ""
    memory_bytes: int = 0
    surprise: float | None = None
    rates: tuple[float, ...] = ()
    against: Mapping[str, Sequence[float]] = field(default_factory=dict)
    threads: int = 0

    @property
    def ran(self) -> bool:
        return not self.failure

    @property
    def rate(self) -> float:
        """Tokens a second: the median of the repeats."""
        return statistics.median(self.rates)

    def ratios(self, baseline: str) -> dict[int, float]:
        """Repeat by repeat, how many times a plain model's speed this is."""
        return {i: mine / its for i, (mine, its) in enumerate(zip(self.rates, self.against[baseline]))}


@dataclass(frozen=True)
class _Stream:
    """A model that runs, and a greedy chain of it: call it for token ids and seconds."""

    lm: LocalModel
    engine: Engine
    prompt: Sequence[int]
    settings: SamplingSettings

    def __call__(self) -> tuple[tuple[int, ...], float]:
        started = time.perf_counter()
        draw = self.engine.sample(self.prompt, [0], self.settings)[0]
        return draw.token_ids, time.perf_counter() - started


def try_ways(
    model: str = "smollm2-135m",
    *,
    tokens: int = 16,
    repeats: int = 5,
    ways: Sequence[str] | None = None,
    prompt: str = PROMPT,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Trial]:
    """Tries ways to run a model, in the order of WAYS; the plain models are always among them.

    tokens: of a chain, at least 2; the first is not timed.  repeats: turns that every way takes.  ways: names out of
    WAYS; None takes all.  progress: is told each way's outcome, for long runs.

    Raises SrmLabError for an unknown way, too few tokens, or where the plain model itself cannot be loaded.
    """
    chosen = [*BASELINES, *(name for name in _known(ways) if name not in BASELINES)]
    if tokens < 2 or repeats < 1:
        raise SrmLabError(f"{tokens} tokens and {repeats} repeats cannot be timed.", "", "Use at least 2 and 1.")
    base = load_model(model, dtype="float32", device="cpu")
    streams, failures = {}, {}
    for name in chosen:
        try:
            streams[name] = _warm(name, base, prompt, tokens)
            progress(f"{name}: runs")
        except Exception as error:  # noqa: BLE001 - what a tool raises here is the answer to the question
            failures[name] = _in_a_line(error)
            progress(f"{name}: {failures[name]}")
    chains, rates = _take_turns(streams, repeats)
    against = {name: rates[name] for name in BASELINES if name in rates}
    trials = []
    for name in chosen:
        if name in failures:
            trials.append(Trial(name, WAYS[name].stores, failures[name]))
            continue
        surprise = -statistics.fmean(base.engine.logprobs(streams[name].prompt, chains[name]))
        memory = streams[name].lm.memory_bytes
        measured = (memory, surprise, tuple(rates[name]), against, torch.get_num_threads())
        trials.append(Trial(name, WAYS[name].stores, "", *measured))
    for stream in streams.values():
        stream.engine.close()
    return trials


def _known(ways: Sequence[str] | None) -> Sequence[str]:
    for name in ways or ():
        if name not in WAYS:
            raise unknown_name("way to fewer bits", name, WAYS)
    return list(WAYS) if ways is None else [name for name in WAYS if name in ways]


def _warm(name: str, base: LocalModel, prompt: str, tokens: int) -> _Stream:
    """Makes the model and runs it once, so that the prompt is read and everything is laid out."""
    lm = WAYS[name].make(base)
    gc.collect()
    engine = Engine(lm.model, lm.tokenizer, stream_weights=WAYS[name].stream_weights)
    ends = tuple(end_token_ids(lm.model, lm.tokenizer))  # banned: every chain has its full length
    settings = SamplingSettings(temperature=0, max_new_tokens=tokens, banned_token_ids=ends)
    stream = _Stream(lm, engine, lm.encode(prompt), settings)
    stream()
    return stream


def _take_turns(streams: Mapping[str, _Stream], repeats: int) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """The chain of each stream, and its tokens a second in every turn."""
    chains: dict[str, Any] = {}
    rates: dict[str, list[float]] = {name: [] for name in streams}
    for _ in range(repeats):
        for name, stream in streams.items():
            chains[name], seconds = stream()
            rates[name].append((len(chains[name]) - 1) / seconds)  # the first comes out of the prompt
    return chains, rates


def _in_a_line(error: Exception) -> str:
    """The first line that an error says, with why where it is one of ours."""
    if isinstance(error, SrmLabError):
        return " ".join(filter(None, (error.what, error.why.splitlines()[0] if error.why else "")))
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def table(trials: Sequence[Trial]) -> Any:
    """The trials as a pandas table: memory, speed and their ratios to the plain models (medians of the repeats)."""
    import pandas as pd

    rows = [_row(trial, trials) for trial in trials]
    return pd.DataFrame(rows).set_index("way") if rows else pd.DataFrame()


def _row(trial: Trial, trials: Sequence[Trial]) -> dict[str, Any]:
    row: dict[str, Any] = {"way": trial.way, "runs here": "yes" if trial.ran else "no"}
    if not trial.ran:
        return {**row, "how, or why not": trial.failure}
    half = next((other.memory_bytes for other in trials if other.way == "bfloat16" and other.ran), None)
    return {
        **row,
        "weights, MB": round(trial.memory_bytes / 1e6),
        "of bfloat16": f"{trial.memory_bytes / half:.0%}" if half else "",
        "threads": trial.threads,
        "tokens/s": round(trial.rate, 1),
        **{f"x {name}": round(statistics.median(trial.ratios(name).values()), 2) for name in trial.against},
        "surprise, nats": round(trial.surprise, 3),
        "how, or why not": trial.stores,
    }


def save(trials: Sequence[Trial], path: str | Path, **facts: Any) -> None:
    """Writes trials and facts about their run as JSON."""
    content = {**facts, "trials": [asdict(trial) for trial in trials]}
    Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: str | Path) -> list[Trial]:
    """What `save` wrote; empty where there is no such file, as in an installation without the clone."""
    path = Path(path)
    rows = json.loads(path.read_text(encoding="utf-8"))["trials"] if path.is_file() else []
    return [Trial(**{**row, "rates": tuple(row["rates"])}) for row in rows]


if __name__ == "__main__":
    made = try_ways(*sys.argv[1:2], progress=lambda line: print(line, file=sys.stderr, flush=True))
    print(table(made).fillna("").to_string())
