"""Every prompt the kit sends, as named templates.

Published scores of one model move by tens of points with the wording alone, so the wording is in one place, is
part of what a result is stored under, and is never changed without re-measuring. A question may contain
braces: templates are filled in one pass. Text for models with a chat template is a list of
messages; few-shot prompts are plain text, which base models and small chat models follow best. A tiny model knows one
way of being asked, its `own`.
"""

from __future__ import annotations

from collections.abc import Sequence

from .records import Problem

DIRECT = "{question}\nReply with the final answer only."
DIRECT_START = "The answer is"  # the reply is begun for the model, so that it cannot reason first
DIRECT_STOP = ("\n",)  # an answer is one line
ZERO_SHOT_COT = "{question}\nLet's think step by step, then finish with: The answer is ..."

EXAMPLE = "Question: {question}\nAnswer: {solution}"
OPEN_QUESTION = "Question: {question}\nAnswer:"
ANSWER_SENTENCE = "The answer is {answer}."
# Where a few-shot continuation ends: the model would go on to invent the next question.
STOP = ("\nQuestion:", "\n\n")


def own(problem: Problem, lm, way: str) -> str | None:
    """The prompt that a model was trained with, for a model that knows no other (the tiny ones); None for others.

    way: "direct" for the answer at once, "chain" for steps.
    """
    ask = getattr(lm, "ask", None)
    return fill(ask[way], question=problem.question) if ask else None


def direct(problem: Problem) -> list[dict[str, str]]:
    """Ask for the answer alone, and begin the reply so that the next token is the answer's first."""
    return [*_user(fill(DIRECT, question=problem.question)), {"role": "assistant", "content": DIRECT_START}]


def zero_shot_cot(problem: Problem) -> list[dict[str, str]]:
    """Ask for steps before the answer. Source: Kojima et al. 2022, arXiv 2205.11916."""
    return _user(fill(ZERO_SHOT_COT, question=problem.question))


def few_shot_cot(problem: Problem, examples: Sequence[Problem]) -> str:
    """Worked examples, then the question. Source: Wei et al. 2022, arXiv 2201.11903.

    examples: solved problems whose metadata holds "worked", the steps as sentences.
    """
    solved = [fill(EXAMPLE, question=e.question, solution=worked_solution(e)) for e in examples]
    return "\n\n".join([*solved, fill(OPEN_QUESTION, question=problem.question)])


def worked_solution(problem: Problem) -> str:
    """The steps of a solved problem as one paragraph that ends with the answer."""
    return " ".join([*problem.metadata.get("worked", ()), fill(ANSWER_SENTENCE, answer=problem.answer)])


def _user(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def fill(template: str, **values: str) -> str:
    """Put values into {slots} in one pass, so that braces inside a value stay as they are."""
    import re

    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), template)
