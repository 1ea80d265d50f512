"""NF4 and double quantization, bit for bit against bitsandbytes on the same tensors."""

from __future__ import annotations

import bitsandbytes.functional as bnb
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.compress import nf4
from srm_lab.compress.grids import dequantize, relative_error, round_to_nearest
from srm_lab.compress.packed import pack_nf4


def weights(seed, shape=(24, 128), spread=0.02):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * spread


def bnb_codes(packed):
    """bitsandbytes puts the first of two codes into the high half of a byte."""
    return torch.stack([packed.flatten() >> 4, packed.flatten() & 15], dim=1).flatten()


def test_the_levels_are_those_of_bitsandbytes():
    assert torch.equal(nf4.nf4_levels(), bnb.get_4bit_type("nf4", device="cpu"))
    assert torch.equal(nf4.dynamic_levels(), bnb.create_dynamic_map())


@given(st.integers(0, 10**6), st.sampled_from([32, 64, 128]), st.floats(1e-4, 1e2))
@settings(max_examples=30, deadline=None)
def test_codes_magnitudes_and_weights_equal_bitsandbytes_bit_for_bit(seed, block_size, spread):
    weight = weights(seed, spread=spread)
    codes, absmax = nf4.quantize_nf4(weight, block_size)
    theirs, state = bnb.quantize_4bit(weight, blocksize=block_size, quant_type="nf4")
    assert torch.equal(codes.flatten(), bnb_codes(theirs))
    assert torch.equal(absmax, state.absmax)
    assert torch.equal(nf4.dequantize_nf4(codes, absmax), bnb.dequantize_4bit(theirs, state))


def test_a_single_weight_moved_by_a_level_would_be_seen():
    codes, _ = nf4.quantize_nf4(weights(0))
    codes[0, 0] ^= 1
    theirs, _ = bnb.quantize_4bit(weights(0), blocksize=64, quant_type="nf4")
    assert not torch.equal(codes.flatten(), bnb_codes(theirs))


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_double_quantization_takes_the_nearest_level_and_bitsandbytes_another_in_near_ties(seed):
    _, absmax = nf4.quantize_nf4(weights(seed, (300, 128)))
    mine = nf4.quantize_twice(absmax)
    _, state = bnb.quantize_4bit(weights(seed, (300, 128)), blocksize=64, quant_type="nf4", compress_statistics=True)
    assert torch.equal(mine.absmax, state.state2.absmax)
    assert torch.equal(mine.offset, state.offset)
    assert (mine.codes != state.absmax).float().mean() < 0.02
    theirs = nf4.DoubleQuantized(state.absmax, mine.absmax, mine.offset)
    errors = [(nf4.dequantize_twice(each) - absmax).abs() for each in (mine, theirs)]
    assert (errors[0] <= errors[1] + 1e-9).all()
    assert (errors[1] - errors[0]).max() <= mine.absmax.max() * 2.0**-14


def test_double_quantization_takes_three_eighths_of_a_bit_off_a_weight():
    codes, absmax = nf4.quantize_nf4(weights(0, (256, 256)))
    sizes = [
        8 * sum(t.numel() * t.element_size() for t in pack_nf4(codes, absmax, torch.float32, twice).buffers())
        for twice in (False, True)
    ]
    assert sizes[0] / codes.numel() == 4 + 32 / 64
    assert sizes[1] / codes.numel() == pytest.approx(4 + 8 / 64 + 32 / (64 * 256), abs=0.001)


def test_on_normal_weights_nf4_beats_symmetric_equal_steps_and_on_equally_spread_ones_it_does_not():
    def errors(weight):
        normal = nf4.dequantize_nf4(*nf4.quantize_nf4(weight))
        equal = dequantize(round_to_nearest(weight, 4, 64, symmetric=True))
        return relative_error(weight, normal), relative_error(weight, equal)

    normal, equal = weights(0, (64, 128)), torch.rand(64, 128, generator=torch.Generator().manual_seed(0)) - 0.5
    assert errors(normal)[0] < errors(normal)[1]
    assert errors(equal)[0] > errors(equal)[1]
