"""Puts the prose of content.py and saw.py into the notebook that ran, and leaves its outputs: python drafts/patch.py"""
from pathlib import Path

import nbformat

from srm_lab.course_outputs import fill_markers
from srm_lab.course import running_times, _phrase

HERE = Path(__file__).parent
source = (HERE / "make.py").read_text().split("def write(cells, path)")[0]
scope = {"__file__": str(HERE / "make.py")}
exec(source, scope)
path = scope["ROOT"] / scope["NAME"]
nb = nbformat.read(path, as_version=4)
assert len(nb.cells) == len(scope["cells"]), "make.py and a run are needed: cells were added"
for cell, (kind, text) in zip(nb.cells, scope["cells"]):
    assert cell.cell_type == kind
    if kind == "markdown":
        cell.source = text
    else:
        assert cell.source == text, "make.py and a run are needed: code changed\n" + text
fill_markers(nb, _phrase(running_times().get(path.name, {}) or running_times().get(path.stem, {})))
nbformat.write(nb, path)
