"""Distillation: a small student learns from what a large teacher writes, or from what it would have written.

    traces = teacher_examples(teacher, problems, n=4)                       # right chains, several a question
    chains, answers = equal_tokens(traces.chains, traces.answers, student.tokenizer)
    sft(student, chains, SftSettings(steps=500))                            # against sft(other, answers, ...)
    distill_logits(student, teacher, traces.chains, SftSettings(steps=500)) # against its whole distributions

Two comparisons are fair, and they can disagree: the same number of examples, and the same number of learned tokens.
Sources: Hsieh et al. 2023, arXiv 2305.02301 (steps against labels), Li et al. 2023, arXiv 2306.14050 (many chains a
question), Hinton et al. 2015, arXiv 1503.02531 (distributions), Li et al. 2025, arXiv 2502.12143 (long and short
chains mixed). Left out: distributions over other tokens than the student's own, and distillation on the student's own
chains.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch.nn import functional

from ..errors import SrmLabError
from ..prompts import ANSWER_SENTENCE, fill
from ..records import Problem
from ..scoring.statistics import clustered
from ..tasks.worked import worked
from .batches import encode, tokenize
from .chains import Chain, PromptOf, different, draw_chains, in_turns
from .examples import Example
from .forward import completion_logits
from .sft import SftResult, SftSettings, fit


@dataclass(frozen=True)
class Traces:
    """What a teacher gave.

    chains: its right chains as examples, first one of every solved problem, then second ones, and so on.
    answers: the same problems' answers alone, one each, in the order of the first chains.
    drawn: every chain with its verdict, a list a problem.
    """

    chains: tuple[Example, ...]
    answers: tuple[Example, ...]
    drawn: tuple[Sequence[Chain], ...]

    @property
    def accuracy(self):
        """Part of the chains that were right, a Proportion whose interval counts problems."""
        return clustered([[chain.right for chain in group] for group in self.drawn])


def teacher_examples(
    teacher,
    problems: Iterable[Problem],
    *,
    n: int = 4,
    ask: str = "{question}",
    prompt_of: PromptOf | None = None,
    temperature: float = 0.7,
    seed: int = 0,
    cancel: threading.Event | None = None,
    **sampling,
) -> Traces:
    """Examples for a student: the teacher's chains that are right, and the answers alone to the same problems.

    teacher: any model. n: chains a problem; a chain counts once however often it was drawn.
    ask: the student's prompt, with its slot {question}. prompt_of: the teacher's, see `draw_chains`.
    sampling: passed to `teacher.sample`: max_new_tokens, stop ...
    Raises SrmLabError for a problem of the test split, and a teacher none of whose chains is right.
    """
    drawn = draw_chains(
        teacher, problems, n=n, prompt_of=prompt_of, seed=seed, cancel=cancel, temperature=temperature, **sampling
    )
    right = [group for group in (different(c for c in chains if c.right) for chains in drawn) if group]
    if not right:
        raise _all_wrong(teacher, [chain for chains in drawn for chain in chains])
    chains = tuple(Example(fill(ask, question=c.problem.question), c.text) for c in in_turns(right))
    return Traces(chains, tuple(answers_alone([group[0].problem for group in right], ask)), tuple(drawn))


def answers_alone(problems: Iterable[Problem], ask: str = "{question}") -> list[Example]:
    """Examples that teach nothing but the answer: the style "answer" of a task with known steps, else a sentence."""
    return [Example(fill(ask, question=p.question), _answer(p)) for p in problems]


def _answer(problem: Problem) -> str:
    if "worked" in problem.metadata and "draft" in problem.metadata:
        return worked(problem, "answer")
    return fill(ANSWER_SENTENCE, answer=problem.answer)


def _all_wrong(teacher, chains: Sequence[Chain]) -> SrmLabError:
    cut = sum(chain.verdict.correct is None for chain in chains)
    first = f"The first ended in {chains[0].text[-80:]!r}: {chains[0].verdict.reason}" if chains else ""
    return SrmLabError(
        f"None of the {len(chains)} chains of {teacher.name} is right, so there is nothing to learn from it.",
        f"{cut} of them were cut off. {first}",
        "Look at its prompt, raise max_new_tokens where chains were cut off, or take a better teacher.",
    )


# -- fair comparisons ----------------------------------------------------------------------------------------------


def equal_examples(*sets: Sequence[Example]) -> tuple[list[Example], ...]:
    """The beginnings of several data sets, as many examples of each as the smallest has."""
    _check_sets(sets)
    size = min(map(len, sets))
    return tuple(list(examples[:size]) for examples in sets)


def equal_tokens(*sets: Sequence[Example], tokenizer) -> tuple[list[Example], ...]:
    """The beginnings of several data sets, with as many learned tokens as the smallest has, whole examples.

    Learned tokens are those of completions and their end tokens. Each result is at most one example short.
    Raises SrmLabError where a set's first example alone has more.
    """
    _check_sets(sets)
    totals = [list(accumulate(counted_tokens(examples, tokenizer))) for examples in sets]
    budget = min(total[-1] for total in totals)
    if any(total[0] > budget for total in totals):
        raise SrmLabError(
            f"The smallest data set has {budget} learned tokens, less than one example of another.",
            "At equal tokens nothing would be left of that one.", "Give the smallest data set more examples.",
        )  # fmt: skip
    return tuple(
        [example for example, so_far in zip(examples, total) if so_far <= budget]
        for examples, total in zip(sets, totals)
    )


def counted_tokens(examples: Sequence[Example], tokenizer) -> list[int]:
    """Learned tokens of each example, its end token included."""
    return [len(ids) + 1 for ids in encode([e.completion for e in examples], tokenizer, False)]


def mix(long: Sequence[Example], short: Sequence[Example], share: float, seed: int = 0) -> list[Example]:
    """As many examples as the smaller set has, a share of them long, the others short.

    Where both sets teach the same problems in the same order, each problem comes once, in one of the two ways.
    share: 0 to 1; the paper's mixes hold a fifth of long chains. seed: which ones.
    Source: mix distillation, Li et al. 2025, arXiv 2502.12143.
    """
    if not 0 <= share <= 1:
        raise SrmLabError(f"A share of {share} is not possible.", "It is a part of the examples.", "Give 0 to 1.")
    _check_sets((long, short))
    size = min(len(long), len(short))
    chosen = set(Random(seed).sample(range(size), round(share * size)))
    return [long[i] if i in chosen else short[i] for i in range(size)]


def _check_sets(sets: Sequence[Sequence[Example]]) -> None:
    if not sets or not all(sets):
        raise SrmLabError("A data set to compare is empty.", "", "Give at least one example in each.")


# -- distributions instead of texts --------------------------------------------------------------------------------


def distill_logits(
    student,
    teacher,
    examples: Sequence[Example],
    settings: SftSettings,
    *,
    temperature: float = 2.0,
    folder: str | Path | None = None,
    on_step: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> SftResult:
    """Train the student towards the teacher's distribution of each next token, where `sft` has one right token.

    student, teacher: local models with the same tokens. examples: texts to compare on, best the teacher's own chains.
    temperature: of both distributions; above 1 it shows more of what the teacher holds possible.
    Other arguments, result and errors as of `sft`; SrmLabError also for models with different tokens.
    """
    check_same_tokens(student, teacher)

    def divergence(model, batch, _) -> torch.Tensor:
        with torch.no_grad():
            wanted = completion_logits(teacher.model, batch.to(teacher.model.device)).to(batch.ids.device)
        return soft_divergence(completion_logits(model, batch), wanted, temperature)

    table = tokenize(examples, student.tokenizer, min(student.context_length, teacher.context_length))
    facts = {"teacher": teacher.fingerprint, "temperature": temperature}
    return fit(student, table, settings, divergence, examples=examples, facts=facts,
               folder=folder, on_step=on_step, stop=stop)  # fmt: skip


def soft_divergence(logits: torch.Tensor, wanted: torch.Tensor, temperature: float) -> torch.Tensor:
    """KL divergence from the student to the teacher, [n, vocabulary] each, in nats, summed over n.

    Times the temperature squared, so that gradients keep their size whatever it is (Hinton et al. 2015).
    """
    ours, theirs = (functional.log_softmax(x / temperature, dim=-1) for x in (logits, wanted))
    return temperature**2 * functional.kl_div(ours, theirs, reduction="sum", log_target=True)


def check_same_tokens(student, teacher) -> None:
    """Raise SrmLabError where two models do not share their tokens and ids."""
    ours, theirs = student.tokenizer.get_vocab(), teacher.tokenizer.get_vocab()
    widths = [lm.model.config.get_text_config().vocab_size for lm in (student, teacher)]
    if ours != theirs or widths[0] != widths[1] or student.tokenizer.eos_token_id != teacher.tokenizer.eos_token_id:
        raise SrmLabError(
            f"{student.name} can't learn the distributions of {teacher.name}: their tokens differ.",
            f"{len(set(ours.items()) ^ set(theirs.items()))} tokens are in one only or have another id there; "
            f"vocabularies of {widths[0]} and {widths[1]}.",
            "Train on the teacher's texts instead: teacher_examples, then sft.",
        )
