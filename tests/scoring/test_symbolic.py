"""The process behind mathematics: killed, restarted, shared, never fed with code."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.scoring import symbolic
from srm_lab.scoring.symbolic import SECONDS, equal_expressions, too_big
from srm_lab.scoring.verify import verify


@pytest.fixture(autouse=True)
def fresh_answers():
    equal_expressions.cache_clear()


def test_equal_and_unequal_expressions():
    assert equal_expressions("x+1", "1+x").equal is True
    assert equal_expressions("x+1", "x-1").equal is False


def test_power_tower_costs_the_limit_and_the_next_question_works():
    started = time.perf_counter()
    assert equal_expressions("9", "9^{9^{9^{9}}}").equal is False
    assert time.perf_counter() - started < SECONDS + 1.5
    assert equal_expressions("x", "2x - x").equal is True


def test_killed_worker_is_replaced():
    assert equal_expressions("x+2", "2+x").equal is True
    symbolic._WORKER._process.kill()
    symbolic._WORKER._process.wait()
    assert equal_expressions("x+3", "3+x").equal is True


def test_works_off_the_main_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(equal_expressions("x+4", "4+x").equal))
    thread.start()
    thread.join()
    assert found == [True]


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('touch {path}')",
        "\\text{{__import__('os').system('touch {path}')}}",
        "\\operatorname{{exec}}(open('{path}','w'))",
        "(lambda: open('{path}','w'))()",
    ],
)
def test_code_in_an_answer_is_never_run(code, tmp_path):
    path = tmp_path / "ran"
    text = code.format(path=path)
    for kind in ("math", "number"):
        assert verify(f"The answer is \\boxed{{{text}}}", "3", kind).correct is False
    assert not path.exists()


@pytest.mark.parametrize("latex", ["{" * 50 + "}" * 50, "9" * 200, "x" * 1000, "2^" * 20 + "2"])
def test_big_expressions_are_refused_before_they_are_sent(latex):
    assert too_big(latex)
    started = time.perf_counter()
    assert equal_expressions("x", latex).equal is False
    assert time.perf_counter() - started < 0.05


def test_unreadable_reference_is_an_error():
    with pytest.raises(SrmLabError, match="cannot be read"):
        equal_expressions("\\frac{", "3")


def test_decimal_reference_compares_to_its_decimals():
    assert equal_expressions("1.41", "\\sqrt{2}", 2).equal is True
    assert equal_expressions("1.42", "\\sqrt{2}", 2).equal is False


def test_no_worker_outlives_its_parent():
    code = (
        "from srm_lab.scoring import symbolic; symbolic.equal_expressions('x+1', '1+x');"
        "print(symbolic._WORKER._process.pid)"
    )
    pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_cannot_start_says_what_to_do(monkeypatch):
    symbolic._WORKER.close()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SrmLabError, match="did not start"):
        equal_expressions("x+5", "5+x")


def test_importing_the_grader_loads_no_sympy():
    code = "import sys, srm_lab.scoring.verify, srm_lab.scoring.votes; assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
