"""Which layers need bits, and how a budget of them is spent."""

from __future__ import annotations

import pytest
from conftest import divergence

import srm_lab as srm
from srm_lab.compress import allocate_bits, layer_sensitivity
from srm_lab.compress.copies import linear_layers


def test_sensitivity_falls_with_bits_and_leaves_the_model_as_it_was(lm, texts):
    before = lm.fingerprint
    found = layer_sensitivity(lm, texts, (2, 4, 8), 32)
    assert lm.fingerprint == before
    assert found.keys() == linear_layers(lm.model).keys()
    assert all(costs[2] > costs[4] > costs[8] >= 0 for costs in found.values())


def test_a_layer_that_matters_more_is_measured_as_more_sensitive(lm, texts):
    lm.model.model.layers[0].mlp.down_proj.weight.mul_(0)
    found = layer_sensitivity(lm, texts, (2,), 32)
    assert found["model.layers.0.mlp.down_proj"][2] == 0
    assert found["model.layers.0.mlp.up_proj"][2] == pytest.approx(0, abs=1e-6)
    assert found["model.layers.1.mlp.down_proj"][2] > 1e-3


def test_the_budget_is_kept_and_goes_where_it_helps_most():
    sensitivity = {"loud": {2: 1.0, 4: 0.1, 8: 0.0}, "quiet": {2: 0.01, 4: 0.001, 8: 0.0}, "flat": {2: 0, 4: 0, 8: 0}}
    weights = {"loud": 100, "quiet": 100, "flat": 100}
    assert allocate_bits(sensitivity, weights, 2) == {"loud": 2, "quiet": 2, "flat": 2}
    assert allocate_bits(sensitivity, weights, 3) == {"loud": 4, "quiet": 2, "flat": 2}
    assert allocate_bits(sensitivity, weights, 8) == {"loud": 8, "quiet": 8, "flat": 2}
    with pytest.raises(srm.SrmLabError, match="buys nothing"):
        allocate_bits(sensitivity, weights, 1.9)


def test_large_layers_pay_for_each_of_their_weights():
    sensitivity = {"large": {2: 1.0, 4: 0.0}, "small": {2: 0.5, 4: 0.0}}
    assert allocate_bits(sensitivity, {"large": 1000, "small": 100}, 2.3) == {"large": 2, "small": 4}


def test_mixed_bits_predict_better_than_the_same_budget_spent_on_the_least_sensitive_layers(lm, texts):
    found = layer_sensitivity(lm, texts, (2, 4), 32)
    sizes = {name: layer.weight.numel() for name, layer in linear_layers(lm.model).items()}
    well = allocate_bits(found, sizes, 3)
    order = sorted(found, key=lambda name: (found[name][2] - found[name][4]) / sizes[name])
    badly, left = dict.fromkeys(order, 2), sum(sizes.values())
    for name in order:
        if 2 * sizes[name] <= left:
            badly[name], left = 4, left - 2 * sizes[name]
    assert divergence(lm, srm.quantize(lm, well, 32)) < divergence(lm, srm.quantize(lm, badly, 32))
