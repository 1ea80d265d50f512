"""Recorded chains: shares, votes, risks of steps, and the file."""

from __future__ import annotations

import gzip
import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import srm_lab as srm
from srm_lab.compress.judged import Judged
from srm_lab.compress.recorded import (
    PLACE,
    Cell,
    Recorded,
    Scheme,
    dump_recorded,
    load_recorded,
    step_risks,
    vote_curve,
    votes_needed,
)
from srm_lab.records import Problem
from srm_lab.scoring.statistics import Estimate

FACTS = {"sampling": {"seed": 0}, "versions": {}, "date": "2026-01-01"}


def problem(i, signs="+*"):
    facts = {"difficulty": len(signs), "operations": signs, "operands": [1] * (len(signs) + 1), "form": "chain"}
    return Problem(f"p{i}", f"{i}+1*2?", "4", "arithmetic", facts)


def chain(right=True, at=None, kind="", answer="4", finished=True, text="1+1=2;2*2=4####4"):
    return Judged(text, len(text) + 1, finished, answer, right, at, kind)


RIGHT, WRONG = chain(), chain(False, 1, "multiplying", "5")
ALSO_WRONG, CUT = chain(False, 0, "copying", "6"), chain(False, None, "", None, False, "1+1=2;2*")


def recorded_of(*per_cell):
    """One model, a scheme for each argument; an argument holds the chains of each problem."""
    schemes = [Scheme("float16", 16), Scheme("rtn", 3, 64), Scheme("gptq", 3, 64, "chains")]
    cells = [Cell("m", s, 3.4, 1000, 2.0, chains) for s, chains in zip(schemes, per_cell)]
    problems = [problem(i, "+*" if i % 2 else "+") for i in range(len(per_cell[0]))]
    return Recorded(problems, {(cell.model, cell.scheme): cell for cell in cells}, FACTS)


def test_a_cell_is_found_by_what_it_is_and_missing_ones_are_named():
    recorded = recorded_of([[RIGHT]], [[WRONG]], [[RIGHT]])
    assert recorded.cell("m").scheme.method == "float16"
    assert recorded.cell("m", "gptq", 3, 64).chains == [[RIGHT]]
    with pytest.raises(srm.SrmLabError, match=r"(?s)rtn-2bit-g64 was not measured on m.*rtn-3bit-g64"):
        recorded.cell("m", "rtn", 2, 64)
    with pytest.raises(srm.SrmLabError, match="The models are m"):
        recorded.cell("other")


def test_names_of_schemes_tell_them_apart():
    schemes = [
        Scheme("float16", 16), Scheme("w8a8", 8), Scheme("kv", 4), Scheme("rtn", 4, 64), Scheme("rtn", 4),
        Scheme("awq", 3, 32, "chains"), Scheme("awq", 3, 32, "plain text"), Scheme("rtn", 2, 64, layers="q_proj"),
    ]  # fmt: skip
    names = [scheme.name for scheme in schemes]
    assert len(set(names)) == len(names)
    assert names[3:7] == ["rtn-4bit-g64", "rtn-4bit-row", "awq-3bit-g32", "awq-3bit-g32 on plain text"]


def test_shares_count_chains_and_keep_to_a_difficulty():
    recorded = recorded_of([[RIGHT, WRONG], [RIGHT, RIGHT], [CUT, CUT], [RIGHT, RIGHT]])
    cell = recorded.cell("m")
    assert recorded.right(cell).k == 5
    assert recorded.right(cell).n == 8
    assert recorded.right(cell, 2).k == 4
    assert recorded.share(cell, lambda one: not one.finished).k == 2


@given(st.lists(st.sampled_from([RIGHT, WRONG, ALSO_WRONG, CUT]), min_size=3, max_size=3))
def test_votes_are_averages_over_who_votes(chains):
    recorded = recorded_of([chains, chains])
    values = [each.value for each in recorded.votes(recorded.cell("m"))]
    for k in (1, 3):
        drawn = [votes for votes in product(range(3), repeat=k) if len(set(votes)) == k]
        won = [_winner([chains[i] for i in votes]) for votes in drawn]
        assert values[k - 1] == pytest.approx(sum(won) / len(won))


def _winner(chains) -> float:
    """Whether the vote in this order is right, ties to the first reached."""
    answers = [one.answer for one in chains if one.answer is not None]
    if not answers:
        return 0.0
    return float(max(dict.fromkeys(answers), key=answers.count) == "4")


def test_a_vote_among_wrong_answers_that_differ_is_won_by_two_that_agree():
    assert vote_curve(2, (1, 1), 0)[3] == 1.0
    assert vote_curve(1, (2,), 0)[2] == 0.0
    assert vote_curve(0, (), 4) == (0, 0, 0, 0)


def test_the_share_kept_is_of_what_the_whole_model_gets_right():
    recorded = recorded_of([[RIGHT, WRONG], [RIGHT, RIGHT]], [[WRONG, WRONG], [RIGHT, CUT]], [[RIGHT, RIGHT]] * 2)
    small, better = recorded.cell("m", "rtn", 3, 64), recorded.cell("m", "gptq", 3, 64)
    assert recorded.kept(small).value == pytest.approx(1 / 3)
    assert recorded.kept(better).value == pytest.approx(4 / 3)
    assert recorded.kept(recorded.cell("m")).value == 1.0
    assert recorded.kept(small, votes=2).value == pytest.approx(1 / 1.5)


def test_the_fewest_votes_that_reach_a_target():
    curve = [Estimate(k, value, 0, 1, 10) for k, value in ((1, 0.2), (2, 0.2), (3, 0.4), (4, 0.5))]
    assert votes_needed(curve, 0.4) == 3
    assert votes_needed(curve, 0.2) == 1
    assert votes_needed(curve, 0.6) is None


def test_risks_are_of_steps_that_were_begun_with_everything_before_them_right():
    recorded = recorded_of([[RIGHT], [RIGHT, WRONG], [ALSO_WRONG], [ALSO_WRONG, CUT]])
    cell = recorded.cell("m")
    risks = step_risks(recorded.problems, cell, lambda at, sign: at)
    # first steps: of one-step problems RIGHT and ALSO_WRONG, of two-step ones RIGHT, WRONG, ALSO_WRONG and CUT
    assert (risks[0].k, risks[0].n) == (2, 6)
    assert (risks[1].k, risks[1].n) == (1, 2)
    only = step_risks(recorded.problems, cell, lambda at, sign: sign if sign == "*" else None, ["copying"])
    assert (only["*"].k, only["*"].n) == (0, 2)
    assert set(only) == {"*"}


def test_memory_and_tokens_grow_with_votes():
    recorded = recorded_of([[RIGHT, CUT]])
    cell = recorded.cell("m")
    tokens = (RIGHT.tokens + CUT.tokens) / 2
    assert recorded.tokens(cell) == tokens
    assert recorded.memory(cell, 2) == 1000 + 2.0 * (len("0+1*2?") + 2 * tokens)


def test_runs_of_recorded_chains_compare_like_any_other():
    recorded = recorded_of([[WRONG, RIGHT, RIGHT], [RIGHT] * 3], [[WRONG] * 3, [CUT] * 3])
    whole, small = recorded.cell("m"), recorded.cell("m", "rtn", 3, 64)
    one, vote, worse = recorded.run(whole), recorded.run(whole, votes=3), recorded.run(small)
    assert (one.accuracy.k, vote.accuracy.k, worse.accuracy.k) == (1, 2, 0)
    assert (vote.settings, vote.usage.calls, worse.unfinished) == ({"n": 3}, 6, 1)
    assert srm.compare(one, vote).difference == 0.5
    assert "rtn-3bit-g64" in srm.compare(one, worse).name_b


def test_the_file_gives_back_what_was_written_and_writes_a_chain_once(tmp_path):
    recorded = recorded_of([[RIGHT, WRONG], [RIGHT, RIGHT]], [[RIGHT, CUT], [WRONG, RIGHT]])
    path = tmp_path / "chains.json.gz"
    path.write_bytes(dump_recorded(recorded))
    again = load_recorded(path)
    assert again.cells == recorded.cells
    assert again.problems == recorded.problems
    assert dump_recorded(again) == dump_recorded(recorded)
    assert [len(rows) for rows in json.loads(gzip.decompress(path.read_bytes()))["written"]] == [3, 2]


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b'{"format": 99}')])
def test_a_damaged_file_is_an_error_that_says_how_to_mend_it(tmp_path, content):
    path = tmp_path / "chains.json.gz"
    path.write_bytes(content)
    with pytest.raises(srm.SrmLabError, match=r"(?s)could not be read.*quantized_reasoning.py"):
        load_recorded(path)
    with pytest.raises(srm.SrmLabError, match="could not be read"):
        load_recorded(tmp_path / "missing.json.gz")


@pytest.mark.skipif(not PLACE.exists(), reason="the package is tested without the clone's data")
def test_the_shipped_chains_are_judged_as_the_code_judges_them():
    from srm_lab.compress.judged import first_error

    recorded = load_recorded()
    problems = srm.load_problems("arithmetic", len(recorded.problems), 0, "test", operations=(1, 2, 3, 4, 5))
    assert [p.question for p in recorded.problems] == [p.question for p in problems]
    for (model, _), cell in list(recorded.cells.items())[:6]:
        for one, chains in list(zip(problems, cell.chains))[:20]:
            assert (chains[0].wrong_at, chains[0].wrong) == first_error(one, chains[0].text), model
