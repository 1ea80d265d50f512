"""Notebook 12 in real JupyterLab: it runs, its curves grow, its stepper judges a chain at a click."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "12_fine_tuning_and_star.ipynb"
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


def show(lab, text: str) -> None:
    """Scroll to the cell whose source holds the text."""
    position = next(i for i, cell in enumerate(lab.page.evaluate(CELLS)) if text in "".join(cell["source"]))
    lab.page.evaluate("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n }", position)
    lab.page.evaluate("n => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)", position)
    lab.page.wait_for_timeout(700)


def test_notebook_12_runs_from_top_to_bottom_and_its_stepper_judges_at_a_click(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=240)
    outputs = [output for cell in lab.page.evaluate(CELLS) for output in cell.get("outputs", ())]
    assert [output["evalue"] for output in outputs if output["output_type"] == "error"] == []
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs) == 5
    show(lab, "srm.widgets.live_curves(")
    assert lab.page.locator(".jp-OutputArea .js-plotly-plot path.js-line").count() > 2
    lab.screenshot("notebook_12_curves")
    show(lab, "srm.widgets.rejection_stepper(")
    assert lab.page.locator(".srm-sifted[data-fate]").count() == 0
    lab.click("Judge the next chain")
    lab.wait_for("document.querySelectorAll('.srm-sifted[data-fate]').length === 1")
    lab.screenshot("notebook_12_stepper")
    lab.theme(dark=True)
    lab.click("Judge all")
    lab.wait_for("document.querySelectorAll('.srm-hidden-chain').length === 0")
    lab.screenshot("notebook_12_stepper_dark")
    lab.page.set_viewport_size({"width": 620, "height": 1100})
    lab.page.wait_for_timeout(500)
    lab.screenshot("notebook_12_stepper_narrow")
    views = {"styles": "figures.by_difficulty(chain,", "rounds": "STaR on held-out", "button": "Teach SmolLM2"}
    for name, text in views.items():
        show(lab, text)
        lab.screenshot(f"notebook_12_{name}_narrow")
    assert lab.errors == []
