"""The shared fixtures, from a file that tests may import under a name of its own."""

from __future__ import annotations

from conftest_training import lm, picks, question

__all__ = ["lm", "picks", "question"]
