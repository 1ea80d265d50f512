"""Votes of the tiny models: many chains of every problem at many temperatures, recorded, with three kinds of weight.

    python benchmarks/votes.py                    # everything: about a quarter of an hour on one core
    python benchmarks/votes.py chain-cot weights  # what is missing of these: chains of a model, or the weights
    python benchmarks/votes.py --seconds 120      # start nothing more after so long
    python benchmarks/votes.py --list             # what there is, and what is missing

PLANS says which model draws how many chains at which temperature, for the same PROBLEMS arithmetic problems of one to
five operations. Then an outcome verifier is trained on chains that chain-voter drew for problems of the train split
(build/votes/verifier), and the first chains of SCORED, as far as they are finished, get their self-certainty and the
verifier's score. Each part is kept in build/votes as it is finished, so that an interrupted run goes on with the next;
every call ends by writing all there is to data/results/votes.json.gz, which notebook 07 reads.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

import srm_lab as srm
from srm_lab.compress.judged import LONGEST, WORKERS
from srm_lab.evaluate import versions
from srm_lab.methods.confidence import likelihood, self_certainty
from srm_lab.openmp import release_team
from srm_lab.preflight import machine_name
from srm_lab.records import Completion, Problem
from srm_lab.training.chains import draw_chains, hold_out, plain_prompt
from srm_lab.training.run_log import write_atomically
from srm_lab.training.sft import SftSettings
from srm_lab.training.verifier import judged_chains, train_verifier
from srm_lab.training.verifier_files import load_verifier, report, save_verifier
from srm_lab.vote_trials import COMMAND, PLACE, Ballot, RecordedVotes, dump_votes

PROBLEMS, SEED, LEVELS = 500, 0, (1, 2, 3, 4, 5)
VOTER, COT, DIRECT = "chain-voter", "chain-cot", "chain-direct"
# (model, temperature, chains a problem); what the others are compared with comes first
PLANS = (
    (VOTER, 1.0, 32), (VOTER, 0.0, 1), (VOTER, 0.7, 16), (VOTER, 0.3, 16), (VOTER, 1.3, 16), (COT, 1.6, 16),
    (DIRECT, 1.0, 16), (VOTER, 0.5, 16), (VOTER, 1.6, 16),
)  # fmt: skip
SCORED, SCORED_CHAINS = ((VOTER, 1.0),), 16  # the first of each problem get their weights
LEARNED, LEARNED_CHAINS, LEARNED_SEED = 1000, 4, 1  # problems that the verifier learns from, and chains of each
VERIFIER = SftSettings(steps=200, batch_size=64, learning_rate=1e-3)
BUILD = Path("build/votes")


def test_problems() -> list[Problem]:
    return srm.load_problems("arithmetic", PROBLEMS, SEED, "test", operations=LEVELS)


def load(model: str):
    return srm.load_model(f"tiny/{model}")


# -- chains --------------------------------------------------------------------------------------------------------


def draw(model: str, temperature: float, n: int, problems: list[Problem]) -> list[list[Ballot]]:
    """n chains of each problem, judged."""
    lm = load(model)

    def one(problem: Problem) -> list[Ballot]:
        prompt, limits = plain_prompt(problem, lm), {"max_new_tokens": LONGEST, "seed": SEED}
        return [ballot(problem, chain) for chain in lm.sample(prompt, n=n, temperature=temperature, **limits)]

    release_team()
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(one, problems)
        chains = list(tqdm(found, f"{model} at {temperature:g}", len(problems), mininterval=5))
    lm.engine.close()
    return chains


def ballot(problem: Problem, chain: Completion) -> Ballot:
    verdict, tokens = srm.verify(chain, problem.answer, problem.kind), chain.usage.generated_tokens
    right, sure = verdict.correct is True, round(likelihood(chain), 4)
    return Ballot(chain.text, tokens, chain.finished, verdict.extracted, right, sure)


def kept(model: str, temperature: float) -> Path:
    return BUILD / f"{model}_{temperature:g}.json.gz"


def keep(path: Path, data: Any) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    write_atomically(path, gzip.compress(json.dumps(data).encode()))


def read(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def cell(model: str, temperature: float) -> list[list[Ballot]]:
    return [[Ballot(*row) for row in rows] for rows in read(kept(model, temperature))]


# -- weights -------------------------------------------------------------------------------------------------------


def verifier():
    """The outcome verifier, trained where it is not there yet, and how well it tells held-out chains apart."""
    folder, facts = BUILD / "verifier", BUILD / "verifier.json.gz"
    if not facts.exists():
        lm = load(VOTER)
        problems = srm.load_problems("arithmetic", LEARNED, LEARNED_SEED, "train", operations=LEVELS)
        learned, held = hold_out(problems, 0.1)
        sampling = {"n": LEARNED_CHAINS, "temperature": SCORED[0][1], "max_new_tokens": LONGEST, "seed": LEARNED_SEED}
        judged, unseen = (judged_chains(draw_chains(lm, some, **sampling), "outcome") for some in (learned, held))
        if not folder.exists():
            made = train_verifier(lm, judged, VERIFIER, kind="outcome", folder=BUILD / "verifier-run")
            save_verifier(made, folder)
        made = load_verifier(folder)
        known = ("chains", "problems", "right", "steps", "training")
        found = {name: made.card[name] for name in known} | {"unseen": asdict(report(made, unseen).chains["last"])}
        keep(facts, found)
    return load_verifier(folder), read(facts)


def scores(model: str, temperature: float, problems: list[Problem]) -> list[dict[str, tuple[float, float]]]:
    """For each problem, of every different finished chain: its self-certainty and the verifier's score."""
    path = BUILD / f"scores_{model}_{temperature:g}.json.gz"
    if not path.exists():
        lm, (judge, _) = load(model), verifier()
        found = []
        for problem, chains in zip(tqdm(problems, "weights", mininterval=5), cell(model, temperature)):
            different = {chain.text: chain for chain in chains[:SCORED_CHAINS] if chain.finished}
            sure = [round(self_certainty(lm, plain_prompt(problem, lm), chain), 4) for chain in different.values()]
            right = [round(value, 4) for value in judge.score(problem, list(different))]
            found.append(dict(zip(different, zip(sure, right))))
        keep(path, found)
    return read(path)


def weighted(chains: list[Ballot], found: dict[str, tuple[float, float]]) -> list[Ballot]:
    """The chains with their weights. An unfinished chain may have the text of a finished one: it has none."""
    first, others = chains[:SCORED_CHAINS], chains[SCORED_CHAINS:]
    names = ("self_certainty", "verifier")
    return [replace(c, **dict(zip(names, found[c.text]))) if c.finished else c for c in first] + others


# -- all of it -----------------------------------------------------------------------------------------------------


def write(problems: list[Problem]) -> None:
    """Everything that is finished, as the one file that is committed."""
    cells = {(model, at): cell(model, at) for model, at, _ in PLANS if kept(model, at).exists()}
    scored = [key for key in SCORED if (BUILD / f"scores_{key[0]}_{key[1]:g}.json.gz").exists()]
    for key in scored:
        cells[key] = [weighted(*pair) for pair in zip(cells[key], scores(*key, problems))]
    facts = {
        "command": COMMAND, "date": datetime.date.today().isoformat(), "machine": machine_name(),
        "versions": versions(), "seed": SEED, "max_new_tokens": LONGEST, "scored": [list(key) for key in scored],
        "verifier": verifier()[1] if scored else None,
    }  # fmt: skip
    write_atomically(PLACE, dump_votes(RecordedVotes(problems, cells, facts)))
    print(f"{len(cells)} of {len(PLANS)} are in {PLACE.name}, {PLACE.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"{VOTER}, {COT}, {DIRECT}, weights; all where none is named")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start nothing more after so long")
    parser.add_argument("--list", action="store_true", help="print what there is and draw nothing")
    options = parser.parse_args()
    if options.list:
        for model, at, n in PLANS:
            print("have   " if kept(model, at).exists() else "missing", f"{model} at {at:g}, {n} chains")
        return
    began, problems = time.monotonic(), test_problems()
    parts = options.parts or [VOTER, COT, DIRECT, "weights"]
    for model, at, n in PLANS:
        if model in parts and not kept(model, at).exists() and time.monotonic() - began < options.seconds:
            rows = draw(model, at, n, problems)
            keep(kept(model, at), [[list(vars(chain).values()) for chain in chains] for chains in rows])
    for key in SCORED:
        if "weights" in parts and time.monotonic() - began < options.seconds:
            scores(*key, problems)
    write(problems)


if __name__ == "__main__":
    main()
