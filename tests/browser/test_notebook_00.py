"""Notebook 00 in real JupyterLab: every cell runs, its widget answers a click, nothing fails in the browser."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SMALL = "import os\n\nos.environ.update(SRM_LAB_PROFILE='ci', SRM_LAB_STORE='off')"
CELLS = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"


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


def test_notebook_00_runs_from_top_to_bottom_and_its_widget_answers_a_click(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=240)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs(lab)) == 3
    show(lab, "live_comparison")
    lab.click("Run")
    lab.wait_for("(document.querySelector('.srm-status')?.innerText ?? '').includes('Done')", 90)
    assert lab.page.locator(".srm-columns mark").count() > 0
    lab.screenshot("notebook_00_widget")
    assert lab.errors == []
