"""Packages whose names are imported when they are first used."""

import importlib
import sys

import pytest

INIT = """
from srm_lab.lazy import on_first_use
_HOME = {"answer": "answer", "question": "parts.question"}
on_first_use(__name__, _HOME, ("parts",))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a function named like its file, and a public package inside."""
    (tmp_path / "lazy_example" / "parts").mkdir(parents=True)
    files = {
        "__init__.py": INIT,
        "answer.py": "def answer(): return 42",
        "parts/__init__.py": "",
        "parts/question.py": "def question(): return '6 x 7'",
    }
    for name, text in files.items():
        (tmp_path / "lazy_example" / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    import lazy_example

    yield lazy_example
    for name in [name for name in sys.modules if name.startswith("lazy_example")]:
        monkeypatch.delitem(sys.modules, name)


def test_nothing_is_imported_before_it_is_used(package):
    assert "lazy_example.answer" not in sys.modules
    assert package.answer() == 42
    assert "lazy_example.answer" in sys.modules


def test_importing_a_file_does_not_take_the_place_of_the_function_named_like_it(package):
    importlib.import_module("lazy_example.answer")
    assert package.answer() == 42


def test_a_name_may_live_deeper_and_a_package_may_be_public(package):
    assert package.question() == "6 x 7"
    assert package.parts.__name__ == "lazy_example.parts"


def test_all_public_names_are_listed(package):
    assert {"answer", "question", "parts"} <= set(dir(package))


def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="'lazy_example' has no attribute 'guess'"):
        _ = package.guess
