"""The exercises of notebook 06: a few-shot prompt, a grader, its two error rates, and the accuracy behind them."""

from __future__ import annotations

import re

from ..exercises import calls, exercise


def _few_shot(examples, question):
    shown = [f"Question: {asked}\nAnswer: {solution}" for asked, solution in examples]
    return "\n\n".join([*shown, f"Question: {question}\nAnswer:"])


@exercise(
    "06.1",
    hints=(
        "Join the examples and the open question with a blank line.",
        'The prompt ends with "Answer:" and no space: most tokenizers put the space into the next token, " 3".',
    ),
    target='no example and "2 + 2?" give "Question: 2 + 2?\\nAnswer:"',
    placebo=lambda examples, question: _few_shot(examples, question) + " ",
    solution=_few_shot,
)
def few_shot(answer):
    """Write few_shot(examples, question): solved examples, then the open question, ready for the model to go on."""
    one, two = [("1 + 1?", "2")], [("1 + 1?", "2"), ("3 - 1?", "3 - 1 = 2. The answer is 2.")]
    cases = [(one, "2 + 2?"), (two, "5 - 2?"), ([], "Why?")]
    return calls(answer, [(case, _few_shot(*case)) for case in cases])


def _strict(text, reference):
    found = re.findall(r"####\s*(-?\d+)", text)
    return int(found[-1]) == int(reference) if found else None


@exercise(
    "06.2",
    hints=(
        'A regular expression finds them all: re.findall(r"####\\s*(-?\\d+)", text).',
        "Nothing found is None and not False: such a text has no answer, right or wrong.",
    ),
    target='"3+4=7####7" for 7 is True, "####7 no, ####8" for 7 is False, "It is 7." is None',
    placebo=lambda text, reference: _strict(text, reference) is True,
    solution=_strict,
)
def strict(answer):
    """Write strict(text, reference): True, False, or None where no number follows a ####."""
    cases = [
        ("3+4=7####7", "7", True),
        ("####7 no, ####8", "7", False),
        ("It is 7.", "7", None),
        ("#### -12", "-12", True),
        ("7 ####", "7", None),
    ]

    def word(text, reference):
        got = answer(text, reference)
        return got if got is None or isinstance(got, bool) else bool(got)

    return calls(word, [((text, reference), expected) for text, reference, expected in cases])


def _error_rates(pairs):
    of_wrong = [verdict is True for verdict, label in pairs if not label]
    of_right = [verdict is not True for verdict, label in pairs if label]
    return sum(of_wrong) / len(of_wrong), sum(of_right) / len(of_right)


def _of_all(pairs):
    accepted = sum(verdict is True and not label for verdict, label in pairs)
    refused = sum(verdict is not True and bool(label) for verdict, label in pairs)
    return accepted / len(pairs), refused / len(pairs)


@exercise(
    "06.3",
    hints=(
        "Divide by what could have gone wrong so: accepted wrong answers by all wrong answers.",
        "Split the pairs by label first; the two rates have different denominators.",
    ),
    target="of 4 wrong answers 1 is accepted, of 2 right ones 1 is not: (0.25, 0.5)",
    placebo=_of_all,
    solution=_error_rates,
)
def error_rates(answer):
    """Write error_rates(pairs): (false positive rate, false negative rate) of (verdict, label) pairs."""
    wrong = [(True, False), (False, False), (None, False), (False, False)]
    cases = [[*wrong, (True, True), (None, True)], [(True, False), (True, True)], [*wrong[:2], *[(False, True)] * 3]]

    def rounded(pairs):
        got = answer(pairs)
        return tuple(round(float(rate), 6) for rate in got) if isinstance(got, tuple | list) else got

    return calls(rounded, [((pairs,), tuple(round(rate, 6) for rate in _error_rates(pairs))) for pairs in cases])


def _true_accuracy(measured, false_positives, false_negatives):
    return min(1.0, max(0.0, (measured - false_positives) / (1 - false_positives - false_negatives)))


@exercise(
    "06.4",
    hints=(
        "Bring a to one side: measured - f = a * (1 - m - f).",
        "Divide by 1 - m - f, then cut what lies outside 0 and 1.",
    ),
    target="measured 0.3 with rates 0.1 and 0.1: true 0.25; measured 0.05 with rate 0.1 of false positives: 0",
    placebo=lambda measured, false_positives, false_negatives: measured - false_positives + false_negatives,
    solution=_true_accuracy,
)
def true_accuracy(answer):
    """Write true_accuracy(measured, false_positives, false_negatives): the share that is really right."""
    cases = [(0.3, 0.1, 0.1), (0.05, 0.1, 0.0), (0.9, 0.0, 0.2), (0.5, 0.0, 0.0), (0.62, 0.2, 0.1)]
    return calls(answer, [(case, float(_true_accuracy(*case))) for case in cases], tolerance=1e-6)
