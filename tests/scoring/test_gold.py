"""Gold self-check: a task's own reference is right, and another problem's is not."""

from __future__ import annotations

import re

import pytest

from srm_lab.scoring.arithmetic import countdown
from srm_lab.scoring.verify import verify
from srm_lab.tasks import load_problems, verifier

WAYS = ("{}", "The answer is {}.", "So, step by step, it comes to this.\n#### {}", "$\\boxed{{{}}}$", "**Answer: {}**")
GYM = (
    "chain_sum", "gsm_symbolic", "leg_counting", "basic_arithmetic", "fraction_simplification", "spell_backward",
    "syllogism", "shortest_path", "time_intervals", "countdown",
)  # fmt: skip


def disputed_gold(name, n, also_right=lambda question, answer: False):
    """(right answers that were refused, wrong ones that were accepted), of each problem's own reference and another's.

    also_right(question, answer): whether another problem's reference happens to be right here too.
    """
    problems, refused, accepted = load_problems(name, n=n, seed=0), [], []
    judge = verifier(name)
    for i, problem in enumerate(problems):
        other = next((p for p in problems[i + 1 :] + problems[:i] if p.answer != problem.answer), None)
        for own, answer in ((True, problem.answer), (False, other and other.answer)):
            if answer is None:
                continue
            right = own or also_right(problem.question, answer)
            if problem.kind == "task":
                verdict = judge(f"<answer>{answer}</answer>", problem)
            else:
                verdict = verify(WAYS[i % len(WAYS)].format(answer), problem.answer, problem.kind)
            if verdict.correct is not right:
                (refused if right else accepted).append((problem.id, answer, verdict))
    return refused, accepted


def test_every_word_problem_accepts_its_own_reference_and_no_other():
    assert disputed_gold("word_problems", 1000) == ([], [])


def also_right_countdown(question, answer):
    """Whether an expression makes the question's target out of its numbers, by this kit's own arithmetic."""
    target = re.search(r"(?:equals|make|Calculate) (-?\d+)", question).group(1)  # the task has three wordings
    listed = re.search(r"numbers:? (\d[\d, ]*\d)", question).group(1)
    return bool(countdown(answer, [int(number) for number in listed.split(",")], int(target)).correct)


STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def also_right_shortest_path(question, answer):
    """Whether a way leads through the question's grid in as few steps as a flood from the start needs."""
    grid = [line.split() for line in question.rsplit("grid:", 1)[1].strip().splitlines()]
    cells = {(r, c): cell for r, row in enumerate(grid) for c, cell in enumerate(row) if cell != "X"}
    (start,) = (place for place, cell in cells.items() if cell == "*")
    (goal,) = (place for place, cell in cells.items() if cell == "#")
    distance, reached = {start: 0}, [start]
    for r, c in reached:
        for dr, dc in STEPS.values():
            place = (r + dr, c + dc)
            if place in cells and place not in distance:
                distance[place] = distance[r, c] + 1
                reached.append(place)
    if answer == "infeasible" or goal not in distance:
        return answer == "infeasible" and goal not in distance
    at = start
    for step in answer.split():
        at = (at[0] + STEPS[step][0], at[1] + STEPS[step][1])
        if at not in cells:
            return False
    return at == goal and len(answer.split()) == distance[goal]


# tasks where another problem's answer may be right as well, and who can tell without the task's own scorer
ALSO_RIGHT = {"countdown": also_right_countdown, "shortest_path": also_right_shortest_path}


FEWER = {"countdown": 300}  # its scorer is slow


@pytest.mark.slow
@pytest.mark.parametrize("name", GYM)
def test_every_gym_problem_accepts_its_own_reference_and_no_other(name):
    refused, accepted = disputed_gold(
        f"reasoning_gym/{name}", FEWER.get(name, 1000), ALSO_RIGHT.get(name, lambda question, answer: False)
    )
    assert refused == []
    assert accepted == []


def test_independent_checks_tell_right_from_wrong():
    question = "Using all the numbers 9, 2, 3, create an expression that equals 21."
    assert also_right_countdown(question, "9*2 + 3")
    assert not also_right_countdown(question, "9 + 2*3")
    assert not also_right_countdown(question, "9 + 12")
    for wording in (
        "Find a way to make 21 using all of these numbers: 9, 2, 3.",
        "Calculate 21 using ... numbers: 9, 2, 3.",
    ):
        assert also_right_countdown(wording, "3 + 2*9")
    grid = "... in the following grid:\n* O X\nX O O\nX X #"
    assert also_right_shortest_path(grid, "right down right down")
    assert not also_right_shortest_path(grid, "right right down down")
    assert not also_right_shortest_path(grid, "right left right down right down")
    assert not also_right_shortest_path(grid, "infeasible")
    assert also_right_shortest_path("grid:\n* X\nX #", "infeasible")
