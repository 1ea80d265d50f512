"""What a live comparison is asked to run, and how a method is called for it. Plain data, no threads.

The temperature belongs to methods that draw several chains; a method of one chain decodes greedily unless the
reader says otherwise, because that is how single chains are compared in the papers.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SrmLabError
from ..records import Problem, Solution

Method = Callable[..., Solution]

TITLES = {
    "direct": "Direct answer",
    "zero_shot_cot": "Zero-shot chain of thought",
    "few_shot_cot": "Few-shot chain of thought",
    "self_consistency": "Self-consistency",
}
OWN_TASK = "own question"
_SHOTS_FOR_OWN = 4


@dataclass(frozen=True)
class Request:
    """One press of Run.

    model: a name for load_model, or a model. quantization: for names only. chains: n of methods that draw several.
    greedy_single: one-chain methods decode greedily instead of at `temperature`.
    problems: run in this order, `lanes` of them at a time. overrides: settings by method name.
    """

    model: Any
    methods: tuple[Method, ...]
    problems: tuple[Problem, ...]
    quantization: str | None = None
    chains: int = 5
    temperature: float = 0.7
    greedy_single: bool = True
    seed: int = 0
    lanes: int = 1
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def model_label(self) -> str:
        return model_label(self.model, self.quantization)

    def settings_for(self, method: Method, problem: Problem) -> dict[str, Any]:
        """The keyword arguments of one call."""
        known, settings = method.settings, {}
        if "n" in known:
            settings["n"] = self.chains
        if "temperature" in known:
            settings["temperature"] = self._temperature(method)
        if "examples" in known and problem.task == OWN_TASK:
            settings["examples"] = examples_for_own_questions()
        return {**settings, **self.overrides.get(method.__name__, {})}

    def _temperature(self, method: Method) -> float:
        return 0.0 if self.greedy_single and "n" not in method.settings else self.temperature

    def row(self, method: Method) -> tuple[str, str, str]:
        """The row of the tally that this method counts into."""
        return title(method), self.describe(method), self.model_label

    def describe(self, method: Method) -> str:
        """The settings as a reader sees them."""
        own = self.overrides.get(method.__name__, {})
        n = own.get("n", self.chains) if "n" in method.settings else 1
        chains = f"{n} chain{'s' if n > 1 else ''}"
        if "temperature" not in method.settings:
            return chains
        heat = own.get("temperature", self._temperature(method))
        if heat == 0:
            return f"{chains}, greedy (temperature 0)"
        return f"{chains}, temperature {heat:g}"


def model_label(model: Any, quantization: str | None = None) -> str:
    """How a model is called in the tally."""
    name = model if isinstance(model, str) else model.name
    quantization = quantization or getattr(model, "quantization", None)
    return f"{name}, {quantization}" if quantization else name


def title(method: Method) -> str:
    """A method's name for readers."""
    return TITLES.get(method.__name__, method.__name__.replace("_", " "))


def about(method: Method) -> str:
    """The first sentence of a method's docstring, without the source."""
    first = (method.__doc__ or "").strip().split("\n\n")[0].split("Source:")[0]
    return " ".join(first.split())


def own_problem(question: str, reference: str = "", kind: str = "number") -> Problem:
    """A reader's own question. Raises SrmLabError for an empty one and for a reference its kind cannot read."""
    question, reference = question.strip(), reference.strip()
    if not question:
        raise SrmLabError(
            "There is no question yet.", "The box for your own question is empty.", "Type one, press Run."
        )
    if reference:
        from ..scoring.verify import verify

        verify("", reference, kind=kind)
    digest = hashlib.sha256(f"{question}\0{reference}\0{kind}".encode("utf-8", "replace")).hexdigest()[:12]
    return Problem(f"own/{digest}", question, reference, OWN_TASK, {}, kind)


@functools.lru_cache(maxsize=1)
def examples_for_own_questions() -> tuple[Problem, ...]:
    """Worked examples for a question that belongs to no task: one-step word problems of the train split."""
    from ..tasks import load_problems

    return tuple(load_problems("word_problems", n=_SHOTS_FOR_OWN, seed=0, split="train", steps=1))
