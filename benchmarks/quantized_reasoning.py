"""What quantization does to the reasoning of the tiny models: chains of every model under every scheme, recorded.

    python benchmarks/quantized_reasoning.py                       # all parts: about half an hour on one core
    python benchmarks/quantized_reasoning.py main kv --seconds 400 # what these two lack, for so long at most
    python benchmarks/quantized_reasoning.py --list                # what there is, and what is missing

    main         16 bits, round to nearest at 8 to 2 bits, NF4, GPTQ and AWQ at 3 and 4 bits, in groups of 64
    groups       groups of 32, and whole rows, at 4 to 2 bits; GPTQ and AWQ at 2 bits
    group_votes  the same groups, rounded to nearest, for the model that votes and the one that answers directly
    kv           keys and values in 8, 4, 3 and 2 bits
    calibration  GPTQ and AWQ at 3 bits calibrated on plain text, and on questions without their chains
    layers       one kind of layers, or one layer of the stack, at 2 bits, and the others at 8
    smollm2      SmolLM2 on one-step word problems: a few schemes, whole runs, in a file of its own

Each scheme answers the same PROBLEMS arithmetic problems of one to five operations at temperature 0.7, with eight
chains each where votes are counted and fewer elsewhere. A scheme is kept in build/quantized_reasoning as it is
finished, so that an interrupted run goes on with the next; every call ends by writing all there is to
data/results/quantized_reasoning.json.gz, which notebook 03 reads. Rounding is simulated (float32 products of rounded
weights): the same chains as packed weights, and faster.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

import srm_lab as srm
from srm_lab.compress import quantize_kv_cache
from srm_lab.compress.copies import copy_model, linear_layers
from srm_lab.compress.judged import LONGEST, Judged, draw_judged
from srm_lab.compress.kv_cache import bytes_per_token
from srm_lab.compress.recorded import PLACE, Cell, Recorded, Scheme, dump_recorded
from srm_lab.evaluate import versions
from srm_lab.models.local import LocalModel
from srm_lab.preflight import machine_name
from srm_lab.records import Problem
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.run_log import write_atomically

PROBLEMS, TEMPERATURE, SEED = 500, 0.7, 0
CHAINS = {"main": 8, "groups": 4, "group_votes": 8, "kv": 4, "calibration": 2, "layers": 2}  # a problem
CALIBRATION_PROBLEMS, CALIBRATION_SEED = 64, 3
BUILD, SMOLLM2 = Path("build/quantized_reasoning"), PLACE.with_name("quantized_smollm2.json")
COT, DIRECT, VOTER = "chain-cot", "chain-direct", "chain-voter"
KINDS_OF_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
WHOLE = Scheme("float16", 16)
Plan = tuple[str, Scheme]


def main_part() -> list[Plan]:
    """What the others are compared with comes first, so that a run that is stopped early is of use."""
    first = [Scheme("rtn", bits, 64) for bits in (8, 4, 3, 2)]
    clever = [Scheme(method, bits, 64, "chains") for bits, method in product((3, 4), ("gptq", "awq"))]
    rest = [Scheme("rtn", bits, 64) for bits in (5, 6, 7)]
    schemes = [WHOLE, *first, *clever[:2], *rest, *clever[2:], Scheme("nf4", 4, 64)]
    return [(model, scheme) for model in (VOTER, DIRECT, COT) for scheme in schemes] + [(COT, Scheme("w8a8", 8))]


def groups_part() -> list[Plan]:
    clever = [Scheme(method, 3, group, "chains") for method, group in product(("gptq", "awq"), (32, 0))]
    at_two = [Scheme(method, 2, 64, "chains") for method in ("gptq", "awq")]
    rounded = [Scheme("rtn", bits, group) for bits, group in product((3, 4, 2), (32, 0))]
    return [(COT, scheme) for scheme in [*at_two, *rounded[:2], *clever, *rounded[2:]]]


def group_votes_part() -> list[Plan]:
    return [(m, Scheme("rtn", bits, group)) for m, bits, group in product((VOTER, DIRECT), (3, 4, 2), (32, 0))]


def kv_part() -> list[Plan]:
    return [(model, Scheme("kv", bits)) for model in (COT, VOTER) for bits in (8, 4, 3, 2)]


def calibration_part() -> list[Plan]:
    texts = ("plain text", "questions")
    return [(COT, Scheme(method, 3, 64, text)) for method, text in product(("gptq", "awq"), texts)]


def layers_part() -> list[Plan]:
    return [(COT, Scheme("rtn", 2, 64, layers=part)) for part in (*KINDS_OF_LAYERS, "layer 0", "layer 1", "layer 2")]


PARTS = {
    "main": main_part, "groups": groups_part, "group_votes": group_votes_part, "kv": kv_part,
    "calibration": calibration_part, "layers": layers_part,
}  # fmt: skip


def load(model: str) -> LocalModel:
    return srm.load_model(f"tiny/{model}")


def compressed(model: str, scheme: Scheme) -> LocalModel:
    """The model under the scheme, as it is sampled from."""
    lm = load(model)
    if scheme.method == "float16":
        return in_float16(lm)
    if scheme.method == "kv":
        return quantize_kv_cache(in_float16(lm), scheme.bits)
    if scheme.method == "w8a8":
        options: dict[str, Any] = {"bits": 8, "group_size": "channel", "symmetric": True, "activations": 8}
        return srm.quantize(lm, storage="simulated", **options)
    bits: Any = scheme.bits
    if scheme.layers:
        bits = {name: scheme.bits if belongs(name, scheme.layers) else 8 for name in linear_layers(lm.model)}
    texts = calibration_texts(lm, scheme.calibration) if scheme.calibration else None
    group = scheme.group or "channel"
    return srm.quantize(lm, bits, group, scheme.method, calibration=texts, storage="simulated")


def in_float16(lm: LocalModel) -> LocalModel:
    """Weights rounded to 16 bits and computed with in 32, as processors without float16 arithmetic do."""
    model = copy_model(lm.model)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half().float())
    return LocalModel(lm.name, model, lm.tokenizer, "float16")


def belongs(name: str, part: str) -> bool:
    """Whether a linear layer is of this kind, or in this layer of the stack ("layer 0")."""
    return f".layers.{part[-1]}." in name if part.startswith("layer ") else name.endswith(part)


def calibration_texts(lm: LocalModel, kind: str) -> list[str]:
    """Texts of about as many tokens: the model's own chains, questions alone, or English without capitals."""
    problems = srm.load_problems(
        "arithmetic", CALIBRATION_PROBLEMS, CALIBRATION_SEED, "train", operations=(1, 2, 3, 4, 5)
    )
    chains = [
        problem.question + lm.sample(problem.question, 1, max_new_tokens=LONGEST, seed=SEED)[0].text
        for problem in problems
    ]
    tokens = sum(map(len, chains))
    if kind == "chains":
        return chains
    if kind == "questions":
        more = srm.load_problems("arithmetic", 1000, CALIBRATION_SEED, "train", operations=(1, 2, 3, 4, 5))
        return up_to(tokens, [problem.question for problem in more])
    stories = srm.load_problems("word_problems", 200, CALIBRATION_SEED, "train", steps=2)
    return up_to(tokens, ["".join(c for c in story.question.lower() if c in ALPHABET) for story in stories])


def up_to(tokens: int, texts: Sequence[str]) -> list[str]:
    """The first texts, until they have so many tokens (characters)."""
    chosen: list[str] = []
    for text in texts:
        if sum(map(len, chosen)) >= tokens:
            break
        chosen.append(text)
    return chosen


def test_problems() -> list[Problem]:
    return srm.load_problems("arithmetic", PROBLEMS, SEED, "test", operations=(1, 2, 3, 4, 5))


def measure(model: str, scheme: Scheme, problems: Sequence[Problem], n: int) -> Cell:
    """Draws n chains a problem of one model under one scheme."""
    lm = compressed(model, scheme)
    with tqdm(total=len(problems), desc=f"{model} {scheme.name}", unit="problem", mininterval=5) as bar:
        chains = draw_judged(lm, problems, n, temperature=TEMPERATURE, seed=SEED, on_problem=bar.update)
    bits, size = weight_size(lm, model, scheme)
    cache = bytes_per_token(lm, scheme.bits if scheme.method == "kv" else 16)
    lm.engine.close()
    return Cell(model, scheme, bits, size, cache, chains)


def weight_size(lm: LocalModel, model: str, scheme: Scheme) -> tuple[float, int]:
    """Bits a weight of the linear layers, and bytes of all weights packed, with all others in 16 bits."""
    whole = load(model)
    linear = sum(layer.weight.numel() for layer in linear_layers(whole.model).values())
    bits = 16.0 if scheme.method in ("float16", "kv") else lm.compression.bits_per_weight
    return bits, round(linear * bits / 8 + 2 * (whole.num_parameters - linear))


def kept(plan: Plan) -> Path:
    model, scheme = plan
    return BUILD / f"{model}_{scheme.name.replace(' ', '_')}.json.gz"


def keep(plan: Plan, cell: Cell) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = [[list(vars(chain).values()) for chain in chains] for chains in cell.chains]
    data = {**vars(cell), "scheme": vars(cell.scheme), "chains": rows}
    write_atomically(kept(plan), gzip.compress(json.dumps(data).encode()))


def read(plan: Plan) -> Cell:
    data = json.loads(gzip.decompress(kept(plan).read_bytes()))
    chains = [[Judged(*row) for row in rows] for rows in data["chains"]]
    return Cell(**{**data, "scheme": Scheme(**data["scheme"]), "chains": chains})


def write(problems: Sequence[Problem], plans: Sequence[Plan]) -> None:
    """Everything that is finished, as the one file that is committed."""
    cells = [read(plan) for plan in plans if kept(plan).exists()]
    facts = {
        "command": "python benchmarks/quantized_reasoning.py",
        "date": datetime.date.today().isoformat(),
        "machine": machine_name(),
        "versions": versions(),
        "sampling": {"chains": CHAINS, "temperature": TEMPERATURE, "seed": SEED, "max_new_tokens": LONGEST},
        "calibration": {"problems": CALIBRATION_PROBLEMS, "seed": CALIBRATION_SEED, "split": "train"},
    }
    recorded = Recorded(problems, {(cell.model, cell.scheme): cell for cell in cells}, facts)
    write_atomically(PLACE, dump_recorded(recorded))
    print(f"{len(cells)} of {len(plans)} schemes are in {PLACE.name}, {PLACE.stat().st_size / 1e6:.2f} MB")


# -- SmolLM2 -------------------------------------------------------------------------------------------------------

SMOLLM2_PROBLEMS = 200
SMOLLM2_SCHEMES = {  # its weights come out of a 4-bit file (Q4_1, groups of 32): 4 bits look better than they are
    "whole": None,
    "rtn-4bit-g64": {"bits": 4, "group_size": 64},
    "rtn-3bit-g64": {"bits": 3, "group_size": 64},
}


def smollm2() -> Iterator[str]:
    """Few-shot chains, greedy, of each scheme that the file lacks; yields its name when it is through."""
    problems = srm.load_problems("word_problems", SMOLLM2_PROBLEMS, SEED, "test", steps=1)
    found = json.loads(SMOLLM2.read_text()) if SMOLLM2.exists() else {}
    lm = None
    for name, options in SMOLLM2_SCHEMES.items():
        if name in found:
            continue
        lm = lm or srm.load_model("smollm2-135m", dtype="float32")
        small = lm if options is None else srm.quantize(lm, storage="simulated", **options)
        run = srm.evaluate(small, "few_shot_cot", problems, shots=4, max_new_tokens=64, store=False)
        accuracy = asdict(run.accuracy) | {"rate": run.accuracy.rate}
        found[name] = {
            "accuracy": accuracy, "right": [r.verdict.correct is True for r in run.records],
            "unfinished": run.unfinished, "tokens a problem": run.tokens_per_problem, "seconds": round(run.seconds),
            "versions": versions(), "command": "python benchmarks/quantized_reasoning.py smollm2",
            "task": "word_problems, steps=1, few_shot_cot with 4 examples, greedy", "seed": SEED,
        }  # fmt: skip
        write_atomically(SMOLLM2, (json.dumps(found, indent=1) + "\n").encode())
        yield name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}, smollm2; all but smollm2 where none is named")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no further scheme after so long")
    parser.add_argument("--list", action="store_true", help="print what there is and draw nothing")
    options = parser.parse_args()
    if unknown := set(options.parts) - {*PARTS, "smollm2"}:
        parser.error(f"there is no part {min(unknown)}")
    plans = [plan for part in PARTS.values() for plan in part()]
    wanted = [(plan, CHAINS[part]) for part in options.parts or PARTS if part in PARTS for plan in PARTS[part]()]
    if options.list:
        for (model, scheme), _ in wanted:
            print("have   " if kept((model, scheme)).exists() else "missing", model, scheme.name)
        return
    began, problems = time.monotonic(), test_problems()
    for plan, chains in wanted:
        if time.monotonic() - began > options.seconds:
            break
        if not kept(plan).exists():
            keep(plan, measure(*plan, problems, chains))
    write(problems, plans)
    if "smollm2" in options.parts:
        for name in smollm2():
            print(name)
            if time.monotonic() - began > options.seconds:
                break


if __name__ == "__main__":
    main()
