"""Problems by name: `load_problems`."""

from __future__ import annotations

from srm_lab.tasks import word_problems


def load_problems(name, n=100, seed=0, split="test", **settings):
    assert name == "word_problems"
    return word_problems.load(n, seed, split, **settings)
