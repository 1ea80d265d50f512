"""Kill -9 in the middle of an evaluation, and several processes on one store."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_program import problems, said

import srm_lab as srm
from srm_lab import store

PROGRAM = str(Path(__file__).with_name("store_program.py"))
PROBLEMS, CHAINS, ROUNDS = 250, 8, 20  # too much to finish before the last kill


def start(path, *arguments, count: int = PROBLEMS) -> subprocess.Popen:
    command = [sys.executable, PROGRAM, str(path), "--problems", str(count), "--n", str(CHAINS), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def rows(path) -> list[tuple[str, int]]:
    """(prompt, number) of every row, by SQL alone."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT prompt, number FROM samples JOIN requests ON id = request").fetchall()
    connection.close()
    return [(prompt.strip('"'), number) for prompt, number in found]


def logged(path) -> list[tuple[str, int]]:
    """(prompt, number) of every sample that the program saw committed; a line cut short by the kill is none."""
    text = path.read_text() if path.exists() else ""
    return [(line.split("\t")[0], int(line.split("\t")[1])) for line in text.splitlines(keepends=True) if "\n" in line]


def outcome(run: srm.Run):
    """All of a run that does not say when and how fast."""
    return [(r.problem, r.solution, r.verdict, r.error) for r in run.records], run.settings, run.model_facts


@pytest.mark.slow
def test_killed_twenty_times_every_finished_sample_is_there_once_and_the_result_is_the_same(tmp_path):
    path, log, dice = tmp_path / "killed.sqlite", tmp_path / "log", random.Random(0)
    path.parent.mkdir(exist_ok=True)
    survived = []
    for _ in range(ROUNDS):
        process = start(path, "--seconds", "0.1", "--log", str(log))
        assert process.stdout.readline() == "ready\n"
        time.sleep(dice.uniform(0, 0.5))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it ended before it was killed: make it slower"
        committed = logged(log)
        assert len(set(committed)) == len(committed)  # never drawn again once it was finished
        if committed:
            kept = rows(path)
            assert set(committed) <= set(kept)
            assert len(set(kept)) == len(kept)
            survived.append(len(kept))
    assert survived == sorted(survived)
    assert 0 < survived[-1] < PROBLEMS * CHAINS, "nothing was left to draw: make it slower"

    last, whole = (
        start(path, "--run", str(tmp_path / "killed.json")),
        start(tmp_path / "whole.sqlite", "--run", str(tmp_path / "whole.json")),
    )
    assert last.communicate()[0].endswith(f"done {PROBLEMS * CHAINS - survived[-1]}\n")
    assert whole.communicate()[0].endswith(f"done {PROBLEMS * CHAINS}\n")
    killed, whole = (srm.Run.load(tmp_path / f"{name}.json") for name in ("killed", "whole"))
    assert outcome(killed) == outcome(whole)
    assert (killed.reused, whole.reused) == (survived[-1], 0)


def test_four_processes_fill_one_store_at_once(tmp_path):
    path = tmp_path / "shared.sqlite"
    processes = [start(path, "--seconds", "0.001", "--run", str(tmp_path / f"{i}.json"), count=40) for i in range(4)]
    assert [process.communicate() and process.returncode for process in processes] == [0] * 4
    kept = rows(path)
    assert len(kept) == len(set(kept)) == 40 * CHAINS
    runs = [srm.Run.load(tmp_path / f"{i}.json") for i in range(4)]
    assert all(outcome(run) == outcome(runs[0]) for run in runs)
    view = store.stored(_Silent(), path)
    for problem in problems(40):
        assert view.sample(problem.question, n=CHAINS) == [said(problem.question, 0, i) for i in range(CHAINS)]


class _Silent:
    """A model with the fingerprint of the program's that cannot draw: all must come from the store."""

    name, fingerprint = "counting", "c0unting"

    def sample(self, prompt, n=1, **settings):
        raise AssertionError(f"{prompt} was not stored")
