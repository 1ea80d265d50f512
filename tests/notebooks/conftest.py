"""A small course of one notebook (99) and its solutions in a scratch folder, for the tests of the frame."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from srm_lab import exercises

BADGE = (
    "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/someone/srm-lab/blob/main/notebooks/99_fixture.ipynb)"
)
HEADER = f"# 99 A fixture\n\n{BADGE}\n\nRunning time: <!-- srm:running-time --><!-- /srm -->"
# `srm.start` loads torch; the frame's own tests need no model, so the call is there and never made.
START = (
    'import srm_lab as srm\nfrom srm_lab import profiles\nif False:\n    srm.start("99")\nsize = profiles.sizes("99")'
)
REGISTER = """from srm_lab.exercises import close, exercise
for key in ("99.1", "99.2", "99.3"):
    @exercise(key, hints=("a", "b"), target="4", placebo=5, solution=4)
    def judge(answer):
        "Give 4."
        return close(answer, 4, 0)"""
FIGURE = """import plotly.graph_objects as go
go.Figure(go.Scatter(y=[1, 2, size.problems]))"""
CLAIM = """srm.claim("99.two_beats_one", "Two beats one", seeds={0: 0.31, 1: 0.28, 2: 0.35})"""
PROSE = "Two beat one by <!-- srm:measured 99.two_beats_one --><!-- /srm -->."


def checks(*answers):
    return [f'answer = {answer}\nsrm.check("99.{number}", answer)' for number, answer in enumerate(answers, 1)]


@pytest.fixture(autouse=True)
def notebook_99_has_exercises(monkeypatch):
    """What REGISTER does in the kernel, done in the test's process as well."""
    monkeypatch.setattr(exercises, "_registry", dict(exercises._registry))
    exec(compile(REGISTER, "register", "exec"), {})


@pytest.fixture
def make_course(tmp_path, monkeypatch):
    """Writes the course with the code cells given (None for the usual ones) and returns the notebook's path."""
    monkeypatch.setenv("SRM_LAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("SRM_LAB_PROFILE", "cpu")
    monkeypatch.delenv("SRM_LAB_RECORD", raising=False)
    (tmp_path / "notebooks" / "solutions").mkdir(parents=True)

    def make(code=None, *, header=HEADER, prose=PROSE, solutions=None):
        code = code if code is not None else [START, REGISTER, FIGURE, CLAIM, *checks("...", "None", "...")]
        path = tmp_path / "notebooks" / "99_fixture.ipynb"
        write(path, [new_markdown_cell(header), *map(new_code_cell, code), new_markdown_cell(prose)])
        if solutions is None:
            solutions = [START, REGISTER, *checks("4", "2 + 2", "4.0")]
        write(path.parent / "solutions" / path.name, [*map(new_code_cell, solutions)])
        return path

    return make


def write(path, cells):
    nbformat.write(new_notebook(cells=cells), path)


def edit(path, change):
    """Reads a notebook, lets `change` alter it and writes it back."""
    nb = nbformat.read(path, as_version=4)
    change(nb)
    nbformat.write(nb, path)
