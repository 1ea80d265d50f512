"""A model for the tests of the store: what it says depends on prompt, seed and number alone, and it counts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from store_program import CountingModel


@pytest.fixture
def counting_model():
    """The class CountingModel: `drawn` lists every (prompt, seed, index) it really drew."""
    return CountingModel
