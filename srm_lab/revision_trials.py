"""Answers before and after a revision: who was mended, who was broken.

    recorded = claims.load("revision")                      # made by benchmarks/revision.py
    change(recorded["self_refine"])                         # a Comparison, "draft" against "revised"
    four(recorded["self_refine"])                           # the 2x2 table

A trial is one problem. Its draft is the first thing that the method would have answered with: one chain, or the vote
over the first round of a debate. Left out: what happens between the two, which is in the trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .evaluate import Comparison, grade, paired
from .records import Proportion
from .run import Record

NAME, ACCEPT = "revision", 0.5


@dataclass(frozen=True)
class Trial:
    """One problem. drafted, right: whether the draft and the final answer are; tokens: generated, all calls.

    critic: what the method's own critic made of the draft: "passed", "objected", "cut off" (a reply without an end), or
    None where none was asked.
    """

    id: str
    question: str
    answer: str
    drafted: bool
    right: bool
    unfinished: bool
    critic: str | None
    tokens: int
    trace: tuple[Mapping[str, Any], ...]


def trial(record: Record, drafts: int = 1) -> Trial:
    """The verdicts of a record that has a solution. drafts: how many of its first chains vote on the draft."""
    from .methods.chain import kind_of
    from .scoring.votes import vote

    problem, solution = record.problem, record.solution
    draft = vote(solution.completions[:drafts], kind_of(problem))
    return Trial(
        id=problem.id, question=problem.question, answer=problem.answer,
        drafted=grade(problem, draft).correct is True, right=record.verdict.correct is True,
        unfinished=record.verdict.correct is None, critic=critic(solution.trace),
        tokens=solution.usage.generated_tokens, trace=tuple(solution.trace),
    )  # fmt: skip


def critic(trace: Sequence[Mapping[str, Any]]) -> str | None:
    """What the first feedback, or the score of the first trial, says of the draft (see `Trial`)."""
    for step in trace:
        if step["step"] == "feedback":
            return ("passed" if step["stop"] else "objected") if step["finished"] else "cut off"
        if step["step"] == "trial":
            return "passed" if step["score"] >= ACCEPT else "objected"
    return None


def criticised(rows: Sequence[Mapping[str, Any]], drafted: bool, said: str) -> Proportion:
    """Of how many right drafts (or wrong ones) the critic `said` this, of all that it was asked about."""
    from .scoring.statistics import wilson

    seen = [row["critic"] == said for row in rows if row["critic"] is not None and row["drafted"] is drafted]
    return wilson(sum(seen), len(seen))


def change(recorded: Mapping[str, Any], a: str = "draft", b: str = "revised") -> Comparison:
    """The final answers against the drafts, on the same problems. only_a: broken, only_b: mended."""
    rows = recorded["problems"]
    return paired(a, b, [row["drafted"] for row in rows], [row["right"] for row in rows])


def against(first: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> Comparison:
    """The final answers of two recorded methods on the problems that both have."""
    a, b = ({row["id"]: row["right"] for row in of["problems"]} for of in (first, other))
    shared = [key for key in a if key in b]
    return paired(*names, [a[key] for key in shared], [b[key] for key in shared])


def four(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[bool, bool], int]:
    """How many problems had (a right draft, a right final answer): the 2x2 table."""
    pairs = [(bool(row["drafted"]), bool(row["right"])) for row in rows]
    return {(before, after): pairs.count((before, after)) for before in (True, False) for after in (True, False)}


def tokens(recorded: Mapping[str, Any]) -> float:
    """Mean number of generated tokens a problem."""
    rows = recorded["problems"]
    return sum(row["tokens"] for row in rows) / len(rows)
