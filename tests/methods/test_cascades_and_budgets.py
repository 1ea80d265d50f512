"""Methods made of methods, the meter under them, and the budget that all of them respect."""

from __future__ import annotations

import math
import pickle
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, Scripted, bill, steps_of, yes_with

import srm_lab as srm
from srm_lab import methods
from srm_lab.methods import METHODS, Stage, method
from srm_lab.methods.metering import BudgetSpent, Meter, MeteredModel

DIRECT, THINKING = Stage("direct"), Stage("zero_shot_cot", {"max_new_tokens": 60})


def answering(text, logprob):
    return Scripted(lambda prompt, index, settings: text, logprob=logprob)


# -- cascades and routers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("logprob", "stages"), [(-0.01, 1), (-1.0, 2)])
def test_a_cascade_goes_on_only_where_the_answer_is_not_to_be_trusted(logprob, stages):
    lm = answering("7", logprob)
    solution = methods.cascade(SUM, lm, stages=[DIRECT, THINKING], accept=0.9)
    steps = steps_of(solution, "stage")
    assert [step["method"] for step in steps] == ["direct", "zero_shot_cot"][:stages]
    assert steps[0]["confidence"] == pytest.approx(math.exp(logprob))
    assert solution.answer == "7"
    assert bill(solution, lm)


def test_the_share_of_a_vote_is_its_confidence():
    lm = Scripted(lambda prompt, index, settings: f"The answer is {5 if index == 0 else 7}.")
    vote = Stage("self_consistency", {"n": 4, "examples": SHOWN})
    solution = methods.cascade(SUM, lm, stages=[vote, DIRECT], accept=0.75)
    assert steps_of(solution, "stage")[0]["confidence"] == 0.75
    assert len(steps_of(solution, "stage")) == 1


def test_a_stage_may_run_on_another_model_and_be_judged_by_any_function():
    small, large = answering("6", None), answering("The answer is 7.", None)
    trusts = lambda problem, solution: float(solution.answer == "7")  # noqa: E731
    stages = [DIRECT, Stage(srm.methods.zero_shot_cot, model=large)]
    solution = methods.cascade(SUM, small, stages=stages, confidence=trusts)
    assert solution.answer == "7"
    assert bill(solution, small, large)


def test_a_judge_inside_a_stage_is_still_a_judge():
    lm = Scripted(lambda *_: "The answer is 7.", likes=yes_with(lambda prompt: 0.5))
    stage = Stage("judged_best_of_n", {"n": 2, "examples": SHOWN})
    solution = methods.router(SUM, lm, choose=lambda problem: "judged", routes={"judged": stage})
    (cost,) = steps_of(solution, "judge cost")
    assert cost["prompt_tokens"] == lm.scored
    assert bill(solution, lm)


def test_cascades_say_what_is_wrong():
    with pytest.raises(srm.SrmLabError, match="at least one stage"):
        methods.cascade(SUM, answering("7", -1.0), stages=[])
    with pytest.raises(srm.SrmLabError, match="not a number"):
        methods.cascade(SUM, answering("7", -1.0), stages=[DIRECT], confidence=lambda p, s: math.nan)
    with pytest.raises(srm.SrmLabError, match="without log-probabilities"):
        methods.cascade(SUM, answering("7", None), stages=[DIRECT, THINKING])


def test_a_router_runs_one_route():
    lm = answering("The answer is 7.", -1.0)
    routes = {"short": DIRECT, "long": THINKING}
    solution = methods.router(
        SUM, lm, choose=lambda problem: "long" if "3" in problem.question else "short", routes=routes
    )
    assert steps_of(solution, "route") == [{"step": "route", "name": "long"}]
    assert len(lm.asked) == 1
    with pytest.raises(srm.SrmLabError, match="no route called 'lung'"):
        methods.router(SUM, lm, choose=lambda problem: "lung", routes=routes)


def test_seed_stop_button_and_stream_reach_the_stages():
    lm, heard, cancel = answering("7", -1.0), [], threading.Event()
    methods.cascade(SUM, lm, stages=[DIRECT, THINKING], seed=5, cancel=cancel, on_token=lambda i, text: heard.append(i))
    for number, (_, sent) in enumerate(lm.asked):
        assert (sent["seed"], sent["cancel"]) == (5, cancel)
        sent["on_token"](0, "x")
        assert heard[-1] == number


# -- budgets -------------------------------------------------------------------------------------------------------

TEXTS = ["The answer is 7.", "3 + 4 = 7, so the answer is 7.", "5"]
CALLS = [
    ("self_consistency", {"n": 6, "examples": SHOWN}),
    ("weighted_self_consistency", {"n": 6, "examples": SHOWN}),
    ("best_of_n", {"n": 6, "examples": SHOWN, "verifier": methods.oracle}),
    ("judged_best_of_n", {"n": 6, "examples": SHOWN}),
    ("tournament", {"n": 6, "examples": SHOWN}),
    ("universal_self_consistency", {}),
    ("multi_prompt_vote", {}),
    ("direct", {}),
    ("few_shot_cot", {"examples": SHOWN}),
    ("plan_and_solve", {}),
    ("re_reading", {}),
    ("self_ask", {}),
    ("structured_output", {}),
    ("least_to_most", {}),
    ("step_back", {}),
    ("self_refine", {}),
    ("reflexion", {}),
    ("chain_of_verification", {}),
    ("critic_and_reviser", {"critic": None}),
    ("debate", {}),
    ("mixture_of_agents", {}),
    ("beam_search", {"examples": SHOWN, "verifier": methods.oracle}),
    ("diverse_tree_search", {"examples": SHOWN, "verifier": methods.oracle}),
    ("tree_of_thoughts", {"examples": SHOWN}),
    ("best_first", {"examples": SHOWN, "verifier": methods.oracle}),
    ("mcts", {"examples": SHOWN, "verifier": methods.oracle}),
    ("cascade", {"stages": [DIRECT, THINKING], "accept": 2.0}),
    ("program_aided", {}),
    ("calculator", {"examples": SHOWN}),
    ("router", {"choose": lambda problem: "a", "routes": {"a": THINKING}}),
]


@pytest.mark.parametrize(("name", "given_settings"), CALLS, ids=[name for name, _ in CALLS])
@pytest.mark.parametrize("budget", [1, 60, 10_000])
def test_no_method_generates_more_than_its_budget_and_each_reports_against_it(name, given_settings, budget):
    says = lambda prompt, index, settings: TEXTS[(index + len(prompt)) % 3]  # noqa: E731
    lm = Scripted(says, likes=yes_with(lambda prompt: 0.4))
    solution = methods.get(name)(SUM, lm, budget=budget, **given_settings)
    assert lm.generated <= budget
    assert bill(solution, lm)
    (step,) = steps_of(solution, "budget")
    assert (step["tokens"], step["spent"]) == (budget, lm.generated)
    assert budget > 1 or solution.answer is None


def test_every_method_is_in_the_test_of_budgets():
    assert {name for name, _ in CALLS} | {"zero_shot_cot", "cot_decoding"} == set(methods.names())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(1, 9), st.integers(1, 60))
def test_a_metered_model_draws_what_fits_and_the_same_chains_as_without_a_budget(budget, n, longest):
    lm = Scripted(lambda prompt, index, settings: "x" * (7 * index % 40))
    drawn = MeteredModel(lm, meter=Meter(budget)).sample("q", n, max_new_tokens=longest)
    free = lm.sample("q", n, max_new_tokens=longest)
    spent = sum(chain.usage.generated_tokens for chain in drawn)
    assert 1 <= len(drawn) <= n
    assert spent <= budget
    assert [c.text for c in drawn[:-1]] == [c.text for c in free[: len(drawn) - 1]]
    assert free[len(drawn) - 1].text.startswith(drawn[-1].text)
    assert len(drawn) == n or spent == budget


def test_a_budget_that_ended_a_chain_says_so():
    cut = methods.zero_shot_cot(SUM, answering("The answer is 7.", -1.0), budget=5)
    assert (cut.answer, steps_of(cut, "budget")[0]["cut"]) == (None, True)
    whole = methods.zero_shot_cot(SUM, answering("The answer is 7.", -1.0), budget=50)
    assert (whole.answer, steps_of(whole, "budget")[0]["cut"]) == ("7", False)


@pytest.mark.parametrize("budget", [0, -3])
def test_a_budget_below_one_token_is_an_error(budget):
    with pytest.raises(srm.SrmLabError, match="too small for one chain"):
        methods.direct(SUM, answering("7", -1.0), budget=budget)


def test_nothing_left_is_an_error_that_travels():
    lm = MeteredModel(answering("x" * 50, -1.0), meter=Meter(10))
    lm.sample("q")
    with pytest.raises(BudgetSpent) as caught:
        lm.sample("q")
    assert pickle.loads(pickle.dumps(caught.value)).budget == 10


def test_a_method_of_ones_own_has_a_budget_too():
    @method
    def stubborn(problem, lm):
        """Never looks at what is left."""
        for _ in range(9):
            chain = lm.sample(problem.question)[0]
        return srm.Solution("7", chain.text)

    METHODS.pop("stubborn")
    lm = answering("x" * 20, -1.0)
    solution = stubborn(CHAIN, lm, budget=50)
    assert (solution.answer, solution.text, lm.generated) == (None, "", 50)


def test_a_call_from_two_models_beside_each_other_is_one_bill():
    first, second = answering("aa", -1.0), answering("bbb", -1.0)
    lm = MeteredModel(first)
    lm.sample("q")
    lm.beside(second).sample("q")
    assert lm.usage.generated_tokens == 3 + 4
    assert lm.beside(None) is lm


def test_models_beside_each_other_inside_a_stage_are_on_the_outer_bill():
    lm, critic = answering("The answer is 6.", -1.0), answering("No mistakes.", -1.0)
    stage = Stage("critic_and_reviser", {"critic": critic})
    solution = methods.cascade(SUM, lm, stages=[stage], budget=200)
    assert bill(solution, lm, critic)
    assert steps_of(solution, "judge cost")[0]["generated_tokens"] == critic.generated


def test_every_chain_streams_under_a_number_of_its_own_whatever_its_sample_number():
    heard = []
    lm = MeteredModel(answering("x", -1.0), on_token=lambda number, text: heard.append(number))
    lm._lm.sample = lambda prompt, n, indices, on_token, **settings: [on_token(i, "x") for i in indices] and []
    lm.sample("q", indices=[7, 9])
    lm.sample("q", indices=[7])
    assert heard == [0, 1, 2]
