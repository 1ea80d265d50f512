"""Builds notebook 08 and its solutions from content.py. Run in the repository root: python drafts/make.py"""
import json, sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent / "notebooks"
NAME = "08_verifiers_and_best_of_n.ipynb"
cells = []


def md(text):
    cells.append(("markdown", text.strip("\n")))


def code(text):
    cells.append(("code", text.strip("\n")))


exec((HERE / "content.py").read_text())
SAW = {}
exec((HERE / "saw.py").read_text()) if (HERE / "saw.py").exists() else None
cells = [(kind, SAW.get(text, text)) for kind, text in cells]
SOLUTIONS = {
    "08.1": '''from math import comb


def best_of_k(ranked, k):
    n = len(ranked)
    return sum(right * comb(n - 1 - j, k - 1) for j, right in enumerate(ranked)) / comb(n, k)''',
    "08.2": '''def pairs_in_order(groups):
    won = total = 0
    for group in groups:
        good, bad = ([score for score, right in group if right is side] for side in (True, False))
        won += sum((g > b) + (g == b) / 2 for g in good for b in bad)
        total += len(good) * len(bad)
    return won / total''',
    "08.3": '''def trusted(p, wrong):
    right, mistaken = p * (1 - wrong), (1 - p) * wrong
    return right / (right + mistaken)''',
    "08.4": '''def calibration_gap(scores, right):
    bins = {}
    for score, good in zip(scores, right):
        bins.setdefault(min(int(score * 10), 9), []).append(score - good)
    return sum(abs(sum(distances)) for distances in bins.values()) / len(scores)''',
}


def write(cells, path):
    out = []
    for i, (kind, text) in enumerate(cells):
        cell = {"cell_type": kind, "id": f"c{i:02d}", "metadata": {}, "source": text.splitlines(keepends=True)}
        out.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    meta = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py",
                              "mimetype": "text/x-python", "name": "python", "nbconvert_exporter": "python",
                              "pygments_lexer": "ipython3"}}
    path.write_text(json.dumps({"cells": out, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}, indent=1,
                               ensure_ascii=False) + "\n")


write(cells, ROOT / NAME)
tasks = {text[2:6]: text for kind, text in cells if kind == "markdown" and text.startswith("**08.")}
HEAD = """[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/solutions/08_verifiers_and_best_of_n.ipynb)

# 08 Verifiers and best-of-N: solutions

The exercises of [notebook 08](../08_verifiers_and_best_of_n.ipynb), solved.

**Running time:** <!-- srm:running-time --><!-- /srm -->"""
solved = [("markdown", HEAD), ("code", 'import srm_lab as srm\n\nsize = srm.start("08")')]
for key, text in SOLUTIONS.items():
    solved.append(("markdown", tasks[key]))
    solved.append(("code", f'{text}\n\n\nsrm.check("{key}", {text.split("def ")[1].split("(")[0]})'))
write(solved, ROOT / "solutions" / NAME)
