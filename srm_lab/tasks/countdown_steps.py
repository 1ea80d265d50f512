"""Judges a model's steps towards a countdown target: what is still there, and can the target still be reached?

A state is the numbers that are left. A bare result may come from several pairs of them, so a set of states is
followed; an equation leaves one. After a wrong step the numbers go on as the model wrote them. Left out: fractions on
the way, which the answer may use but a step cannot.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from srm_lab.tasks.worked import StepLabel, compact

State = tuple[int, ...]  # the numbers that are left, ascending
_STEP = re.compile(r"(?:(-?[0-9]{1,9})([-+*/])(-?[0-9]{1,9})=)?(-?[0-9]{1,12})")


def label_steps(steps: Sequence[tuple[str, tuple[int, int]]], numbers: Sequence[int], target: int) -> list[StepLabel]:
    """A label for each written step, given with its span."""
    states: set[State] = {tuple(sorted(numbers))}
    labels = []
    for text, span in steps:
        why, states = _judge(compact(text), states, target)
        labels.append(StepLabel(text, span, why is None, why or "It follows."))
    return labels


def _judge(step: str, states: set[State], target: int) -> tuple[str | None, set[State]]:
    """What is wrong with a step, or None, and the states after it."""
    match = _STEP.fullmatch(step)
    if all(len(state) < 2 for state in states):
        return "No step is left to do.", states
    if match is None:
        return "It is not a step.", {after for state in states for *_, after in moves(state)}
    result = int(match[4])
    if match[1] is None:
        possible = {after for state in states for *_, value, after in moves(state) if value == result}
        why, otherwise = f"No two of the numbers make {result}.", _any_pair(states, result)
    else:
        a, sign, b = int(match[1]), match[2], int(match[3])
        made = {(x, op, y, value): after for state in states for x, op, y, value, after in moves(state)}
        possible = {after for state in states for *move, after in moves(state) if move == [a, sign, b, result]}
        why, otherwise = _wrong_equation(a, sign, b, made), {_without(state, a, b, result) for state in states}
    if not possible:
        return why, otherwise
    good = {state for state in possible if solvable(state, target)}
    if not good and any(solvable(state, target) for state in states):
        return f"After it {target} cannot be reached any more.", possible
    return None, good or possible


def _wrong_equation(a: int, sign: str, b: int, made: dict) -> str:
    values = [value for x, op, y, value in made if (x, op, y) == (a, sign, b)]
    if values:
        return f"{a}{sign}{b} is {values[0]}."
    if any((x, y) == (a, b) for x, _, y, _ in made):
        return f"{a}{sign}{b} is not a whole number."
    return f"{a} and {b} are not both left to use."


def _any_pair(states: set[State], result: int) -> set[State]:
    """The states after two numbers, whichever, were replaced by a wrong result."""
    return {_without(state, a, b, result) for state in states for a, b in combinations(state, 2)} or states


def _without(state: State, a: int, b: int, result: int) -> State:
    """The numbers left after a and b, as far as they were there, were replaced by a result."""
    return tuple(sorted([*(Counter(state) - Counter((a, b))).elements(), result]))


def moves(state: State) -> Iterator[tuple[int, str, int, int, State]]:
    """Every a, sign, b out of a state with its whole result, and the state after it."""
    for a, b in permutations(state, 2):
        results = [("+", a + b), ("-", a - b), ("*", a * b)]
        if b and a % b == 0:
            results.append(("/", a // b))
        for sign, result in results:
            yield a, sign, b, result, _without(state, a, b, result)


@functools.lru_cache(maxsize=100_000)
def solvable(state: State, target: int) -> bool:
    """Whether the target can be made of all numbers of a state, within whole numbers."""
    if len(state) == 1:
        return state[0] == target
    return any(solvable(after, target) for *_, after in moves(state))
