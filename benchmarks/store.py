"""What the store costs: commits a second, and its share of an evaluation.

    python benchmarks/store.py       # about four minutes; prints its figures and writes benchmarks/store.json

Two questions. How long does one sample take to be kept, and to be found again? And which share of a whole
evaluation is that, at a given number of tokens a second? The model is made up and sleeps as long as its tokens would
take, so that all the rest is ours. Medians of REPEATS runs, with and without the store in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import srm_lab as srm
from srm_lab import store
from srm_lab.evaluate import versions
from srm_lab.records import Completion, Problem, Usage
from srm_lab.store import view

REPEATS = 5
TOKENS = 130  # of a chain: the mean of two-step word problems with SmolLM2
RESULTS = Path(__file__).with_suffix(".json")


class MadeUpModel:
    """Chains of TOKENS tokens, tokens_per_second in all: a sleep as long as the whole batch would take."""

    name, fingerprint, quantization = "made-up", "made-up", None
    num_parameters, memory_bytes = 1, 1

    def __init__(self, tokens_per_second: float | None):
        self._seconds = TOKENS / tokens_per_second if tokens_per_second else 0.0
        self._lock = threading.Lock()
        dice = random.Random(0)
        self._words = [f"word{dice.randrange(5000)}" for _ in range(TOKENS)]
        self._ids = tuple(dice.randrange(49_000) for _ in range(TOKENS))
        self._logprobs = tuple(-dice.random() for _ in range(TOKENS))

    def sample(self, prompt, n=1, *, seed=0, indices=None, on_completion=None, **settings):
        wanted = list(range(n) if indices is None else indices)
        with self._lock:  # one engine: its tokens come at this rate however many threads ask
            return [self._one(prompt, index, on_completion) for index in wanted]

    def _one(self, prompt, index, on_completion):
        time.sleep(self._seconds)
        text = f"{prompt[-20:]} {index} {' '.join(self._words)} The answer is {index}."
        chain = Completion(text, None, text, self._ids, self._logprobs, "stop", Usage(600, 0, TOKENS, 1))
        if on_completion is not None:
            on_completion(index, chain)
        return chain


def problems(count: int) -> list[Problem]:
    """Problems with prompts as long as eight worked examples."""
    shots = "Question: how many? Answer: 12. " * 60
    return [Problem(f"p{i}", f"{shots}Question {i}", "3", "made-up") for i in range(count)]


def vote_of(problem, lm, *, n=16):
    return srm.vote(lm.sample(problem.question, n=n))


def evaluation(tokens_per_second: float | None, count: int, n: int, path: Path | None) -> float:
    """Seconds of one evaluation, with a store or without."""
    os.environ["SRM_LAB_STORE"] = str(path or "off")
    started = time.perf_counter()
    run = srm.evaluate(MadeUpModel(tokens_per_second), srm.methods.get("vote_of"), problems(count), n=n, progress=False)
    seconds = time.perf_counter() - started
    assert not run.failed
    return seconds


def one_sample(folder: Path, samples: int = 2000) -> dict[str, float]:
    """Microseconds to commit one sample in a transaction of its own, and to find it again."""
    source = store.stored(MadeUpModel(None), folder / f"{random.random()}.sqlite")
    prompts = [problem.question for problem in problems(samples // 16)]
    requests = [source._request(prompt, {}, 0) for prompt in prompts]
    chain = source.unstored.sample(prompts[0])[0]
    started = time.perf_counter()
    for request in requests:
        for index in range(16):
            source._keep(request, {index: chain})
    kept = time.perf_counter()
    for request in requests:
        source._find(request, range(16))
    found = time.perf_counter()
    source.close()
    count = 16 * len(prompts)
    return {"keep": (kept - started) / count * 1e6, "find": (found - kept) / count * 1e6}


class Watch:
    """Adds up the seconds that threads spend in the store's own work."""

    def __init__(self):
        self.seconds, self._lock = 0.0, threading.Lock()

    def around(self, function):
        def timed(*args):
            started = time.perf_counter()
            try:
                return function(*args)
            finally:
                with self._lock:
                    self.seconds += time.perf_counter() - started

        return timed


def share(tokens_per_second: float, folder: Path, count: int, n: int) -> dict[str, float]:
    """One pair of evaluations at this rate: seconds without and with the store, and those spent in the store."""
    plain = evaluation(tokens_per_second, count, n, None)
    watch, kept = Watch(), {}
    for name in ("_request", "_find", "_keep"):
        kept[name] = getattr(view.StoredModel, name)
        setattr(view.StoredModel, name, watch.around(kept[name]))
    try:
        with_store = evaluation(tokens_per_second, count, n, folder / f"{random.random()}.sqlite")
    finally:
        for name, function in kept.items():
            setattr(view.StoredModel, name, function)
    return {"without": plain, "with": with_store, "in store": watch.seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[550, 1500, 20_000], help="tokens a second of the model"
    )
    parser.add_argument("--problems", type=int, default=4)
    parser.add_argument("--chains", type=int, default=16)
    parser.add_argument("--results", default=str(RESULTS))
    options = parser.parse_args()
    srm.method(vote_of)
    command = "python benchmarks/store.py " + " ".join(sys.argv[1:])
    made: dict = {"command": command.strip(), "versions": versions(), "tokens a chain": TOKENS, "repeats": REPEATS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        singles = [one_sample(folder) for _ in range(REPEATS)]
        made["microseconds a sample"] = {k: round(statistics.median(s[k] for s in singles), 1) for k in singles[0]}
        made["commits a second"] = round(1e6 / made["microseconds a sample"]["keep"])
        made["evaluations"] = []
        for rate in options.rates:
            pairs = [share(rate, folder, options.problems, options.chains) for _ in range(REPEATS)]
            made["evaluations"].append({"tokens per second": rate, **summary(pairs)})
    Path(options.results).write_text(json.dumps(made, indent=1) + "\n")
    print(json.dumps(made, indent=1))


def summary(pairs: list[dict[str, float]]) -> dict[str, float]:
    """Medians: seconds of an evaluation, the part of it spent in the store, how much longer it took than without."""
    seconds = {f"seconds {key}": round(statistics.median(p[key] for p in pairs), 4) for key in pairs[0]}
    inside = statistics.median(p["in store"] / p["with"] for p in pairs)
    longer = statistics.median(p["with"] / p["without"] - 1 for p in pairs)
    return {**seconds, "share in store, %": round(100 * inside, 2), "longer, %": round(100 * longer, 2)}


if __name__ == "__main__":
    main()
