"""Chains of a model, each with its verdict and with where and how it went wrong first.

An accuracy says how often a compressed model fails. The first wrong step says at what: at copying a number, at
adding, at multiplying, at stopping. Steps after it say little, since they go on from a wrong number. Chains of
arithmetic are judged (`form="chain"`), because their due step is known at every point. Left out: other tasks, whose
steps have other kinds of mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..openmp import release_team
from ..prompts import own
from ..records import Completion, Problem
from ..scoring.verify import verify
from ..tasks.arithmetic import check_steps
from ..tasks.worked import MARKER, SEPARATOR, compact, first_wrong

SIGNS = {"+": "adding", "-": "subtracting", "*": "multiplying"}
KINDS = ("copying", *SIGNS.values(), "stopping early", "extra step", "unreadable", "answer")
LONGEST = 64  # tokens of a chain: the longest right one of five operations has 51
WORKERS = 48  # problems in flight


@dataclass(frozen=True)
class Judged:
    """One chain.

    tokens: drawn, the end token included.  finished: whether it came to its own end.  answer: canonical, or None.
    wrong_at: the index of its first wrong step, or None; the answer counts as the step after the last.
    wrong: of KINDS, "" where no step is wrong.
    """

    text: str
    tokens: int
    finished: bool
    answer: str | None
    right: bool
    wrong_at: int | None
    wrong: str

    @property
    def repeats(self) -> bool:
        """Whether it writes one step twice."""
        steps = self.text.partition(MARKER)[0].split(SEPARATOR)
        return len(set(steps)) < len(steps)


def draw_judged(
    lm: Any,
    problems: Sequence[Problem],
    n: int = 8,
    *,
    temperature: float = 0.7,
    seed: int = 0,
    on_problem: Callable[[], None] | None = None,
) -> list[list[Judged]]:
    """n judged chains of each problem, in the problems' order.

    lm: a tiny model, asked as it was trained.  problems: arithmetic chains.  on_problem: called as each is finished.
    The seed, the prompt and a sample's number fix its random numbers: two models draw with the same ones.
    Raises SrmLabError where the model or its sampling does.
    """

    def one(problem: Problem) -> list[Judged]:
        prompt = own(problem, lm, "chain") or problem.question
        chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=LONGEST, seed=seed)
        judged = [judge(problem, chain) for chain in chains]
        if on_problem is not None:
            on_problem()
        return judged

    release_team()
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, problems))


def judge(problem: Problem, chain: Completion) -> Judged:
    """The chain's verdict and its first wrong step."""
    verdict = verify(chain, problem.answer, problem.kind)
    at, kind = first_error(problem, chain.text)
    return Judged(
        chain.text, chain.usage.generated_tokens, chain.finished, verdict.extracted, verdict.correct is True, at, kind
    )


def first_error(problem: Problem, text: str) -> tuple[int | None, str]:
    """Where a chain first goes wrong and at what: (index of the step, one of KINDS), or (None, "").

    A step is judged by the steps before it as they are written.
    """
    labels, facts = check_steps(problem, text), problem.metadata
    at = first_wrong(labels)
    if at is None:
        return None, ""
    step, signs = compact(labels[at].text), facts["operations"]
    if step.startswith(MARKER):
        return at, "stopping early" if 0 < at < len(signs) else "answer"
    if at >= len(signs):
        return at, "extra step"
    left, equals, result = step.rpartition("=")
    if not result.removeprefix("-").isdigit():
        return at, "unreadable"
    before = compact(labels[at - 1].text).rpartition("=")[2] if at else facts["operands"][0]
    due = f"{int(before)}{signs[at]}{facts['operands'][at + 1]}"
    return at, "copying" if equals and left != due else SIGNS[signs[at]]
