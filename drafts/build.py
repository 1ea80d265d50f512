"""Writes notebooks/05_distilling_reasoning.ipynb and its solutions."""
import sys
from pathlib import Path
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path("/work/wt-nb05/notebooks")
NAME = "05_distilling_reasoning.ipynb"
BADGE = "[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/{path})"
cells = []
sys.path.insert(0, "/tmp/nb05")


def md(text):
    cells.append(new_markdown_cell(text.strip()))


def code(text):
    cells.append(new_code_cell(text.strip()))


def write(path):
    for i, cell in enumerate(cells):
        cell["id"] = f"c{i:02d}"
    nb = new_notebook(cells=list(cells))
    nb.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nb.metadata["language_info"] = {"codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py",
        "mimetype": "text/x-python", "name": "python", "nbconvert_exporter": "python", "pygments_lexer": "ipython3"}
    nbformat.validate(nb)
    path.write_text(nbformat.writes(nb) + "\n")
    cells.clear()


import parts
source = Path("/tmp/nb05/main.py").read_text()
for name, text in parts.P.items():
    source = source.replace(f"${name}$", text)
exec(source)
write(ROOT / NAME)
exec(Path("/tmp/nb05/solutions.py").read_text())
write(ROOT / "solutions" / NAME)
