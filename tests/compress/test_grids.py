"""Grids: what rounding to nearest promises about its error, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.compress.grids import (
    BITS,
    best_clip,
    dequantize,
    find_grid,
    in_groups,
    output_error,
    relative_error,
    round_to_nearest,
)
from srm_lab.errors import SrmLabError

GROUPS = ("tensor", "channel", 64, 32, 16, 8)  # each divides the one before


def weights(seed, spread=0.02, rows=16, columns=64):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) * spread


def half_step(quantized, shape):
    """Half a step of each weight's own grid: the bound of its error."""
    columns = shape[1] // quantized.scale.shape[1]
    return quantized.scale.float().repeat_interleave(columns, 1).expand(shape) / 2


grids = st.tuples(st.sampled_from(BITS), st.sampled_from(GROUPS), st.booleans())
spreads = st.floats(1e-3, 1e3)


@given(st.integers(0, 10**6), spreads, grids)
@settings(max_examples=60, deadline=None)
def test_no_weight_is_further_than_half_a_step_from_its_code(seed, spread, grid):
    bits, group_size, symmetric = grid
    weight = weights(seed, spread, rows=4)
    quantized = round_to_nearest(weight, bits, group_size, symmetric=symmetric)
    bound = half_step(quantized, weight.shape)
    assert ((dequantize(quantized) - weight).abs() <= bound * (1 + 1e-4) + 1e-6 * spread).all()


@pytest.mark.parametrize("spread", [1e-7, 1e-5, 1e-3, 1.0, 1e4])
def test_scales_in_16_bits_never_leave_a_weight_outside_the_grid(spread):
    weight = weights(5, spread)
    for symmetric in (False, True):
        quantized = round_to_nearest(weight, 8, 16, symmetric=symmetric)
        steps = 127 if symmetric else 255
        reach = weight.view(16, 4, 16)
        width = reach.abs().amax(-1) if symmetric else reach.amax(-1).clamp(min=0) - reach.amin(-1).clamp(max=0)
        assert (quantized.scale.double() * steps >= width.double() * (1 - 1e-6)).all()


@given(st.integers(0, 10**6), spreads, st.sampled_from(GROUPS), st.booleans())
@settings(max_examples=40, deadline=None)
def test_error_never_grows_with_bits(seed, spread, group_size, symmetric):
    weight = weights(seed, spread)
    errors = [
        relative_error(weight, dequantize(round_to_nearest(weight, bits, group_size, symmetric=symmetric)))
        for bits in BITS
    ]
    assert errors == sorted(errors, reverse=True)


@given(st.integers(0, 10**6), spreads, st.sampled_from(BITS), st.booleans())
@settings(max_examples=40, deadline=None)
def test_error_never_grows_with_smaller_groups(seed, spread, bits, symmetric):
    weight = weights(seed, spread)
    weight[0, 0] = 8 * spread  # an outlier, which a group keeps to itself
    errors = [
        relative_error(weight, dequantize(round_to_nearest(weight, bits, group_size, symmetric=symmetric)))
        for group_size in ("tensor", "channel", 32, 16, 8)
    ]
    assert all(smaller <= larger * 1.005 for larger, smaller in pairwise(errors))


@given(st.integers(0, 10**6), st.sampled_from(BITS), st.booleans())
@settings(max_examples=40, deadline=None)
def test_half_a_step_never_grows_with_smaller_groups(seed, bits, symmetric):
    weight = weights(seed, rows=4)
    bounds = [half_step(round_to_nearest(weight, bits, g, symmetric=symmetric), weight.shape) for g in GROUPS]
    assert all((smaller <= larger).all() for larger, smaller in pairwise(bounds))


def test_a_matrix_that_lies_on_the_coarse_grid_loses_by_a_finer_one():
    weight = torch.tensor([[0.0, 1.0, 2.0, 3.0] * 2])
    two, three = (relative_error(weight, dequantize(round_to_nearest(weight, bits))) for bits in (2, 3))
    assert two == 0 < three


@given(st.integers(0, 10**6), st.sampled_from(BITS), st.booleans())
@settings(max_examples=30, deadline=None)
def test_searching_for_a_clip_never_does_worse_than_none(seed, bits, symmetric):
    weight = weights(seed, rows=4)
    plain, clipped = (
        relative_error(weight, dequantize(round_to_nearest(weight, bits, 32, symmetric=symmetric, clip=clip)))
        for clip in (False, True)
    )
    assert clipped <= plain * (1 + 1e-6)


def test_clipping_gives_up_an_outlier_at_few_bits_and_not_at_many():
    groups = in_groups(torch.cat([weights(0, 1.0, 1, 63), torch.tensor([[6.0]])], dim=1), "channel")
    assert best_clip(groups, 2, True)[0] < find_grid(groups, 2, True)[0]
    assert best_clip(groups, 8, True)[0] > 0.9 * find_grid(groups, 8, True)[0]


def test_nought_stays_nought_and_symmetric_grids_mirror():
    weight = weights(1)
    weight[:, ::5] = 0
    for symmetric in (False, True):
        assert (dequantize(round_to_nearest(weight, 3, 16, symmetric=symmetric))[:, ::5] == 0).all()
    there = dequantize(round_to_nearest(weight, 4, 16, symmetric=True))
    assert torch.equal(dequantize(round_to_nearest(-weight, 4, 16, symmetric=True)), -there)


def test_a_group_of_noughts_is_exact():
    assert torch.equal(dequantize(round_to_nearest(torch.zeros(2, 16), 4, 8)), torch.zeros(2, 16))


def test_bits_per_weight_count_scales_and_zeros():
    assert round_to_nearest(weights(0), 4, 64).bits_per_weight == 4 + 16 / 64 + 8 / 64
    assert round_to_nearest(weights(0), 4, 64, symmetric=True).bits_per_weight == 4 + 16 / 64


def test_output_error_is_that_of_the_outputs_themselves():
    weight, x = weights(0), weights(3, 1.0, rows=200)
    rounded = dequantize(round_to_nearest(weight, 3))
    direct = (x @ (weight - rounded).T).norm() / (x @ weight.T).norm()
    assert output_error(weight, rounded, x.T @ x) == pytest.approx(direct.item(), rel=1e-4)


@pytest.mark.parametrize(
    ("bits", "group_size", "says"),
    [(1, 8, "bits=1"), (9, 8, "bits=9"), (4.5, 8, "4.5"), (True, 8, "True"), (4, 24, "not a multiple"),
     (4, 128, "too small"), (4, 0, "group_size=0"), (4, "row", "row"), (4, -8, "-8")],
)  # fmt: skip
def test_what_cannot_be_a_grid_is_a_clear_error(bits, group_size, says):
    with pytest.raises(SrmLabError, match=says):
        round_to_nearest(weights(0), bits, group_size)
