"""A claim is a direction with an interval, stored by the command that runs the course and never adjusted."""

import dataclasses
import json
import os

import pytest

from srm_lab import claims
from srm_lab.errors import SrmLabError
from srm_lab.records import Proportion


@dataclasses.dataclass(frozen=True)
class Comparison:
    difference: float = 0.31
    low: float = 0.24
    high: float = 0.38
    n: int = 200
    p_value: float = 3e-12
    k_a: int = 4
    k_b: int = 66
    only_a: int = 1
    only_b: int = 63
    name_a: str = "direct"
    name_b: str = "few_shot_cot"


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_RESULTS", str(tmp_path))
    monkeypatch.setenv("SRM_LAB_PROFILE", "cpu")
    monkeypatch.delenv("SRM_LAB_RECORD", raising=False)
    return tmp_path


@pytest.fixture
def course(results, monkeypatch):
    monkeypatch.setenv("SRM_LAB_RECORD", "srm-lab course --profile cpu")
    return results


def judge(*args, **named):
    return claims.judge("00.a_key", "A beats B", *args, **named)


@pytest.mark.parametrize(
    ("low", "high", "direction", "verdict"),
    [
        (0.24, 0.38, {}, "holds"),
        (-0.01, 0.6, {}, "did not reproduce"),
        (0.0, 0.6, {}, "did not reproduce"),
        (0.24, 0.38, {"at_least": 0.3}, "did not reproduce"),
        (-0.01, 0.6, {"at_least": -0.02}, "holds"),
        (0.24, 0.38, {"at_most": 0.0}, "did not reproduce"),
        (0.24, 0.38, {"at_most": 0.4}, "holds"),
        (0.24, 0.38, {"at_least": 0.2, "at_most": 0.3}, "did not reproduce"),
    ],
)
def test_a_claim_holds_only_where_the_whole_interval_lies_on_its_side(low, high, direction, verdict):
    assert judge(Comparison(low=low, high=high), **direction).verdict == verdict


def test_a_claim_that_points_the_other_way_did_not_reproduce():
    assert judge(Comparison(difference=-0.3, low=-0.4, high=-0.2)).verdict == "did not reproduce"


@pytest.mark.parametrize("n", [1, 199])
def test_fewer_than_200_problems_are_too_few_to_say(n):
    assert judge(Comparison(n=n)).verdict == "too few to say"


def test_three_seeds_make_a_claim_and_two_do_not():
    assert judge(seeds={0: 0.31, 1: 0.28, 2: 0.35}).verdict == "holds"
    assert judge(seeds={0: 0.31, 1: 0.30}).verdict == "too few to say"
    assert judge(seeds={0: 0.31, 1: -0.28, 2: 0.35}).verdict == "did not reproduce"


def test_the_interval_over_seeds_is_student_t():
    from scipy import stats

    values = [0.31, 0.28, 0.35, 0.30]
    made = judge(seeds=dict(enumerate(values)))
    low, high = stats.t.interval(0.95, 3, loc=sum(values) / 4, scale=stats.sem(values))
    assert (made.low, made.high) == pytest.approx((low, high))


def test_one_seed_has_no_interval_however_many_problems():
    made = judge(seeds={0: 0.3}, n=500)
    assert made.verdict == "too few to say"
    assert "no interval" in made.measurement()


def test_comparisons_can_stand_in_for_the_values_of_seeds():
    made = judge(seeds={seed: Comparison(n=60) for seed in range(3)})
    assert (made.value, made.n, made.seeds) == (pytest.approx(0.31), 60, (0, 1, 2))


def test_a_proportion_is_evidence_for_a_level():
    accuracy = Proportion(k=180, n=200, low=0.85, high=0.93)
    assert judge(accuracy, at_least=0.8).verdict == "holds"
    assert judge(accuracy, at_least=0.8).shown("interval") == "90.0 % [85.0, 93.0]"


def test_other_units_are_shown_as_they_are():
    made = judge(seeds={0: 41.0, 1: 39.5, 2: 40.2}, unit="tokens")
    assert made.shown() == "40.2 tokens"
    assert judge(Comparison()).shown() == "+31.0 points"


@pytest.mark.parametrize(
    "evidence",
    [
        (),
        (Comparison(), "both"),
        (0.31,),
        (Comparison(difference=float("nan")),),
        (Comparison(low=0.32),),
    ],
)
def test_evidence_without_the_shape_of_a_claim_is_refused(evidence):
    named = {"seeds": {0: 0.1}} if "both" in evidence else {}
    with pytest.raises(SrmLabError, match=r"00\.a_key cannot be made"):
        judge(*evidence[:1], **named)


def test_no_seeds_at_all_are_refused():
    with pytest.raises(SrmLabError, match="cannot be made"):
        judge(seeds={})


@pytest.mark.parametrize("key", ["cot", "0.cot", "00.CoT", "00.a b", "00.a/../b", "../00.a"])
def test_a_key_names_its_notebook_and_no_path(key):
    with pytest.raises(SrmLabError, match="no key"):
        claims.judge(key, "A beats B", Comparison())


def test_a_claim_reads_as_one_line_with_its_counts():
    text = repr(judge(Comparison()))
    assert text.startswith("✓ holds: A beats B")
    assert "+31.0 points [24.0, 38.0], 200 problems, seed 0" in text
    assert "few_shot_cot 66/200 against direct 4/200, exact McNemar p = 3e-12" in text


def test_a_bound_other_than_zero_is_shown():
    text = repr(judge(Comparison(), at_least=-0.02, at_most=0.5))
    assert "whole interval above -2.0 and below 50.0 points" in text


def test_html_of_a_claim_is_escaped():
    made = claims.judge("00.a", "<script>", Comparison(name_a="<b>"))
    assert "<script>" not in made._repr_html_()
    assert "<b>" not in made._repr_html_().replace("<b>✓ holds</b>", "")


def test_the_course_stores_every_field_and_measured_reads_it_back(course):
    claims.claim("00.cot", "CoT beats direct", Comparison(), seed=7)
    record = json.loads((course / "00.json").read_text())["00.cot"]
    assert (record["n"], record["seeds"], record["verdict"], record["profile"]) == (200, [7], "holds", "cpu")
    assert (record["details"]["k_a"], record["details"]["k_b"]) == (4, 66)
    assert record["command"] == "srm-lab course --profile cpu"
    assert {"Python", "torch", "transformers", "srm-lab"} <= set(record["versions"])
    assert claims.measured("00.cot") == claims.judge("00.cot", "CoT beats direct", Comparison(), seed=7)


def test_a_claim_that_did_not_reproduce_is_stored_as_such_and_raises_nothing(course, capsys):
    claims.claim("00.cot", "CoT beats direct", Comparison(low=-0.1))
    assert claims.load("00")["00.cot"]["verdict"] == "did not reproduce"
    assert "did not reproduce" in capsys.readouterr().out


def test_storing_a_claim_keeps_the_others(course):
    claims.claim("00.first", "A", Comparison())
    claims.claim("00.second", "B", Comparison())
    claims.claim("00.first", "A", Comparison(difference=0.25))
    assert {key: record["value"] for key, record in claims.load("00").items()} == {
        "00.first": 0.25,
        "00.second": 0.31,
    }


def test_the_course_refuses_to_store_too_few_problems(course):
    with pytest.raises(SrmLabError, match="rests on 64 problems"):
        claims.claim("00.cot", "CoT beats direct", Comparison(n=64))
    assert list(course.iterdir()) == []


def test_a_reader_stores_nothing_and_sees_the_stored_result(course, monkeypatch, capsys):
    claims.claim("00.cot", "CoT beats direct", Comparison())
    monkeypatch.delenv("SRM_LAB_RECORD")
    before = (course / "00.json").read_bytes()
    capsys.readouterr()
    claims.claim("00.cot", "CoT beats direct", Comparison(difference=0.2, low=0.1, high=0.3, n=20))
    assert (course / "00.json").read_bytes() == before
    assert "too few to say" in (shown := capsys.readouterr().out)
    assert "Stored result of the course: holds, +31.0 points" in shown


def test_the_ci_profile_stores_nothing_and_fails_on_no_direction(course, monkeypatch, capsys):
    monkeypatch.setenv("SRM_LAB_PROFILE", "ci")
    claims.claim("00.cot", "CoT beats direct", Comparison(difference=-0.5, low=-0.9, high=0.1, n=4))
    assert "too small to judge" in capsys.readouterr().out
    assert list(course.iterdir()) == []
    with pytest.raises(SrmLabError, match="cannot be made"):
        claims.claim("00.cot", "CoT beats direct", 0.5)


def test_a_claim_that_was_never_stored_is_named_with_the_nearest(course):
    claims.claim("00.cot_beats_direct", "CoT beats direct", Comparison())
    with pytest.raises(SrmLabError, match=r"no stored claim called '00\.cot'.*\n.*00\.cot_beats_direct"):
        claims.measured("00.cot")


def test_a_broken_results_file_is_named(course):
    (course / "00.json").write_text("{")
    with pytest.raises(SrmLabError, match=r"00\.json cannot be read"):
        claims.measured("00.cot")


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "00.json"
    claims.write_json(path, {"old": 1})

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        claims.write_json(path, {"new": 2})
    assert [each.name for each in tmp_path.iterdir()] == ["00.json"]
    assert json.loads(path.read_text()) == {"old": 1}


def test_a_real_comparison_is_evidence_and_its_second_run_is_the_one_that_gains():
    from srm_lab.evaluate import Comparison as Measured

    made = judge(Measured("direct", "few_shot_cot", 0.31, 0.24, 0.38, 200, 4, 66, 1, 63, 3e-12))
    assert "few_shot_cot 66/200 against direct 4/200" in repr(made)
    assert (made.shown("a"), made.shown("b")) == ("2.0 %", "33.0 %")
    assert made.shown("full") == "+31.0 points [24.0, 38.0], 200 problems, seed 0"
    with pytest.raises(SrmLabError, match="no form of a measurement called 'intervall'"):
        made.shown("intervall")
