"""CoT-decoding: branch on the first token, go on greedily, and trust the branch that is surest of its answer.

No prompt asks for steps; that some branches reason by themselves, and are surer then, is the paper's finding.
"""

from __future__ import annotations

import dataclasses

from .. import prompts
from ..models.thinking import split_thinking
from ..records import Completion, Problem, Solution
from ..scoring.extract import extract
from .chain import chosen, kind_of
from .confidence import answer_margin
from .method import method


@method
def cot_decoding(problem: Problem, lm, *, branches: int = 8, max_new_tokens: int = 128) -> Solution:
    """Begin with each of the likeliest first tokens, decode greedily, pick the branch with the largest answer margin.

    The prompt is "Question: ... Answer:", without any request for steps. A branch without an answer has margin 0.
    Source: Wang and Zhou 2024, arXiv 2402.10200; their sum of margins over equal answers is left out.
    Raises SrmLabError for a model without `distributions`.
    """
    prompt = prompts.own(problem, lm, "chain") or prompts.fill(prompts.OPEN_QUESTION, question=problem.question)
    first = lm.distributions(prompt)[-1].topk(branches)
    found: list[tuple[float, Completion]] = []
    trace: list[dict] = []
    for token, logprob in zip(first.indices.tolist(), first.values.tolist()):
        if found and lm.left <= 0:
            break
        begun = lm.tokenizer.decode([token], skip_special_tokens=True)
        if not begun:  # the end token: a branch of no text
            continue
        drawn = lm.sample(prompt + begun, temperature=0.0, max_new_tokens=max_new_tokens, stop=prompts.STOP, keep=True)
        chain = joined(begun, drawn[0])
        answer = extract(chain, kind_of(problem))
        margin = answer_margin(lm.judge, prompt, chain, answer.span) if answer else 0.0
        found.append((margin, chain))
        trace.append({"step": "branch", "first": begun, "logprob": logprob, "text": chain.text,
                      "answer": answer.answer if answer else None, "margin": margin})  # fmt: skip
    best = max(range(len(found)), key=lambda i: found[i][0])
    return chosen(problem, found[best][1], [*trace, {"step": "chosen", "branch": best}])


def joined(begun: str, rest: Completion) -> Completion:
    """A chain whose beginning was given and not drawn."""
    text = begun + rest.text
    thinking, answer = split_thinking(text)
    return dataclasses.replace(rest, text=text, thinking=thinking, answer_text=answer)
