"""Runs to look into; and the browser's fixtures of tests/browser, because the grader lab is clicked too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from srm_lab.records import Completion, Problem, Solution, Usage
from srm_lab.run import Record, Run
from srm_lab.scoring.verify import verify

_spec = importlib.util.spec_from_file_location(
    "browser_fixtures", Path(__file__).parents[1] / "browser" / "conftest.py"
)
_browser = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_browser)
chromium_path, jupyter, browser = _browser.chromium_path, _browser.jupyter, _browser.browser
screenshots, lab = _browser.screenshots, _browser.lab

TEXTS = (
    "The answer is {}.", "{} or 99", "**Answer: ${} per day.**", "\\boxed{{{}}}", "#### {}", "The answer is not {}.",
    "Answer: {}\nShe had 99 eggs.", "The answer is −{}.", "<script>alert(1)</script> {}", "So {} apples",
)  # fmt: skip


@pytest.fixture
def make_run():
    """A run of n problems, of which the first `right` are answered rightly, in texts of many sorts."""

    def make(method: str, right: int, n: int = 60) -> Run:
        records = []
        for i in range(n):
            text = TEXTS[i % len(TEXTS)].format(i + 2 if i < right else i + 3)
            chain = Completion(text, None, text, (), (), "stop", Usage(3, 3, 4, 1))
            problem = Problem(f"p{i}", f"How many are {i + 2}?", str(i + 2), "made up")
            verdict = verify(text, problem.answer)
            records.append(Record(problem, Solution(None, text, (chain,), chain.usage), verdict, None, 0.1))
        return Run("fake", method, {}, 0, tuple(records), 1.0)

    return make
