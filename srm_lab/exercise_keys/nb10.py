"""The exercises of notebook 10: when revising pays, what an oracle can claim, a calculator's hand, a sure cascade."""

from __future__ import annotations

from ..exercises import calls, exercise


@exercise(
    "10.1",
    hints=(
        "Right answers stay right with probability 1 - broken; wrong ones become right with probability mended.",
        "Weigh the first with the accuracy, the second with what is left of 1.",
    ),
    target="half right, a tenth of these broken, a tenth of the wrong ones mended: half right as before",
    placebo=lambda accuracy, broken, mended: accuracy - broken + mended,
    solution=lambda accuracy, broken, mended: accuracy * (1 - broken) + (1 - accuracy) * mended,
)
def after_revision(answer):
    """Write after_revision(accuracy, broken, mended): the accuracy after every answer was revised."""
    cases = [((0.5, 0.1, 0.1), 0.5), ((0.9, 0.1, 0.1), 0.82), ((0.2, 0.5, 0.1), 0.18), ((1.0, 0.3, 0.9), 0.7)]
    return calls(answer, cases, tolerance=1e-9)


@exercise(
    "10.2",
    hints=(
        "At the turning point as many answers are broken as are mended.",
        "Solve accuracy * broken = (1 - accuracy) * mended for the accuracy.",
    ),
    target="a quarter broken, a twelfth mended: it pays below an accuracy of 0.25",
    placebo=lambda broken, mended: broken / (broken + mended),
    solution=lambda broken, mended: mended / (broken + mended),
)
def turning_point(answer):
    """Write turning_point(broken, mended): the accuracy of drafts above which revising them loses."""
    return calls(answer, [((0.25, 1 / 12), 0.25), ((0.1, 0.1), 0.5), ((0.3, 0.0), 0.0)], tolerance=1e-9)


def _oracle_says(verdicts):
    return any(verdicts), verdicts[0]


@exercise(
    "10.3",
    hints=(
        "With an oracle that stops at the first right try, the problem is solved where any of the tries is right.",
        "Nobody has the oracle when it counts: what is left is the first try.",
    ),
    target="tries wrong, wrong, right: solved with the oracle, not solved without it",
    placebo=lambda verdicts: (any(verdicts), any(verdicts)),
    solution=_oracle_says,
)
def with_and_without(answer):
    """Write with_and_without(verdicts): whether tries solve a problem with an oracle, and by the first try alone."""
    cases = [([False, False, True], (True, False)), ([True, False], (True, True)), ([False, False], (False, False))]
    return calls(answer, [((verdicts,), expected) for verdicts, expected in cases])


def _insert(text):
    from ..methods.calculator import worked_out

    result = worked_out(text)[1]
    return text + "=" + (result or "")


@exercise(
    "10.4",
    hints=(
        "worked_out(text) gives the expression that the text ends with and its value, or None for the value.",
        "Write the equals sign in any case; leave the result to the model where the value is None.",
    ),
    target="'7+12=19;19-5' becomes '7+12=19;19-5=14', and 'x' becomes 'x='",
    placebo=lambda text: f"{text}=",
    solution=_insert,
)
def with_result(answer):
    """Write with_result(text): the chain with an equals sign and, where it can be worked out, the result."""
    cases = [("7+12=19;19-5", "7+12=19;19-5=14"), ("3*4", "3*4=12"), ("x", "x="), ("7/2", "7/2="), ("1/0", "1/0=")]
    return calls(answer, [((text,), expected) for text, expected in cases])


@exercise(
    "10.5",
    hints=(
        "Every problem pays for the cheap model.",
        "Only those that it passes on pay for the dear one as well.",
    ),
    target="costs of 1 and 6, three of four problems kept: 2.5 a problem",
    placebo=lambda cheap, dear, kept: kept * cheap + (1 - kept) * dear,
    solution=lambda cheap, dear, kept: cheap + (1 - kept) * dear,
)
def cascade_cost(answer):
    """Write cascade_cost(cheap, dear, kept): the mean cost of a problem where the share `kept` is not passed on."""
    return calls(answer, [((1, 6, 0.75), 2.5), ((1, 6, 1.0), 1.0), ((2, 4, 0.0), 6.0)], tolerance=1e-9)
