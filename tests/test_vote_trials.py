"""Recorded votes: tallies that equal srm.vote, curves, weights, and the file."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import srm_lab as srm
from srm_lab.methods.confidence import borda
from srm_lab.records import Completion, Problem
from srm_lab.vote_trials import (
    FATES,
    PLACE,
    Ballot,
    RecordedVotes,
    dump_votes,
    fate,
    load_votes,
    own_curve,
    shares,
    tally,
    winner,
)

FACTS = {"seed": 0, "versions": {}, "date": "2026-01-01"}


def problem(i, difficulty=1):
    return Problem(f"p{i}", f"{i}+4?", "4", "arithmetic", {"difficulty": difficulty})


def chain(answer="4", likelihood=0.5, sure=1.0, verifier=0.5, finished=True):
    text = f"0+{answer}={answer}####{answer}" if answer is not None else "0+"
    return Ballot(text, len(text) + 1, finished, answer, answer == "4", likelihood, sure, verifier)


RIGHT, FIVE, SIX, CUT = chain(), chain("5"), chain("6"), chain(None, sure=None, verifier=None, finished=False)


def recorded_of(rows, **more):
    cells = {("m", 1.0): rows} | {("m", at): chains for at, chains in more.get("also", {}).items()}
    return RecordedVotes([problem(i, 1 + i % 2) for i in range(len(rows))], cells, FACTS)


def completion(one):
    reason = "stop" if one.finished else "length"
    return Completion(one.text, None, one.text, (), (), reason)


@given(st.lists(st.sampled_from([RIGHT, FIVE, SIX, CUT]), min_size=1, max_size=9), st.booleans())
def test_a_tally_is_the_vote_of_the_package(chains, weighted):
    weights = [chain.likelihood for chain in chains] if weighted else None
    voted = srm.vote([completion(one) for one in chains], weights=weights)
    assert tally(chains, "likelihood" if weighted else None) == pytest.approx(voted.trace[0]["counts"])
    best = winner(chains)
    assert (best.answer if best else None) == voted.answer
    assert best is None or best.text == voted.text


def test_weights_turn_a_vote_and_certainty_counts_by_rank_among_finished_chains():
    chains = [chain("5", 0.2, 1.0, 0.1), chain("5", 0.2, 2.0, 0.1), chain("4", 0.9, 9.0, 0.9), CUT]
    assert winner(chains).answer == "5"
    assert [winner(chains, weigh).answer for weigh in ("likelihood", "verifier")] == ["4", "4"]
    ranks = borda([1.0, 2.0, 9.0])
    assert tally(chains, "self_certainty") == {"5": ranks[0] + ranks[1], "4": ranks[2]}


def test_a_weight_that_is_unknown_or_was_not_worked_out_is_an_error():
    with pytest.raises(srm.SrmLabError, match="likelihood"):
        tally([RIGHT], "likelyhood")
    with pytest.raises(srm.SrmLabError, match="no weight by verifier"):
        tally([RIGHT, chain("5", verifier=None)], "verifier")


def test_the_most_frequent_answer_decides_what_more_votes_do():
    right_leads, wrong_leads = [RIGHT, RIGHT, FIVE, SIX], [RIGHT, FIVE, FIVE, FIVE]
    assert own_curve(right_leads)[0] == 0.5
    assert own_curve(right_leads)[3] == 1.0
    assert own_curve(wrong_leads)[0] == 0.25
    assert own_curve(wrong_leads)[3] == 0.0
    assert shares(wrong_leads) == (0.25, 0.75)
    assert shares([CUT, CUT]) == (0.0, 0.0)
    assert [fate(chains) for chains in (right_leads, wrong_leads, [FIVE, CUT])] == list(FATES)


def test_votes_lie_between_one_chain_and_the_ceiling_and_keep_to_the_problems_asked_for():
    recorded = recorded_of([[RIGHT, RIGHT, FIVE], [RIGHT, FIVE, FIVE], [RIGHT, RIGHT, RIGHT], [SIX, FIVE, CUT]])
    assert recorded.one("m", 1.0).k == 6
    assert recorded.votes("m", 1.0, [1])[0].value == pytest.approx(6 / 12)
    assert recorded.votes("m", 1.0, [3])[0].value == pytest.approx(2 / 4)
    assert recorded.ceiling("m", 1.0, [3])[0].value == pytest.approx(3 / 4)
    assert recorded.where(2) == [1, 3]
    assert recorded.votes("m", 1.0, [3], recorded.where(2))[0].value == 0.0
    assert recorded.one("m", 1.0, [2]).rate == 1.0
    assert recorded.tokens("m", 1.0) > 0


def test_runs_are_one_draw_and_compare_like_any_other():
    recorded = recorded_of([[FIVE, RIGHT, RIGHT], [CUT, CUT, CUT]])
    one, vote = recorded.run("m", 1.0), recorded.run("m", 1.0, n=3)
    assert (one.accuracy.k, vote.accuracy.k, vote.unfinished) == (0, 1, 1)
    assert srm.compare(one, vote).difference == 0.5
    assert recorded.run("m", 1.0, n=2, start=1).accuracy.k == 1
    assert recorded.run("m", 1.0, where=[1]).accuracy.n == 1
    assert vote.tokens_per_problem == pytest.approx((FIVE.tokens + 2 * RIGHT.tokens + 3 * CUT.tokens) / 2)
    with pytest.raises(srm.SrmLabError, match="4 were asked for"):
        recorded.run("m", 1.0, n=4)


def test_what_was_not_recorded_is_named():
    recorded = recorded_of([[RIGHT]], also={0.3: [[RIGHT]]})
    assert recorded.temperatures("m") == [0.3, 1.0]
    with pytest.raises(srm.SrmLabError, match=r"(?s)m was not recorded at temperature 0.7.*m at 1, m at 0.3"):
        recorded.one("m", 0.7)


def test_the_file_gives_back_what_was_written_and_writes_a_chain_once(tmp_path):
    recorded = recorded_of([[RIGHT, FIVE], [RIGHT, RIGHT]], also={0.3: [[RIGHT, CUT], [SIX, RIGHT]]})
    path = tmp_path / "votes.json.gz"
    path.write_bytes(dump_votes(recorded))
    again = load_votes(path)
    assert again.cells == recorded.cells
    assert again.problems == recorded.problems
    assert dump_votes(again) == dump_votes(recorded)
    written = json.loads(gzip.decompress(path.read_bytes()))["models"]["m"]["written"]
    assert [len(rows) for rows in written] == [3, 2]


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b'{"format": 99}')])
def test_a_damaged_file_of_votes_is_an_error_that_says_how_to_mend_it(tmp_path, content):
    path = tmp_path / "votes.json.gz"
    path.write_bytes(content)
    with pytest.raises(srm.SrmLabError, match=r"(?s)could not be read.*votes.py"):
        load_votes(path)
    with pytest.raises(srm.SrmLabError, match="could not be read"):
        load_votes(tmp_path / "missing.json.gz")


@pytest.mark.skipif(not PLACE.exists(), reason="the package is tested without the clone's data")
def test_the_shipped_votes_are_of_the_test_problems_and_read_as_the_code_reads_them():
    recorded = load_votes()
    problems = srm.load_problems("arithmetic", len(recorded.problems), 0, "test", operations=(1, 2, 3, 4, 5))
    assert [p.question for p in recorded.problems] == [p.question for p in problems]
    for one, chains in list(zip(problems, recorded.chains("chain-voter", 1.0)))[:40]:
        verdict = srm.verify(completion(chains[0]), one.answer)
        assert (chains[0].answer, chains[0].right) == (verdict.extracted, verdict.correct is True)
