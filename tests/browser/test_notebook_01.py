"""Notebook 01 in real JupyterLab: every cell runs, and its cost lab follows a slider at once."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_what_reasoning_costs.ipynb"
SMALL = "import os\n\nos.environ.update(SRM_LAB_PROFILE='ci', SRM_LAB_STORE='off')"
CELLS = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
FIGURES = 9  # plotly outputs; the widget's own figure is no output


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


def test_notebook_01_runs_from_top_to_bottom_and_its_widget_follows_a_slider(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=240)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs(lab)) == FIGURES
    show(lab, "cost_lab")
    title = lab.page.locator(".srm-live .gtitle")
    assert title.inner_text().startswith("1 chain of 2,048 tokens")
    chains = lab.page.locator(".srm-live .widget-slider:has-text('Chains') .noUi-handle")
    chains.focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    lab.wait_for("document.querySelector('.srm-live .gtitle').textContent.startsWith('8 chains')")
    assert "16,384 tokens" in lab.page.locator(".srm-live").inner_text()
    lab.screenshot("notebook_01_widget")
    assert lab.errors == []
