"""Packed storage: codes survive, bytes are what they claim to be, products are those of the unpacked weight."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.compress.activations import round_groups
from srm_lab.compress.grids import dequantize, round_to_nearest
from srm_lab.compress.int8 import has_int8_kernel, int8_linear
from srm_lab.compress.packed import PackedEmbedding, PackedLinear, describe, empty, pack, pack_grid, pack_nf4, unpack

needs_kernel = pytest.mark.skipif(
    not has_int8_kernel(torch.device("cpu"), torch.float32), reason="this processor has no FBGEMM"
)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(st.integers(2, 8), st.integers(1, 5), st.integers(1, 9), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_packed_codes_come_back_and_take_no_more_bits_than_they_have(bits, outputs, eighths, seed):
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 2**bits, (outputs, 8 * eighths), generator=generator, dtype=torch.uint8)
    packed = pack(codes, bits)
    assert torch.equal(unpack(packed, bits), codes)
    assert packed.numel() == outputs * eighths * bits


@pytest.mark.parametrize("bits", range(2, 9))
def test_a_packed_linear_multiplies_by_the_weight_its_codes_stand_for(bits):
    quantized, bias, x = round_to_nearest(random(24, 64), bits, 16), random(24, seed=1), random(3, 5, 64, seed=2)
    layer = PackedLinear(pack_grid(quantized, torch.float32), bias)
    assert torch.equal(layer.weight, dequantize(quantized))
    assert torch.equal(layer(x), torch.nn.functional.linear(x, dequantize(quantized), bias))


@pytest.mark.parametrize("group_size", ["tensor", "channel", 16])
@pytest.mark.parametrize("symmetric", [False, True])
def test_an_embedding_unpacks_only_its_rows(group_size, symmetric):
    quantized = round_to_nearest(random(30, 64), 4, group_size, symmetric=symmetric)
    ids = torch.tensor([[3, 0], [29, 3]])
    if group_size == "tensor":
        quantized = round_to_nearest(random(30, 64), 4, "channel", symmetric=symmetric)
    embedding = PackedEmbedding(pack_grid(quantized, torch.float32))
    assert torch.equal(embedding(ids), dequantize(quantized)[ids])


def test_gradients_reach_the_inputs_of_a_packed_layer():
    layer = PackedLinear(pack_grid(round_to_nearest(random(8, 16), 4), torch.float32))
    x = random(2, 16).requires_grad_()
    layer(x).sum().backward()
    assert torch.allclose(x.grad, layer.weight.sum(0).expand(2, -1))


@pytest.mark.parametrize("twice", [False, True])
def test_a_store_can_be_described_emptied_and_filled_again(twice):
    from srm_lab.compress.nf4 import quantize_nf4

    for store in (pack_nf4(*quantize_nf4(random(4, 64)), torch.bfloat16, twice),
                  pack_grid(round_to_nearest(random(4, 64), 3, 8), torch.bfloat16)):  # fmt: skip
        other = empty(describe(store))
        other.load_state_dict(store.state_dict())
        assert other.dense().dtype == torch.bfloat16
        assert torch.equal(other.dense(), store.dense())


def int8_layer(bias=True):
    quantized = round_to_nearest(random(24, 64), 8, "channel", symmetric=True)
    return int8_linear(quantized, random(24, seed=1) if bias else None), dequantize(quantized)


@needs_kernel
def test_the_int8_kernel_holds_the_codes_weight_and_is_close_to_a_float_product():
    layer, weight = int8_layer()
    x = random(5, 64, seed=3)
    exact = torch.nn.functional.linear(x, weight, layer.bias)
    assert torch.allclose(layer.weight, weight, atol=1e-6)
    assert (layer(x) - exact).norm() / exact.norm() < 0.02
    seven_bits = torch.nn.functional.linear(round_groups(x, 7), weight, layer.bias)
    assert (layer(x) - exact).norm() < 2 * (seven_bits - exact).norm()


@needs_kernel
def test_a_row_of_the_int8_kernel_does_not_depend_on_its_neighbours():
    layer, _ = int8_layer()
    x = random(6, 64, seed=4) * torch.tensor([1e-3, 1.0, 100.0, 1.0, 1.0, 1e4])[:, None]
    together = layer(x)
    assert all(torch.equal(layer(x[at : at + 1])[0], together[at]) for at in range(6))


@needs_kernel
def test_copies_and_state_dicts_of_int8_layers_keep_weight_and_digest():
    layer, _ = int8_layer()
    other, _ = int8_layer(bias=False)
    other.load_state_dict(layer.state_dict())
    for same in (copy.deepcopy(layer), other):
        assert torch.equal(same(random(2, 64)), layer(random(2, 64)))
        assert torch.equal(same.digest, layer.digest)
    assert not torch.equal(int8_layer(bias=False)[0](random(2, 64)), layer(random(2, 64)))
