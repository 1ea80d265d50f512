"""Problems files: what is read, in which order, and which line is named when something is wrong."""

import json
from pathlib import Path

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.tasks import load_problems, verifier

EXAMPLES = Path(__file__).parents[2] / "data" / "problems"
ROWS = [{"question": f"What is {i} + 1?", "answer": i + 1} for i in range(6)]


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def error_of(path, **settings) -> str:
    with pytest.raises(SrmLabError) as caught:
        load_problems(str(path), **settings)
    return str(caught.value)


def test_the_shipped_examples_load_and_their_references_can_be_judged():
    problems = load_problems(EXAMPLES / "example.jsonl", seed=None)
    assert len(problems) == 12
    assert {problem.kind for problem in problems} == {"number", "math", "yes_no", "choice", "text"}
    assert problems[0].answer == "18"
    assert problems[0].metadata["level"] == 1
    train = load_problems(EXAMPLES / "example.csv", split="train")
    test = load_problems(EXAMPLES / "example.csv")
    assert (len(train), len(test)) == (4, 8)
    assert not {p.question for p in train} & {p.question for p in test}


def test_columns_are_found_by_name(write):
    path = write("exam.csv", "Solution,Task\n12,3 * 4?\n")
    (problem,) = load_problems(path, question="Task", answer="Solution")
    assert (problem.question, problem.answer, problem.id) == ("3 * 4?", "12", "exam.csv/2")


def test_no_seed_keeps_the_order_and_a_seed_always_shuffles_alike(write):
    path = write("p.jsonl", jsonl(ROWS))
    assert [p.answer for p in load_problems(path, seed=None)] == ["1", "2", "3", "4", "5", "6"]
    assert load_problems(path, seed=1) == load_problems(path, seed=1)
    assert load_problems(path, n=3, seed=1) == load_problems(path, seed=1)[:3]
    orders = {tuple(p.id for p in load_problems(path, seed=seed)) for seed in range(5)}
    assert len(orders) > 1


def test_csv_cells_may_hold_commas_quotes_and_line_breaks(write):
    path = write("p.csv", 'question,answer\r\n"One, ""two"",\r\nthree?",3\r\nNext?,4\r\n')
    problems = load_problems(path, seed=None)
    assert problems[0].question == 'One, "two",\r\nthree?'
    assert [problem.metadata["line"] for problem in problems] == [2, 4]


def test_a_byte_order_mark_and_blank_lines_are_no_problems(write):
    path = write("p.jsonl", b"\xef\xbb\xbf" + jsonl(ROWS).replace("\n", "\r\n\n").encode())
    assert len(load_problems(path)) == 6


def test_answers_inside_a_longer_cell_are_found_by_pattern_or_function(write):
    path = write("p.jsonl", jsonl([{"question": "q", "answer": "2 * 9 = <<2*9=18>>18\n#### 18"}]))
    assert load_problems(path, answer_pattern=r"#### *(.+)")[0].answer == "18"
    assert load_problems(path, answer_pattern=lambda cell: cell.split()[-1])[0].answer == "18"
    assert "line 1, column 'answer': answer_pattern finds no answer" in error_of(path, answer_pattern=r"@@(.+)")
    assert "not a regular expression" in error_of(path, answer_pattern="(")


def test_a_path_with_an_unknown_name_lists_the_nearest_files(write):
    path = write("problems.jsonl", jsonl(ROWS))
    assert "problems.jsonl" in error_of(path.parent / "problem.jsonl")


def test_file_tasks_have_no_verifier_of_their_own():
    assert verifier("anything.csv") is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("p.jsonl", jsonl(ROWS) + '{"question": "q", "answer" 3}\n', "p.jsonl, line 7, column 28"),
        ("p.jsonl", '["question", "answer"]\n', "line 1, column 1: this is list, not an object"),
        ("p.jsonl", "[" * 100_000 + "\n", "p.jsonl, line 1: this cannot be read"),
        ("p.jsonl", '{"question": "q", "answer": NaN}\n', "p.jsonl, line 1: this cannot be read"),
        ("p.jsonl", '{"question": "q", "answer": ' + "9" * 5000 + "}\n", "p.jsonl, line 1: this cannot be read"),
        ("p.jsonl", jsonl([*ROWS, {"question": "q", "solution": 3}]), "line 7: there is no column 'answer'"),
        ("p.jsonl", jsonl([*ROWS, {"question": "q", "solution": 3}]), "'question', 'solution'"),
        ("p.jsonl", jsonl([{"question": "q", "answer": "  "}]), "line 1, column 'answer': the answer is empty"),
        ("p.jsonl", jsonl([{"question": None, "answer": "1"}]), "line 1, column 'question': the question is empty"),
        ("p.jsonl", jsonl([{"question": "q", "answer": [1, 2]}]), "the answer is list"),
        ("p.jsonl", jsonl([{"question": "q", "answer": True}]), "the answer is bool"),
        ("p.jsonl", jsonl([{"question": "q", "answer": "Paris"}]), "the answer 'Paris' is not a number"),
        ("p.jsonl", jsonl([{"question": "q", "answer": 1, "kind": "numbr"}]), "line 1, column 'kind'"),
        ("p.jsonl", jsonl([{"id": 4, **row} for row in ROWS[:2]]), "line 2, column 'id': line 1 has the id"),
        ("p.jsonl", jsonl([{**ROWS[0], "split": "dev"}]), "column 'split'"),
        ("p.jsonl", b'{"question": "q", "answer": "1"}\n{"question": "caf\xe9"}\n', "line 2, column 18: the byte 0xe9"),
        ("p.jsonl", "", "p.jsonl holds no problems"),
        ("p.csv", "question,answer\n", "p.csv holds no problems"),
        ("p.csv", "question,reply\nq,1\n", "Its columns are: 'question', 'reply'"),
        ("p.csv", "question,answer\nq,1\nq,\n", "p.csv, line 3, column 'answer': the answer is empty"),
        ("p.csv", "question,answer\nq,1\nq\n", "p.csv, line 3, column 'answer': the answer is empty"),
        ("p.csv", "question,answer\nq, or r,1\n", "p.csv, line 2, column 3: 3 cells under 2 column names"),
        ("p.csv", 'question,answer\nq,1\n"q,1\n', "p.csv, line 3: this is not CSV"),
        ("p.csv", "question,answer,answer\nq,1,2\n", "two columns are called 'answer'"),
    ],
)
def test_a_broken_file_is_an_error_that_names_the_place(write, name, content, expected):
    assert expected in error_of(write(name, content))


def test_more_than_the_file_holds_is_an_error(write):
    path = write("p.jsonl", jsonl(ROWS))
    assert "p.jsonl holds 6 problems, 7 were asked for" in error_of(path, n=7)
    assert len(load_problems(path, n=None)) == 6


def test_a_file_without_splits_is_all_test(write):
    path = write("p.jsonl", jsonl(ROWS))
    assert "no train split" in error_of(path, split="train")


def test_unknown_settings_and_kinds_are_errors_with_the_known_ones(write):
    path = write("p.jsonl", jsonl(ROWS))
    assert "question" in error_of(path, questions="q")
    assert "number, math, choice, text, yes_no" in error_of(path, kind="words")
    assert "neither .jsonl nor .csv" in error_of_path(write("p.txt", "q"))


def error_of_path(path) -> str:
    with pytest.raises(SrmLabError) as caught:
        load_problems(path)
    return str(caught.value)
