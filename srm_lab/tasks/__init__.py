"""Problems by name: `load_problems`, `list_tasks`, and `verifier` for tasks with rules of their own.

`TASKS` is the whole registry: a dictionary from a name to a `Task`. To add one, write its file and add its line
here. Outside data come through three more doors: a JSONL or CSV file of one's own, any reasoning-gym task, and
any data set of the Hugging Face hub. Left out: data shipped with the kit beyond a dozen examples; what can be
generated is generated, and benchmarks come from where they are kept.
"""

from __future__ import annotations

from pathlib import Path

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.records import Problem
from srm_lab.tasks import arithmetic, countdown, graph_paths, gym, hub, permutations, problem_file, word_problems
from srm_lab.tasks.task import Task, Verifier

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        word_problems.TASK,
        arithmetic.TASK,
        graph_paths.TASK,
        countdown.TASK,
        permutations.TASK,
        gym.TASK,
        hub.TASK,
    )
}


def load_problems(
    name: str | Path, n: int | None = None, seed: int | None = 0, split: str = "test", **settings
) -> list[Problem]:
    """Problems of a task, of a file, or of a data set.

    name: "word_problems"; "reasoning_gym/chain_sum"; "hub/openai/gsm8k"; or the path of a .jsonl or .csv file.
    n: how many; None means 100 of a generated task and everything of a file or a data set.
    seed: which ones of a generated task; the order of a file or a data set (None keeps the order it has).
    split: "train" or "test". Generated tasks never give one problem to both.
    settings: those of the task, see `list_tasks()`.
    Raises SrmLabError for an unknown name (with the nearest), a setting outside its values, data that cannot be
    read (with file, line and column), and where there are fewer than n problems.
    """
    if problem_file.is_problem_file(name):
        return problem_file.load(Path(name), n, seed, split, **settings)
    name = str(name)
    task, rest = _find(name)
    return task.load(rest, n, seed, split, **settings) if rest else task.load(n, seed, split, **settings)


def list_tasks():
    """Every task as a pandas table: name, what it is, its settings, whether it works offline."""
    import pandas as pd

    rows = [
        {"name": task.name, "what": task.what, "settings": task.settings, "offline": task.offline}
        for task in (*TASKS.values(), problem_file.TASK)
    ]
    return pd.DataFrame(rows)


def verifier(task_name: str) -> Verifier | None:
    """The task's own verifier, verifier(text, problem) -> Verdict, for problems of kind "task".

    text is all that the model wrote. None for a task whose answers are compared by their kind.
    Raises SrmLabError for an unknown task.
    """
    if problem_file.is_problem_file(task_name):
        return None
    task, _ = _find(task_name)
    return task.verifier(task_name) if task.verifier else None


def _find(name: str) -> tuple[Task, str]:
    """The task of a name, and what follows the name of a family."""
    if name in TASKS and not name.endswith("/"):
        return TASKS[name], ""
    family, slash, rest = name.partition("/")
    task = TASKS.get(family + slash)
    if task is None:
        known = [task.name for task in TASKS.values()]
        raise unknown_name("task", name, known, "list_tasks() shows them all; a file's name ends in .jsonl or .csv.")
    if not rest:
        raise SrmLabError(
            f"{name!r} is a family of tasks, not a task.", f"It takes a name after {task.name!r}.", task.settings
        )
    return task, rest
