"""The package as a whole: its import is quick, its public names exist, its layers point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import srm_lab

PACKAGE = Path(srm_lab.__file__).parent
HEAVY = ("torch", "transformers", "plotly", "pandas", "sympy", "ipywidgets", "scipy", "datasets")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, srm_lab; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", srm_lab.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(srm_lab, name) is not None


def test_a_function_named_like_its_module_stays_the_function():
    code = "import srm_lab.evaluate, srm_lab.start, srm_lab as srm; print(callable(srm.evaluate), callable(srm.start))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = srm_lab.no_such_name


LAYERS = {  # a module of the key may import modules of its own layer and of lower ones
    "errors": 0, "records": 0,
    "models": 1, "decoding": 1, "scoring": 1, "tasks": 1, "prompts": 1, "profiles": 1, "run": 1,
    "methods": 2, "training": 2, "compress": 2,
    "evaluate": 3, "store": 3,
    "figures": 4, "widgets": 5,
}  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """First-level names inside the package that a file imports, at its top or within functions."""
    depth = len(path.relative_to(PACKAGE).parts) - 1
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level == depth + 1:  # from ..x import y, seen from inside x's sibling
            found |= {module.split(".")[0]} if module else {alias.name for alias in node.names}
        elif module.startswith("srm_lab."):
            found.add(module.split(".")[1])
    return found & set(LAYERS)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    layer = LAYERS.get(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    if layer is not None:
        assert {name for name in imports_of(path) if LAYERS[name] > layer} == set()


def test_the_layer_check_sees_an_import_that_points_the_wrong_way(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    wrong = tmp_path / "models" / "bad.py"
    wrong.write_text("from ..evaluate import evaluate\nfrom srm_lab.figures import accuracy\n")
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    assert imports_of(wrong) == {"evaluate", "figures"}
