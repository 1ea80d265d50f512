"""A model on problems with known steps: which it solves, where its chains slip, how likely the right chains are to it.

    trial = measure(small, problems, family="wanda", amount=0.5)
    trial.accuracy; trial.by_difficulty(); trial.slips(); trial.perplexity; trial.chain_probability
    compare(dense, trial)                                # problem by problem, as srm.compare does with runs

A trial keeps a few numbers a problem and no texts, so that a sweep over fifty models is a small file. That of pruned
models is data/results/pruned_reasoning.json, made by benchmarks/pruned_reasoning.py.
Left out: several chains a problem, and the texts, which `srm.evaluate` keeps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SrmLabError
from .records import Problem, Proportion

PRUNED = "pruned_reasoning.json"
_NUMBERS = ("difficulty", "tokens", "reference_tokens")


@dataclass(frozen=True)
class Trial:
    """One model on n problems; sequences hold one entry a problem.

    model: its name.  family: how it was made small ("dense", "wanda", "neurons" ...).
    amount: the share left away, or of the family "rtn" the bits.  seed: of a training, else 0.
    bytes: measured.  tight_bytes: computed, noughts not stored and floats in 16 bits.
    difficulty: the number of steps.  tokens: generated, the end token included.
    first_wrong: the first wrong step, from 0; the answer counts as the last one; None where no step is wrong.
    nats: minus the log-probability of the reference chain, its end included; reference_tokens: its tokens.
    Where steps are not known, first_wrong, nats and reference_tokens are empty.
    """

    model: str
    family: str
    amount: float
    seed: int
    bytes: int
    tight_bytes: int
    difficulty: tuple[int, ...]
    correct: tuple[bool, ...]
    tokens: tuple[int, ...]
    first_wrong: tuple[int | None, ...] = ()
    nats: tuple[float, ...] = ()
    reference_tokens: tuple[int, ...] = ()

    @property
    def accuracy(self) -> Proportion:
        """Right answers, with Wilson's 95 % interval."""
        return _proportion(self.correct)

    def by_difficulty(self) -> dict[int, Proportion]:
        """Accuracy for each number of steps."""
        levels = sorted(set(self.difficulty))
        return {
            level: _proportion([right for right, d in zip(self.correct, self.difficulty) if d == level])
            for level in levels
        }

    @property
    def nats_per_token(self) -> float:
        """Of the reference chains, the mean over problems."""
        rates = [nats / tokens for nats, tokens in zip(self.nats, self.reference_tokens)]
        return sum(rates) / len(rates)

    @property
    def perplexity(self) -> float:
        """exp of the nats a token: 1 where every token of the reference chains is certain."""
        return math.exp(self.nats_per_token)

    @property
    def chain_probability(self) -> float:
        """The mean probability of the whole reference chain, 0 to 1."""
        return sum(math.exp(-nats) for nats in self.nats) / len(self.nats)

    def slips(self) -> dict[str, float]:
        """Shares of chains by what became of them: "every step right", "slip at step 1" ...,
        "never ended"; they sum to 1. A chain that slips may still reach the right answer, by luck."""
        words = [_fate(right, at) for right, at in zip(self.correct, self.first_wrong)]
        return {word: words.count(word) / len(words) for word in sorted(set(words), key=_order_of_fates)}


def measure(
    lm: Any,
    problems: Sequence[Problem],
    *,
    family: str = "dense",
    amount: float = 0.0,
    seed: int = 0,
    method: str = "zero_shot_cot",
    max_new_tokens: int = 64,
    workers: int = 32,
) -> Trial:
    """Draws one greedy chain a problem and reads the reference chains.

    family, amount, seed: what the trial is filed under.  method: by which the model is asked.
    Raises SrmLabError where the method failed on a problem.
    """
    from .compress.report import bytes_without_noughts
    from .evaluate import evaluate

    options = {"max_new_tokens": max_new_tokens, "workers": workers, "progress": False, "store": False}
    run = evaluate(lm, method, problems, **options)
    if run.failed:
        error = next(record.error for record in run.records if record.error)
        raise SrmLabError(f"{run.failed} problems failed.", f"The first error was: {error}", "Run one by itself.")
    stepwise = all("worked" in problem.metadata for problem in problems) and bool(lm.ask)
    return Trial(
        run.model, family, amount, seed, lm.memory_bytes, bytes_without_noughts(lm.model),
        tuple(_steps(problem) for problem in problems),
        tuple(record.verdict.correct is True for record in run.records),
        tuple(record.solution.usage.generated_tokens for record in run.records),
        tuple(first_wrong_step(record.problem, record.solution.text) for record in run.records) if stepwise else (),
        *(reference_nats(lm, problems) if stepwise else ((), ())),
    )  # fmt: skip


def first_wrong_step(problem: Problem, text: str) -> int | None:
    """The index of the first wrong step of a chain, from 0, or None; its answer counts as one more step."""
    from .tasks import TASKS
    from .tasks.worked import first_wrong

    return first_wrong(TASKS[problem.task].check_steps(problem, text))


def reference_nats(lm: Any, problems: Sequence[Problem]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """For each problem minus the log-probability of its worked steps, in nats, and the number of their tokens."""
    import torch

    from .tasks.worked import worked
    from .training.batches import make_batches, tokenize
    from .training.chains import plain_prompt
    from .training.examples import Example
    from .training.forward import completion_logprobs

    examples = [Example(plain_prompt(problem, lm), worked(problem)) for problem in problems]
    table = tokenize(examples, lm.tokenizer, lm.context_length)
    nats, tokens = torch.zeros(len(table)), torch.zeros(len(table), dtype=torch.long)
    with torch.no_grad():
        for batch in make_batches(table, range(len(table)), most_tokens=4096):
            found = completion_logprobs(lm.model, batch.to(lm.model.device)).cpu()
            nats.index_add_(0, batch.owners, -found)
            tokens.index_add_(0, batch.owners, torch.ones_like(batch.owners))
    return tuple(nats.tolist()), tuple(tokens.tolist())


def compare(a: Trial, b: Trial):
    """Accuracy of b minus that of a, a `Comparison` with a paired interval. Raises SrmLabError for other problems."""
    from .evaluate import paired

    if a.difficulty != b.difficulty:
        raise SrmLabError(
            "These two trials are not over the same problems.", "Their numbers of steps differ.",
            "Measure both on one list of problems.",
        )  # fmt: skip
    return paired(a.model, b.model, a.correct, b.correct)


def find(trials: Iterable[Trial], family: str, amount: float | None = None, seed: int = 0) -> Trial:
    """The trial of this family and amount (None: the only one). Raises SrmLabError with the amounts that there are."""
    mine = [trial for trial in trials if trial.family == family and trial.seed == seed]
    found = [trial for trial in mine if amount is None or abs(trial.amount - amount) < 1e-6]
    if len(found) != 1:
        there = ", ".join(f"{trial.amount:g}" for trial in mine) or "none"
        raise SrmLabError(f"There is no trial of {family!r} with amount={amount}.", f"Its amounts are: {there}.", "")
    return found[0]


def as_row(trial: Trial) -> dict[str, Any]:
    """A trial as JSON: what is a number a problem becomes one line of text."""
    row = {**vars(trial), "correct": "".join("01"[right] for right in trial.correct)}
    row["first_wrong"] = " ".join("-" if at is None else str(at) for at in trial.first_wrong)
    row["nats"] = " ".join(f"{nats:.4g}" for nats in trial.nats)
    return row | {name: " ".join(map(str, row[name])) for name in _NUMBERS}


def from_row(row: dict[str, Any]) -> Trial:
    """The trial that `as_row` wrote."""
    values = {**row, "correct": tuple(mark == "1" for mark in row["correct"])}
    values["first_wrong"] = tuple(None if at == "-" else int(at) for at in row["first_wrong"].split())
    values["nats"] = tuple(map(float, row["nats"].split()))
    return Trial(**values | {name: tuple(map(int, row[name].split())) for name in _NUMBERS})


def read_trials(path: str | Path | None = None) -> list[Trial]:
    """The trials of a file; None reads those of pruned models that the course ships.

    Raises SrmLabError for a file that is missing or damaged.
    """
    from .claims import results_folder

    path = Path(path) if path else results_folder() / PRUNED
    try:
        return [from_row(row) for row in json.loads(path.read_text(encoding="utf-8"))["trials"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SrmLabError(
            f"The trials {path.name} cannot be read.", f"{type(error).__name__}: {error}",
            "Restore the file from version control, or make it: python benchmarks/pruned_reasoning.py.",
        ) from error  # fmt: skip


def _steps(problem: Problem) -> int:
    return problem.metadata.get("difficulty", problem.metadata.get("steps", 0))


def _proportion(correct: Sequence[bool]) -> Proportion:
    from .scoring.statistics import wilson

    return wilson(sum(correct), len(correct))


def _fate(right: bool, at: int | None) -> str:
    if at is not None:
        return f"slip at step {at + 1}"
    return "every step right" if right else "never ended"


def _order_of_fates(word: str) -> tuple[int, int]:
    return (
        {"every step right": 0, "never ended": 2}.get(word, 1),
        int(word.rpartition(" ")[2]) if word[-1].isdigit() else 0,
    )
