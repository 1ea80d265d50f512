"""Verifiers over recorded chains: counted against plain loops, and the file read back."""

from __future__ import annotations

import gzip
import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.methods.verifiers import noisy_verifier
from srm_lab.records import Completion, Problem
from srm_lab.verifier_trials import (
    RecordedVerifiers,
    best_shares,
    dump_verifiers,
    first_pair,
    load_verifiers,
    vote_shares,
)
from srm_lab.vote_trials import Ballot, RecordedVotes

PROBLEMS = [Problem(f"p{i}", f"question {i}", "7", "arithmetic", {"difficulty": 1 + i}) for i in range(2)]


def ballot(text, answer, finished=True):
    return Ballot(text, len(text), finished, answer if finished else None, answer == "7" and finished, 0.5)


ROWS = [
    [ballot("a", "7"), ballot("b", "8"), ballot("c", "8"), ballot("a", "7")],
    [ballot("d", "9"), ballot("e", "7"), ballot("f", "5", finished=False), ballot("d", "9")],
]
STEPS = {
    "outcome": [{"a": [0.9], "b": [0.2], "c": [0.6]}, {"d": [0.8], "e": [0.7]}],
    "process": [{"a": [0.9, 0.5], "b": [0.9, 0.1], "c": []}, {"d": [0.2, 0.9], "e": [0.8, 0.7]}],
}
FACTS = {"seed": 0, "model": "m", "temperature": 1.0}


@pytest.fixture
def recorded():
    votes = RecordedVotes(PROBLEMS, {("m", 1.0): ROWS}, FACTS)
    return RecordedVerifiers(votes, "m", 1.0, STEPS, [[0, 0.6, 0.4, 0.5]], FACTS)


scored = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6)


@given(scored, st.data())
def test_best_of_k_is_the_average_over_all_choices_with_ties_shared(chains, data):
    k = data.draw(st.integers(1, len(chains)))
    total, ways = 0.0, list(combinations(chains, k))
    for chosen in ways:
        top = [right for score, right in chosen if score == max(score for score, _ in chosen)]
        total += sum(top) / len(top)
    scores, right = (np.array([values]) for values in zip(*chains))
    assert best_shares(scores.astype(float), right, [k])[0, 0] == pytest.approx(total / len(ways))


def test_with_a_perfect_verifier_accuracy_never_falls_as_n_grows(recorded):
    curve = [each.value for each in recorded.best_of(recorded.scores("oracle"), [1, 2, 3, 4])]
    assert curve == sorted(curve)
    assert curve[-1] == 1.0
    assert curve[0] == pytest.approx((2 / 4 + 1 / 4) / 2)


def test_the_likelihood_comes_with_the_chains_and_a_cut_chain_has_none(recorded):
    assert recorded.scores("likelihood")[1].tolist() == [0.5, 0.5, -np.inf, 0.5]


def test_scores_join_steps_and_a_chain_without_a_step_has_zero(recorded):
    assert recorded.scores("process", "min")[0].tolist() == [0.5, 0.1, 0.0, 0.5]
    assert recorded.scores("process", "product")[0].tolist() == pytest.approx([0.45, 0.09, 0.0, 0.45])
    assert recorded.scores("process", "last")[1].tolist() == pytest.approx([0.9, 0.7, -np.inf, 0.9])


def test_noise_is_that_of_noisy_verifier(recorded):
    def outcome(problem, chain):
        return STEPS["outcome"][PROBLEMS.index(problem)][chain.text][0]

    noisy = noisy_verifier(outcome, wrong=0.5, seed=3)
    found, flipped = recorded.scores("outcome", wrong=0.5, seed=3), 0
    for i, chains in enumerate(ROWS):
        for j, chain in enumerate(chains):
            if chain.finished:
                expected = noisy(PROBLEMS[i], Completion(chain.text, None, chain.text, (), (), "stop"))
                assert found[i, j] == pytest.approx(expected)
                flipped += found[i, j] != recorded.scores("outcome")[i, j]
    assert flipped
    assert found[1, 2] == -np.inf
    assert recorded.scores("outcome", wrong=1.0)[0].tolist() == pytest.approx([0.1, 0.8, 0.4, 0.1])


def test_the_pick_is_the_first_of_the_best_and_never_one_that_was_cut_off(recorded):
    assert recorded.picks(recorded.scores("outcome"), 4) == [True, False]
    assert recorded.picks(recorded.scores("process", "min"), 4) == [True, True]
    assert recorded.picks(recorded.scores("outcome"), 1) == [True, False]


def test_votes_are_weighted_and_a_tie_goes_to_the_first(recorded):
    assert recorded.voted(None, 4) == [True, False]
    assert recorded.voted(None, 3) == [False, False]
    assert recorded.voted(recorded.scores("outcome"), 3) == [True, False]
    assert recorded.voted(recorded.scores("process", "min"), 4) == [True, True]


def test_weighted_votes_over_all_chains_are_the_weighted_vote(recorded):
    shares = vote_shares(recorded.scores("process", "min"), recorded.answers, recorded.right, [1, 4])
    assert shares[:, 1].tolist() == [1.0, 1.0]
    assert 0 < shares[:, 0].mean() < 1


def test_chains_that_all_abstain_win_nothing():
    scores, answers = np.full((1, 3), -np.inf), np.full((1, 3), -1)
    answers = np.concatenate([answers, [[0, 0, 1]]])
    scores = np.concatenate([scores, [[1.0, 1.0, 1.0]]])
    right = np.array([[False] * 3, [True, True, False]])
    assert vote_shares(scores, answers, right, [3])[:, 0].tolist() == [0.0, 1.0]


def test_a_pair_is_the_first_right_and_the_first_wrong_finished_chain():
    assert [chain.text for chain in first_pair(ROWS[1])] == ["e", "d"]
    assert first_pair(ROWS[0][:1]) is None


def test_the_file_gives_back_what_was_written(recorded, tmp_path):
    path = tmp_path / "verifiers.json.gz"
    path.write_bytes(dump_verifiers(recorded))
    again = load_verifiers(path, recorded.votes)
    assert again.steps == STEPS
    assert again.judged == [[0, 0.6, 0.4, 0.5]]
    assert dump_verifiers(again) == dump_verifiers(recorded)


def test_a_missing_a_damaged_and_a_foreign_file_are_errors(recorded, tmp_path):
    with pytest.raises(SrmLabError, match="could not be read"):
        load_verifiers(tmp_path / "none.json.gz", recorded.votes)
    path = tmp_path / "verifiers.json.gz"
    path.write_bytes(b"no gzip")
    with pytest.raises(SrmLabError, match="could not be read"):
        load_verifiers(path, recorded.votes)
    data = json.loads(gzip.decompress(dump_verifiers(recorded)))
    data["scores"]["outcome"][0].append([0.5])  # a chain that the votes do not have
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    with pytest.raises(SrmLabError, match="could not be read"):
        load_verifiers(path, recorded.votes)


@pytest.mark.parametrize(("verifier", "aggregate"), [("outcom", "last"), ("process", "mean")])
def test_an_unknown_name_is_an_error_with_the_known_ones(recorded, verifier, aggregate):
    with pytest.raises(SrmLabError, match=r"outcom|mean"):
        recorded.scores(verifier, aggregate)
