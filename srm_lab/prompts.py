"""Every prompt the kit sends, as named templates.

Published scores of one model move by tens of points with the wording alone, so the wording is in one place, is
part of what a result is stored under, and is never changed without re-measuring. Templates are filled with
`str.replace`-like care: a question may contain braces. Text for models with a chat template is a list of
messages; few-shot prompts are plain text, which base models and small chat models follow best.
"""

from __future__ import annotations

from collections.abc import Sequence

from .records import Problem

DIRECT = "{question}\nReply with the final answer only, as a number."
ZERO_SHOT_COT = "{question}\nLet's think step by step, then finish with: The answer is <number>."

EXAMPLE = "Question: {question}\nAnswer: {solution}"
OPEN_QUESTION = "Question: {question}\nAnswer:"
ANSWER_SENTENCE = "The answer is {answer}."
STOP = (
    "\nQuestion:",
    "\n\n",
)  # where a few-shot continuation ends: it would go on to invent the next question

_ANSWER_AS = {  # how a direct answer is asked for, by Problem.kind
    "number": "as a number",
    "math": "as a mathematical expression",
    "choice": "as one letter",
    "yes_no": "as yes or no",
}


def direct(problem: Problem) -> list[dict[str, str]]:
    """Ask for the answer alone."""
    form = _ANSWER_AS.get(problem.kind)
    template = DIRECT if form else DIRECT.replace(", as a number", "")
    return _user(_fill(template.replace("as a number", form or ""), question=problem.question))


def zero_shot_cot(problem: Problem) -> list[dict[str, str]]:
    """Ask for steps before the answer. Source: Kojima et al. 2022, arXiv 2205.11916."""
    slot = "<number>" if problem.kind == "number" else "<answer>"
    return _user(_fill(ZERO_SHOT_COT.replace("<number>", slot), question=problem.question))


def few_shot_cot(problem: Problem, examples: Sequence[Problem]) -> str:
    """Worked examples, then the question. Source: Wei et al. 2022, arXiv 2201.11903.

    examples: solved problems whose metadata holds "worked", the steps as sentences.
    """
    solved = [_fill(EXAMPLE, question=e.question, solution=worked_solution(e)) for e in examples]
    return "\n\n".join([*solved, _fill(OPEN_QUESTION, question=problem.question)])


def worked_solution(problem: Problem) -> str:
    """The steps of a solved problem as one paragraph that ends with the answer."""
    return " ".join([*problem.metadata.get("worked", ()), _fill(ANSWER_SENTENCE, answer=problem.answer)])


def _user(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def _fill(template: str, **values: str) -> str:
    """Put values into {slots} in one pass, so that braces inside a value stay as they are."""
    import re

    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), template)
