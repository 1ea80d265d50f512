"""Pruning: what goes is the least important, what is really gone saves memory, what only simulates says so."""

from __future__ import annotations

import pytest
import torch
from conftest import divergence, logits

import srm_lab as srm
from srm_lab.compress import recover
from srm_lab.compress.copies import linear_layers
from srm_lab.compress.prune import importance, keep_mask, layer_influence
from srm_lab.compress.report import bytes_without_noughts
from srm_lab.decoding.llama import readable

WAYS = [
    {"method": "magnitude"},
    {"amount": 0.3},
    {"pattern": "2:4"},
    {"what": "heads", "amount": 0.25},
    {"what": "neurons", "amount": 0.25},
    {"what": "layers", "amount": 0.34},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("kind", ["llama", "biased", "qwen3"])
def test_the_original_stays_and_the_pruned_model_samples_by_the_fast_decoder(make_lm, texts, way, kind):
    lm = make_lm(kind)
    before = lm.fingerprint
    small = srm.prune(lm, calibration=texts, **way)
    assert lm.fingerprint == before != small.fingerprint
    assert readable(small.model)
    chain = small.sample("a b", temperature=0, max_new_tokens=3)[0]
    assert chain.token_ids[0] == logits(small, "a b")[-1].argmax()


def test_magnitude_keeps_the_largest_of_each_row_and_wanda_asks_the_inputs():
    weight = torch.tensor([[1.0, -3.0, 2.0, 0.5]])
    assert keep_mask(importance(weight, "magnitude", None), 0.5).tolist() == [[False, True, True, False]]

    class Sums:
        mean_square = torch.tensor([100.0, 0.01, 1.0, 1.0])

    assert keep_mask(importance(weight, "wanda", Sums), 0.5).tolist() == [[True, False, True, False]]


def test_two_of_every_four_neighbours_stay(lm, texts):
    small = srm.prune(lm, calibration=texts, pattern="2:4")
    for layer in linear_layers(small.model).values():
        assert ((layer.weight.view(-1, 4) != 0).sum(1) == 2).all()
    assert small.compression.sparsity == pytest.approx(0.5)
    assert small.quantization == "wanda-2:4"


def test_unstructured_noughts_only_simulate_and_the_report_says_so(lm, texts):
    for way in WAYS[:4]:
        small = srm.prune(lm, calibration=texts, **way)
        assert small.memory_bytes == lm.memory_bytes
        assert "simulated" in small.compression.runs
        assert "simulated" in str(small.compression)


def test_wanda_has_a_smaller_output_error_than_magnitude_where_channels_differ(lm, texts):
    scale = torch.logspace(-1.5, 1.5, 128)
    for layer in lm.model.model.layers:  # loud and quiet channels between up and down
        layer.mlp.up_proj.weight.mul_(scale[:, None])
        layer.mlp.down_proj.weight.div_(scale)

    def error(method):
        report = srm.prune(lm, 0.5, method, calibration=texts).compression
        return sum(layer.output_error for layer in report.layers if "down" in layer.name)

    assert error("wanda") < 0.8 * error("magnitude")


def test_neurons_are_really_gone_and_those_that_do_nothing_go_first(lm, texts):
    for layer in lm.model.model.layers:
        layer.mlp.down_proj.weight[:, 10:42] = 0
    small = srm.prune(lm, 0.25, what="neurons", calibration=texts)
    assert small.model.config.intermediate_size == 96
    assert small.model.model.layers[0].mlp.up_proj.weight.shape == (96, 64)
    assert lm.memory_bytes - small.memory_bytes == 4 * 3 * 32 * 64 * 3
    assert (logits(small) - logits(lm)).abs().max() < 1e-4
    assert divergence(lm, srm.prune(lm, 0.5, what="neurons", calibration=texts)) > 1e-3


def test_heads_that_do_nothing_go_first(lm, texts):
    for layer in lm.model.model.layers:
        layer.self_attn.o_proj.weight[:, 16:32] = 0
    small = srm.prune(lm, 0.25, what="heads", calibration=texts)
    assert torch.equal(logits(small), logits(lm))
    assert divergence(lm, srm.prune(lm, 0.5, what="heads", calibration=texts)) > 1e-4


def test_the_layer_that_does_least_is_the_one_that_goes(lm, texts):
    idle = lm.model.model.layers[1]
    idle.self_attn.o_proj.weight.zero_()
    idle.mlp.down_proj.weight.zero_()
    assert layer_influence(lm, texts).argmin() == 1
    small = srm.prune(lm, 0.34, what="layers", calibration=texts)
    assert small.model.config.num_hidden_layers == len(small.model.model.layers) == 2
    assert torch.equal(logits(small), logits(lm))
    assert small.num_parameters < lm.num_parameters
    assert [layer.self_attn.layer_idx for layer in small.model.model.layers] == [0, 1]


def test_a_pruned_model_may_be_quantized_and_a_quantized_one_not_pruned(lm, texts):
    both = srm.quantize(srm.prune(lm, 0.25, what="neurons", calibration=texts), 4, 32)
    assert both.quantization == "neurons-25%+rtn-4bit-g32"
    with pytest.raises(srm.SrmLabError, match="already quantized"):
        srm.prune(both, method="magnitude")


def test_recovery_lowers_the_loss_and_noughts_stay_noughts(lm, texts):
    pruned = srm.prune(lm, 0.5, calibration=texts)
    before = pruned.fingerprint
    trained, losses = recover(pruned, texts, steps=12, batch_size=4, lr=3e-3)
    assert losses[-1] < 0.8 * losses[0]
    assert pruned.fingerprint == before
    pairs = zip(linear_layers(pruned.model).values(), linear_layers(trained.model).values())
    assert all(((old.weight == 0) == (new.weight == 0)).all() for old, new in pairs)
    assert trained.quantization == "wanda-50%+recovered12"
    assert recover(pruned, texts, steps=3, seed=1)[1] == recover(pruned, texts, steps=3, seed=1)[1]
    with pytest.raises(srm.SrmLabError, match="nothing to learn"):
        recover(pruned, ["a"], steps=1)


def test_recovery_on_examples_learns_completions_and_their_ends(lm, texts):
    from srm_lab.training.examples import Example

    pruned = srm.prune(lm, 0.5, calibration=texts)
    trained, losses = recover(pruned, [Example("a b", "c d")], steps=25, batch_size=2, lr=1e-2)
    assert losses[-1] < 0.1 * losses[0]
    assert trained.sample("a b", temperature=0, max_new_tokens=8)[0].text.split() == ["c", "d"]
    assert pruned.sample("a b", temperature=0, max_new_tokens=8)[0].text.split() != ["c", "d"]


def test_noughts_that_are_not_stored_take_a_bit_each(lm, texts):
    whole, half = bytes_without_noughts(lm.model), bytes_without_noughts(srm.prune(lm, 0.5, "magnitude").model)
    weights = sum(layer.weight.numel() for layer in linear_layers(lm.model).values())
    assert whole == pytest.approx(lm.memory_bytes / 2, rel=0.01)
    assert whole - half == pytest.approx(weights * (16 - 9) / 8, rel=0.01)
    packed = srm.quantize(lm, 4, 32)
    assert bytes_without_noughts(packed.model) < packed.memory_bytes  # only what was left in 32 bits is counted less


@pytest.mark.parametrize(
    ("way", "says"),
    [({"amount": 0}, "amount=0"), ({"amount": 1.0}, "amount=1.0"), ({"amount": 0.001}, "At least one"),
     ({"method": "wandaa"}, "wanda"), ({"what": "neuron"}, "neurons"), ({"pattern": "4:8"}, "4:8"),
     ({"pattern": "2:4", "amount": 0.4}, "2:4"), ({"calibration": None}, "none were given"),
     ({"calibration": [""]}, "no tokens"), ({"what": "layers", "amount": 0.1}, "At least one"),
     ({"what": "heads", "amount": 0.9}, "At least one"), ({"what": "layers", "calibration": [""]}, "no tokens")],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_was_touched(lm, texts, monkeypatch, way, says):
    before = lm.fingerprint
    monkeypatch.setattr("srm_lab.compress.prune.copy_model", lambda *_, **__: pytest.fail("a weight was touched"))
    with pytest.raises(srm.SrmLabError, match=says):
        srm.prune(lm, **{"calibration": texts, **way})
    assert lm.fingerprint == before
