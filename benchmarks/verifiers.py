"""Verifiers of the tiny model: trained, then asked about every recorded chain; and a real model as the judge of pairs.

    python benchmarks/verifiers.py                      # all but the judge: about half an hour on one core
    python benchmarks/verifiers.py judge --seconds 600  # more pairs for the judge; every call goes on where one ended
    python benchmarks/verifiers.py --list               # what there is, and what is missing

Chains and problems are those of data/results/votes.json.gz (benchmarks/votes.py). The verifiers begin as copies of the
model that wrote the chains and learn from chains that it wrote for problems of the train split; TRAINED says how many
and for how long. Each part is kept in build/verifiers as it is finished, so that an interrupted run goes on; every call
ends by writing all there is to data/results/verifiers.json.gz, which notebook 08 reads. With parts named, what that
file holds already stays in it.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm
from votes import LEARNED, LEARNED_CHAINS, LEARNED_SEED, LEVELS, VERIFIER, VOTER, load

import srm_lab as srm
from srm_lab.compress.judged import LONGEST
from srm_lab.evaluate import versions
from srm_lab.methods.judge import judge, preference
from srm_lab.preflight import machine_name
from srm_lab.records import Completion, Problem, Verdict
from srm_lab.training.chains import Chain, draw_chains, hold_out
from srm_lab.training.run_log import write_atomically
from srm_lab.training.sft import SftSettings
from srm_lab.training.verifier import judged_chains, train_verifier
from srm_lab.training.verifier_files import load_verifier, save_verifier
from srm_lab.verifier_trials import COMMAND, PLACE, RecordedVerifiers, dump_verifiers, first_pair, load_verifiers
from srm_lab.vote_trials import load_votes

TEMPERATURE = 1.0
BUILD = Path("build/verifiers")
JUDGE = "smollm2-135m"


@dataclass(frozen=True)
class Plan:
    """kind: of verifier.  drawn: problems for which chains are drawn, and chains of each.  problems: how many of these
    problems it learns from, None for all.  settings: how it is trained."""

    kind: str
    drawn: tuple[int, int]
    problems: int | None
    settings: SftSettings


FEW, MANY = (LEARNED, LEARNED_CHAINS), (2600, 6)  # problems, and chains of each; of level 1 there are few more
LONG = replace(VERIFIER, steps=1500)
TRAINED = {
    "outcome": Plan("outcome", FEW, None, VERIFIER),
    "process": Plan("process", FEW, None, VERIFIER),
    "weak outcome": Plan("outcome", FEW, 40, replace(VERIFIER, steps=40)),
    "long outcome": Plan("outcome", MANY, None, LONG),
    "long process": Plan("process", MANY, None, LONG),
}


def drawn(count: int, chains: int) -> list[list[Chain]]:
    """Chains to learn from. The tenth that votes.py keeps for its own report is left out here, too."""
    problems = srm.load_problems("arithmetic", count, LEARNED_SEED, "train", operations=LEVELS)
    learned, _ = hold_out(problems, 0.1)
    name = f"chains of {count}"
    if not kept(name):
        sampling = {"n": chains, "temperature": TEMPERATURE, "max_new_tokens": LONGEST, "seed": LEARNED_SEED}
        found = draw_chains(load(VOTER), learned, **sampling)
        keep(name, [[(chain.text, chain.right) for chain in row] for row in found])
    rows = zip(learned, kept(name), strict=True)
    return [[_chain(problem, *chain) for chain in row] for problem, row in rows]


def _chain(problem: Problem, text: str, right: bool) -> Chain:
    completion = Completion(text, None, text, (), (), "stop")
    return Chain(problem, completion, Verdict(right, None, None, "kept", "Judged when it was drawn."))


def trained(name: str):
    """The verifier of that name, trained where it is not there yet."""
    folder, plan = BUILD / name.replace(" ", "-"), TRAINED[name]
    if not folder.exists():
        judged = judged_chains(drawn(*plan.drawn)[: plan.problems], plan.kind)
        run = BUILD / f"{folder.name}-run"
        save_verifier(train_verifier(load(VOTER), judged, plan.settings, kind=plan.kind, folder=run), folder)
    return load_verifier(folder)


def keep(name: str, data: Any) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    write_atomically(BUILD / f"{name}.json.gz", gzip.compress(json.dumps(data).encode()))


def kept(name: str) -> Any:
    """What was kept under this name, or None."""
    path = BUILD / f"{name}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else None


def step_scores(name: str, problems: Sequence[Problem], rows) -> None:
    """For each problem, of every different finished chain: the scores of its steps (of an outcome verifier one)."""
    verifier, found = trained(name), []
    for problem, chains in zip(tqdm(problems, name, mininterval=5), rows):
        texts = list(dict.fromkeys(chain.text for chain in chains if chain.finished))
        scores = [[round(score, 3) for score in steps] for steps in verifier.step_scores(problem, texts)]
        found.append(dict(zip(texts, scores)))
    keep(f"scores of {name}", {"scores": found, "card": verifier.card})


def judged_pairs(problems: Sequence[Problem], rows, until: float) -> None:
    """[problem, P(Yes) for a right chain and for a wrong one, P(the right one is better)], one pair a
    problem that has both; kept after every pair. The question says the rules, as a model must be told."""
    lm, found = srm.load_model(JUDGE), kept("judge") or []
    yes = judge(lm)
    for i in tqdm(range(found[-1][0] + 1 if found else 0, len(problems)), "judge", mininterval=5):
        pair = first_pair(rows[i])
        if pair is None:
            continue
        if time.monotonic() > until:
            break
        asked = replace(problems[i], question=f"{problems[i].metadata['rules']}\n{problems[i].question}")
        right, wrong = (Completion(chain.text, None, chain.text, (), (), "stop") for chain in pair)
        scores = [yes(asked, right), yes(asked, wrong), preference(lm, asked, right, wrong)]
        found.append([i, *(round(score, 4) for score in scores)])
        keep("judge", found)


def unpack(votes) -> None:
    """Puts what the committed file holds and build/verifiers does not where `kept` finds it."""
    recorded = load_verifiers(votes=votes)
    for name, rows in recorded.steps.items():
        if name in TRAINED and not kept(f"scores of {name}"):
            keep(f"scores of {name}", {"scores": rows, "card": recorded.facts["verifiers"][name]})
    if recorded.judged and not kept("judge"):
        keep("judge", recorded.judged)


def write(votes) -> None:
    """Everything that is finished, as the one file that is committed."""
    there = {name: kept(f"scores of {name}") for name in TRAINED}
    there = {name: found for name, found in there.items() if found}
    asked = ("kind", "chains", "problems", "labels", "right", "steps", "training")
    facts = {
        "command": COMMAND, "date": datetime.date.today().isoformat(), "machine": machine_name(),
        "versions": versions(), "model": VOTER, "temperature": TEMPERATURE, "judge": JUDGE,
        "verifiers": {name: {key: found["card"][key] for key in asked} for name, found in there.items()},
    }  # fmt: skip
    scores = {name: found["scores"] for name, found in there.items()}
    recorded = RecordedVerifiers(votes, VOTER, TEMPERATURE, scores, kept("judge") or [], facts)
    write_atomically(PLACE, dump_verifiers(recorded))
    print(f"{', '.join(there)} are in {PLACE.name}, {PLACE.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"{', '.join(TRAINED)}, judge; all but the judge where none is named")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start nothing more after so long")
    parser.add_argument("--list", action="store_true", help="print what there is and work out nothing")
    options = parser.parse_args()
    if options.list:
        for name in TRAINED:
            print("have   " if kept(f"scores of {name}") else "missing", name)
        print(f"{len(kept('judge') or [])} pairs of the judge")
        return
    votes, until = load_votes(), time.monotonic() + options.seconds
    rows = votes.chains(VOTER, TEMPERATURE)
    if options.parts and PLACE.exists():  # named parts are added; without names, all is made again
        unpack(votes)
    for name in options.parts or TRAINED:
        if name == "judge":
            judged_pairs(votes.problems, rows, until)
        elif not kept(f"scores of {name}") and time.monotonic() < until:
            step_scores(name, votes.problems, rows)
    write(votes)


if __name__ == "__main__":
    main()
