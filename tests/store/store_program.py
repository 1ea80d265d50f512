"""A program that evaluates a made-up model into a store, to be started several times and killed.

    python store_program.py STORE --problems 20 --n 8 --seconds 0.02 --log FILE --run FILE

A line "prompt index" goes to the log once a sample is committed, so every logged one must be found in the store.
"""

from __future__ import annotations

import argparse
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from srm_lab.records import Completion, Problem, Usage


class CountingModel:
    """Says what (prompt, seed, index) fix. seconds: how long a sample takes. tells: whether it has on_completion."""

    name, fingerprint, quantization = "counting", "c0unting", None
    num_parameters, memory_bytes = 7, 28

    def __init__(self, seconds: float = 0.0, tells: bool = True, log: str | None = None):
        self.seconds, self.log, self.drawn, self._lock = seconds, log, [], threading.Lock()
        if not tells:
            self.sample = self._sample_untold

    def sample(self, prompt, n=1, *, seed=0, indices=None, temperature=0.7, on_token=None, cancel=None,
               on_completion=None, **settings):  # fmt: skip
        wanted = list(range(n) if indices is None else indices)
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda i: self._one(prompt, seed, i, temperature, cancel, on_completion), wanted))

    def _sample_untold(self, prompt, n=1, *, seed=0, indices=None, temperature=0.7, cancel=None, **settings):
        wanted = list(range(n) if indices is None else indices)
        return [self._one(prompt, seed, index, temperature, cancel, None) for index in wanted]

    def _one(self, prompt, seed, index, temperature, cancel, on_completion):
        time.sleep(self.seconds)
        with self._lock:
            self.drawn.append((str(prompt), seed, index))
        whole = said(prompt, seed, index, temperature)
        if cancel is not None and cancel.is_set():
            return Completion(
                "The", None, "The", whole.token_ids[:1], whole.logprobs[:1], "cancelled", Usage(9, 0, 1, 1)
            )
        if on_completion is not None:
            on_completion(index, whole)
            if self.log:
                with open(self.log, "a") as log:
                    log.write(f"{prompt}\t{index}\n")
        return whole


def said(prompt, seed: int, index: int, temperature: float = 0.7) -> Completion:
    """The one completion of this sample."""
    dice = random.Random(ascii((prompt, seed, index, temperature)))
    text = f"{dice.random():.6f} and so on. The answer is {dice.randint(0, 3)}."
    ids = tuple(dice.randrange(50_000) for _ in range(20))
    return Completion(text, None, text, ids, tuple(-dice.random() for _ in ids), "stop", Usage(9, 0, 20, 1))


def problems(count: int) -> list[Problem]:
    return [Problem(f"p{i}", f"Question {i}?", str(i % 4), "made-up") for i in range(count)]


def main() -> None:
    import srm_lab as srm

    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--log")
    parser.add_argument("--run")
    options = parser.parse_args()
    os.environ["SRM_LAB_STORE"] = options.store

    @srm.method
    def ask(problem, lm, *, n=8):
        return srm.vote(lm.sample(problem.question, n=n))

    lm = CountingModel(options.seconds, log=options.log)
    print("ready", flush=True)
    run = srm.evaluate(lm, ask, problems(options.problems), workers=4, n=options.n, progress=False)
    if options.run:
        run.save(options.run)
    print("done", len(lm.drawn), flush=True)


if __name__ == "__main__":
    main()
