"""Best-of-N by every kind of verifier, tournaments, the oracle and its noise."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, SamplesOnly, Scripted, bill, steps_of, yes_with

import srm_lab as srm
from srm_lab import methods
from srm_lab.methods.judge import judge, preference
from srm_lab.methods.verifiers import AGGREGATES, noisy_verifier, oracle, oracle_steps, outcome_of, score
from srm_lab.methods.verifiers import steps_of as steps_verifier
from srm_lab.records import Completion

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def chain(text, reason="stop"):
    return Completion(text, None, text, (), (), reason)


def saying(*texts, **more):
    return Scripted(lambda prompt, index, settings: texts[index % len(texts)], **more)


def best_of(lm, verifier, **settings):
    return methods.best_of_n(SUM, lm, verifier=verifier, examples=SHOWN, **settings)


# -- best of n -----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(SCORES)
def test_best_of_n_is_the_first_chain_of_the_highest_score(scores):
    lm = saying(*map(str, range(len(scores))))
    solution = best_of(lm, lambda problem, c: scores[int(c.text)], n=len(scores))
    assert solution.answer == str(scores.index(max(scores)))
    assert steps_of(solution, "best of n")[0]["scores"] == scores
    assert bill(solution, lm)


@pytest.mark.parametrize(("aggregate", "winner"), [("min", "1"), ("product", "2"), ("last", "0")])
def test_step_scores_are_joined_as_asked(aggregate, winner):
    steps = [[0.2, 0.5, 1.0], [0.5, 0.5, 0.5], [0.4, 0.9, 0.9]]
    assert best_of(saying("0", "1", "2"), lambda p, c: steps[int(c.text)], n=3, aggregate=aggregate).answer == winner


def test_a_chain_without_steps_has_0_and_an_unfinished_one_is_never_chosen():
    lm = saying("9" * 200, "2", "")
    solution = best_of(lm, lambda problem, c: [0.1] if c.text else [], n=3)
    assert steps_of(solution, "best of n")[0]["scores"] == [None, 0.1, 0.0]
    assert solution.answer == "2"
    cut = best_of(saying("9" * 200), lambda problem, c: 1.0, n=2)
    assert (cut.answer, cut.text) == (None, "")


@pytest.mark.parametrize("bad", [math.nan, math.inf, [0.5, math.nan], None, "high"])
def test_a_verifier_that_gives_no_number_is_named(bad):
    def my_verifier(problem, completion):
        return bad

    with pytest.raises(srm.SrmLabError, match="verifier my_verifier gave"):
        best_of(saying("7"), my_verifier)


def test_an_unknown_aggregate_is_an_error():
    with pytest.raises(srm.SrmLabError, match="aggregate"):
        best_of(saying("7"), oracle, aggregate="mean")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["5", "7", "x" * 200]), min_size=1, max_size=12))
def test_with_a_perfect_verifier_more_chains_never_lose(texts):
    right = [best_of(saying(*texts), oracle, n=n).answer == "7" for n in range(1, len(texts) + 1)]
    assert right == sorted(right)
    assert right[-1] == ("7" in texts)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["5", "7", "x" * 200, "the answer is 7"]), min_size=1, max_size=12))
def test_with_a_perfect_verifier_a_larger_budget_never_loses(texts):
    right = [best_of(saying(*texts), oracle, n=len(texts), budget=b).answer == "7" for b in range(1, 900, 60)]
    assert right == sorted(right)


# -- verifiers -----------------------------------------------------------------------------------------------------


def test_the_oracle_knows_answers_and_steps():
    assert oracle(SUM, chain("The answer is 7.")) == 1.0
    assert oracle(SUM, chain("The answer is 8.")) == 0.0
    assert oracle(SUM, chain("The answer is 7 and so", "length")) == 0.0
    (problem,) = srm.load_problems("arithmetic", n=1, operations=2)
    first, second = problem.metadata["worked"]
    assert oracle_steps(problem, chain(f"{first};")) == [1.0]
    assert oracle_steps(problem, chain(f"{first};{second}####{problem.answer}")) == [1.0, 1.0, 1.0]
    assert oracle_steps(problem, chain(f"{first};x"))[-1] == 0.0
    with pytest.raises(srm.SrmLabError, match="can't be checked"):
        oracle_steps(SUM, chain("7"))


def test_noise_turns_scores_round_as_often_as_it_says():
    noisy = noisy_verifier(lambda problem, c: 1.0, wrong=0.3, seed=1)
    flipped = sum(noisy(SUM, chain(str(i))) == 0.0 for i in range(2000))
    assert flipped == pytest.approx(600, abs=80)  # 4 standard deviations
    assert noisy_verifier(oracle, wrong=0)(SUM, chain("7")) == 1.0
    assert noisy_verifier(oracle, wrong=1)(SUM, chain("7")) == 0.0
    assert noisy.__name__ == "noisy_<lambda>"


def test_noise_is_the_same_when_asked_again_and_another_with_another_seed():
    texts = [chain(str(i)) for i in range(64)]
    first, again, other = ([noisy_verifier(oracle, 0.5, s)(SUM, c) for c in texts] for s in (0, 0, 1))
    assert first == again != other


def test_a_steps_noise_stays_as_the_chain_grows():
    noisy = noisy_verifier(lambda problem, c: [1.0] * (c.text.strip(";").count(";") + 1), wrong=0.5, seed=2)
    text = ";".join("abcdefghijkl")
    whole = noisy(SUM, chain(text))
    assert {0.0, 1.0} == set(whole)
    for steps in range(1, 12):
        part = ";".join(text.split(";")[:steps])
        assert noisy(SUM, chain(part)) == noisy(SUM, chain(part + ";")) == whole[:steps]


@pytest.mark.parametrize("wrong", [-0.1, 1.5, math.nan])
def test_a_probability_outside_0_to_1_is_an_error(wrong):
    with pytest.raises(srm.SrmLabError, match="probability"):
        noisy_verifier(oracle, wrong)


class RewardModel:
    """What a trained verifier looks like."""

    def score(self, problem, completions):
        return [len(c.text) / 10 for c in completions]

    def step_scores(self, problem, completions):
        return [[0.5, len(c.text) / 10] for c in completions]


def test_trained_reward_models_become_verifiers():
    assert score(outcome_of(RewardModel()), SUM, chain("777")) == 0.3
    assert score(steps_verifier(RewardModel()), SUM, chain("7777777"), "min") == 0.5
    assert set(AGGREGATES) == {"min", "product", "last"}


# -- the model as judge --------------------------------------------------------------------------------------------


def test_the_judge_is_graded_by_its_probability_of_yes():
    lm = saying("5", "7", "6", likes=yes_with(lambda prompt: 0.8 if "\n7\n" in prompt else 0.3))
    solution = methods.judged_best_of_n(SUM, lm, n=3, examples=SHOWN)
    assert steps_of(solution, "best of n")[0]["scores"] == pytest.approx([0.3, 0.8, 0.3])
    assert solution.answer == "7"
    assert bill(solution, lm)
    (cost,) = steps_of(solution, "judge cost")
    assert (cost["prompt_tokens"], cost["generated_tokens"], cost["calls"]) == (lm.scored, 0, 6)


def test_another_model_can_judge_and_its_cost_is_counted():
    lm, other = saying("5", "7"), saying("", likes=yes_with(lambda prompt: 0.9 if "\n7\n" in prompt else 0.2))
    solution = methods.judged_best_of_n(SUM, lm, n=2, judge=other, examples=SHOWN)
    assert solution.answer == "7"
    assert bill(solution, lm, other)


def test_a_judge_that_never_answers_and_one_without_logprobs_are_named():
    silent = saying("7", likes=lambda prompt, word: -math.inf)
    with pytest.raises(srm.SrmLabError, match="answers neither 'Yes' nor 'No'"):
        methods.judged_best_of_n(SUM, silent, n=2, examples=SHOWN)
    with pytest.raises(srm.SrmLabError, match="samples only has no `logprobs`"):
        methods.judged_best_of_n(SUM, SamplesOnly("7"), n=2, examples=SHOWN)
    with pytest.raises(srm.SrmLabError, match="A judge needs a model that follows instructions"):
        methods.judged_best_of_n(CHAIN, saying("7", ask={"chain": "{question}"}), n=2)


def test_a_judge_may_be_as_sure_as_numbers_go():
    sure = saying("", likes=lambda prompt, word: 0.0 if word == "Yes" else -1e9)
    assert judge(sure)(SUM, chain("7")) == 1.0
    unsure = saying("", likes=lambda prompt, word: 0.0 if word == "No" else -1e9)
    assert judge(unsure)(SUM, chain("7")) < 1e-300


# -- tournament ----------------------------------------------------------------------------------------------------


def strength(prompt):
    """How a judge that knows the strengths, and likes the first place, compares two numbers."""
    a, b = (float(prompt.split(f"Solution {name}:\n")[1].split("\n")[0]) for name in "AB")
    return min(0.99, max(0.01, 0.5 + (a - b) / 100 + 0.2))


def reference_knockout(players):
    while len(players) > 1:
        pairs, odd = list(zip(players[::2], players[1::2])), players[len(players) // 2 * 2 :]
        players = [max(pair) for pair in pairs] + odd
    return players[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=9, unique=True))
def test_the_best_wins_a_tournament_in_n_minus_1_matches_whatever_place_the_judge_likes(players):
    lm = saying(*map(str, players), likes=yes_with(strength))
    solution = methods.tournament(SUM, lm, n=len(players), examples=SHOWN)
    assert solution.answer == str(reference_knockout(players)) == str(max(players))
    assert len(steps_of(solution, "match")) == len(players) - 1
    assert bill(solution, lm)


def test_a_judge_asked_in_one_order_only_would_be_wrong():
    likes = yes_with(strength)
    lm = saying("", likes=likes)
    assert strength("Solution A:\n10\n\nSolution B:\n12\n") > 0.5  # the weaker one, in the first place
    assert preference(lm, SUM, chain("10"), chain("12")) < 0.5


def test_unfinished_chains_do_not_play():
    lm = saying("9" * 200, "3", likes=yes_with(strength))
    solution = methods.tournament(SUM, lm, n=2, examples=SHOWN)
    assert (solution.answer, lm.scored) == ("3", 0)
