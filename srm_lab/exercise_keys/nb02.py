"""The exercises of notebook 02: rounding a row, bits with their scales, levels for a normal, making up for an error."""

from __future__ import annotations

from statistics import NormalDist

from ..exercises import calls, exercise


def _rounded(function):
    """The same function, its numbers with 4 digits; what is no list of numbers goes through as it is."""

    def called(*arguments):
        made = function(*arguments)
        made = made.tolist() if hasattr(made, "tolist") else made
        return [round(float(number), 4) + 0.0 for number in made] if isinstance(made, list | tuple) else made

    return called


def _round_row(weights, bits):
    scale = max(abs(weight) for weight in weights) / (2 ** (bits - 1) - 1)
    return [round(weight / scale) * scale for weight in weights]


@exercise(
    "02.1",
    hints=(
        "One scale for the row: the largest magnitude over the largest code.",
        "With `bits` bits the largest code is 2 ** (bits - 1) - 1; a weight becomes round(weight / scale) * scale.",
    ),
    target="[0.7, -0.34, 0.11] in 4 bits becomes [0.7, -0.3, 0.1]",
    placebo=lambda weights, bits: [round(weight, bits) for weight in weights],
    solution=_round_row,
)
def round_row(answer):
    """Write round_row(weights, bits): the row after rounding on a symmetric grid, as a list of numbers."""
    cases = [
        (([0.7, -0.34, 0.11], 4), [0.7, -0.3, 0.1]),
        (([3.0, -1.4, 0.4], 3), [3.0, -1.0, 0.0]),
        (([-12.7, 0.04, 6.31], 8), [-12.7, 0.0, 6.3]),
    ]
    return calls(_rounded(answer), cases)


@exercise(
    "02.2",
    hints=(
        "A group of weights shares one scale of 16 bits and one zero of 8 bits.",
        "So every weight pays 24 / group_size bits on top of its own.",
    ),
    target="4 bits in groups of 64 are 4.375 bits a weight",
    placebo=lambda bits, group_size: bits + 16 / group_size,
    solution=lambda bits, group_size: bits + 24 / group_size,
)
def bits_per_weight(answer):
    """Write bits_per_weight(bits, group_size) for asymmetric grids with a 16-bit scale and an 8-bit zero a group."""
    cases = [((4, 64), 4.375), ((3, 32), 3.75), ((2, 16), 3.5), ((8, 128), 8.1875)]
    return calls(answer, cases, tolerance=1e-6)


def _normal_levels(count):
    return [NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)]


@exercise(
    "02.3",
    hints=(
        "Cut the area under the curve into `count` equal parts. Where is the middle of each?",
        "NormalDist().inv_cdf(p) is the number below which a share p lies; take p = (i + 0.5) / count.",
    ),
    target="two levels are -0.6745 and 0.6745",
    placebo=lambda count: [2 * i / (count - 1) - 1 for i in range(count)],
    solution=_normal_levels,
)
def normal_levels(answer):
    """Write normal_levels(count): levels that N(0, 1) uses equally often, lowest first, each amid its share."""
    cases = [((count,), [round(level, 4) + 0.0 for level in _normal_levels(count)]) for count in (2, 3, 4, 8)]
    return calls(_rounded(answer), cases)


def _second_weight(weights, gram, rounded):
    return weights[1] + (weights[0] - rounded) * gram[0][1] / gram[1][1]


@exercise(
    "02.4",
    hints=(
        "With errors a and b the outputs' squared error is H11 a² + 2 H12 a b + H22 b². Which b makes it least?",
        "b = -H12 / H22 * a, with a = weights[0] - rounded; the second weight moves by -b.",
    ),
    target="weights (0.3, 0.5), the first rounded to 0, H = [[2, 1], [1, 2]]: the second becomes 0.65",
    placebo=lambda weights, gram, rounded: weights[1] + (weights[0] - rounded),
    solution=_second_weight,
)
def second_weight(answer):
    """Write second_weight(weights, gram, rounded): where GPTQ moves the second of two weights."""
    cases = [
        (((0.3, 0.5), ((2.0, 1.0), (1.0, 2.0)), 0.0), 0.65),
        (((0.3, 0.5), ((2.0, 0.0), (0.0, 2.0)), 0.0), 0.5),
        (((-1.2, 0.4), ((5.0, -3.0), (-3.0, 4.0)), -1.0), 0.55),
    ]
    return calls(answer, cases, tolerance=1e-6)
