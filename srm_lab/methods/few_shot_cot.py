"""Few-shot chain of thought: worked examples show the model what steps look like.

The examples are problems of the same task and difficulty from its train split, which shares neither templates nor
numbers with the test split. Fixed ones, the default, make runs comparable; example_choice.py has the other ways.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from .. import prompts
from ..errors import SrmLabError
from ..records import Problem, Solution
from .chain import solution_of
from .example_choice import POOL, choose_examples
from .method import method


@method
def few_shot_cot(
    problem: Problem,
    lm,
    *,
    shots: int = 8,
    examples: Sequence[Problem] | None = None,
    choice: str = "fixed",
    temperature: float = 0.0,
    max_new_tokens: int = 128,
) -> Solution:
    """Show worked examples, then ask. Source: Wei et al. 2022, arXiv 2201.11903.

    shots: how many examples. examples: solved problems of one's own, instead of the task's train split.
    choice: "fixed" (the first ones), "random" (others for each problem, by the run's seed) or "nearest" (the most
    alike in words, the nearest last; after Liu et al. 2021, arXiv 2101.06804, who compare embeddings).
    """
    if choice != "fixed" and not prompts.own(problem, lm, "chain"):
        pool = examples or worked_examples(problem, POOL)
        examples = choose_examples(problem, pool, shots, choice, lm.seed)
    prompt = few_shot_prompt(problem, lm, shots, examples)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)[0]
    return solution_of(problem, chain)


def few_shot_prompt(problem: Problem, lm, shots: int, examples: Sequence[Problem] | None = None) -> str:
    """Worked examples and the question; for a model that was trained on bare questions, the question alone."""
    own = prompts.own(problem, lm, "chain")
    return own or prompts.few_shot_cot(problem, (examples or worked_examples(problem, shots))[:shots])


def worked_examples(problem: Problem, shots: int) -> Sequence[Problem]:
    """The first problems of the train split at this problem's difficulty, with their worked steps.

    Raises SrmLabError for a task whose generator knows no worked steps.
    """
    return _train_examples(problem.task, problem.metadata.get("steps"), shots)


@functools.lru_cache(maxsize=256)
def _train_examples(task: str, steps: int | None, shots: int) -> tuple[Problem, ...]:
    from ..tasks import list_tasks, load_problems

    advice = "Pass examples=[...], a list of Problems whose metadata holds 'worked', a list of sentences."
    if steps is None or task not in set(list_tasks()["name"]):
        raise SrmLabError(f"The task {task!r} has no worked examples of its own.", "", advice)
    return tuple(load_problems(task, n=shots, seed=0, split="train", steps=steps))
