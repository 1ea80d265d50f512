"""Fakes that every test may use: a model that says what it is told, and a few problems."""

from __future__ import annotations

import itertools
import threading

import pytest

from srm_lab.models.thinking import split_thinking
from srm_lab.records import Completion, Problem, Usage


class FakeModel:
    """A language model whose samples come from a function (prompt, index, seed) -> text, or from a list of texts.

    A word is a token. A text that ends in "..." ran out of tokens. `asked` keeps every call's prompt and settings.
    """

    name, quantization = "fake", None
    num_parameters, memory_bytes = 10, 40
    _numbers = itertools.count()

    def __init__(self, says):
        self.fingerprint = f"f4ke-{next(self._numbers)}"  # two fakes may say different things to the same prompt
        self._says = says if callable(says) else lambda prompt, index, seed: says[index % len(says)]
        self.asked: list[tuple[object, dict]] = []
        self._lock = threading.Lock()

    def sample(self, prompt, n=1, *, seed=0, indices=None, on_token=None, cancel=None, **settings):
        with self._lock:
            self.asked.append((prompt, {"n": n, "seed": seed, **settings}))
        chosen = range(n) if indices is None else indices
        return [self._one(prompt, index, seed, on_token, cancel) for index in chosen]

    def _one(self, prompt, index, seed, on_token, cancel):
        words, text = self._says(prompt, index, seed).split(" "), []
        for position, word in enumerate(words):
            if cancel is not None and cancel.is_set():
                return self._completion(" ".join(text), "cancelled", index)
            piece = word if position == 0 else f" {word}"
            text.append(word)
            if on_token:
                on_token(index, piece)
        whole = " ".join(words)
        return self._completion(whole, "length" if whole.endswith("...") else "stop", index)

    def _completion(self, text, reason, index):
        thinking, answer = split_thinking(text)
        tokens = len(text.split())
        usage = Usage(prompt_tokens=5, computed_prompt_tokens=5 * (index == 0), generated_tokens=tokens, calls=1)
        return Completion(text, thinking, answer, tuple(range(tokens)), (-0.5,) * tokens, reason, usage)


@pytest.fixture(autouse=True)
def store_of_this_test(tmp_path, monkeypatch):
    """A store for each test: none ever reads or fills the user's own."""
    path = tmp_path / "store" / "samples.sqlite"
    monkeypatch.setenv("SRM_LAB_STORE", str(path))
    return path


@pytest.fixture
def fake_model():
    """The class FakeModel: fake_model(["The answer is 7."])."""
    return FakeModel


@pytest.fixture
def problems():
    """Four small problems with worked steps."""
    return [
        Problem(f"p{i}", f"What is {i} + 2?", str(i + 2), "sums", {"steps": 1, "worked": [f"{i} + 2 = {i + 2}."]})
        for i in range(4)
    ]
