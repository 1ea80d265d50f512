"""What all four tasks with known steps promise: their index, splits, styles, alphabet, and labels that survive anything."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import srm_lab as srm
from srm_lab.errors import SrmLabError
from srm_lab.tasks import TASKS, load_problems, verifier
from srm_lab.tasks.worked import ALPHABET, MARKER, STYLES, Source, explained, first_wrong, split_of, stream, worked

SETTINGS = [
    ("arithmetic", {"operations": 1}),
    ("arithmetic", {"operations": (2, 4, 6)}),
    ("arithmetic", {"form": "addition", "digits": (1, 3)}),
    ("arithmetic", {"form": "multiplication", "digits": (1, 2, 3)}),
    ("graph_paths", {"hops": (2, 4, 6)}),
    ("graph_paths", {"form": "path", "hops": 3}),
    ("graph_paths", {"form": "reachable", "hops": (2, 5), "branches": 3}),
    ("countdown", {"numbers": (3, 4)}),
    ("permutations", {"length": (2, 7)}),
    ("permutations", {"moves": "permutations", "items": 4}),
]
IDS = [f"{name}-{'-'.join(map(str, chosen.values()))}" for name, chosen in SETTINGS]
every_setting = pytest.mark.parametrize(("name", "chosen"), SETTINGS, ids=IDS)


def judge(problem, text):
    """The verdict that an evaluation gives."""
    own = verifier(problem.task)
    return srm.verify(text, problem.answer, problem.kind, verifier=lambda part: own(part, problem))


def styles_of(problem):
    return [style for style in STYLES if style != "reversed" or "reversed" in problem.metadata]


@every_setting
def test_every_style_verifies_and_every_step_of_it_is_right(name, chosen):
    for split in ("train", "test"):
        for problem in load_problems(name, 30, split=split, **chosen):
            for style in styles_of(problem):
                text = worked(problem, style)
                assert judge(problem, text).correct is True, (problem.question, text)
                labels = TASKS[name].check_steps(problem, text)
                assert first_wrong(labels) is None, (problem.question, text, labels)
                assert all(text[slice(*label.span)] == label.text for label in labels)


@every_setting
def test_the_answer_of_another_problem_is_wrong(name, chosen):
    problems = load_problems(name, 30, **chosen)
    for problem, other in itertools.pairwise(problems):
        if other.answer == problem.answer:
            continue
        text = f"{worked(problem).partition(MARKER)[0]}{MARKER}{other.answer}"
        assert judge(problem, text).correct is False, (problem.question, text)
        labels = TASKS[name].check_steps(problem, text)
        assert first_wrong(labels) == len(labels) - 1, (problem.question, text)


@every_setting
def test_an_unfinished_chain_is_neither_right_nor_wrong(name, chosen):
    problem = load_problems(name, 1, **chosen)[0]
    assert judge(problem, "<think>" + worked(problem)).correct is None
    assert judge(problem, f"<think>{MARKER}0</think>{worked(problem)}").correct is True


@every_setting
def test_all_that_is_written_is_in_the_alphabet(name, chosen):
    used = set()
    for problem in load_problems(name, 60, **chosen):
        used.update(problem.question, *(worked(problem, style) for style in styles_of(problem)))
    assert used <= set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)


@every_setting
def test_question_and_full_completion_are_short(name, chosen):
    if chosen.get("form") == "multiplication":
        chosen = {**chosen, "digits": (1, 2)}
    lengths = [len(problem.question + worked(problem)) for problem in load_problems(name, 60, **chosen)]
    assert max(lengths) <= 130
    assert sum(lengths) / len(lengths) <= 110


@every_setting
def test_problem_i_is_the_same_whatever_n_is(name, chosen):
    many = load_problems(name, 40, seed=3, **chosen)
    assert load_problems(name, 11, seed=3, **chosen) == many[:11]
    assert load_problems(name, 11, seed=4, **chosen) != many[:11]
    assert len({problem.question for problem in many}) == len({problem.id for problem in many}) == 40


@every_setting
def test_a_stream_never_ends_and_begins_like_the_set(name, chosen):
    some = load_problems(name, 5, seed=2, split="train", **chosen)
    drawn = list(itertools.islice(TASKS[name].stream(2, "train", **chosen), 400))
    assert drawn[0] == some[0]
    assert all(problem.metadata["split"] == "train" for problem in drawn)


@every_setting
def test_no_question_of_the_stream_of_one_split_is_in_the_other(name, chosen):
    questions = {
        split: {p.question for seed in (0, 1) for p in itertools.islice(TASKS[name].stream(seed, split, **chosen), 600)}
        for split in ("train", "test")
    }
    assert len(questions["test"]) > 50
    assert not questions["train"] & questions["test"]


@every_setting
def test_mixed_difficulties_take_turns(name, chosen):
    difficulties = [problem.metadata["difficulty"] for problem in load_problems(name, 12, **chosen)]
    period = next((len(value) for value in chosen.values() if isinstance(value, tuple)), 1)
    assert difficulties == difficulties[:period] * (12 // period)
    assert len(set(difficulties)) == period


@every_setting
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_labels_survive_any_text(name, chosen, data):
    problem = PROBLEMS[name, str(chosen)]
    text = data.draw(st.one_of(st.text(max_size=80), st.text(ALPHABET, max_size=80), st.text("0123459+-*/=;#ab\n")))
    labels = TASKS[name].check_steps(problem, text)
    assert all(text[slice(*label.span)] == label.text for label in labels)
    assert all(label.reason for label in labels)
    ends = [0, *(end for label in labels for end in label.span)]
    assert ends == sorted(ends)
    judge(problem, text)


@every_setting
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_chain_with_one_character_changed_never_breaks_the_labels(name, chosen, data):
    problem = PROBLEMS[name, str(chosen)]
    text = worked(problem, data.draw(st.sampled_from(styles_of(problem))))
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(ALPHABET)) + text[at + 1 :]
    labels = TASKS[name].check_steps(problem, changed)
    if first_wrong(labels) is None and MARKER in changed:
        assert judge(problem, changed).correct is True, (problem.question, changed)


PROBLEMS = {(name, str(chosen)): load_problems(name, 3, **chosen)[2] for name, chosen in SETTINGS}


@pytest.mark.parametrize("long", ["1" * 100_000, "1+" * 50_000, "ab;" * 20_000, "####" * 20_000, "1;" * 20_000])
def test_long_garbage_is_labelled_too(long):
    for (name, _), problem in PROBLEMS.items():
        assert first_wrong(TASKS[name].check_steps(problem, long)) == 0


@pytest.mark.parametrize(
    ("name", "bad", "allowed"),
    [
        ("arithmetic", {"operations": 7}, "from 1 to 6"),
        ("arithmetic", {"operations": ()}, "from 1 to 6"),
        ("arithmetic", {"operations": (2, 2)}, "each once"),
        ("arithmetic", {"operations": True}, "from 1 to 6"),
        ("arithmetic", {"digits": 3}, "operations"),
        ("arithmetic", {"form": "addition", "operations": 3}, "digits"),
        ("arithmetic", {"form": "multiplication", "digits": 5}, "from 1 to 4"),
        ("arithmetic", {"form": "multiplicatoin"}, "multiplication"),
        ("graph_paths", {"hops": 1}, "from 2 to 6"),
        ("graph_paths", {"branches": 6}, "from 0 to 5"),
        ("graph_paths", {"form": "reach"}, "reachable"),
        ("countdown", {"numbers": 5}, "from 3 to 4"),
        ("countdown", {"max_number": 8}, "from 9 to 50"),
        ("permutations", {"length": 0}, "from 1 to 20"),
        ("permutations", {"items": 2}, "from 3 to 9"),
        ("permutations", {"moves": "swap"}, "swaps"),
        ("permutations", {"hops": 2}, "length"),
        *((name, bad, what) for name in ("arithmetic", "countdown") for bad, what in [
            ({"split": "dev"}, '"train" and "test"'), ({"n": -1}, "0 or more"), ({"seed": None}, "a whole number"),
        ]),
    ],
)  # fmt: skip
def test_a_bad_setting_names_the_allowed_values(name, bad, allowed):
    with pytest.raises(SrmLabError) as caught:
        load_problems(name, **bad)
    assert allowed in str(caught.value)
    if "n" not in bad:
        with pytest.raises(SrmLabError):
            TASKS[name].stream(**bad)  # before the first problem is asked for


def test_more_problems_than_there_are_is_an_error_that_says_how_many():
    with pytest.raises(SrmLabError, match=r"no 5000 different problems") as caught:
        load_problems("arithmetic", 5000, operations=1)
    possible = int(str(caught.value).partition("n=")[2].split()[0])
    assert len(load_problems("arithmetic", possible, operations=1)) == possible > 100


def test_a_stream_without_any_problem_is_an_error_and_not_an_endless_loop():
    key = next(key for key in itertools.count() if split_of("none", key) == "train")
    empty = Source("none", "", (1,), lambda rng, level: key, lambda content: content, None)
    with pytest.raises(SrmLabError, match="no test problems"):
        next(stream(empty, 0, "test"))


def test_reversed_is_refused_where_there_are_no_digits_to_reverse():
    for name, chosen in (("arithmetic", {}), ("countdown", {}), ("arithmetic", {"form": "addition", "digits": 1})):
        with pytest.raises(SrmLabError, match="no reversed style"):
            worked(load_problems(name, 1, **chosen)[0], "reversed")
    with pytest.raises(SrmLabError, match="draft"):
        worked(load_problems("countdown", 1)[0], "drafts")
    with pytest.raises(SrmLabError, match="not known in styles"):
        worked(load_problems("word_problems", 1)[0])


def test_rules_in_words_are_put_before_the_question():
    for name, chosen in SETTINGS:
        problem = load_problems(name, 1, **chosen)[0]
        longer = explained(problem)
        assert longer.question.endswith(f".\n{problem.question}")
        assert longer.id != problem.id
        assert judge(longer, worked(longer)).correct is True
    with pytest.raises(SrmLabError):
        explained(load_problems("word_problems", 1)[0])


def test_the_prompts_of_word_problems_take_these_problems():
    from srm_lab import prompts

    for name, chosen in SETTINGS:
        examples = load_problems(name, 3, split="train", **chosen)
        problem = load_problems(name, 1, **chosen)[0]
        text = prompts.few_shot_cot(problem, examples)
        assert text.endswith(f"{problem.question}\nAnswer:")
        assert all(judge(example, prompts.worked_solution(example)).correct is True for example in examples)


def test_a_split_is_a_third_for_test_and_depends_on_the_content_alone():
    rng = random.Random(0)
    keys = [rng.random() for _ in range(3000)]
    share = sum(split_of("task", key) == "test" for key in keys) / len(keys)
    assert 0.3 < share < 0.37
    assert [split_of("task", key) for key in keys] == [split_of("task", key) for key in keys]
