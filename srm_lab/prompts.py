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

# ---- prompting methods, each one message of the user

PLAN_AND_SOLVE = (
    "{question}\nFirst understand the problem and make a plan that divides it into smaller parts. Then carry the plan "
    "out part by part, with every intermediate result, and finish with: The answer is ..."
)
RE_READING = (
    "{question}\nRead the question again: {question}\nLet's think step by step, then finish with: The answer is ..."
)
LEAST_TO_MOST_PARTS = (
    "{question}\nWhich simpler questions have to be answered first? List them in order as 1. 2. 3., each on its own "
    "line, without answering them."
)
LEAST_TO_MOST_SOLVE = "{question}\n{known}\nNow answer this part, step by step: {part}\nFinish with: The answer is ..."
ANSWERED_PART = "Already answered: {part}\n{answer}"
STEP_BACK_QUESTION = (
    "{question}\nTake a step back. Which more general question, about the principle or facts behind it, would help to "
    "answer this one? Write that question only."
)
STEP_BACK_ANSWER = "{general}\nAnswer in a few sentences."
STEP_BACK_SOLVE = (
    "Background: {general}\n{principle}\n\n{question}\nUse the background, think step by step, then finish with: "
    "The answer is ..."
)
STRUCTURED_OUTPUT = (
    '{question}\nReply with JSON only, of this form: {"steps": ["first step", "second step"], "answer": "the final '
    'answer alone"}'
)
# Self-ask is shown by an example; what follows the last line is written by the model.
FOLLOW_UP, FOLLOW_UP_ANSWER, SELF_ASK_END = "Follow up:", "Intermediate answer:", "So the final answer is:"
SELF_ASK = (
    "Question: A shelf has 4 rows of 6 books. 5 books are lent out. How many books are left?\n"
    "Are follow up questions needed here: Yes.\n"
    "Follow up: How many books does the shelf have?\n"
    "Intermediate answer: 4 * 6 = 24 books.\n"
    "Follow up: How many books are left when 5 of 24 are lent out?\n"
    "Intermediate answer: 24 - 5 = 19 books.\n"
    "So the final answer is: 19\n\n"
    "Question: {question}\n"
    "Are follow up questions needed here:"
)

PROGRAM = (
    "{question}\nWrite a short Python program that works out the answer and prints it, and nothing else. Use numbers, "
    "variables, loops and print only, without imports."
)

# ---- judges: the reply's first word is graded by its probability

JUDGE = (
    "Question: {question}\n\nProposed solution:\n{solution}\n\n"
    "Is the final answer of this solution right? Reply Yes or No."
)
JUDGE_SO_FAR = (
    "Question: {question}\n\nSteps so far:\n{solution}\n\n"
    "Are these steps right, and do they lead to the answer? Reply Yes or No."
)
COMPARE = (
    "Question: {question}\n\nSolution A:\n{first}\n\nSolution B:\n{second}\n\n"
    "Which solution is more likely right? Reply A or B."
)
MOST_CONSISTENT = (
    "Question: {question}\n\n{replies}\n\n"
    "Which reply agrees best with most of the others? Write the number of that reply only."
)

# ---- revision

NO_MISTAKES = "No mistakes"
FEEDBACK = (
    "Question: {question}\n\nSolution:\n{solution}\n\nCheck every step of this solution and say what is wrong and how "
    "to mend it. If nothing is wrong, reply only: " + NO_MISTAKES
)
REVISE = (
    "Question: {question}\n\nSolution:\n{solution}\n\nFeedback:\n{feedback}\n\nWrite the solution anew with this "
    "feedback, step by step, then finish with: The answer is ..."
)
REFLECT = (
    "Question: {question}\n\nThis solution is wrong:\n{solution}\n\nIn one or two sentences, say what went wrong and "
    "what to do differently next time. Do not solve the question."
)
TRY_AGAIN = (
    "{question}\nLessons from earlier tries:\n{lessons}\nLet's think step by step, then finish with: The answer is ..."
)
VERIFICATION_QUESTIONS = (
    "Question: {question}\n\nSolution:\n{solution}\n\nWrite short questions that check the facts and calculations of "
    "this solution. List them as 1. 2. 3., each on its own line and understandable by itself."
)
VERIFICATION_ANSWER = "{question}\nAnswer in one sentence."
VERIFIED = (
    "Question: {question}\n\nDraft:\n{solution}\n\nChecks:\n{checks}\n\nWrite the final solution, corrected where the "
    "checks contradict the draft, and finish with: The answer is ..."
)
RECONSIDER = (
    "Others answered:\n\n{others}\n\nUse their reasoning as advice, check it against yours, and answer again: "
    "{question}\nFinish with: The answer is ..."
)
AGGREGATE = (
    "Question: {question}\n\nThese replies may be wrong in part:\n\n{replies}\n\nWeigh them and write one better "
    "reply, step by step, then finish with: The answer is ..."
)

# ---- few-shot prompts, plain text

EXAMPLE = "Question: {question}\nAnswer: {solution}"
OPEN_QUESTION = "Question: {question}\nAnswer:"
EXAMPLE_STEPS = "Question: {question}\nAnswer:\n{solution}"  # a step on each line, for search over steps
ANSWER_SENTENCE = "The answer is {answer}."
# Where a few-shot continuation ends: the model would go on to invent the next question.
STOP = ("\nQuestion:", "\n\n")


def own(problem: Problem, lm, way: str) -> str | None:
    """The prompt that a model was trained with, for a model that knows no other (the tiny ones); None for others.

    way: "direct" for the answer at once, "chain" for steps.
    """
    ask = getattr(lm, "ask", None)
    return fill(ask[way], question=problem.question) if ask else None


def message(template: str, **values: str) -> list[dict[str, str]]:
    """A template of this file as one message of the user."""
    return _user(fill(template, **values))


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


def few_shot_steps(problem: Problem, examples: Sequence[Problem]) -> str:
    """Worked examples with a step on each line, then the question, so that the next line is its first step."""
    solved = [fill(EXAMPLE_STEPS, question=e.question, solution="\n".join(worked_lines(e))) for e in examples]
    return "\n\n".join([*solved, fill(EXAMPLE_STEPS, question=problem.question, solution="")])


def worked_lines(problem: Problem) -> list[str]:
    """The steps of a solved problem, then the sentence with its answer."""
    return [*problem.metadata.get("worked", ()), fill(ANSWER_SENTENCE, answer=problem.answer)]


def worked_solution(problem: Problem) -> str:
    """The steps of a solved problem as one paragraph that ends with the answer."""
    return " ".join(worked_lines(problem))


def _user(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def fill(template: str, **values: str) -> str:
    """Put values into {slots} in one pass, so that braces inside a value stay as they are."""
    import re

    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), template)
