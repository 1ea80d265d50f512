"""What pruning does to chains of thought: a sweep over methods and amounts, equal bytes, and a short recovery.

    python benchmarks/pruned_reasoning.py sweep        # weights, heads, neurons and layers of tiny/chain-cot
    python benchmarks/pruned_reasoning.py bytes        # quantized to b bits, and pruned to the same bytes
    python benchmarks/pruned_reasoning.py recovery     # 3 seeds of a short training after pruning
    python benchmarks/pruned_reasoning.py smollm2      # SmolLM2-135M with a part of its weights left away

Each part takes some minutes on one core and adds its trials (srm_lab/chain_trials.py) to
data/results/pruned_reasoning.json as they end; what is there is skipped, so that a killed run goes on.
All trials of the tiny model are on the same PROBLEMS test problems of 1 to 5 operations, one greedy chain each.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import srm_lab as srm
from srm_lab import claims, preflight
from srm_lab.chain_trials import PRUNED, Trial, as_row, from_row, measure
from srm_lab.compress import recover
from srm_lab.evaluate import versions
from srm_lab.training.distill import teacher_examples
from srm_lab.training.examples import Example

RESULTS = Path(__file__).parents[1] / "data" / "results" / PRUNED
MODEL, PROBLEMS, OPERATIONS = "tiny/chain-cot", 500, (1, 2, 3, 4, 5)
CALIBRATION = 64  # chains that importance is measured on
AMOUNTS = [round(0.05 * step, 2) for step in range(2, 19)]  # 10 % to 90 %
BITS = (8, 6, 4, 3, 2)
SEEDS = (0, 1, 2)
RECOVERED = (("wanda", 0.6), ("neurons", 0.5), ("layers", 1 / 3))
RECOVERY = {"steps": 150, "batch_size": 32, "lr": 1e-3}
OWN_CHAINS = 1000  # that recovery learns from
REAL_PROBLEMS = 200

Plan = tuple[str, float, int, Callable[[], Any]]  # family, amount, seed, and what makes the model


def own_chains(lm: Any, n: int) -> list[Example]:
    """What the whole model writes, greedily, about n problems of the train split, where it is right."""
    problems = srm.load_problems("arithmetic", n, 0, "train", operations=OPERATIONS)
    return list(teacher_examples(lm, problems, n=1, temperature=0.0, max_new_tokens=64).chains)


def texts(examples: list[Example]) -> list[str]:
    return [example.prompt + example.completion for example in examples]


def sweep(lm: Any) -> Iterator[Plan]:
    """Every way to prune, over its amounts."""
    seen = texts(own_chains(lm, CALIBRATION))
    layers, heads = lm.model.config.num_hidden_layers, lm.model.config.num_attention_heads
    yield "dense", 0.0, 0, lambda: lm
    for amount in AMOUNTS:
        yield "magnitude", amount, 0, partial(srm.prune, lm, amount, "magnitude")
        yield "wanda", amount, 0, partial(srm.prune, lm, amount, "wanda", calibration=seen)
    yield "magnitude 2:4", 0.5, 0, partial(srm.prune, lm, 0.5, "magnitude", pattern="2:4")
    yield "wanda 2:4", 0.5, 0, partial(srm.prune, lm, 0.5, "wanda", pattern="2:4", calibration=seen)
    parts = {
        "neurons": [step / 8 for step in range(1, 8)],
        "heads": [step / heads for step in range(1, heads)],
        "layers": [step / layers for step in range(1, layers)],
    }
    for what, amounts in parts.items():
        for amount in amounts:
            yield what, amount, 0, partial(srm.prune, lm, amount, what=what, calibration=seen)


def equal_bytes(lm: Any) -> Iterator[Plan]:
    """Rounded to nearest in groups of 64, and pruned by Wanda until it would take the same bytes."""
    seen = texts(own_chains(lm, CALIBRATION))
    for bits in BITS:
        small = srm.quantize(lm, bits, 64)
        yield "rtn", bits, 0, partial(srm.quantize, lm, bits, 64)
        amount = 1 - (small.compression.bits_per_weight - 1) / 16  # 1 bit a weight says which are left, in 16 bits
        yield "wanda, bytes of bits", bits, 0, partial(srm.prune, lm, amount, "wanda", calibration=seen)
    fewer = srm.prune(lm, 1 / 3, what="neurons", calibration=seen)
    yield "neurons and 4 bits", 1 / 3, 0, partial(srm.quantize, fewer, 4, 64)


def recovery(lm: Any) -> Iterator[Plan]:
    """A short training on the whole model's own chains."""
    learned = own_chains(lm, OWN_CHAINS)
    seen = texts(learned[:CALIBRATION])
    for family, amount in RECOVERED:
        what = {"what": "weights" if family == "wanda" else family}
        pruned = srm.prune(lm, amount, calibration=seen, **what)
        for seed in SEEDS:
            yield f"{family}, recovered", amount, seed, partial(recovered, pruned, learned, seed)


def recovered(pruned: Any, learned: list[Example], seed: int) -> Any:
    return recover(pruned, learned, seed=seed, **RECOVERY)[0]


def smollm2(lm: Any) -> Iterator[Plan]:
    """A real model, asked with worked examples; its importance is measured on chains of its own."""
    problems = srm.load_problems("word_problems", 16, 0, "train", steps=1)
    chains = [srm.methods.few_shot_cot(problem, lm) for problem in problems]
    seen = [problem.question + chain.text for problem, chain in zip(problems, chains)]
    yield "smollm2 dense", 0.0, 0, lambda: lm
    for family, amount in (("wanda", 0.3), ("wanda", 0.5), ("magnitude", 0.3)):
        yield f"smollm2 {family}", amount, 0, partial(srm.prune, lm, amount, family, calibration=seen)


PARTS = {"sweep": sweep, "bytes": equal_bytes, "recovery": recovery, "smollm2": smollm2}


def run(part: str) -> None:
    """Measures what the file lacks of a part, trial by trial."""
    real = part == "smollm2"
    lm = srm.load_model("smollm2-135m" if real else MODEL)
    if real:
        problems = srm.load_problems("word_problems", REAL_PROBLEMS, 0, "test", steps=1)
        options = {"method": "few_shot_cot", "max_new_tokens": 96}
    else:
        problems, options = srm.load_problems("arithmetic", PROBLEMS, 0, "test", operations=OPERATIONS), {}
    for family, amount, seed, make in PARTS[part](lm):
        if any(t.family == family and t.seed == seed and abs(t.amount - amount) < 1e-6 for t in stored()):
            continue
        began = time.perf_counter()
        trial = measure(make(), problems, family=family, amount=amount, seed=seed, **options)
        store([*stored(), trial])  # read anew: another part may run beside this one
        print(f"{family} {amount:.3g} seed {seed}: {trial.accuracy}, {time.perf_counter() - began:.1f} s", flush=True)


def stored() -> list[Trial]:
    return [from_row(row) for row in json.loads(RESULTS.read_text())["trials"]] if RESULTS.exists() else []


def store(trials: list[Trial]) -> None:
    facts = {
        "command": f"python benchmarks/pruned_reasoning.py {' '.join(PARTS)}",
        "machine": preflight.machine_name(),
        "versions": versions(),
        "settings": {"model": MODEL, "problems": PROBLEMS, "operations": OPERATIONS, "problem seed": 0,
                     "calibration chains": CALIBRATION, "own chains": OWN_CHAINS, "recovery": RECOVERY},
    }  # fmt: skip
    claims.write_json(RESULTS, facts | {"trials": [as_row(trial) for trial in trials]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    for part in parser.parse_args().parts:
        run(part)


if __name__ == "__main__":
    main()
