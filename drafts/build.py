"""Writes notebook 03 and its solutions."""
import re, sys
from pathlib import Path
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path("/work/wt-nb03/notebooks")
NAME = "03_what_quantization_does_to_reasoning.ipynb"
META = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py", "mimetype": "text/x-python",
                          "name": "python", "nbconvert_exporter": "python", "pygments_lexer": "ipython3"}}
exec(Path("/tmp/nb03/flags.py").read_text())
cells, number = [], 0
def sub(text):
    text = text.replace("MODELSTUPLE", repr(tuple(MODELS)).replace("'", '"')).replace("BITSTUPLE", repr(BITS)).replace("MODELTEXT", MODELTEXT)
    return text if M == "chain-cot" else text.replace("chain-cot", "chain-voter")
def md(text):
    global number
    if "\n## @. " in "\n" + text:
        number += 1
        text = text.replace("## @. ", f"## {number}. ")
    cells.append(new_markdown_cell(sub(text).strip("\n")))
def code(text): cells.append(new_code_cell(sub(text).strip("\n")))
def m(key, form="interval"): return f"<!-- srm:measured 03.{key} {form} --><!-- /srm -->"
def q(text): return f"<!-- srm:quoted -->{text}<!-- /srm -->"
exec(Path("/tmp/nb03/prose.py").read_text())
exec(Path("/tmp/nb03/content.py").read_text())

def write(path, cells):
    for i, cell in enumerate(cells):
        cell["id"] = f"c{i:02d}"
    nb = new_notebook(cells=cells, metadata=META)
    nb.nbformat_minor = 5
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(nb) + "\n")

write(ROOT / NAME, cells)
cells = []
exec(Path("/tmp/nb03/solutions.py").read_text())
write(ROOT / "solutions" / NAME, cells)
