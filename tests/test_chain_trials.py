"""Trials of a model on problems with known steps: what they count, how they are compared, and that files keep them."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

import srm_lab as srm
from srm_lab.chain_trials import Trial, as_row, compare, find, first_wrong_step, from_row, measure, read_trials
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.records import Problem
from srm_lab.tasks.worked import ALPHABET

TRIAL = Trial(
    "fake", "wanda", 0.5, 0, 400, 200, (1, 1, 2, 2), (True, True, True, False), (9, 9, 17, 64), (None, None, None, 1),
    (0.0, 0.1, 0.2, 3.0), (10, 10, 20, 20),
)  # fmt: skip
CHAIN = Problem(
    "p", "7+12-5?", "14", "arithmetic", {"form": "chain", "operands": [7, 12, 5], "operations": "+-", "difficulty": 2}
)


def test_accuracy_is_over_all_problems_and_over_each_number_of_steps():
    assert (TRIAL.accuracy.k, TRIAL.accuracy.n) == (3, 4)
    assert {steps: (value.k, value.n) for steps, value in TRIAL.by_difficulty().items()} == {1: (2, 2), 2: (1, 2)}


def test_a_likely_token_is_not_a_likely_chain():
    assert TRIAL.nats_per_token == pytest.approx((0 + 0.01 + 0.01 + 0.15) / 4)
    assert TRIAL.perplexity == pytest.approx(math.exp(TRIAL.nats_per_token))
    assert TRIAL.chain_probability == pytest.approx((1 + math.exp(-0.1) + math.exp(-0.2) + math.exp(-3)) / 4)
    assert TRIAL.chain_probability < 1 / TRIAL.perplexity


def test_every_chain_has_one_fate():
    assert TRIAL.slips() == {"every step right": 0.75, "slip at step 2": 0.25}
    endless = dataclasses.replace(TRIAL, first_wrong=(None, None, 0, None))
    assert list(endless.slips()) == ["every step right", "slip at step 1", "never ended"]
    assert sum(endless.slips().values()) == 1


@pytest.mark.parametrize(
    ("text", "step"),
    [("7+12=19;19-5=14####14", None), ("7+12=18;18-5=13####13", 0), ("7+12=19;19-5=13####13", 1),
     ("7+12=19;19-5=14####15", 2), ("7+12=19", None), ("<b>;", 0)],
)  # fmt: skip
def test_the_first_wrong_step_is_where_the_chain_went_wrong(text, step):
    assert first_wrong_step(CHAIN, text) == step


def test_two_trials_are_compared_problem_by_problem():
    dense = dataclasses.replace(TRIAL, family="dense", correct=(True,) * 4)
    found = compare(TRIAL, dense)
    assert (found.difference, found.only_b, found.only_a) == (0.25, 1, 0)
    with pytest.raises(srm.SrmLabError, match="not over the same problems"):
        compare(TRIAL, dataclasses.replace(TRIAL, difficulty=(1, 1, 1, 2)))


def test_a_trial_survives_its_row(tmp_path):
    row = json.loads(json.dumps(as_row(TRIAL)))
    assert from_row(row) == TRIAL
    (tmp_path / "t.json").write_text(json.dumps({"trials": [row]}))
    assert read_trials(tmp_path / "t.json") == [TRIAL]


@pytest.mark.parametrize("text", [None, "{", "{}", '{"trials": [{"model": "x"}]}'])
def test_a_missing_or_damaged_file_says_so(tmp_path, text):
    if text is not None:
        (tmp_path / "t.json").write_text(text)
    with pytest.raises(srm.SrmLabError, match=r"(?s)t\.json cannot be read.*pruned_reasoning\.py"):
        read_trials(tmp_path / "t.json")


def test_a_trial_is_found_by_family_amount_and_seed():
    trials = [dataclasses.replace(TRIAL, amount=amount) for amount in (1 / 3, 2 / 3)]
    assert find(trials, "wanda", 0.3333333) is trials[0]
    for wrong in (("wanda", None), ("wanda", 0.5), ("heads", 1 / 3), ("wanda", 1 / 3, 1)):
        with pytest.raises(srm.SrmLabError, match="There is no trial"):
            find(trials, *wrong)


def test_measuring_an_untrained_model_finds_it_wrong_unlikely_and_its_steps_judged():
    lm = LocalModel("new", *tiny.make("0.1M", ALPHABET, 0))
    problems = srm.load_problems("arithmetic", 3, operations=(1, 2, 3))
    trial = measure(lm, problems, max_new_tokens=4)
    assert trial.difficulty == (1, 2, 3)
    assert trial.accuracy.k == 0
    assert trial.tokens == (4, 4, 4)
    assert trial.tight_bytes < trial.bytes
    assert trial.perplexity > 20  # 56 tokens, none of them learned
    reference = "".join(problems[0].metadata["worked"]) + "####" + problems[0].answer
    assert trial.reference_tokens[0] == len(reference) + 1
    by_engine = -sum(lm.logprobs(problems[0].question, reference))
    assert by_engine < trial.nats[0] < by_engine + 10  # the end token on top
