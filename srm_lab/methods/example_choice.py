"""Which worked examples to show: at random, or those nearest to the question.

Nearness is the cosine of word counts, with every number as one word, because a question is like another by what it
tells and not by its numbers. Left out: embeddings, which would need a second model.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from random import Random

from ..errors import unknown_name
from ..records import Problem

POOL = 64  # train problems that examples are chosen from


def choose_examples(problem: Problem, pool: Sequence[Problem], shots: int, choice: str, seed: int) -> list[Problem]:
    """`shots` examples of a pool: at "random", by the problem's id and the seed, or the "nearest", the nearest last.

    Raises SrmLabError for another choice.
    """
    pool = [example for example in pool if example.question != problem.question]
    if choice == "random":
        return Random(f"{seed} {problem.id}").sample(pool, min(shots, len(pool)))
    if choice == "nearest":
        ranked = sorted(pool, key=lambda example: likeness(problem.question, example.question))
        return ranked[-shots:]
    raise unknown_name("choice of examples", choice, ("fixed", "random", "nearest"))


def likeness(a: str, b: str) -> float:
    """The cosine of two texts' word counts, 0 to 1."""
    first, second = word_counts(a), word_counts(b)
    shared = sum(count * second[word] for word, count in first.items())
    return shared / (vector_length(first) * vector_length(second) or 1)


def word_counts(text: str) -> Counter[str]:
    """How often each word and sign occurs, in lower case; every number counts as the one word "#"."""
    return Counter(re.findall(r"[^\W\d_]+|[^\w\s]|#", re.sub(r"\d+", "#", text.lower())))


def vector_length(words: Counter[str]) -> float:
    """The Euclidean length of word counts."""
    return math.sqrt(sum(count * count for count in words.values()))
