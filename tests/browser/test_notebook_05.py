"""Notebook 05 in real JupyterLab: every cell runs, training is followed, and the two students answer a click."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_distilling_reasoning.ipynb"
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
    lab.page.wait_for_timeout(700)


def test_notebook_05_trains_before_the_readers_eyes_and_its_students_answer_a_click(lab):
    lab.open(small_copy(lab))
    lab.run_all(seconds=150)
    assert [output["evalue"] for output in outputs(lab) if output["output_type"] == "error"] == []
    statuses = lab.page.locator(".srm-live").filter(has_text="nats a token").all_inner_texts()
    assert any("answers: step" in text for text in statuses)
    for dark, theme in ((False, "light"), (True, "dark")):
        lab.theme(dark)
        show(lab, "curve = srm.widgets.training_curve(list")
        lab.screenshot(f"notebook_05_training_{theme}")
        show(lab, 'show("What 0.1M students solve"')
        lab.screenshot(f"notebook_05_students_{theme}")
    show(lab, "live_comparison")
    lab.click("Run")
    lab.wait_for("(document.querySelector('.srm-status')?.innerText ?? '').includes('Done')", 60)
    assert lab.page.locator(".srm-columns .widget-html").count() == 2
    lab.screenshot("notebook_05_pair_dark")
    lab.page.set_viewport_size({"width": 700, "height": 1000})
    lab.page.wait_for_timeout(500)
    lab.screenshot("notebook_05_pair_narrow")
    assert lab.errors == []
