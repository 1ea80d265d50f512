"""Chains drawn to learn from: many problems in flight, each chain with its verdict.

What distillation, rejection sampling and verifiers begin with. A chain that was cancelled is left out; anything else
that goes wrong ends the drawing, because a data set with silent holes would be learned from for hours.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from ..errors import SrmLabError
from ..openmp import release_team
from ..prompts import fill, own
from ..records import Completion, Problem, Verdict
from ..scoring.verify import verify
from .examples import trainable

WORKERS = 32  # problems in flight
PromptOf = Callable[[Problem], str | Sequence[dict[str, str]]]


@dataclass(frozen=True)
class Chain:
    """A completion of a problem and what it is worth. text: all that the model wrote."""

    problem: Problem
    completion: Completion
    verdict: Verdict

    @property
    def text(self) -> str:
        return self.completion.text

    @property
    def right(self) -> bool:
        return self.verdict.correct is True


def draw_chains(
    lm,
    problems: Iterable[Problem],
    *,
    n: int = 1,
    prompt_of: PromptOf | None = None,
    seed: int = 0,
    workers: int = WORKERS,
    cancel: threading.Event | None = None,
    **sampling,
) -> list[list[Chain]]:
    """n judged chains of each problem, in the problems' order.

    prompt_of: from a problem to its prompt; None for the one that a tiny model was trained with, or the bare question.
    seed: with each prompt it fixes the chains. sampling: passed to `lm.sample`: temperature, max_new_tokens, stop ...
    Raises SrmLabError for no problems or one of a test split, and what the model raises.
    """
    problems, cancel = list(trainable(problems)), cancel or threading.Event()
    if not problems:
        raise SrmLabError("There are no problems to draw chains for.", "The list is empty.", "See srm.load_problems.")

    def one(problem: Problem) -> list[Chain]:
        if cancel.is_set():
            return []
        prompt = prompt_of(problem) if prompt_of else plain_prompt(problem, lm)
        completions = lm.sample(prompt, n=n, seed=seed, cancel=cancel, **sampling)
        kept = [c for c in completions if c.finish_reason != "cancelled"]
        return [Chain(problem, completion, judge(problem, completion)) for completion in kept]

    release_team()
    with ThreadPoolExecutor(workers) as pool:
        try:
            return list(pool.map(one, problems))
        except BaseException:
            cancel.set()
            raise


def plain_prompt(problem: Problem, lm) -> str:
    """The prompt for a chain that a tiny model was trained with; the question alone for others."""
    return own(problem, lm, "chain") or problem.question


def template(ask: str) -> PromptOf:
    """Prompts out of a template with the slots {question} and, for hints, {answer}."""
    return lambda problem: fill(ask, question=problem.question, answer=problem.answer)


def judge(problem: Problem, completion: Completion) -> Verdict:
    """Whether a chain is right, by its task's own rules where it has some; None for one that was cut off."""
    from ..tasks import verifier

    own_rules = verifier(problem.task) if problem.kind == "task" else None
    rules = (lambda text: own_rules(text, problem)) if own_rules else None
    return verify(completion, problem.answer, problem.kind, verifier=rules)


def different(chains: Iterable[Chain]) -> list[Chain]:
    """The chains without those that say the same as an earlier one of their problem."""
    first: dict[tuple[str, str], Chain] = {}
    for chain in chains:
        first.setdefault((chain.problem.id, chain.text), chain)
    return list(first.values())


def in_turns(groups: Iterable[Sequence]) -> list:
    """The first of every group, then every second one, and so on: a cut of it keeps as many groups as possible."""
    groups = list(groups)
    longest = max(map(len, groups), default=0)
    return [group[turn] for turn in range(longest) for group in groups if turn < len(group)]


def hold_out(problems: Sequence[Problem], share: float = 0.2, seed: int = 0) -> tuple[list[Problem], list[Problem]]:
    """Problems to learn from, and others to measure on; no content is on both sides.

    share: part of the contents held out, 0 to 1, at least one. Problems are of one content where their questions hold
    the same words and numbers in any order: 7+12 and 12-7 are.
    Raises SrmLabError where one of the two sides would be empty.
    """
    contents = sorted({content(problem) for problem in problems})
    held = set(Random(seed).sample(contents, min(len(contents), max(1, round(share * len(contents))))))
    if not 0 < len(held) < len(contents):
        raise SrmLabError(
            f"{len(problems)} problems of {len(contents)} contents can't be split with share={share}.",
            "Both sides need at least one content.", "Give more problems, or a share between 0 and 1.",
        )  # fmt: skip
    return [p for p in problems if content(p) not in held], [p for p in problems if content(p) in held]


def content(problem: Problem) -> tuple[str, ...]:
    """What a problem is made of: the words and numbers of its question, without their order."""
    return tuple(sorted(re.findall(r"\w+", problem.question)))


def check_apart(problems: Iterable[Problem], held_out: Iterable[Problem]) -> None:
    """Raise SrmLabError where a held-out problem has the content of one that is learned from."""
    known = {content(problem) for problem in problems}
    shared = [problem for problem in held_out if content(problem) in known]
    if shared:
        raise SrmLabError(
            f"{len(shared)} held-out problems are made of the same words and numbers as others that are learned from.",
            f"The first is {shared[0].id}: {shared[0].question[:80]!r}.",
            "Split the problems with training.chains.hold_out.",
        )
