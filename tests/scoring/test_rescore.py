"""Another rule on a finished run."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem, Solution, Usage, Verdict
from srm_lab.run import Record, Run
from srm_lab.scoring.rescore import agreement, chain_outcomes, rescore
from srm_lab.scoring.statistics import majority_at_k, pass_at_k

OLD = Verdict(False, None, None, "old", "Old.")


def chain(text, finish_reason="stop"):
    return Completion(text, None, text, (), (), finish_reason, Usage(1, 1, 3, 1))


def record(texts, answer, i=0, kind="number"):
    chains = tuple(chain(text) for text in texts)
    solution = Solution(None, texts[0], chains, Usage(1, 1, 3, 1))
    return Record(Problem(f"p{i}", "How many?", answer, "made up", {}, kind), solution, OLD, None, 0.5)


@pytest.fixture
def run():
    failed = Record(Problem("p9", "?", "1", "made up"), None, None, "Boom", 0.1)
    cut = Record(Problem("p8", "?", "18", "made up"), Solution(None, "18", (chain("18", "length"),)), OLD, None, 0.1)
    records = (
        record(["The answer is 18 or 20.", "18", "20"], "20", 0),
        record(["The answer is $\\frac{1}{2}$", "0.5", "1/2"], "0.5", 1),
        cut,
        failed,
    )
    return Run("fake", "self_consistency", {"n": 3}, 0, records, 1.0)


def test_rescore_changes_verdicts_and_nothing_else(run):
    new = rescore(run)
    assert [r.verdict.correct if r.verdict else "failed" for r in new.records] == [False, True, None, "failed"]
    assert [r.solution for r in new.records] == [r.solution for r in run.records]
    assert (new.usage, new.seconds, new.seed, new.failed) == (run.usage, run.seconds, run.seed, 1)
    assert run.records[0].verdict is OLD


def test_another_rule_gives_another_score(run):
    assert rescore(run).accuracy.k == 1
    assert rescore(run, rule="lm-eval flexible").accuracy.k == 2
    assert rescore(run, rule="contains").accuracy.k == 2


def test_a_rule_of_ones_own_may_return_a_bool(run):
    new = rescore(run, rule=lambda text, reference, kind: "18" in text)
    assert [r.verdict.correct for r in new.records if r.verdict] == [True, False, True]


def test_another_kind_reads_all_answers_anew(run):
    assert rescore(run, kind="math").records[1].verdict.correct is True
    assert rescore(run, kind="text").records[1].verdict.correct is False


def test_judged_by_is_kept_with_the_settings(run):
    assert rescore(run, kind="math").settings == {"n": 3, "judged_by": "srm-lab, as math"}


@pytest.mark.parametrize("wrong", [{"rule": "math-verifi"}, {"kind": "numbers"}])
def test_unknown_rule_or_kind_is_an_error(run, wrong):
    with pytest.raises(SrmLabError, match="There is no"):
        rescore(run, **wrong)


def test_one_run_gives_the_whole_curve(run):
    answers, outcomes = chain_outcomes(run)
    assert answers == [[None, "18", "20"], ["0.5", "0.5", "0.5"], [None]]
    votes = majority_at_k(answers[:2], outcomes[:2], [1, 3])
    assert [estimate.value for estimate in votes] == pytest.approx([(1 / 3 + 1) / 2, (0.5 + 1) / 2])
    assert pass_at_k(outcomes[:2], [3])[0].value == 1.0


def test_agreement_lists_every_rule_on_every_record_that_ran(run):
    rows = agreement(run, ["srm-lab", "contains"])
    assert [record.problem.id for record, _ in rows] == ["p0", "p1", "p8"]
    assert rows[0][1]["srm-lab"].correct is False
    assert rows[0][1]["contains"].correct is True
