"""GPTQ against an independent float64 implementation that follows Optimal Brain Surgeon step by step."""

from __future__ import annotations

import pytest
import torch

from srm_lab.compress.gptq import DAMPING, gptq
from srm_lab.compress.grids import dequantize, find_grid, in_groups, round_to_nearest


def layer(seed, outputs=12, inputs=32, tokens=200, sources=32, loudness=10.0):
    """A weight, and the gram matrix of inputs that mix sources, the last loudness^2 times as loud as the first."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(sources, inputs, generator=generator, dtype=torch.float64)
    mix = mix * torch.logspace(-1, 1, inputs, base=loudness)
    x = torch.randn(tokens, sources, generator=generator, dtype=torch.float64) @ mix
    return torch.randn(outputs, inputs, generator=generator) * 0.02, (x.T @ x).float()


def error(weight, quantized, gram):
    """Of the outputs, squared; the weights come back in float32, hence a tolerance of 1e-6 below."""
    difference = (weight - dequantize(quantized)).double()
    return ((difference @ gram.double()) * difference).sum().item()


def surgeon(weight, gram, bits, group_size, symmetric, act_order):
    """Rounds a column, moves the rest by the exact solution, and removes the column from the inverse; no Cholesky."""
    scale, zero = find_grid(in_groups(weight, group_size), bits, symmetric)
    scale, zero = (part.double().repeat_interleave(len(gram) // part.shape[1], 1).expand(weight.shape)
                   for part in (scale, zero))  # fmt: skip
    h = gram.double() + DAMPING * gram.double().diagonal().mean() * torch.eye(len(gram), dtype=torch.float64)
    inverse, left, rest = torch.linalg.inv(h), list(range(len(h))), weight.double().clone()
    order = h.diagonal().argsort(descending=True).tolist() if act_order else list(left)
    result = torch.zeros_like(rest)
    for column in order:
        at = left.index(column)
        code = (rest[:, column] / scale[:, column]).round() + zero[:, column]
        result[:, column] = (code.clamp(0, 2**bits - 1) - zero[:, column]) * scale[:, column]
        lost = (rest[:, column] - result[:, column]) / inverse[at, at]
        rest[:, left] -= lost[:, None] * inverse[at]
        inverse = inverse - torch.outer(inverse[:, at], inverse[at]) / inverse[at, at]
        stay = [place for place in range(len(left)) if place != at]
        inverse, left = inverse[stay][:, stay], [left[place] for place in stay]
    difference = weight.double() - result
    return ((difference @ gram.double()) * difference).sum().item()


SETTINGS = [(bits, group, symmetric, order) for bits in (2, 3, 4) for group in ("tensor", "channel", 8)
            for symmetric in (False, True) for order in (False, True)]  # fmt: skip


@pytest.mark.parametrize(("bits", "group_size", "symmetric", "act_order"), SETTINGS)
def test_the_error_is_at_most_that_of_the_independent_implementation(bits, group_size, symmetric, act_order):
    for seed in range(3):
        weight, gram = layer(seed)
        mine = gptq(weight, gram, bits, group_size, symmetric=symmetric, act_order=act_order)
        assert error(weight, mine, gram) <= surgeon(weight, gram, bits, group_size, symmetric, act_order) * (1 + 1e-6)


def test_with_correlated_inputs_it_beats_rounding_to_nearest_by_far():
    ratios = []
    for seed in range(10):
        weight, gram = layer(seed, sources=8, loudness=1.0)
        plain = error(weight, round_to_nearest(weight, 3, 16), gram)
        ratios.append(error(weight, gptq(weight, gram, 3, 16), gram) / plain)
    assert max(ratios) < 1
    assert sum(ratios) / len(ratios) < 0.5


def test_with_independent_inputs_it_is_rounding_to_nearest():
    weight, _ = layer(0)
    mine, plain = gptq(weight, torch.eye(32) * 5, 3, 16), round_to_nearest(weight, 3, 16)
    assert torch.equal(mine.codes, plain.codes)


def test_blocks_of_columns_change_nothing(monkeypatch):
    weight, gram = layer(0, inputs=96)
    whole = gptq(weight, gram, 3, 32)
    monkeypatch.setattr("srm_lab.compress.gptq.BLOCK", 7)
    assert torch.equal(gptq(weight, gram, 3, 32).codes, whole.codes)


def test_loud_channels_first_helps_where_loudness_differs():
    def mean_error(act_order):
        layers = [layer(seed) for seed in range(10)]
        return sum(error(w, gptq(w, g, 2, "channel", act_order=act_order), g) for w, g in layers)

    assert mean_error(True) < mean_error(False)


def test_channels_that_were_never_on_and_fewer_tokens_than_channels_are_no_trouble():
    weight, gram = layer(0, tokens=4)
    gram[5], gram[:, 5] = 0, 0
    assert torch.isfinite(dequantize(gptq(weight, gram, 4, 8))).all()
    assert torch.isfinite(dequantize(gptq(weight, torch.zeros(32, 32), 4, 8))).all()
