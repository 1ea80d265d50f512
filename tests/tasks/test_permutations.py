"""Permutations: states by an independent reckoning, splits by moves, labels for wrong states."""

import itertools

import pytest

import srm_lab as srm
from srm_lab.records import Problem
from srm_lab.tasks import load_problems, permutations

SWAPS = Problem("s", "bdaec:13,25?", "acbed", "permutations", {"start": "bdaec", "moves": ["13", "25"]}, "text")
ORDERS = Problem("o", "abc:231,213?", "cba", "permutations", {"start": "abc", "moves": ["231", "213"]}, "text")


@pytest.mark.parametrize("moves", ["swaps", "permutations"])
def test_following_each_letter_gives_the_answer(moves):
    for problem in load_problems("permutations", 60, moves=moves, items=4, length=(1, 2, 6)):
        start, _, listed = problem.question.rstrip("?").partition(":")
        assert len(listed.split(",")) == problem.metadata["difficulty"]
        where = {letter: place for place, letter in enumerate(start, 1)}
        for move in listed.split(","):
            if moves == "swaps":
                goes = {int(move[0]): int(move[1]), int(move[1]): int(move[0])}
            else:
                goes = {int(source): place for place, source in enumerate(move, 1)}
            where = {letter: goes.get(place, place) for letter, place in where.items()}
        assert "".join(sorted(where, key=where.get)) == problem.answer


def test_no_move_undoes_itself_at_once_or_does_nothing():
    for problem in load_problems("permutations", 100, items=3, length=8):
        moves = problem.metadata["moves"]
        assert all(a != b for a, b in itertools.pairwise(moves))
        states = [problem.metadata["start"], *problem.metadata["draft"]]
        assert all(a != b for a, b in itertools.pairwise(states))


def test_no_moves_are_in_both_splits_whatever_the_letters():
    used = {"train": set(), "test": set()}
    for split, seed, length in itertools.product(used, (0, 1), (1, 2, 3, 5)):
        for problem in load_problems("permutations", 80, seed, split, length=length):
            used[split].add(tuple(problem.metadata["moves"]))
    assert min(len(moves) for moves in used.values()) > 100
    assert not used["train"] & used["test"]


def test_every_row_of_letters_is_read_as_an_answer():
    for row in map("".join, itertools.permutations("abcde")):
        assert srm.verify(f"13={row}####{row}", row, "text").correct is True
        assert srm.verify(f"13={row}####{row[::-1]}", row, "text").correct is False


@pytest.mark.parametrize(
    ("problem", "text", "expected"),
    [
        (SWAPS, "13=adbec;25=acbed####acbed", [True] * 3),
        (SWAPS, "adbec;acbed####acbed", [True] * 3),
        (SWAPS, "13=adbec;15=cdbea####cdbea", [True, False, True]),
        (SWAPS, "13=adbce;25=aebcd####aebcd", [False, True, True]),
        (SWAPS, "13=adbee;25=acbed####acbed", [False, True, True]),
        (SWAPS, "adbec####acbed", [True, True]),
        (SWAPS, "####acbde", [False]),
        (ORDERS, "231=bca;213=cba####cba", [True] * 3),
        (ORDERS, "231=cab;213=acb####acb", [False, True, True]),
    ],
)
def test_a_state_is_judged_by_the_state_before_it_as_it_is_written(problem, text, expected):
    assert [label.correct for label in permutations.check_steps(problem, text)] == expected
