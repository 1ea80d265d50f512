"""What the tests of training share: new tiny models, and a few examples."""

from __future__ import annotations

import pytest

from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks import arithmetic
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.examples import from_problems


@pytest.fixture
def new_lm():
    """new_lm(seed=0): an untrained model of 0.1M parameters."""

    def make(seed: int = 0, **options) -> LocalModel:
        return LocalModel("tiny/new", *tiny.make("0.1M", ALPHABET, seed, **options))

    return make


@pytest.fixture(scope="session")
def examples():
    """Sixty chains of one to three operations, steps in full."""
    return from_problems(arithmetic.load(60, split="train", operations=(1, 2, 3)))
