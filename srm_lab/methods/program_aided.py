"""Program-aided reasoning: the model writes a small program, and the program does the arithmetic."""

from __future__ import annotations

import re

from .. import prompts
from ..records import Completion, Problem, Solution
from ..sandbox.process import run_program
from ..scoring.votes import vote
from .chain import check_instructable, kind_of, said
from .method import method

_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


@method
def program_aided(problem: Problem, lm, *, n: int = 1, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Ask for a program that prints the answer, run it in the sandbox, and read the last line it printed.

    n: programs, whose answers vote; above 1 with a temperature. A program that fails or prints nothing abstains, and
    the trace says why. Nothing is run outside the sandbox, see srm_lab/sandbox.
    Source: Gao et al. 2022, arXiv 2211.10435 (PAL). Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "program_aided")
    prompt = prompts.message(prompts.PROGRAM, question=problem.question)
    chains = lm.sample(prompt, n=n, temperature=temperature, max_new_tokens=max_new_tokens)
    trace, answers = [], []
    for chain in chains:
        source = program_in(said(chain)) if chain.finished else ""
        outcome = run_program(source) if source else None
        lines = outcome.output.splitlines() if outcome and outcome.error is None else []
        trace.append({"step": "program", "source": source, "output": outcome.output if outcome else "",
                      "error": outcome.error if outcome else "no program was written"})  # fmt: skip
        answers.append(prompts.fill(prompts.ANSWER_SENTENCE, answer=lines[-1].strip()) if lines else "")
    voted = vote([_answered(text) for text in answers], kind_of(problem))
    return Solution(voted.answer, voted.text, trace=(*trace, *voted.trace))


def program_in(reply: str) -> str:
    """The last fenced block of a reply, or, where there is none, the whole reply."""
    fenced = _FENCE.findall(reply)
    return (fenced[-1] if fenced else reply).strip("\n")


def _answered(text: str) -> Completion:
    return Completion(text, None, text, (), (), "stop")
