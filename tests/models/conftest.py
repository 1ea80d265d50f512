from __future__ import annotations

import pytest
from conftest_tiny import save_tiny


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """A saved tiny model, the same for all tests of a run: do not write into it."""
    return save_tiny(tmp_path_factory.mktemp("tiny"))
