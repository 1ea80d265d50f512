"""Reflexion: after a failed trial the model writes down what went wrong, and tries again with that in mind."""

from __future__ import annotations

from .. import prompts
from ..records import Problem, Solution
from .chain import check_instructable, chosen, said
from .judge import judge as verifier_of
from .method import method
from .verifiers import Verifier, score


@method
def reflexion(
    problem: Problem,
    lm,
    *,
    verifier: Verifier | None = None,
    trials: int = 3,
    accept: float = 0.5,
    temperature: float = 0.0,
    max_new_tokens: int = 256,
) -> Solution:
    """Try, judge, reflect, and try again, up to `trials` times; the first accepted trial, else the last finished one.

    verifier: accepts a trial with a score of at least `accept`; None is the model as its own judge. The paper's gains
    need a verifier from outside, such as tests or `oracle`. A trial that was cut off is not accepted.
    Source: Shinn et al. 2023, arXiv 2303.11366.
    Raises SrmLabError for a model that knows bare questions only, or, without a verifier, one without logprobs.
    """
    check_instructable(lm, "reflexion")
    accepts, settings = (
        verifier or verifier_of(lm.judge),
        {"temperature": temperature, "max_new_tokens": max_new_tokens},
    )
    memory: list[str] = []
    trace: list[dict] = []
    latest = None
    for trial in range(trials):
        if trial and lm.left <= 0:
            break
        values = {"question": problem.question, "lessons": "\n".join(memory)}
        prompt = prompts.message(prompts.TRY_AGAIN, **values) if memory else prompts.zero_shot_cot(problem)
        chain = lm.sample(prompt, **settings)[0]
        worth = score(accepts, problem, chain) if chain.finished else 0.0
        trace.append({"step": "trial", "text": chain.text, "score": worth})
        latest = chain if chain.finished or latest is None else latest
        if (chain.finished and worth >= accept) or trial == trials - 1 or lm.left <= 0:
            break
        failed = prompts.message(prompts.REFLECT, question=problem.question, solution=said(chain) or chain.text)
        reflection = said(lm.sample(failed, **settings)[0])
        memory.append(f"- {reflection}")
        trace.append({"step": "reflection", "text": reflection})
    return chosen(problem, latest, trace)
