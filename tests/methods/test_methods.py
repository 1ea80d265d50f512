"""The built-in methods and the decorator, on a model that says what it is told."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.methods import METHODS, method
from srm_lab.methods.method import MeteredModel


@pytest.fixture
def problem():
    return srm.load_problems("word_problems", n=1, seed=3, steps=1)[0]


def test_direct_asks_once_and_reads_the_answer(fake_model, problem):
    lm = fake_model(["18"])
    solution = srm.methods.direct(problem, lm)
    assert solution.answer == "18"
    assert len(lm.asked) == 1
    assert problem.question in lm.asked[0][0][0]["content"]


def test_few_shot_examples_come_from_the_train_split_at_the_same_difficulty(fake_model, problem):
    lm = fake_model(["3 + 4 = 7. The answer is 7."])
    srm.methods.few_shot_cot(problem, lm, shots=3)
    prompt = lm.asked[0][0]
    train = srm.load_problems("word_problems", n=3, seed=0, split="train", steps=1)
    assert [e.question in prompt for e in train] == [True] * 3
    assert prompt.count("The answer is") == 3
    assert prompt.endswith(f"Question: {problem.question}\nAnswer:")


def test_few_shot_without_worked_examples_says_how_to_give_them(fake_model):
    own = srm.Problem("x", "What is 2 + 2?", "4", "my_file")
    with pytest.raises(srm.SrmLabError, match="examples="):
        srm.methods.few_shot_cot(own, fake_model(["4"]))
    shown = srm.Problem("y", "What is 1 + 1?", "2", "my_file", {"worked": ["1 + 1 = 2."]})
    assert srm.methods.few_shot_cot(own, fake_model(["2 + 2 = 4. The answer is 4."]), examples=[shown]).answer == "4"


def test_self_consistency_takes_the_majority_and_unfinished_chains_abstain(fake_model, problem):
    lm = fake_model(["The answer is 5.", "The answer is 7.", "The answer is 5.0.", "The answer is 7 and then..."])
    solution = srm.methods.self_consistency(problem, lm, n=4)
    assert solution.answer == "5"
    assert len(solution.completions) == 4
    assert srm.methods.self_consistency(problem, fake_model(["7...", "8..."]), n=2).answer is None


def test_a_question_with_braces_is_sent_as_it_is(fake_model):
    odd = srm.Problem("x", "What is {answer} in {0}?", "4", "my_file")
    lm = fake_model(["4"])
    srm.methods.direct(odd, lm)
    srm.methods.zero_shot_cot(odd, lm)
    assert all("What is {answer} in {0}?" in prompt[0]["content"] for prompt, _ in lm.asked)


def test_chains_of_several_calls_get_numbers_of_their_own(fake_model):
    heard = []
    lm = MeteredModel(fake_model(["a", "b"]), on_token=lambda index, text: heard.append((index, text)))
    lm.sample("x", n=2)
    lm.sample("y", n=2)
    assert [index for index, _ in heard] == [0, 1, 2, 3]


def test_the_seed_reaches_the_model_and_a_method_may_set_its_own(fake_model):
    lm = fake_model(["a"])
    metered = MeteredModel(lm, seed=7)
    metered.sample("x")
    metered.sample("x", seed=8)
    assert [settings["seed"] for _, settings in lm.asked] == [7, 8]


def test_a_users_own_method_is_listed_and_works_by_name(fake_model, problem):
    @method
    def shout(problem, lm, *, loud=True):
        """Ask loudly."""
        return srm.Solution(answer="1", text=lm.sample(problem.question.upper())[0].text)

    try:
        assert "shout" in srm.methods.names()
        run = srm.evaluate(fake_model(["The answer is 1."]), "shout", [problem], progress=False)
        assert run.method == "shout"
    finally:
        METHODS.pop("shout")


@pytest.mark.parametrize("wrong", [lambda problem: None, lambda problem, lm, n: None])
def test_a_function_of_another_shape_cannot_be_a_method(wrong):
    with pytest.raises(srm.SrmLabError, match="two arguments"):
        method(wrong)


def test_a_method_must_return_a_solution(fake_model, problem):
    @method
    def returns_text(problem, lm):
        return "18"

    METHODS.pop("returns_text")
    with pytest.raises(srm.SrmLabError, match="returned str"):
        returns_text(problem, fake_model(["x"]))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("direct", "{}<direct>"), ("zero_shot_cot", "{}<think>"), ("few_shot_cot", "{}<think>"),
     ("self_consistency", "{}<think>")],
)  # fmt: skip
def test_a_model_that_knows_one_way_of_being_asked_is_asked_so(fake_model, problems, name, asked):
    lm = fake_model(["The answer is 2."])
    lm.ask = {"direct": "{question}<direct>", "chain": "{question}<think>"}
    METHODS[name](problems[0], lm)
    assert {prompt for prompt, _ in lm.asked} == {asked.format(problems[0].question)}
