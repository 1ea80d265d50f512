"""reasoning-gym tasks: splits, verifiers, and text that must never be run."""

import json

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.tasks import gym, load_problems, verifier
from srm_lab.tasks.guard import EVAL, SYMPY, objection, plain_arithmetic

NAMES = ("chain_sum", "countdown", "n_queens", "spell_backward", "polynomial_multiplication", "gsm_symbolic")


def completion(text, finish_reason="stop"):
    return Completion(text, None, text, (), (), finish_reason)


@pytest.mark.parametrize("name", NAMES)
def test_a_task_accepts_its_own_reference_and_not_another(name):
    task = f"reasoning_gym/{name}"
    problems = load_problems(task, n=6)
    verify = verifier(task)
    for problem in problems:
        verdict = verify(f"Let me see.\nThe answer is {problem.answer}", problem)
        assert verdict.correct is True, verdict
        others = [other.answer for other in problems if other.answer != problem.answer]
        assert not any(verify(f"The answer is {answer}", problem).correct for answer in others)


def test_splits_share_no_question_even_where_questions_are_few():
    settings = {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1}
    train = load_problems("reasoning_gym/chain_sum", n=60, split="train", **settings)
    for seed in range(3):
        test = load_problems("reasoning_gym/chain_sum", n=60, seed=seed, **settings)
        assert not {p.question for p in train} & {p.question for p in test}
        assert len({p.question for p in test}) == 60


def test_a_task_that_runs_out_of_questions_says_how_many_it_has():
    settings = {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1}
    with pytest.raises(SrmLabError, match=r"gave only \d+ different test questions, 900 were asked for"):
        load_problems("reasoning_gym/chain_sum", n=900, **settings)


def test_problem_i_is_the_same_whatever_n_is_and_seeds_differ():
    ten = load_problems("reasoning_gym/chain_sum", n=10, seed=4)
    assert load_problems("reasoning_gym/chain_sum", n=3, seed=4) == ten[:3]
    assert load_problems("reasoning_gym/chain_sum", n=3, seed=5)[0].question != ten[0].question
    harder = load_problems("reasoning_gym/chain_sum", n=3, seed=4, min_terms=4)
    assert len({p.id for p in [*ten, *harder]}) == 13


def test_a_problem_that_was_stored_as_json_can_still_be_judged():
    problem = load_problems("reasoning_gym/countdown", n=1, min_numbers=3, max_numbers=3)[0]
    again = Problem(**json.loads(json.dumps(vars(problem))))
    gym._entry.cache_clear()
    assert verifier(again.task)(f"#### {again.answer}", again).correct is True


def test_a_problem_of_another_making_is_an_error():
    stranger = Problem("x", "q", "1", "reasoning_gym/chain_sum", {}, "task")
    with pytest.raises(SrmLabError, match="was not made by load_problems"):
        verifier("reasoning_gym/chain_sum")("The answer is 1", stranger)
    problem = load_problems("reasoning_gym/chain_sum", n=1)[0]
    changed = Problem("x", "another question", "1", problem.task, problem.metadata, "task")
    with pytest.raises(SrmLabError, match="makes another question"):
        verifier("reasoning_gym/chain_sum")("The answer is 1", changed)


def test_an_unfinished_chain_is_neither_right_nor_wrong():
    problem = load_problems("reasoning_gym/chain_sum", n=1)[0]
    verify = verifier(problem.task)
    assert verify(f"<think>The answer is {problem.answer}", problem).correct is None
    assert verify(completion(f"The answer is {problem.answer}", "length"), problem).correct is None
    assert verify(completion(f"The answer is {problem.answer}"), problem).correct is True
    assert verify("", problem).correct is False


def test_the_span_points_at_the_answer_that_was_read():
    problem = load_problems("reasoning_gym/chain_sum", n=1)[0]
    text = f"<think>1</think> So **Answer: {problem.answer}**."
    verdict = verifier(problem.task)(text, problem)
    assert verdict.correct is True
    assert text[slice(*verdict.span)] == verdict.extracted == problem.answer


def test_puzzle24_needs_the_given_numbers():
    first, second = load_problems("reasoning_gym/puzzle24", n=2)
    verify = verifier("reasoning_gym/puzzle24")
    assert verify(f"The answer is {first.answer}", first).correct is True
    assert verify(f"The answer is {first.answer}", second).correct is False


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('pathlib').Path('{path}').touch()",
        "[__import__('pathlib').Path('{path}').touch()]",
        "exec(\"open('{path}', 'w')\")",
        "(lambda: open('{path}', 'w'))()",
        "[c for c in open('{path}', 'w').name]",
        "x.__class__.__base__.__subclasses__()",
        "9**9**9**9",
        "((9**9)**9)**9",
        "exp(exp(exp(exp(9))))",
        "1e999999999",
        "5!!!!!!!!!",
        "(" * 900 + "1" + ")" * 900,
        "-" * 990 + "1",
        "9" * 100_000,
        "1" + "+1" * 900,
    ],
)
@pytest.mark.parametrize("name", sorted(EVAL | SYMPY | {"coin_flip", "chain_sum"}))
def test_hostile_answers_are_wrong_and_never_run(name, hostile, tmp_path):
    problem = load_problems(f"reasoning_gym/{name}", n=1)[0]
    path = tmp_path / "ran"
    verdict = verifier(problem.task)(f"The answer is {hostile.replace('{path}', str(path))}", problem)
    assert verdict.correct is False
    assert verdict.reason
    assert not path.exists()


@pytest.mark.parametrize(
    "harmless", ["2*x**3 + 5", "-x**2/2 + C", "2*(3*x + 1)**(3/2)/9", "exp(-2*x)*sin(x)", "(25 - 3)*4/7", "1.5*x"]
)
def test_plain_arithmetic_may_pass(harmless):
    assert plain_arithmetic(harmless)


BEYOND_ARITHMETIC = (
    *("x.a", "a[0]", "f(x)", "'a'", "x if x else y", "abc", "2**x", "x**31", "(x**16)**2", "x^2", "5!", "0x"),
    *("x + 1000000000000000", "lambda: 1", "(x := 1)", "sin(x, y)", "True", "1j"),
)


@pytest.mark.parametrize("code", BEYOND_ARITHMETIC)
def test_what_is_not_plain_arithmetic_does_not_pass(code):
    assert not plain_arithmetic(code)


def test_only_tasks_that_evaluate_are_held_to_arithmetic():
    assert objection("countdown", "open('x')", 2000)
    assert objection("n_queens", "open('x')", 2000)
    assert objection("n_queens", "[['_', 'Q'], ['Q', '_']]", 2000) is None
    assert objection("spell_backward", "open('x')", 2000) is None


def test_the_list_of_evaluating_scorers_is_complete():
    import inspect
    import re

    from reasoning_gym.factory import DATASETS

    found = {
        name
        for name, (dataset, _) in DATASETS.items()
        if re.search(r"\b(eval|exec|parse_expr|sympify)\(", inspect.getsource(dataset.score_answer))
    }
    assert found - {"number_sorting"} == EVAL | SYMPY  # number_sorting evaluates its own reference only


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("chainsum", {}, "chain_sum"),
        ("chain_sum", {"max_term": 3}, "max_terms"),
        ("chain_sum", {"max_terms": 1}, "max_terms must be >= min_terms"),
        ("chain_sum", {"size": 3}, "Use seed=... and n=..."),
        ("chain_sum", {"max_terms": {3}}, "something else than numbers"),
        ("chain_sum", {"split": "dev"}, '"train" and "test"'),
        ("chain_sum", {"n": -2}, "0 or more"),
        ("composite", {}, "Must specify at least one dataset"),
    ],
)
def test_bad_names_and_settings_are_clear_errors(name, settings, expected):
    with pytest.raises(SrmLabError) as caught:
        load_problems(f"reasoning_gym/{name}", **settings)
    assert expected in str(caught.value)


def test_a_verifier_of_an_unknown_task_is_an_error():
    with pytest.raises(SrmLabError, match="There is no reasoning-gym task"):
        verifier("reasoning_gym/nothing")


def test_every_task_loads_and_accepts_its_own_reference():
    from reasoning_gym.factory import DATASETS

    for name in sorted(set(DATASETS) - {"composite"}):
        for problem in load_problems(f"reasoning_gym/{name}", n=2):
            if problem.answer:
                verdict = verifier(problem.task)(f"<answer>{problem.answer}</answer>", problem)
                assert verdict.correct is True, (name, verdict, problem.answer)
