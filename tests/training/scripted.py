"""A tiny random model with real weights that writes what a function tells it: for tests of training loops."""

from __future__ import annotations

from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.records import Completion, Usage
from srm_lab.tasks.worked import ALPHABET


def tiny_lm(seed: int = 0, alphabet: str = ALPHABET, name: str = "tiny/test") -> LocalModel:
    model, tokenizer = tiny.make("0.1M", alphabet, seed)
    return LocalModel(name, model, tokenizer)


def completion(text: str, reason: str = "stop") -> Completion:
    return Completion(text, None, text, tuple(range(len(text))), (), reason, Usage())


class Scripted(LocalModel):
    """says(prompt, index, seed) -> text; a text that ends in "..." was cut off. `asked`: every prompt."""

    def __init__(self, says, seed: int = 0):
        lm = tiny_lm(seed)
        super().__init__(lm.name, lm.model, lm.tokenizer)
        self.says, self.asked = says, []

    def sample(self, prompt, n=1, *, seed=0, cancel=None, **settings):
        self.asked.append((prompt, settings))
        cancelled = cancel is not None and cancel.is_set()
        texts = [self.says(prompt, index, seed) for index in range(n)]
        reasons = ["cancelled" if cancelled else "length" if text.endswith("...") else "stop" for text in texts]
        return [completion(text, reason) for text, reason in zip(texts, reasons)]
