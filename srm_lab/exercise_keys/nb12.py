"""The exercises of notebook 12: what is learned, what padding costs, how many chains to draw, a filter of one's own."""

from __future__ import annotations

import math

from ..exercises import calls, exercise

IGNORED = -100  # torch's mark for a target that the loss leaves out


def _targets(prompt, completion, end):
    return [IGNORED] * (len(prompt) - 1) + [*completion, end]


@exercise(
    "12.1",
    hints=(
        "The target of a token is the token after it. Which tokens of the prompt come before one that is learned?",
        "Only the last token of the prompt has one, the completion's first; the completion's last has the end token.",
    ),
    target="prompt [5, 6], completion [7, 8] and end token 1 give [-100, 7, 8, 1]",
    placebo=lambda prompt, completion, end: [IGNORED] * len(prompt) + [*completion[1:], end],
    solution=_targets,
)
def targets(answer):
    """Write targets(prompt, completion, end): for each token of prompt + completion what is learned there, or -100."""
    cases = [
        (([5, 6], [7, 8], 1), [IGNORED, 7, 8, 1]),
        (([5], [7], 1), [7, 1]),
        (([2, 3, 4], [9], 0), [IGNORED, IGNORED, 9, 0]),
    ]
    return calls(answer, cases)


def _padding(lengths, rows):
    padded, at = 0, 0
    for count in rows:
        padded += count * max(lengths[at : at + count])
        at += count
    return 1 - sum(lengths) / padded


@exercise(
    "12.2",
    hints=(
        "A rectangle has as many columns as its longest row. How many places do all rectangles have together?",
        "Padding is 1 - (tokens) / (places); a rectangle of r rows has r * max(its lengths) places.",
    ),
    target="lengths [2, 2, 10, 10] in one rectangle of 4 rows: 0.4; in two of 2 rows: 0",
    placebo=lambda lengths, rows: 1 - sum(lengths) / (len(lengths) * max(lengths)),
    solution=_padding,
)
def padding(answer):
    """Write padding(lengths, rows): the share of padding where sorted rows are cut into rectangles of so many rows."""
    cases = [(([2, 2, 10, 10], [4]), 0.4), (([2, 2, 10, 10], [2, 2]), 0.0), (([1, 2, 3, 6], [3, 1]), 0.2)]
    return calls(answer, cases, tolerance=1e-6)


def _needed(share, chance):
    return math.ceil(math.log(1 - chance) / math.log(1 - share) - 1e-9)


@exercise(
    "12.3",
    hints=(
        "What is the chance that n chains are all wrong?",
        "All wrong: (1 - share) ** n. Find the smallest n for which 1 minus that is at least chance.",
    ),
    target="with 1 chain in 10 right, 29 chains hold a right one with a chance of 95 in 100",
    placebo=lambda share, chance: round(1 / share),
    solution=_needed,
)
def chains_needed(answer):
    """Write chains_needed(share, chance): how many chains until one of them is right with that chance."""
    return calls(answer, [((0.1, 0.95), 29), ((0.5, 0.75), 2), ((0.9, 0.5), 1), ((0.01, 0.5), 69)])


def _shortest(chains, keep):
    different = {text for text, right in chains if right is True}
    return sorted(different, key=lambda text: (len(text), text))[:keep]


@exercise(
    "12.4",
    hints=(
        "Take the right ones (right is True: None is a chain that was cut off), drop repetitions, then sort by length.",
        "sorted(set(...), key=lambda text: (len(text), text))[:keep]",
    ),
    target="of the right chains 'abc', 'ab', 'ab', 'abcd' and keep=2 the filter keeps 'ab' and 'abc'",
    placebo=lambda chains, keep: sorted((text for text, right in chains if right is not False), key=len)[:keep],
    solution=_shortest,
)
def shortest(answer):
    """shortest(chains, keep): of (text, right) pairs the `keep` shortest different right texts, shortest first."""
    cases = [
        (([("abc", True), ("ab", True), ("ab", True), ("abcd", True)], 2), ["ab", "abc"]),
        (([("a", None), ("ab", False), ("abc", True)], 2), ["abc"]),
        (([("b", True), ("a", True)], 4), ["a", "b"]),
        (([("a", False)], 1), []),
    ]
    return calls(answer, cases)
