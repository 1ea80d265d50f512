"""Another rule on a finished run, without generating anything; and a run's chains as the curves over k need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..errors import unknown_name
from ..records import Problem, Solution, Verdict
from ..run import Record, Run
from .other_rules import RULES
from .verify import verify

Judge = Callable[[str, str, str], "Verdict | bool"]


def rescore(run: Run, *, kind: str | None = None, rule: str | Judge = "srm-lab") -> Run:
    """The same run judged again: a new Run with new verdicts, and everything else as it was.

    kind: reads and compares all answers as this kind; None keeps each problem's own.
    rule: "srm-lab", the name of another grader's rule (see `other_rules`), or a function of one's own
    (text, reference, kind) -> Verdict or bool.  Only "srm-lab" knows unfinished chains; the others judge any text.
    What a method chose on the way (the winner of a vote) stays as it chose it.
    Problems whose method failed stay failed.  Raises SrmLabError for an unknown rule or kind.
    """
    if isinstance(rule, str) and rule not in RULES:
        raise unknown_name("rule", rule, RULES, "Or pass a function (text, reference, kind) -> bool.")
    records = tuple(_judged(record, kind, rule) for record in run.records)
    named = rule if isinstance(rule, str) else getattr(rule, "__name__", "own rule")
    settings = {**run.settings, "judged_by": named if kind is None else f"{named}, as {kind}"}
    return replace(run, records=records, settings=settings)


def chain_outcomes(run: Run, kind: str | None = None) -> tuple[list[list[str | None]], list[list[bool | None]]]:
    """For each problem that ran, its chains' canonical answers and verdicts: for `majority_at_k` and `pass_at_k`."""
    answers, outcomes = [], []
    for record in run.records:
        if record.solution is None or not record.solution.completions:
            continue
        verdicts = [_verify(record.problem, chain, kind) for chain in record.solution.completions]
        answers.append([verdict.extracted for verdict in verdicts])
        outcomes.append([verdict.correct for verdict in verdicts])
    return answers, outcomes


def text_of(solution: Solution) -> str:
    """What a verdict on a solution reads: its text, or a sentence that states its answer."""
    return solution.text or ("" if solution.answer is None else f"The answer is {solution.answer}.")


def finished(solution: Solution) -> bool:
    """Whether any chain of the solution came to its end."""
    return not solution.completions or any(chain.finished for chain in solution.completions)


def _judged(record: Record, kind: str | None, rule: str | Judge) -> Record:
    if record.solution is None:
        return record
    problem, text = record.problem, text_of(record.solution)
    if rule == "srm-lab":
        return replace(record, verdict=_verify(problem, text, kind, finished(record.solution)))
    judge = RULES[rule].judge if isinstance(rule, str) else rule
    judged = judge(text, problem.answer, kind or problem.kind)
    if not isinstance(judged, Verdict):
        name = getattr(judge, "__name__", "own rule")
        judged = Verdict(bool(judged), None, None, name, f"The rule {name} says {'right' if judged else 'wrong'}.")
    return replace(record, verdict=judged)


def _verify(problem: Problem, text, kind: str | None, is_finished: bool = True) -> Verdict:
    chosen = kind or problem.kind
    verifier = _task_verifier(problem) if chosen == "task" else None
    return verify(text, problem.answer, chosen, is_finished, verifier)


def _task_verifier(problem: Problem) -> Callable[[str], Verdict]:
    from ..tasks import verifier  # tasks read this package's answers: importing them above would go in a circle

    judge = verifier(problem.task)
    return lambda text: judge(text, problem)


def agreement(run: Run, rules: Sequence[str]) -> list[tuple[Record, dict[str, Verdict]]]:
    """Each record that ran, with every rule's verdict on it, in the run's order."""
    judged = {rule: rescore(run, rule=rule).records for rule in rules}
    return [
        (record, {rule: judged[rule][i].verdict for rule in rules})
        for i, record in enumerate(run.records)
        if record.solution is not None
    ]
