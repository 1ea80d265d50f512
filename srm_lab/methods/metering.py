"""The metered model: what a method is called with in place of the model itself.

It has the model's interface, fills in the run's seed, Stop button and token stream, and counts every call: chains,
texts that were only scored, and apart from both what a judge cost. Other models that a method uses are put beside it
with `beside`, so that one meter counts them all.

With a budget no call draws more tokens than are left: chains whose longest form does not fit are drawn one after the
other, and the last is cut. Left out: a budget in seconds, which would make results depend on the machine's load.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import SrmLabError
from ..records import Completion, Usage


class BudgetSpent(SrmLabError):
    """Nothing is left to draw a chain with. A method that does not catch it ends there, without an answer."""

    def __init__(self, budget: int):
        self.budget = budget
        super().__init__(f"The budget of {budget} generated tokens is spent.", "", "Give a larger one.")

    def __reduce__(self):
        return type(self), (self.budget,)


class Meter:
    """What one run of a method has cost. budget: generated tokens it may draw, or None.

    completions: every chain drawn. chains, scored, judge: the cost of chains, of texts that were scored, and of what
    a judge did of both. judged: which of the completions are a judge's. cut: whether the budget ended a chain.
    """

    def __init__(self, budget: int | None = None):
        self.budget, self.cut, self.started = budget, False, 0
        self.completions: list[Completion] = []
        self.judged: list[int] = []
        self.chains, self.scored, self.judge = Usage(), Usage(), Usage()
        self.lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        return self.chains + self.scored

    def start(self, chains: int) -> int:
        """The number of the first of so many chains: each chain of a run has a number of its own."""
        with self.lock:
            self.started += chains
            return self.started - chains

    def count(self, drawn: Sequence[Completion], scored: Usage, judging: bool) -> None:
        cost = sum((chain.usage for chain in drawn), Usage())
        with self.lock:
            if judging:
                self.judge += cost + scored
                self.judged += range(len(self.completions), len(self.completions) + len(drawn))
            self.completions.extend(drawn)
            self.chains, self.scored = self.chains + cost, self.scored + scored


class MeteredModel:
    """A language model as a method sees it. seed, cancel: this run's."""

    def __init__(
        self,
        lm,
        seed: int = 0,
        on_token: Callable[[int, str], None] | None = None,
        cancel: threading.Event | None = None,
        meter: Meter | None = None,
        judging: bool = False,
    ):
        self._lm, self.seed, self._on_token, self.cancel = lm, seed, on_token, cancel
        self._meter, self._judging = meter or Meter(), judging

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lm, name)

    @property
    def completions(self) -> list[Completion]:
        return self._meter.completions

    @property
    def usage(self) -> Usage:
        return self._meter.usage

    @property
    def left(self) -> float:
        """Tokens that may still be generated; infinite without a budget."""
        inner = self._lm.left if isinstance(self._lm, MeteredModel) else float("inf")
        own = float("inf") if self._meter.budget is None else self._meter.budget - self.usage.generated_tokens
        return min(inner, own)

    @property
    def judge(self) -> MeteredModel:
        """The same model; what it is asked this way counts as judging."""
        lm = self._lm.judge if isinstance(self._lm, MeteredModel) else self._lm
        return MeteredModel(lm, self.seed, self._on_token, self.cancel, self._meter, judging=True)

    def beside(self, other) -> MeteredModel:
        """Another model under the same meter; this one where `other` is None."""
        if other is None or other is self:
            return self
        other = self._lm.beside(other) if isinstance(self._lm, MeteredModel) else other
        return MeteredModel(other, self.seed, self._on_token, self.cancel, self._meter, self._judging)

    def sample(self, prompt, n: int = 1, **settings) -> list[Completion]:
        """`LocalModel.sample`, with this run's seed, cancel and stream unless the method sets its own.

        With a budget the list may be shorter than asked for; where nothing is left, raises BudgetSpent.
        """
        if self._meter.budget is None:
            return self._draw(prompt, n, settings)
        wanted = list(range(n) if settings.get("indices") is None else settings["indices"])
        longest, drawn = settings.get("max_new_tokens", 256), []
        while wanted and self.left > 0:
            now, limit = max(1, int(self.left // longest)), int(min(longest, self.left))
            these, wanted = wanted[:now], wanted[now:]
            some = self._draw(prompt, len(these), {**settings, "indices": these, "max_new_tokens": limit})
            self._meter.cut |= limit < longest and some[-1].finish_reason == "length"
            drawn += some
        if not drawn:
            raise BudgetSpent(self._meter.budget)
        return drawn

    def _draw(self, prompt, n: int, settings) -> list[Completion]:
        indices = range(n) if settings.get("indices") is None else settings["indices"]
        first = self._meter.start(len(indices))
        numbers = {index: first + at for at, index in enumerate(indices)}
        defaults = {"seed": self.seed, "cancel": self.cancel}
        if self._on_token is not None:
            defaults["on_token"] = lambda index, text: self._on_token(numbers[index], text)
        drawn = self._lm.sample(prompt, n, **{**defaults, **settings})
        self._meter.count(drawn, Usage(), self._judging)
        return drawn

    def logprobs(self, prompt, continuation: str) -> list[float]:
        """`LocalModel.logprobs`; counted as a prompt of both texts. Raises SrmLabError for a model without them."""
        found = self._scoring("logprobs")(prompt, continuation)
        self._count_scored(prompt, len(found))
        return found

    def distributions(self, prompt, continuation: str = ""):
        """`LocalModel.distributions`; counted as a prompt of both texts. Raises SrmLabError for a model without."""
        found = self._scoring("distributions")(prompt, continuation)
        self._count_scored(prompt, len(found) - 1)
        return found

    def _scoring(self, name: str):
        function = getattr(self._lm, name, None)
        if function is None:
            raise SrmLabError(
                f"{getattr(self._lm, 'name', type(self._lm).__name__)} has no `{name}`, which this method reads.",
                "A server or a recording may give samples alone.",
                "Use a local model, or a method that only samples, such as self_consistency.",
            )
        return function

    def _count_scored(self, prompt, tokens: int) -> None:
        """A scored text is a prompt that the model ran over whole. Without `encode` only its new tokens are known."""
        if hasattr(self._lm, "encode"):
            tokens += len(self._lm.encode(self._lm.render(prompt)))
        self._meter.count((), Usage(tokens, tokens, 0, 1), self._judging)
