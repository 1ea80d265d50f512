"""State tracking: letters in a row change places, move after move; what is the row in the end?

    bdaec:13,25?       swap places 1 and 3, then 2 and 5
    full: 13=adbec;25=acbed####acbed       draft: adbec;acbed####acbed

A move of two digits swaps two places. With moves="permutations" a move names all places: 23154 puts the letter from
place 2 first, that from 3 second, that from 1 third. Five letters and any permutations are the word problem of S5,
which a transformer of fixed depth is thought not to solve for all lengths unless it writes the states down (Merrill,
Petty and Sabharwal 2024, arXiv 2404.08819).

The moves decide the split, without the letters: another row under the same moves is the same problem with other
names. Each move differs from the one before, so that no two swaps in a row cancel. Left out: questions about one place
only, which a third of guesses would get right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from random import Random

from srm_lab.errors import unknown_name
from srm_lab.records import Problem
from srm_lab.tasks import worked as shared
from srm_lab.tasks.settings import check_integer, make_settings
from srm_lab.tasks.task import Task
from srm_lab.tasks.worked import Draw, Due, Source, StepLabel, Steps, check_levels, label_steps, shuffled, solve, worked

__all__ = ["TASK", "Settings", "check_steps", "load", "stream", "worked"]

LETTERS = "abcdefghi"
SWAPS = {n: ["".join(pair) for pair in combinations("123456789"[:n], 2)] for n in range(3, 10)}
MOVES = {
    "swaps": "A move of two digits swaps the letters at those two places.",
    "permutations": "A move names, for each place in turn, the place that its new letter comes from.",
}


@dataclass(frozen=True)
class Settings:
    """Difficulty of `permutations`.

    length: moves, 1 to 20, or a tuple of these to mix them in turn.
    items: letters in the row, 3 to 9.
    moves: "swaps" of two places, or any "permutations".
    """

    length: int | tuple[int, ...] = 3
    items: int = 5
    moves: str = "swaps"

    def __post_init__(self):
        object.__setattr__(self, "length", check_levels("permutations", "length", self.length, 1, 20))
        check_integer("permutations", "items", self.items, 3, len(LETTERS))
        if self.moves not in MOVES:
            raise unknown_name("kind of moves", self.moves, MOVES, 'Pass moves="swaps" or moves="permutations".')


def load(n: int | None = None, seed: int = 0, split: str = "test", **settings) -> list[Problem]:
    """The first n problems of a split, none twice.

    settings as in `Settings`. `metadata` of each: difficulty (moves), start, moves, worked and draft (the states),
    rules, split.
    Raises SrmLabError for a setting outside its values, and where there are no n different problems.
    """
    return shared.load(_source(settings), n, seed, split)


def stream(seed: int = 0, split: str = "train", **settings) -> Iterator[Problem]:
    """Problems of a split without end, as `load` makes them but with repetitions."""
    return shared.stream(_source(settings), seed, split)


def check_steps(problem: Problem, text: str) -> list[StepLabel]:
    """Whether each state of a model's chain is right, with or without its move; see `StepLabel`."""
    start, moves = problem.metadata["start"], problem.metadata["moves"]
    return label_steps(_steps(start, moves), text, partial(_read, sorted(start)))


def apply(state: str, move: str) -> str:
    """The row after a move: a swap of two places, or all places in a new order."""
    if len(move) > 2:
        return "".join(state[int(place) - 1] for place in move)
    letters = list(state)
    i, j = int(move[0]) - 1, int(move[1]) - 1
    letters[i], letters[j] = letters[j], letters[i]
    return "".join(letters)


def _source(settings) -> Source:
    chosen = make_settings("permutations", Settings, settings)
    tag = f"{chosen.moves}/{chosen.items}/{'-'.join(map(str, chosen.length))}"
    write = partial(_write, MOVES[chosen.moves])
    return Source("permutations", tag, chosen.length, partial(_draw, chosen), lambda content: content[1], write)


def _draw(settings: Settings, rng: Random, length: int) -> tuple[str, list[str]]:
    """The row and the moves; no move repeats the one before, and none leaves everything in place."""
    places = "123456789"[: settings.items]
    moves: list[str] = []
    while len(moves) < length:
        if settings.moves == "swaps":
            move = SWAPS[settings.items][int(rng.random() * len(SWAPS[settings.items]))]
        else:
            move = "".join(shuffled(rng, places))
        if move != places and move not in moves[-1:]:
            moves.append(move)
    return "".join(shuffled(rng, LETTERS[: settings.items])), moves


def _write(rules: str, content: tuple[str, list[str]]) -> Draw:
    start, moves = content
    full, draft, answer = solve(_steps(start, moves))
    facts = {"difficulty": len(moves), "start": start, "moves": moves, "worked": full, "draft": draft, "rules": rules}
    return Draw(f"{start}:{','.join(moves)}?", answer, facts, "text")


def _steps(start: str, moves: list[str]) -> Steps:
    state = start
    for move in moves:
        state = yield Due(move, apply(state, move))
    return state


def _read(letters: list[str], result: str) -> str | None:
    """A row of the same letters."""
    return result if sorted(result) == letters else None


TASK = Task(
    name="permutations",
    what="state tracking: letters in a row change places, with every state known, generated",
    settings='length=3 (1 to 20), items=5 (3 to 9), moves="swaps" or "permutations"',
    load=load,
    check_steps=check_steps,
    stream=stream,
)
