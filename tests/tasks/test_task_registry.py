"""The registry: names, the table, and what an unknown name is told."""

import subprocess
import sys

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks import TASKS, list_tasks, load_problems, verifier
from srm_lab.tasks.task import Task


def test_every_task_has_a_row_with_its_settings():
    table = list_tasks()
    assert list(table.columns) == ["name", "what", "settings", "offline"]
    assert {"word_problems", "reasoning_gym/", "hub/"} <= set(table["name"])
    assert table.set_index("name").loc["hub/", "offline"] == False  # noqa: E712 - a numpy bool


def test_a_task_is_one_dictionary_entry(monkeypatch):
    def load(n, seed, split, **settings):
        return [Problem(f"echo/{i}", str(settings), str(seed), "echo") for i in range(n or 2)]

    monkeypatch.setitem(TASKS, "echo", Task("echo", "repeats its settings", "any", load))
    assert len(load_problems("echo", n=3, depth=2)) == 3
    assert verifier("echo") is None


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("word_problem", "word_problems"), ("reasoning_gym", "reasoning_gym/"), ("hub", "hub/"), ("zzz", "word_problems")],
)
def test_an_unknown_task_is_told_the_nearest_names(name, nearest):
    with pytest.raises(SrmLabError, match="There is no task called") as caught:
        load_problems(name)
    assert nearest in str(caught.value)
    with pytest.raises(SrmLabError):
        verifier(name)


def test_a_family_without_a_task_says_what_follows_it():
    with pytest.raises(SrmLabError, match="family of tasks"):
        load_problems("reasoning_gym/")


def test_importing_the_tasks_loads_no_heavy_package():
    code = (
        "import sys, srm_lab.tasks as t; t.load_problems('word_problems', n=3)\n"
        "heavy = set('torch transformers datasets reasoning_gym sympy pandas numpy'.split()) & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
