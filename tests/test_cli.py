"""The command line: the demo end to end on a fake model, errors without a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import srm_lab as srm
from srm_lab import cli
from srm_lab.demo import markdown_table


@pytest.fixture
def model_that_says_a_script_tag(fake_model, monkeypatch):
    lm = fake_model(["<script>alert(1)</script> The answer is 8."])
    monkeypatch.setattr("srm_lab.models.load.load_model", lambda name: lm)
    return lm


def test_demo_writes_a_report_that_stands_alone_and_results_with_intervals(
    model_that_says_a_script_tag, tmp_path, capsys
):
    report, results = tmp_path / "r.html", tmp_path / "out" / "r.json"
    status = cli.main(["demo", "--problems", "6", "--steps", "1", "--chains", "3",
                       "--report", str(report), "--results", str(results)])  # fmt: skip
    page, data = report.read_text(), json.loads(results.read_text())
    assert status == 0
    assert "self_consistency" in capsys.readouterr().out
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "src=" not in page.split("<body>")[0]
    assert {"command", "versions", "seconds", "created"} <= set(data)
    assert [row["n"] for row in data["runs"]] == [6, 6, 6, 6]
    assert all(row["low"] <= row["accuracy"] <= row["high"] for row in data["runs"])
    assert len(data["comparisons"]) == 2


def test_the_readmes_table_is_the_stored_result():
    root = Path(__file__).parent.parent
    stored = json.loads((root / "data/results/demo.json").read_text())
    table = (root / "README.md").read_text().split("<!-- demo-table -->\n")[1].split("\n<!-- /demo-table -->")[0]
    assert table == markdown_table(stored)


def test_the_readmes_table_follows_the_numbers():
    row = {
        "steps": 1,
        "method": "m",
        "accuracy": 0.5,
        "low": 0.4,
        "high": 0.6,
        "tokens/problem": 7.2,
        "n": 9,
        "seed": 3,
    }
    data = {"runs": [{**row, "model": "x"}], "versions": {"torch": "1", "transformers": "2"}, "command": "c"}
    assert "| m | 50 [40, 60] | 7 |" in markdown_table(data)
    assert "9 problems a column, seed 3" in markdown_table(data)


def test_an_error_is_printed_without_a_traceback(capsys):
    assert cli.main(["demo", "--model", "smolm2"]) == 1
    printed = capsys.readouterr().err
    assert "nearest names" in printed
    assert "Traceback" not in printed


def test_unknown_arguments_are_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(["models", "--nonsense"])


def test_models_prints_the_catalogue(capsys):
    assert cli.main(["models"]) == 0
    assert "Qwen/Qwen3-0.6B" in capsys.readouterr().out


def test_errors_survive_being_passed_between_processes():
    import pickle

    error = srm.SrmLabError("what", "why", "fix")
    again = pickle.loads(pickle.dumps(error))
    assert (again.what, again.why, again.fix, str(again)) == ("what", "why", "fix", str(error))


@pytest.mark.parametrize("module", ["srm_lab", "srm_lab.cli"])
def test_the_module_runs_the_same_command(module):
    done = subprocess.run([sys.executable, "-m", module, "no-such-command"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "invalid choice: 'no-such-command'" in done.stderr
