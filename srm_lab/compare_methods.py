"""`compare_methods`: several methods on one model and the same problems, at one price limit, in one table.

    methods = ["direct", "self_consistency", ("best_of_n", {"verifier": verifier})]
    compared = srm.compare_methods(lm, problems, methods, budget=800)
    compared.table()
    srm.figures.frontier(compared.runs)

Left out: choosing the settings that fit a budget. A method that draws fewer chains than it might says so by its cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import SrmLabError
from .evaluate import Comparison, compare, evaluate, grade
from .records import Solution
from .run import Record, Run


@dataclass(frozen=True)
class MethodsCompared:
    """runs: one a method, in the order given. settings: of each, as text. budget: tokens a problem, or None.
    differences: each run against the first; None for the first itself, and where a method failed on some problem, so
    that the two have not the same ones."""

    runs: tuple[Run, ...]
    settings: tuple[str, ...]
    differences: tuple[Comparison | None, ...]
    budget: int | None

    def table(self):
        """A pandas table with a row a method. Accuracies and differences are proportions with 95 % intervals.

        oracle: problems with at least one right finished chain (pass@N): what a perfect choice would reach.
        Costs are means a problem: prompt, prompt computed, generated tokens, of these those of a judge, and those of
        chains that were cut off (wasted); calls (samples and scored texts); seconds are of the whole run.
        """
        import pandas as pd

        rows = [_row(*of) for of in zip(self.runs, self.settings, self.differences)]
        return pd.DataFrame(rows).set_index("method")


def compare_methods(
    lm,
    problems: Sequence,
    methods: Sequence,
    *,
    budget: int | None = None,
    seed: int = 0,
    progress: bool = True,
    **options,
) -> MethodsCompared:
    """Evaluate methods on the same problems, each with the same budget.

    methods: names, decorated functions, or pairs of one of these and its settings. The first is what the others are
    compared with. budget: generated tokens a problem, a judge's included; None is no limit. options: of `evaluate`.
    Raises SrmLabError for no methods, what `evaluate` raises, and where the budget let a method finish no chain at all.
    """
    if not methods:
        raise SrmLabError("There are no methods to compare.", "The list is empty.", "See srm.methods.names().")
    limit = {} if budget is None else {"budget": budget}
    runs, texts = [], []
    for method, settings in map(_entry, methods):
        runs.append(evaluate(lm, method, problems, seed=seed, progress=progress, **options, **{**limit, **settings}))
        _check_budget(runs[-1], budget)
        texts.append(", ".join(f"{key}={shown_setting(value)}" for key, value in settings.items()))
    differences = [None, *(_difference(runs[0], run) for run in runs[1:])]
    return MethodsCompared(tuple(runs), tuple(texts), tuple(differences), budget)


def _entry(entry) -> tuple[Any, Mapping[str, Any]]:
    return entry if isinstance(entry, tuple) else (entry, {})


def shown_setting(value: Any) -> str:
    """A setting in a table: numbers and names as they are, a function or model by its name, a list by its length."""
    if isinstance(value, (int, float, str, bool, type(None))):
        return str(value)
    if isinstance(value, Sequence):
        return f"{len(value)} of them"
    return getattr(value, "__name__", None) or getattr(value, "name", type(value).__name__)


def _difference(first: Run, other: Run) -> Comparison | None:
    return None if first.failed or other.failed else compare(first, other)


def _check_budget(run: Run, budget: int | None) -> None:
    solutions = [record.solution for record in run.records if record.solution]
    if budget is not None and solutions and not any(_finished(solution) for solution in solutions):
        raise SrmLabError(
            f"A budget of {budget} tokens is too small for one chain of {run.method}.",
            f"On none of {len(solutions)} problems did it finish one.",
            "Give a larger budget, or a smaller max_new_tokens with a shorter prompt style.",
        )


def _finished(solution: Solution) -> bool:
    return any(True for _ in candidates(solution))


def candidates(solution: Solution) -> Iterator[str]:
    """The texts that an answer could have been read from: of a search the steps and roll-outs that ended a chain, of
    other methods the finished chains, a judge's replies left out."""
    nodes = [step for step in solution.trace if step.get("step") in ("node", "roll-out")]
    if nodes:
        yield from (step["text"] for step in nodes if step["finished"])
        return
    replies = {i for step in solution.trace if step.get("step") == "judge cost" for i in step["replies"]}
    chains = enumerate(solution.completions)
    yield from (chain.text for i, chain in chains if chain.finished and i not in replies)


def reachable(record: Record) -> bool:
    """Whether any finished chain of a record is right: a perfect choice among them would solve the problem."""
    if record.solution is None:
        return False
    texts = {*candidates(record.solution), record.solution.text}
    return any(grade(record.problem, Solution(None, text)).correct is True for text in texts if text)


def _row(run: Run, settings: str, difference: Comparison | None) -> dict[str, Any]:
    from .scoring.statistics import wilson

    ran = [record for record in run.records if record.solution]
    each = 1 / max(len(ran), 1)
    chains = [chain for record in ran for chain in record.solution.completions]
    judged = [step for record in ran for step in record.solution.trace if step.get("step") == "judge cost"]
    usage, accuracy = run.usage, run.accuracy
    return {
        "method": run.name, "settings": settings,
        "accuracy": accuracy.rate, "low": accuracy.low, "high": accuracy.high, "n": accuracy.n,
        "difference": difference.difference if difference else None,
        "difference low": difference.low if difference else None,
        "difference high": difference.high if difference else None,
        "p": difference.p_value if difference else None,
        "oracle": wilson(sum(map(reachable, ran)), len(ran)).rate,
        "prompt tokens": usage.prompt_tokens * each, "computed prompt tokens": usage.computed_prompt_tokens * each,
        "generated tokens": usage.generated_tokens * each,
        "judge prompt tokens": sum(step["prompt_tokens"] for step in judged) * each,
        "judge generated tokens": sum(step["generated_tokens"] for step in judged) * each,
        "wasted tokens": sum(c.usage.generated_tokens for c in chains if not c.finished) * each,
        "calls": usage.calls * each, "seconds": run.seconds, "unfinished": run.unfinished, "failed": run.failed,
    }  # fmt: skip
