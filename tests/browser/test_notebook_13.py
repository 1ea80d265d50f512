"""Notebook 13 in real JupyterLab: every cell runs, microscope and sandbox answer, nothing fails in the browser."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "13_reinforcement_learning.ipynb"
SMALL = "import os\n\nos.environ.update(SRM_LAB_PROFILE='ci', SRM_LAB_STORE='off')"
CELLS = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
CHOSEN = "document.querySelector('.srm-group-table .srm-chosen')?.innerText ?? ''"
STATUS = "[...document.querySelectorAll('.srm-state, .srm-status')].map(e => e.innerText).join(' ')"


def small_copy(lab) -> Path:
    """The notebook without its outputs, with the sizes of the tests."""
    path = lab.copy(NOTEBOOK)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SMALL))
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)
    return path


def outputs(lab) -> list[dict]:
    return [output for cell in lab.page.evaluate(CELLS) for output in cell.get("outputs", ())]


def show(lab, text: str) -> None:
    """Scroll to the cell whose source holds the text."""
    position = next(i for i, cell in enumerate(lab.page.evaluate(CELLS)) if text in "".join(cell["source"]))
    lab.page.evaluate("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n }", position)
    lab.page.evaluate("n => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)", position)


def test_notebook_13_runs_and_both_of_its_widgets_answer(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=120)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    show(lab, "grpo_microscope")
    before = lab.page.evaluate(f"() => {CHOSEN}")
    lab.page.locator(".srm-live select:visible").nth(1).select_option(index=2)
    lab.wait_for(f"({CHOSEN}) !== {before!r}")
    assert lab.page.locator(".srm-tokens span[title]").count() > 0
    lab.screenshot("notebook_13_microscope")
    show(lab, "reward_sandbox")
    lab.click("Run")
    lab.wait_for(f"({STATUS}).includes('step 2 of 2')", 60)
    assert lab.page.locator(".srm-rolls code").count() > 0
    lab.screenshot("notebook_13_sandbox")
    assert lab.errors == []
