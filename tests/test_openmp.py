"""A waiting caller's OpenMP threads: they end, and products are right before and after."""

from __future__ import annotations

import threading

import psutil
import pytest
import torch

from srm_lab import openmp


def threads() -> int:
    return psutil.Process().num_threads()


def test_released_threads_are_gone_and_the_next_product_is_right():
    if openmp._pause() is None or torch.get_num_threads() < 2:
        pytest.skip("torch has no team of GNU OpenMP threads here")
    x = torch.randn(600, 600)
    expected = x @ x
    before = threads()
    openmp.release_team()
    assert threads() < before
    assert torch.equal(x @ x, expected)
    assert threads() == before  # and so the count above can fail


def test_releasing_where_there_is_nothing_to_release_does_nothing():
    done = []
    other = threading.Thread(target=lambda: done.append(openmp.release_team()))
    other.start()
    other.join()
    assert done == [None]
