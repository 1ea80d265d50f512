"""The first figure of a process does not wait for a grammar that no figure needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

FIGURE = "import srm_lab.figures.style as s, plotly.graph_objects as go, sys; f = go.Figure(); "
SHOWN = "f.to_json(); import plotly.io._renderers; go.FigureWidget(f); print('rfc3987_syntax' in sys.modules)"
pytest.importorskip("rfc3987_syntax")


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_grammar_is_not_loaded_for_a_styled_figure_and_would_be_for_another():
    assert said(FIGURE + "s.styled(f, 'One'); " + SHOWN) == "False"
    assert said(FIGURE + SHOWN) == "True"


def test_the_grammar_can_be_imported_later_and_schemas_are_still_checked():
    code = (
        FIGURE + "s.styled(f, 'One'); import jsonschema, rfc3987_syntax; "
        "bad = list(jsonschema.Draft202012Validator({'type': 'object'}).iter_errors(3)); print(len(bad))"
    )
    assert said(code) == "1"


def test_what_is_imported_already_stays():
    code = "import jsonschema, sys; before = sys.modules['jsonschema']; " + FIGURE
    assert said(code + "s.styled(f, 'One'); print(sys.modules['jsonschema'] is before)") == "True"
