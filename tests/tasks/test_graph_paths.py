"""Graph paths: answers by an independent search, splits up to the names of nodes, and nothing that gives them away."""

import itertools
from collections import Counter

import pytest

from srm_lab.records import Completion, Problem
from srm_lab.tasks import graph_paths, load_problems
from srm_lab.tasks.graph_paths import RULES

EDGES = ["ab", "cd", "eb", "bf", "df", "ac", "bx", "xf"]


def asked(form, answer, kind, *goals):
    """A problem on these edges, from a to the first of the goals."""
    facts = {"form": form, "edges": EDGES, "start": "a", "goal": goals[0], "goals": list(goals)}
    return Problem("p", "", answer, "graph_paths", facts, kind)


PATH = asked("path", "abf", "task", "f")
WHICH = asked("which", "d", "text", "d", "e")
YES, NO = asked("reachable", "yes", "yes_no", "f"), asked("reachable", "no", "yes_no", "e")


def read_question(problem):
    """Edges, start and goals as they stand in the question."""
    listed, _, asked = problem.question.rstrip("?").partition(";")
    return listed.split(), asked[0], asked[2:].split("|")


def distance(edges, start, goal):
    """Edges on the shortest path, or None: by matrix-free relaxation, not by the task's search."""
    far = {start: 0}
    for _ in edges:
        for a, b in edges:
            if a in far and far[a] + 1 < far.get(b, 99):
                far[b] = far[a] + 1
    return far.get(goal)


@pytest.mark.parametrize("form", RULES)
def test_the_answer_is_what_a_search_finds(form):
    for problem in load_problems("graph_paths", 80, form=form, hops=(2, 3, 4, 5, 6), branches=3):
        edges, start, goals = read_question(problem)
        found = [distance(edges, start, goal) for goal in goals]
        assert len(set(edges)) == len(edges)
        if form == "which":
            assert sorted(map(str, found)) == sorted([str(problem.metadata["difficulty"]), "None"])
            assert goals[found.index(problem.metadata["difficulty"])] == problem.answer
        elif form == "reachable":
            assert found == ([problem.metadata["difficulty"]] if problem.answer == "yes" else [None])
        else:
            assert found == [problem.metadata["difficulty"]] == [len(problem.answer) - 1]


def shape(edges, start, goals):
    """A fingerprint that equal graphs share whatever their letters: colours refined by their neighbours' colours."""
    colour = {node: (node == start, node in goals) for node in set("".join(edges))}
    for _ in range(8):
        colour = {
            node: hash((
                colour[node],
                tuple(sorted(hash(colour[b]) for a, b in edges if a == node)),
                tuple(sorted(hash(colour[a]) for a, b in edges if b == node)),
            ))
            for node in colour
        }  # fmt: skip
    return tuple(sorted(colour.values()))


def test_no_graph_is_in_both_splits_whatever_its_letters():
    shapes = {"train": set(), "test": set()}
    for split, seed, hops in itertools.product(shapes, (0, 1), (2, 3, 4)):
        for problem in load_problems("graph_paths", 200, seed, split, hops=hops):
            edges, start, goals = read_question(problem)
            shapes[split].add(shape(edges, start, goals))
    assert min(len(found) for found in shapes.values()) > 200
    assert not shapes["train"] & shapes["test"]


def test_the_fingerprint_sees_the_shape_and_not_the_letters():
    assert shape(["ab", "bc"], "a", "c") == shape(["zx", "yz"], "y", "x")
    assert shape(["ab", "bc"], "a", "c") != shape(["ab", "ac"], "a", "c")


def guesses(problem):
    """What shortcuts say of each goal of "which": larger is more likely. None of them may be right too often."""
    edges, start, goals = read_question(problem)
    ends, begins = Counter(b for _, b in edges), Counter(a for a, _ in edges)
    listed = " ".join(edges)
    first = edges.index(next(edge for edge in edges if edge[0] == start))
    for goal in goals:
        into = next(i for i, edge in enumerate(edges) if edge[1] == goal)
        yield {
            "named first": goals.index(goal),
            "edges into it": ends[goal],
            "edges out of it": begins[goal],
            "place in the list": listed.index(goal),
            "near the start's edge": -abs(into - first),
            "letter": goal,
            "two steps away": any(edge[1] == goal and start + edge[0] in edges for edge in edges),
        }


def test_no_shortcut_finds_the_reached_goal():
    problems = load_problems("graph_paths", 800, hops=3)
    right = Counter()
    for problem in problems:
        first, second = guesses(problem)
        first_is_right = read_question(problem)[2][0] == problem.answer
        for name in first:
            tied = first[name] == second[name]
            right[name] += 0.5 if tied else (first[name] > second[name]) == first_is_right
    assert len(right) == 7
    assert all(0.45 < count / 800 < 0.55 for count in right.values()), right


def test_a_search_as_deep_as_the_problem_is_no_shortcut_but_the_way():
    problems = load_problems("graph_paths", 100, hops=2)
    assert all(next(goal["two steps away"] for goal in guesses(p) if goal["letter"] == p.answer) for p in problems)


def test_yes_and_no_are_equally_frequent_and_equally_long():
    problems = load_problems("graph_paths", 600, form="reachable", hops=4)
    answers = Counter(problem.answer for problem in problems)
    assert 0.43 < answers["yes"] / 600 < 0.57
    edges = {a: [len(read_question(p)[0]) for p in problems if p.answer == a] for a in answers}
    assert abs(sum(edges["yes"]) / len(edges["yes"]) - sum(edges["no"]) / len(edges["no"])) < 0.4


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("ab;bf####abf", True),
        ("####abxf", True),
        ("####a>b>x>f", True),
        ("####a c d f", True),
        ("The answer is acdf.", True),
        ("####af", False),
        ("####ab", False),
        ("####bf", False),
        ("####abfx", False),
        ("####", False),
        ("", False),
        ("<think>####abf", None),
        ("<think>af</think>####abf", True),
    ],
)
def test_every_valid_path_is_right(text, correct):
    verdict = graph_paths.verifier(text, PATH)
    assert verdict.correct is correct
    assert verdict.reason
    assert verdict.span is None or "f" in text[slice(*verdict.span)] or correct is False


def test_a_truncated_completion_is_unfinished():
    cut = Completion("####abf", None, "####abf", (), (), "length")
    assert graph_paths.verifier(cut, PATH).correct is None


def test_a_generated_path_problem_often_has_several_right_answers():
    problems = load_problems("graph_paths", 100, form="path", hops=4)
    other = 0
    for problem in problems:
        edges, start, goals = read_question(problem)
        paths = [start]
        while paths:
            paths = [path + b for path in paths for a, b in edges if path[-1] == a]
            for path in paths:
                if path[-1] == goals[0] and path != problem.answer:
                    other += 1
                    assert graph_paths.verifier(f"####{path}", problem).correct is True
    assert other > 20


@pytest.mark.parametrize(
    ("problem", "text", "expected"),
    [
        (PATH, "ab;bf####abf", [True] * 3),
        (PATH, "b;x;f####abxf", [True] * 4),
        (PATH, "ab;df####abdf", [True, False, False]),
        (PATH, "ad;df####adf", [False, True, False]),
        (PATH, "ab;?;xf####abxf", [True, False, True, True]),
        (WHICH, "ac;cd####d", [True] * 3),
        (WHICH, "ac;cd####e", [True, True, False]),
        (WHICH, "ab;bf####d", [False, True, True]),
        (WHICH, "####e", [False]),
        (YES, "a=bc;bc=dfx####yes", [True] * 3),
        (YES, "cb;xfd####yes", [True] * 3),
        (YES, "a=b;b=fx####yes", [False, True, True]),
        (YES, "a=bc;bc=dx;dx=f####yes", [True, False, True, True]),
        (YES, "a=bc;bc=dfx####no", [True, True, False]),
        (YES, "a=bc;bc=dfx####sey", [True, True, False]),
        (NO, "a=bc;bc=dfx;dfx=-####no", [True] * 4),
        (NO, "bc;dfx;-####no", [True] * 4),
        (NO, "a=bc;bc=dfx;dfx=e####yes", [True, True, False, True]),
    ],
)
def test_a_step_is_judged_by_the_graph_and_the_steps_before_it(problem, text, expected):
    assert [label.correct for label in graph_paths.check_steps(problem, text)] == expected
