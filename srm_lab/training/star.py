"""STaR: a model learns from those of its own chains that reach the right answer, round after round.

    result = star(lm, problems, held_out, StarSettings(SftSettings(steps=200), rounds=4), folder="runs/star")

A round draws chains with the model of the round before, keeps the right ones, and trains the *original* model on them.
With rationalisation, problems without a right chain are asked once more with the answer as a hint, and what is
right then is learned as if there had been no hint. Without it the method is rejection sampling.
Each round may take problems that no round before has seen: small models memorise the chains of a few hundred.
Source: Zelikman et al. 2022, arXiv 2203.14465. Left out: longer training in later rounds, as the paper has.

    run folder/  configuration, metrics (a line a round, the start is round 0), card; its state is the start's weights
        round-1/ examples.jsonl  what was kept, and a run of `sft` with the weights after the round
"""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import SrmLabError
from ..prompts import fill
from ..records import Problem, Proportion
from ..scoring.statistics import wilson
from ..tasks.worked import worked
from .chains import Chain, check_apart, different, draw_chains, in_turns, template
from .examples import Example, trainable
from .rejection import kept_chains, sift
from .run_log import STATE, RunLog, State, read_state, stoppable, write_atomically
from .sft import SftSettings, sft, to_train

HINT = "{question}({answer})"  # a question with its answer, for tiny models; teach it with `hint_examples`
EXAMPLES = "examples.jsonl"


@dataclass(frozen=True)
class StarSettings:
    """training: of each round. rounds: how many. samples: chains a problem and round, drawn at `temperature`.

    keep: most different right chains of a problem that are learned. ask: the prompt, with its slot {question}.
    hint: the prompt of rationalisation, with {question} and {answer}, or None to leave it out.
    fresh: problems a round, in each round the next ones of the list; None takes all of them in every round.
    max_new_tokens, stop: of each chain. seed: of sampling; each round draws and trains with another.
    """

    training: SftSettings
    rounds: int = 4
    samples: int = 8
    temperature: float = 1.0
    keep: int = 4
    ask: str = "{question}"
    hint: str | None = None
    fresh: int | None = None
    max_new_tokens: int = 96
    stop: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self):
        counts = (self.rounds, self.samples, self.keep, self.max_new_tokens, 1 if self.fresh is None else self.fresh)
        if min(counts) < 1 or self.temperature <= 0:
            raise SrmLabError(
                f"A setting is out of range: {self}.", "Counts start at 1; greedy chains would all be the same."
            )

    def of_round(self, number: int) -> SftSettings:
        """Its training; the order of the data is another in each round."""
        return dataclasses.replace(self.training, seed=self.training.seed + number)

    def problems_of(self, number: int, problems: Sequence[Problem]) -> Sequence[Problem]:
        """The problems of a round, counted from 1."""
        return problems if self.fresh is None else problems[(number - 1) * self.fresh : number * self.fresh]


@dataclass(frozen=True)
class StarResult:
    """rounds: that were done. finished: False where it was stopped. metrics: a dictionary a round, the start first."""

    rounds: int
    finished: bool
    metrics: Sequence[dict[str, Any]]


def star(
    lm,
    problems: Iterable[Problem],
    held_out: Iterable[Problem],
    settings: StarSettings,
    *,
    folder: str | Path | None = None,
    on_round: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> StarResult:
    """Train a local model on its own right chains, in place; it ends as the model of the last round.

    problems: learned from. held_out: measured on after each round, greedily; see `chains.hold_out`.
    folder: where the run is kept; the same call again goes on from there, exactly.
    on_round: called with each round's metrics: chains drawn, their share right, problems solved, the same with hints,
        different among the right ones, examples learned, loss, held-out accuracy (k, n, low, high).
    stop: when set, the run ends after the current chain or training step.

    Raises SrmLabError for test problems, a held-out problem made of the same things as another, too few problems for
    the rounds, a round without any right chain, a folder of another run; TrainingInterrupted after Ctrl-C.
    """
    problems, held_out = list(trainable(problems)), list(trainable(held_out))
    check_apart(problems, held_out)
    _check_enough(problems, settings)
    log = RunLog(folder, _configuration(lm, problems, held_out, settings))
    with stoppable(stop) as stopping:
        start, done = _begin(lm, log, held_out, settings, stopping)
        while done < settings.rounds and not stopping.is_set():
            line = _round(lm, start, done + 1, problems, held_out, settings, log, stopping)
            if line is None:
                break
            done += 1
            log.save(State(done, start))
            if on_round:
                on_round(line)
    if done == settings.rounds:
        log.finish({**log.configuration, "rounds": log.metrics})
    return StarResult(done, done == settings.rounds, log.metrics)


def _begin(lm, log: RunLog, held_out, settings, stopping) -> tuple[dict[str, torch.Tensor], int]:
    """The original weights and the rounds that are done; the model is put where it was after the last of them."""
    state = log.resume()
    if state is None:
        start = {name: p.detach().clone() for name, p in to_train(lm.model)}
        accuracy = _accuracy(lm, held_out, settings, stopping)
        if accuracy is not None:
            log.write(0, **accuracy)
            log.save(State(0, start))
        return start, 0
    _put(lm, state.tensors)
    if state.step:
        after = read_state(log.folder / f"round-{state.step}" / STATE).tensors
        _put(lm, {name: after[f"weight.{name}"] for name in state.tensors})
    return dict(state.tensors), state.step


@torch.no_grad()
def _put(lm, weights: Mapping[str, torch.Tensor]) -> None:
    for name, parameter in to_train(lm.model):
        parameter.copy_(weights[name])


def _round(lm, start, number, problems, held_out, settings, log: RunLog, stopping) -> dict[str, Any] | None:
    """One round from its chains to its line of metrics, or None where it was stopped."""
    folder = None if log.folder is None else log.folder / f"round-{number}"
    gathered = _gathered(lm, settings.problems_of(number, problems), settings, number, folder, stopping)
    if gathered is None:
        return None
    examples, facts = gathered
    _put(lm, start)
    trained = sft(lm, examples, settings.of_round(number), folder=folder, stop=stopping)
    accuracy = _accuracy(lm, held_out, settings, stopping) if trained.finished else None
    if accuracy is None:
        return None
    return log.write(number, **facts, examples=len(examples), loss=trained.metrics[-1]["loss"], **accuracy)


def _gathered(lm, problems, settings, number, folder, stopping) -> tuple[list[Example], dict[str, Any]] | None:
    """What a round learns from and facts about it: drawn, or as an earlier sitting wrote it down."""
    path = None if folder is None else folder / EXAMPLES
    if path is not None and path.exists():
        facts, *rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [Example(**row) for row in rows], facts
    gathered = gather(lm, problems, settings, number, stopping)
    if gathered is not None and path is not None:
        examples, facts = gathered
        folder.mkdir(exist_ok=True)
        lines = [facts, *map(dataclasses.asdict, examples)]
        write_atomically(path, "".join(json.dumps(line) + "\n" for line in lines).encode())
    return gathered


def gather(
    lm, problems: Sequence[Problem], settings: StarSettings, number: int, cancel: threading.Event
) -> tuple[list[Example], dict[str, Any]] | None:
    """The right chains of a round as examples without hints, and facts about them; None where it was cancelled.

    Raises SrmLabError where no chain is right.
    """
    drawn = _draw(lm, problems, settings.ask, settings, number, cancel)
    right = _right(drawn)
    unsolved = [problem for problem, chains in zip(problems, right) if not chains]
    hinted = []
    if settings.hint and unsolved and not cancel.is_set():
        hinted = _right(_draw(lm, unsolved, settings.hint, settings, number, cancel))
    if cancel.is_set():
        return None
    kept = [kept_chains(sift(chains, settings.keep)) for chains in (*right, *hinted)]
    chains = sum(map(len, drawn))
    if not any(kept):
        raise _none_right(lm, chains, number)
    examples = [Example(fill(settings.ask, question=c.problem.question), c.text) for c in in_turns(kept)]
    count = sum(map(len, right))
    facts = {
        "chains": chains,
        "right": count / chains,
        "solved": len(problems) - len(unsolved),
        "solved with a hint": sum(map(bool, hinted)),
        "different": sum(len(different(group)) for group in right) / count if count else 0.0,
    }
    return examples, facts


def _draw(lm, problems, ask, settings, number, cancel) -> list[list[Chain]]:
    return draw_chains(
        lm, problems, n=settings.samples, prompt_of=template(ask), temperature=settings.temperature,
        max_new_tokens=settings.max_new_tokens, stop=settings.stop, seed=settings.seed + 1000 * number, cancel=cancel,
    )  # fmt: skip


def _right(drawn: Iterable[Sequence[Chain]]) -> list[list[Chain]]:
    return [[chain for chain in chains if chain.right] for chains in drawn]


def _check_enough(problems: Sequence[Problem], settings: StarSettings) -> None:
    if settings.fresh is not None and len(problems) < settings.rounds * settings.fresh:
        raise SrmLabError(
            f"There are {len(problems)} problems for {settings.rounds} rounds of {settings.fresh} fresh ones.",
            "Each round takes problems that no round before has seen.",
            f"Give {settings.rounds * settings.fresh} problems, or a smaller fresh.",
        )


def _none_right(lm, chains: int, number: int) -> SrmLabError:
    return SrmLabError(
        f"In round {number} none of the {chains} chains of {lm.name} was right, so there is nothing to learn.",
        "Rejection sampling strengthens what a model can already do sometimes.",
        "Begin with easier problems, with a model after a little sft, or with more samples.",
    )


def _accuracy(lm, held_out, settings, stopping) -> dict[str, Any] | None:
    """Greedy accuracy on held-out problems as metrics, or None where it was stopped on the way."""
    drawn = draw_chains(
        lm, held_out, prompt_of=template(settings.ask), temperature=0.0, max_new_tokens=settings.max_new_tokens,
        stop=settings.stop, cancel=stopping,
    )  # fmt: skip
    if stopping.is_set():
        return None
    found: Proportion = wilson(sum(chains[0].right for chains in drawn), len(drawn))
    return {"accuracy": found.rate, "k": found.k, "n": found.n, "low": found.low, "high": found.high}


def hint_examples(problems: Iterable[Problem], style: str = "full", hint: str = HINT) -> list[Example]:
    """Examples that teach a tiny model what a hint is: the prompt holds the answer, the completion the worked steps.

    Real models are told in words, in the hint's template.
    """
    return [Example(fill(hint, question=p.question, answer=p.answer), worked(p, style)) for p in trainable(problems)]


def _configuration(lm, problems, held_out, settings: StarSettings) -> dict[str, Any]:
    shape = f"{lm.num_parameters} parameters, {sum(p.numel() for _, p in to_train(lm.model))} trained"
    ids = {"problems": [p.id for p in problems], "held out": [p.id for p in held_out]}
    return {"method": "star", "model": lm.name, "shape": shape, **dataclasses.asdict(settings), **ids}
