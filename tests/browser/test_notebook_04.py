"""Notebook 04 in real JupyterLab: every cell runs, and its sliders change the mask within a blink."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_pruning.ipynb"
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


def test_notebook_04_runs_from_top_to_bottom_and_its_slider_moves_the_mask(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=240)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs(lab)) >= 6
    show(lab, "pruning_lab(")
    lab.wait_for("document.querySelectorAll('.srm-live .js-plotly-plot').length === 2", 60)
    slider = lab.page.locator(".srm-live .noUi-handle").first
    slider.focus()
    before = lab.page.locator(".srm-live .srm-problem").inner_text()
    slider.press("ArrowRight")
    lab.wait_for(f"document.querySelector('.srm-live .srm-problem').innerText !== {before!r}", 5)
    lab.click("magnitude")
    lab.wait_for("document.querySelector('.srm-live .srm-problem').innerText.includes('by magnitude')", 5)
    lab.screenshot("notebook_04_widget")
    assert lab.errors == []
