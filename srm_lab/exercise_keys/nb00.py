"""The exercises of notebook 00: memory, a vote, a method of one's own, and how many problems an interval needs."""

from __future__ import annotations

from collections import Counter

from ..exercises import calls, close, exercise
from ..records import Completion, Problem, Solution, Usage


@exercise(
    "00.1",
    hints=("A byte has 8 bits.", "Bytes are parameters * bits / 8; a megabyte is 10**6 bytes."),
    target="134,515,008 parameters at 16 bits take 269.0 MB",
    placebo=lambda parameters, bits: parameters * bits / 10**6,
    solution=lambda parameters, bits: parameters * bits / 8 / 10**6,
)
def weight_megabytes(answer):
    """Write weight_megabytes(parameters, bits): the megabytes that weights of that many bits take."""
    return calls(answer, [((134_515_008, 16), 269.03), ((134_515_008, 4), 67.26), ((1000, 8), 0.001)], tolerance=0.01)


def _majority(answers):
    votes = Counter(answer for answer in answers if answer is not None)
    return votes.most_common(1)[0][0] if votes else None


@exercise(
    "00.2",
    hints=("Which chains have no answer at all?", "Leave out every None first; with none left, the vote is None."),
    target="['18', None, None] is won by '18'",
    placebo=lambda answers: Counter(answers).most_common(1)[0][0],
    solution=_majority,
)
def majority(answer):
    """Write majority(answers): the most frequent answer, where None (an unfinished chain) has no vote."""
    cases = [(["18", "20", "18"], "18"), (["18", None, None], "18"), (["7", "9", "9", None], "9"), ([None], None)]
    return calls(answer, [((answers,), expected) for answers, expected in cases])


class ScriptedModel:
    """A model for the third exercise: its chains say what they are told."""

    name = "scripted"

    def __init__(self, texts):
        self.texts = texts

    def sample(self, prompt, n=1, **settings):
        chosen = [self.texts[i % len(self.texts)] for i in range(n)]
        return [Completion(text, None, text, (0,), (0.0,), "stop", Usage(1, 1, 1, 1)) for text in chosen]


def _unanimous(problem, lm, *, n=4):
    from ..scoring.extract import extract

    chains = lm.sample(problem.question, n=n)
    answers = {found.answer if (found := extract(chain)) else None for chain in chains}
    return Solution(answer=answers.pop() if len(answers) == 1 else None, text=chains[0].text)


def _first_chain(problem, lm, *, n=4):
    from ..scoring.votes import vote

    return vote(lm.sample(problem.question, n=n)[:1])


@exercise(
    "00.3",
    hints=(
        "Sample n chains, read each with extract(chain), and compare the answers.",
        "Collect the answers in a set: one element means that all agree. Otherwise return Solution(answer=None, ...).",
    ),
    target="three chains that say 18 and one that says 20 give no answer",
    placebo=_first_chain,
    solution=_unanimous,
)
def unanimous(answer):
    """Write a method unanimous(problem, lm, *, n=4) that answers only where all n chains agree."""

    def answered(texts):
        solution = answer(Problem("e", "How many?", "18", "exercise"), ScriptedModel(texts), n=4)
        return solution.answer if isinstance(solution, Solution) else solution

    same, other = "The answer is 18.", "So it is 20."
    cases = [([same] * 4, "18"), ([same, "It is 18.0."], "18"), ([same, same, same, other], None), ([other], "20")]
    return calls(answered, [((texts,), expected) for texts, expected in cases])


def _problems_needed() -> int:
    from ..scoring.statistics import wilson

    return next(n for n in range(2, 10_000, 2) if wilson(n // 2, n).high - wilson(n // 2, n).low <= 0.10)


@exercise(
    "00.4",
    hints=(
        "Try wilson(n // 2, n) for growing n and look at high - low.",
        "A loop over even n that stops at the first with high - low <= 0.10 finds it.",
    ),
    target="the first even n with an interval of at most 10 points, a little under 400",
    placebo=200,
    solution=_problems_needed,
)
def problems_needed(answer):
    """How many problems does it take, at 50 % right, until the 95 % interval is at most 10 points wide?"""
    return close(answer() if callable(answer) else answer, _problems_needed(), 4)
