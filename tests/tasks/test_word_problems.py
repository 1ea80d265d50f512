"""The word problems: their answers by an independent reckoning, their splits, their index, their bounds."""

import re
import string
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.tasks import load_problems
from srm_lab.tasks.stories import TEMPLATES
from srm_lab.tasks.word_problems import number_split, work_out

EQUATION = re.compile(r"(\d+) ([-+*/]) (\d+) = (\d+)")
ALL_STEPS = (1, 2, 3, 4)
SPLITS = ("train", "test")


def reckon(left: str, operation: str, right: str) -> Fraction:
    """An equation's value, worked out without the generator."""
    a, b = Fraction(left), Fraction(right)
    return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[operation]


def assert_worked_steps_lead_to_the_answer(problem):
    equations = [EQUATION.findall(sentence) for sentence in problem.metadata["worked"]]
    assert all(len(found) == 1 for found in equations), "one equation a sentence"
    equations = [found[0] for found in equations]
    assert len(equations) == problem.metadata["steps"]
    known = [Fraction(number) for number in problem.metadata["operands"]]
    assert sorted(map(int, re.findall(r"\d+", problem.question))) == sorted(problem.metadata["operands"])
    for left, operation, right, result in equations:
        assert reckon(left, operation, right) == Fraction(result), (left, operation, right, result)
        assert Fraction(left) in known
        assert Fraction(right) in known
        assert 1 <= int(result) <= problem.metadata["max_number"]
        known.append(Fraction(result))
    assert problem.answer == equations[-1][-1]
    assert "".join(operation for _, operation, _, _ in equations) == problem.metadata["operations"]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("steps", ALL_STEPS)
def test_worked_equations_give_the_answer(steps, split):
    for problem in load_problems("word_problems", n=60, steps=steps, split=split):
        assert_worked_steps_lead_to_the_answer(problem)


def test_the_independent_check_notices_a_wrong_step():
    problem = load_problems("word_problems", n=1)[0]
    sentence = problem.metadata["worked"][0]
    problem.metadata["worked"][0] = EQUATION.sub(lambda m: f"{m[1]} {m[2]} {m[3]} = {int(m[4]) + 1}", sentence)
    with pytest.raises(AssertionError):
        assert_worked_steps_lead_to_the_answer(problem)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(-(2**40), 2**40),
    steps=st.sampled_from(ALL_STEPS),
    split=st.sampled_from(SPLITS),
    max_number=st.integers(20, 1000),
)
def test_any_seed_and_range_keeps_every_rule(seed, steps, split, max_number):
    problems = load_problems("word_problems", n=8, seed=seed, split=split, steps=steps, max_number=max_number)
    for problem in problems:
        assert_worked_steps_lead_to_the_answer(problem)
        assert max(problem.metadata["operands"]) <= max_number
        assert number_split(problem.metadata["operands"]) == split
    assert len({problem.question for problem in problems}) == 8


def test_no_story_is_in_both_splits():
    names = {split: {t.name for ts in TEMPLATES.values() for t in ts if t.split == split} for split in SPLITS}
    assert not names["train"] & names["test"]
    assert len(names["train"] | names["test"]) == sum(len(templates) for templates in TEMPLATES.values()) >= 30
    openings = Counter(t.story for templates in TEMPLATES.values() for t in templates)
    assert max(openings.values()) == 1


def test_no_numbers_are_in_both_splits_whatever_seed_range_and_steps():
    used = {split: set() for split in SPLITS}
    for split in SPLITS:
        for steps in ALL_STEPS:
            for seed, max_number in ((0, 20), (1, 20), (2, 60), (3, 1000)):
                for problem in load_problems("word_problems", 40, seed, split, steps=steps, max_number=max_number):
                    used[split].add(tuple(sorted(problem.metadata["operands"])))
    assert min(len(numbers) for numbers in used.values()) > 100
    assert not used["train"] & used["test"]


def test_known_stories_are_those_of_the_train_split_with_numbers_of_the_test_split():
    problems = load_problems("word_problems", n=120, steps=(1, 2), known_stories=True)
    train = {template.name for steps in (1, 2) for template in TEMPLATES[steps] if template.split == "train"}
    assert {problem.metadata["template"] for problem in problems} <= train
    assert {number_split(problem.metadata["operands"]) for problem in problems} == {"test"}
    assert {problem.metadata["split"] for problem in problems} == {"test"}  # so nobody trains on them
    plain = load_problems("word_problems", n=120, steps=(1, 2))
    assert not {problem.id for problem in problems} & {problem.id for problem in plain}
    assert not {problem.metadata["template"] for problem in plain} & train


def test_the_order_of_numbers_does_not_move_them_to_another_split():
    assert number_split((7, 5)) == number_split((5, 7))
    assert {number_split((a, b)) for a in range(2, 9) for b in range(2, 9)} == set(SPLITS)


@pytest.mark.parametrize("steps", ALL_STEPS)
def test_both_splits_use_all_four_operations(steps):
    for split in SPLITS:
        used = "".join(template.operations for template in TEMPLATES[steps] if template.split == split)
        assert set(used) == set("+-*/")


def test_the_first_four_examples_cover_the_four_operations():
    for seed in range(20):
        first = load_problems("word_problems", n=4, seed=seed, split="train")
        assert {problem.metadata["operations"] for problem in first} == set("+-*/")


@pytest.mark.parametrize("steps", [1, 3, (1, 2), (4, 2)])
def test_problem_i_is_the_same_whatever_n_is(steps):
    many = load_problems("word_problems", n=60, seed=3, steps=steps)
    assert load_problems("word_problems", n=17, seed=3, steps=steps) == many[:17]
    assert load_problems("word_problems", n=17, seed=4, steps=steps) != many[:17]


def test_mixed_steps_take_turns():
    problems = load_problems("word_problems", n=10, steps=(1, 3))
    assert [problem.metadata["steps"] for problem in problems] == [1, 3] * 5


def test_ids_are_unique_and_say_where_a_problem_comes_from():
    ids = [
        problem.id
        for split in SPLITS
        for steps in (1, (1, 2))
        for max_number in (20, 50)
        for problem in load_problems("word_problems", 20, 7, split, steps=steps, max_number=max_number)
    ]
    assert len(set(ids)) == len(ids)
    assert load_problems("word_problems", n=18)[17].id == "word_problems/test/s1/m20/0/17"


def test_no_answer_is_common_enough_to_be_guessed():
    for steps in ALL_STEPS:
        answers = Counter(problem.answer for problem in load_problems("word_problems", n=200, steps=steps))
        assert max(answers.values()) <= 0.15 * 200


def test_no_question_occurs_twice_in_a_long_set():
    questions = [problem.question for problem in load_problems("word_problems", n=3000)]
    assert len(set(questions)) == 3000


def test_another_process_makes_the_same_problems():
    code = (
        "from srm_lab.tasks import load_problems\n"
        "for p in load_problems('word_problems', n=12, seed=5, steps=(1, 2, 3, 4)): print(p.question, p.answer)"
    )
    environments = [{"PYTHONHASHSEED": seed, "PATH": ""} for seed in ("1", "2")]
    runs = [
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        for env in environments
    ]
    here = load_problems("word_problems", n=12, seed=5, steps=(1, 2, 3, 4))
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.splitlines() == [f"{problem.question} {problem.answer}" for problem in here]


def test_nouns_agree_with_their_numbers():
    texts = [
        " ".join([problem.question, *problem.metadata["worked"]])
        for steps in ALL_STEPS
        for split in SPLITS
        for problem in load_problems("word_problems", n=150, seed=9, split=split, steps=steps)
    ]
    nouns = {n for ts in TEMPLATES.values() for t in ts for n in t.things}
    for text in texts:
        for noun in nouns:
            compound = r"(?! car| clip)"  # a toy car is no toy
            assert not re.search(rf"\b1 (?:empty |fresh )?{noun.many}\b", text), text
            assert not re.search(rf"\b(?:[2-9]|[1-9]\d+) (?:empty |fresh )?{noun.one}\b{compound}", text), text
        assert not re.search(r"\s[,.?]|  |[{}]", text), text
        assert not re.search(r"\b(?:[2-9]|\d\d+) (?:dollar|person|box|bag|friend|day|plate)\b", text), text
    assert any(re.search(r"= 1 \w", text) for text in texts), "the singular was never tried"


def test_every_slot_of_a_story_is_filled_by_a_number_that_its_steps_use():
    for template in (t for templates in TEMPLATES.values() for t in templates):
        slots = {field.split(".")[0] for _, field, _, _ in string.Formatter().parse(template.story) if field}
        assert set(template.operands) == {slot for slot in slots if len(slot) == 1 and slot in "abcdefgh"}
        assert slots - set(template.operands) <= {"p", "q", "thing", "things", "room"}
        assert set(template.most) <= set(template.operands)


def test_a_division_with_a_rest_is_never_a_story():
    template = next(t for t in TEMPLATES[1] if t.name == "share")
    assert work_out(template, {"a": 7, "b": 2}, 20) is None
    assert work_out(template, {"a": 8, "b": 2}, 20).answer == 4


@pytest.mark.parametrize(
    ("bad", "allowed"),
    [
        ({"steps": 5}, "1, 2, 3 or 4"),
        ({"steps": 0}, "1, 2, 3 or 4"),
        ({"steps": ()}, "1, 2, 3 or 4"),
        ({"steps": (1, 1)}, "1, 2, 3 or 4"),
        ({"steps": True}, "1, 2, 3 or 4"),
        ({"steps": "2"}, "1, 2, 3 or 4"),
        ({"steps": ([],)}, "1, 2, 3 or 4"),
        ({"max_number": 19}, "from 20 to 1000"),
        ({"max_number": 20.5}, "from 20 to 1000"),
        ({"step": 2}, "steps"),
        ({"split": "dev"}, '"train" and "test"'),
        ({"n": -1}, "0 or more"),
        ({"n": "all"}, "0 or more"),
        ({"seed": "zero"}, "a whole number"),
        ({"seed": None}, "a whole number"),
    ],
)
def test_a_bad_setting_names_the_allowed_values(bad, allowed):
    with pytest.raises(SrmLabError) as caught:
        load_problems("word_problems", **bad)
    assert allowed in str(caught.value)


def test_more_problems_than_there_are_is_an_error_that_says_how_many(monkeypatch):
    from srm_lab.tasks import word_problems

    few = tuple(t for t in TEMPLATES[1] if t.name == "get_on")
    monkeypatch.setitem(word_problems.TEMPLATES, 1, few)
    with pytest.raises(SrmLabError, match=r"no 2000 different problems") as caught:
        load_problems("word_problems", n=2000)
    possible = int(re.search(r"n=(\d+) or fewer", str(caught.value))[1])
    assert len(load_problems("word_problems", n=possible)) == possible
