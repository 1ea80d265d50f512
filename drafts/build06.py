"""Writes notebooks/06_prompting_and_the_grader.ipynb and its solutions out of content06.py (and say06.json)."""

import json
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parent))
import content06

NAME = "06_prompting_and_the_grader.ipynb"
SAY = json.loads((Path(__file__).parent / "say06.json").read_text())


def cell_id(i, kind):
    return f"{kind}-{i:02d}"


def build(solved):
    cells = []
    for i, (kind, text, *solution) in enumerate(content06.CELLS, 1):
        for key, words in SAY.items():
            text = text.replace(key, words) if kind == "md" else text
        if kind == "md" and not text.strip():
            continue
        if kind == "md":
            cells.append(nbformat.v4.new_markdown_cell(text, id=cell_id(i, "text")))
        else:
            cells.append(nbformat.v4.new_code_cell(solution[0] if solution and solved else text, id=cell_id(i, "code")))
    nb = nbformat.v4.new_notebook(cells=cells)
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.metadata["language_info"] = {"name": "python"}
    return nb


root = Path(__file__).resolve().parents[1] / "notebooks"
nbformat.write(build(False), root / NAME)
nbformat.write(build(True), root / "solutions" / NAME)
