"""Rows of students: stored one by one, found again, and compared problem by problem."""

from __future__ import annotations

import pytest

from srm_lab import claims, students
from srm_lab.errors import SrmLabError
from srm_lab.records import Problem, Solution, Verdict
from srm_lab.run import Record, Run


def row(arm, seed, right, size="0.1M"):
    return {"arm": arm, "size": size, "seed": seed, "right": right, "k": right.count("1"), "n": len(right)}


ROWS = [row("answers", 0, "0001"), row("traces", 0, "0111"), row("traces", 1, "1111"), row("traces", 0, "11", "0.6M")]


def test_a_row_is_found_again_and_a_newer_one_takes_its_place(tmp_path):
    assert students.load(tmp_path) == []
    for one in [*ROWS, row("answers", 0, "1111")]:
        students.add(one, tmp_path)
    assert len(students.load(tmp_path)) == len(ROWS)
    assert students.of(students.load(tmp_path), "answers")[0]["k"] == 4


def test_an_arms_students_come_by_seed_and_one_size_at_a_time():
    assert [one["seed"] for one in students.of(ROWS[::-1], "traces")] == [0, 1]
    assert [one["n"] for one in students.of(ROWS, "traces", "0.6M")] == [2]


def test_a_gain_is_paired_by_problem_and_needs_a_seed_that_both_have():
    ((seed, gain),) = students.gains(ROWS, "answers", "traces").items()
    assert (seed, gain.difference, gain.only_a, gain.only_b, gain.n) == (0, 0.5, 0, 2, 4)
    with pytest.raises(SrmLabError, match=r"0\.6M taught 'answers' and 'traces'"):
        students.gains(ROWS, "answers", "traces", "0.6M")


def test_students_tested_on_other_problems_are_not_compared():
    with pytest.raises(SrmLabError, match="can't be compared"):
        students.gains([row("a", 0, "01"), row("b", 0, "011")], "a", "b")


@pytest.mark.parametrize(("seeds", "kind"), [(1, "evidence"), (2, "evidence"), (3, "seeds")])
def test_a_claim_rests_on_seeds_where_there_are_three_and_else_on_one_ones_problems(seeds, kind):
    rows = [row(arm, seed, bits * 100) for seed in range(seeds) for arm, bits in (("a", "0011"), ("b", "0111"))]
    found = students.evidence(rows, "a", "b")
    assert kind in found
    assert claims.judge("05.b_beats_a", "B beats a", **found, at_least=0.1).verdict == "holds"


def test_a_wrong_an_unfinished_and_a_failed_problem_are_all_not_right():
    def record(correct):
        verdict = Verdict(correct, None, None, "r", "w")
        return Record(Problem("p", "?", "1", "t"), Solution(None, ""), verdict, None, 0.1)

    failed = Record(Problem("p", "?", "1", "t"), None, None, "ValueError", 0.1)
    kept = students.verdicts(Run("m", "direct", {}, 0, (record(True), record(False), record(None), failed), 1.0))
    assert kept["right"] == "1000"
    assert (kept["k"], kept["n"]) == (1, 3)
