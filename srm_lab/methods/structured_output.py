"""Structured output: steps and answer as JSON, so that nothing has to be guessed about where the answer is."""

from __future__ import annotations

import json

from .. import prompts
from ..records import Completion, Problem, Solution
from ..scoring.extract import extract
from .chain import check_instructable, chosen, kind_of, said
from .method import method


@method
def structured_output(problem: Problem, lm, *, temperature: float = 0.0, max_new_tokens: int = 256) -> Solution:
    """Ask for JSON with "steps" and "answer".

    A reply that is not such JSON is read like any other text, and the trace says "parsed": False: small models often
    break the form, and reasoning inside a form can cost accuracy.
    Source: Tam et al. 2024, arXiv 2408.02442. Raises SrmLabError for a model that knows bare questions only.
    """
    check_instructable(lm, "structured_output")
    prompt = prompts.message(prompts.STRUCTURED_OUTPUT, question=problem.question)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0]
    reply = parsed_reply(chain)
    if reply is None:
        return chosen(problem, chain, [{"step": "structured output", "parsed": False}])
    text = prompts.fill(prompts.ANSWER_SENTENCE, answer=reply["answer"])
    found = extract(text, kind_of(problem))
    trace = ({"step": "structured output", "parsed": True, "steps": reply["steps"], "answer": reply["answer"]},)
    return Solution(found.answer if found else None, text, (chain,), trace=trace)


def parsed_reply(chain: Completion) -> dict | None:
    """{"steps": list of str, "answer": str} of the last JSON object in a finished reply that has an answer, or None."""
    text, decoder, found = said(chain) if chain.finished else "", json.JSONDecoder(), None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found = value if isinstance(value.get("answer"), (str, int, float)) else found
        at = text.find("{", end)
    if found is None:
        return None
    steps = found.get("steps")
    steps = [str(step) for step in steps] if isinstance(steps, list) else []
    return {"steps": steps, "answer": str(found["answer"]).strip().rstrip(".")}
