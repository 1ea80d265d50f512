"""Notebook 03 in real JupyterLab: every cell runs, the lab's boxes count again, nothing fails in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_what_quantization_does_to_reasoning.ipynb"
SMALL = "import os\n\nos.environ.update(SRM_LAB_PROFILE='ci', SRM_LAB_STORE='off')"
CELLS = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
FACTS = "(document.querySelector('.srm-facts')?.innerText ?? '')"


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


def choose(lab, box: str, option: str) -> None:
    """Pick an option of the lab's dropdown with this label."""
    label = lab.page.locator("label", has_text=re.compile(f"^{box}$"))
    row = lab.page.locator(".srm-live .widget-dropdown").filter(has=label).first
    row.locator("select").select_option(label=option)


def test_notebook_03_runs_from_top_to_bottom_and_its_lab_counts_again(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=120)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    show(lab, "bits_lab")
    choose(lab, "Bits", "2 bits")
    lab.wait_for(f"{FACTS}.includes('rtn-2bit-g64')")
    assert lab.page.locator(".srm-steps mark").count() == 1
    lab.screenshot("notebook_03_light")
    lab.theme(dark=True)
    lab.screenshot("notebook_03_dark")
    lab.page.set_viewport_size({"width": 760, "height": 1100})
    lab.page.wait_for_timeout(500)
    lab.screenshot("notebook_03_narrow")
    lab.theme(dark=False)
    assert lab.errors == []
