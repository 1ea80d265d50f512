"""Reward models: a linear head on a model's last hidden states that says how likely a chain is right.

    judged = judged_chains(draw_chains(lm, train, n=8, temperature=1.0), "process")
    verifier = train_verifier(lm, judged, SftSettings(steps=300), kind="process")
    verifier.score(problem, completions)          # one number in [0, 1] a completion: best-of-n takes the highest

An outcome model learns at every token whether the whole chain ends right, and is read after the last one. A process
model learns at the end of each step whether that step is right, and a chain's score is made of its steps' scores.
Sources: Cobbe et al. 2021, arXiv 2110.14168 (outcome); Lightman et al. 2023, arXiv 2305.20050 (process).
Left out: a language-modelling loss beside it, labels from rollouts (tasks with known steps label each step), and
adapters. Saving, loading and measuring are in verifier_files.py.
"""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..errors import SrmLabError, unknown_name
from ..models.local import hash_weights
from ..prompts import fill
from ..records import Completion, Problem
from ..tasks.worked import written_steps
from .batches import TokenTable, make_batches, tokenize
from .chains import Chain
from .examples import Example
from .forward import completion_states
from .sft import SftSettings, fit

KINDS = ("outcome", "process")
AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "min": lambda scores: float(min(scores)),  # a chain is as good as its worst step
    "product": lambda scores: float(np.prod(scores)),  # the chance that all are right, if steps were independent
    "last": lambda scores: float(scores[-1]),
}
TOKENS_AT_ONCE = 8192


@dataclass(frozen=True)
class Judged:
    """A chain to learn from. ends: character offsets in its completion behind which a label stands, rising.
    labels: whether what ends there is right. right: the whole chain. problem: its id."""

    problem: str
    example: Example
    ends: tuple[int, ...]
    labels: tuple[bool, ...]
    right: bool


def judged_chains(drawn: Iterable[Sequence[Chain]], kind: str, ask: str = "{question}") -> list[Judged]:
    """Labels for chains: of `srm.verify` for "outcome", of the task's `check_steps` for "process".

    drawn: chains of each problem, see `draw_chains`; empty ones are left out, and for "process" those without a step.
    An unfinished chain is not right. Raises SrmLabError for another kind, and a task whose steps are not known.
    """
    if kind not in KINDS:
        raise unknown_name("kind of verifier", kind, KINDS)
    chains = [chain for group in drawn for chain in group if chain.text]
    judged = [_judged(chain, kind, ask) for chain in chains]
    return [item for item in judged if item.labels]


def _judged(chain: Chain, kind: str, ask: str) -> Judged:
    ends, labels = range(1, len(chain.text) + 1), [chain.right] * len(chain.text)
    if kind == "process":
        steps = _check_steps(chain.problem)(chain.problem, chain.text)
        ends, labels = [step.span[1] for step in steps], [step.correct for step in steps]
    example = Example(fill(ask, question=chain.problem.question), chain.text)
    return Judged(chain.problem.id, example, tuple(ends), tuple(labels), chain.right)


def _check_steps(problem: Problem):
    from ..tasks import TASKS

    task = TASKS.get(problem.task)
    if task is None or task.check_steps is None:
        raise SrmLabError(
            f"The steps of {problem.id!r} can't be checked, so no process model learns from it.",
            f"Its task is {problem.task!r}.", 'Use kind="outcome", or a task with known steps such as arithmetic.',
        )  # fmt: skip
    return task.check_steps


class Headed(nn.Module):
    """base: a transformers model. head: from its last hidden state to the logit of "right"."""

    def __init__(self, base: nn.Module):
        super().__init__()
        self.base = base
        self.head = nn.Linear(base.config.get_text_config().hidden_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.head.to(base.device)

    @property
    def device(self) -> torch.device:
        return self.base.device

    def forward(self, batch) -> torch.Tensor:
        """Logits at the batch's counted tokens, [n]."""
        return self.head(completion_states(self.base, batch))[:, 0]


class Verifier:
    """A trained reward model. kind: "outcome" or "process". ask: the prompt that its chains had. lm: the model that it
    began as, with trained weights. card: how it was made."""

    def __init__(self, lm, model: Headed, kind: str, ask: str = "{question}", card: dict[str, Any] | None = None):
        self.name, self.quantization = f"{kind} verifier on {lm.name}", None
        self.tokenizer, self.context_length = lm.tokenizer, lm.context_length
        self.model, self.kind, self.ask, self.card = model.eval(), kind, ask, dict(card or {})
        self.num_parameters = sum(p.numel() for p in model.parameters())

    @property
    def fingerprint(self) -> str:
        """A hash of all weights, the head's too."""
        return hash_weights(self.model, self.kind)

    def score(self, problem: Problem, completions: Sequence[Completion | str], aggregate: str = "min") -> list[float]:
        """How likely each completion is right, 0 to 1.

        aggregate: of a process model's steps: "min", "product" or "last"; a chain without any step has 0.
        Raises SrmLabError for another one, a character that the model does not know, and a chain that is too long.
        """
        if aggregate not in AGGREGATES:
            raise unknown_name("aggregate", aggregate, AGGREGATES)
        steps = self.step_scores(problem, completions)
        return [AGGREGATES[aggregate](scores) if scores else 0.0 for scores in steps]

    def step_scores(self, problem: Problem, completions: Sequence[Completion | str]) -> list[list[float]]:
        """The score at the end of each step of each completion; for an outcome model one, at its end."""
        texts = [c if isinstance(c, str) else c.text for c in completions]
        prompt = fill(self.ask, question=problem.question)
        ends = [_step_ends(text) if self.kind == "process" else [len(text)] * bool(text) for text in texts]
        return self.scores_at([Example(prompt, text) for text in texts], ends)

    @torch.inference_mode()
    def scores_at(self, examples: Sequence[Example], ends: Sequence[Sequence[int]]) -> list[list[float]]:
        """The scores behind these character offsets of each example's completion."""
        asked = [i for i, offsets in enumerate(ends) if offsets]
        result: list[list[float]] = [[] for _ in examples]
        if not asked:
            return result
        table = tokenize([examples[i] for i in asked], self.tokenizer, self.context_length)
        scores = np.zeros(len(table.ids))
        for batch in make_batches(table, range(len(table)), TOKENS_AT_ONCE):
            at = _flat(table, batch, batch.owners)
            scores[at] = torch.sigmoid(self.model(batch.to(self.model.device))).cpu().numpy()
        for row, i in enumerate(asked):
            places = _places(table, row, examples[i].completion, ends[i], self.tokenizer)
            result[i] = scores[places].tolist()
        return result


def _step_ends(text: str) -> list[int]:
    steps, answer = written_steps(text)
    return [span[1] for _, span in (*steps, *((answer,) if answer else ()))]


def _flat(table: TokenTable, batch, examples) -> np.ndarray:
    """Where in table.ids the counted tokens of a batch stand, [n]. examples: the example of each, [n]."""
    return table.starts[examples.cpu().numpy()] + batch.positions[batch.counted].cpu().numpy()


def _places(table: TokenTable, row: int, text: str, ends: Sequence[int], tokenizer) -> np.ndarray:
    """Where in table.ids the tokens stand that end behind the character offsets `ends`, or reach over them."""
    start = int(table.starts[row] + table.prompts[row])
    tokens = table.starts[row + 1] - start - 1
    if tokens == len(text):  # one token a character
        return start + np.asarray(ends) - 1
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return start + np.searchsorted([end for _, end in offsets], ends)


def train_verifier(
    lm,
    judged: Sequence[Judged],
    settings: SftSettings,
    *,
    kind: str,
    ask: str = "{question}",
    folder: str | Path | None = None,
    on_step: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> Verifier:
    """Train a reward model that begins as a copy of `lm`; `lm` stays as it is.

    judged: of `judged_chains`, with the same kind and ask. settings: as of `sft`.
    The loss is binary cross-entropy, in nats a label.
    folder, on_step, stop and errors as of `sft`; SrmLabError also where all labels are the same.
    """
    labels = [label for item in judged for label in item.labels]
    if hasattr(lm.model, "peft_config") or lm.quantization:
        raise SrmLabError(
            f"{lm.name} has adapters or is quantized.", "A verifier trains all weights.", "Load the model without."
        )
    if len(set(labels)) < 2:
        raise SrmLabError(
            f"All {len(labels)} labels are the same, so there is nothing to tell apart.", "",
            "Draw chains at a higher temperature, or for problems that the model solves only sometimes.",
        )  # fmt: skip
    examples = [item.example for item in judged]
    table = tokenize(examples, lm.tokenizer, lm.context_length)
    model = Headed(copy.deepcopy(lm.model))
    verifier = Verifier(lm, model, kind, ask)
    objective = _objective(table, _label_array(table, judged, lm.tokenizer), len(labels))
    result = fit(verifier, table, settings, objective, examples=examples, facts={"kind": kind, "labels": len(labels)},
                 folder=folder, on_step=on_step, stop=stop)  # fmt: skip
    verifier.card |= {
        "kind": kind, "ask": ask, "base": lm.name, "base fingerprint": lm.fingerprint, "chains": len(judged),
        "problems": len({item.problem for item in judged}), "labels": len(labels), "right": sum(labels) / len(labels),
        "steps": result.steps, "finished": result.finished, "training": dataclasses.asdict(settings),
    }  # fmt: skip
    return verifier


def _label_array(table: TokenTable, judged: Sequence[Judged], tokenizer) -> torch.Tensor:
    """A label for each token of the table, [tokens]: 1 right, 0 wrong, nan where there is none."""
    array = np.full(len(table.ids), np.nan, dtype=np.float32)
    for row, item in enumerate(judged):
        array[_places(table, row, item.example.completion, item.ends, tokenizer)] = item.labels
    return torch.from_numpy(array)


def _objective(table: TokenTable, labels: torch.Tensor, count: int):
    """Binary cross-entropy where there are labels; scaled so that its mean over all counted tokens is one a label."""
    scale = table.counted / count

    def objective(model: Headed, batch, examples) -> torch.Tensor:
        wanted = labels[_flat(table, batch, examples)].to(batch.ids.device)
        known = ~wanted.isnan()
        logits = model(batch)[known]
        return scale * functional.binary_cross_entropy_with_logits(logits, wanted[known], reduction="sum")

    return objective
