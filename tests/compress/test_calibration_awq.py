"""Sums over the inputs of layers, and the scaling that is built on them."""

from __future__ import annotations

import pytest
import torch
from conftest import logits

from srm_lab.compress.awq import fold, llama_folds, search_scale
from srm_lab.compress.calibration import InputSums, calibrate
from srm_lab.compress.copies import copy_model, linear_layers
from srm_lab.compress.grids import dequantize, round_to_nearest
from srm_lab.errors import SrmLabError
from srm_lab.records import Completion


def inputs_of(lm, name, texts):
    """What a layer sees, collected without the code under test: [tokens, inputs]."""
    seen = []
    handle = lm.model.get_submodule(name).register_forward_hook(lambda module, args, out: seen.append(args[0][0]))
    for text in texts:
        logits(lm, text)
    handle.remove()
    return torch.cat(seen)


def test_the_sums_are_those_of_the_inputs_and_shared_where_inputs_are(lm, texts):
    sums = calibrate(lm, texts, linear_layers(lm.model))
    for name in ("model.layers.1.self_attn.k_proj", "model.layers.2.mlp.down_proj"):
        x = inputs_of(lm, name, texts)
        assert sums[name].tokens == len(x)
        assert torch.allclose(sums[name].gram, x.T @ x, rtol=1e-4, atol=1e-4)
        assert torch.allclose(sums[name].mean_abs, x.abs().mean(0), rtol=1e-4)
        assert torch.allclose(sums[name].mean_square, x.square().mean(0), rtol=1e-4)
    assert len({id(each) for each in sums.values()}) == 3 * 4
    assert len(sums) == 3 * 7


def test_completions_are_read_as_their_texts_and_hooks_are_gone_afterwards(lm, texts):
    layers = linear_layers(lm.model)
    chains = [Completion(text, None, text, (1,), (0.0,), "stop") for text in texts]
    name = "model.layers.0.mlp.up_proj"
    assert torch.equal(calibrate(lm, chains, layers)[name].gram, calibrate(lm, texts, layers)[name].gram)
    assert not any(layer._forward_pre_hooks for layer in layers.values())


def test_texts_longer_than_the_context_are_cut(lm):
    assert calibrate(lm, ["a " * 500], linear_layers(lm.model))["model.layers.0.mlp.up_proj"].tokens == 128


def test_a_layer_that_is_never_used_is_a_clear_error(lm, texts):
    with pytest.raises(SrmLabError, match="never used"):
        calibrate(lm, texts, {"spare": torch.nn.Linear(8, 8)})


@pytest.mark.parametrize("kind", ["llama", "biased", "all-heads", "qwen2", "qwen3"])
def test_folding_any_scale_leaves_the_models_output_as_it_was(make_lm, kind):
    lm = make_lm(kind)
    before = logits(lm)
    folds = llama_folds(lm.model)
    assert len(folds) == 3 * (4 if kind == "all-heads" else 3)
    for pair in folds:
        fold(pair, 0.5 + 2 * torch.rand(next(iter(pair.readers.values())).in_features))
    assert (logits(lm) - before).abs().max() < 1e-4 * before.abs().max()


def test_a_scale_on_one_side_alone_would_be_seen(lm):
    before = logits(lm)
    lm.model.model.layers[0].mlp.down_proj.weight.mul_(2)
    assert (logits(lm) - before).abs().max() > 1e-2


def test_the_search_never_does_worse_than_plain_rounding_and_better_where_a_channel_is_loud():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(300, 32, generator=generator)
    x[:, 3] *= 30
    weight, sums = torch.randn(16, 32, generator=generator), InputSums(32, torch.device("cpu"))
    sums.add(x)

    def rounded(matrix):
        return dequantize(round_to_nearest(matrix, 3, 32))

    def error(scale):
        return (x @ (rounded(weight * scale) / scale - weight).T).norm()

    scale, alpha = search_scale([weight], sums, rounded)
    assert alpha > 0
    assert scale.argmax() == 3
    assert error(scale) < 0.7 * error(torch.ones(32))
    quiet = InputSums(32, torch.device("cpu"))
    quiet.add(torch.eye(32))
    assert torch.allclose(search_scale([weight], quiet, rounded)[0], torch.ones(32), atol=1e-5)


def test_sums_scaled_are_the_sums_of_scaled_inputs():
    x, factor = torch.randn(10, 4), torch.tensor([1.0, 2.0, 0.5, 3.0])
    sums, scaled = InputSums(4, x.device), InputSums(4, x.device)
    sums.add(x)
    scaled.add(x * factor)
    assert torch.allclose(sums.scaled(factor).gram, scaled.gram, atol=1e-4)
    assert torch.allclose(sums.scaled(factor).mean_abs, scaled.mean_abs, atol=1e-5)


def test_other_architectures_are_refused_by_name(lm):
    with pytest.raises(SrmLabError, match="Linear"):
        llama_folds(torch.nn.Linear(2, 2))
    lm.model.model.layers[0].input_layernorm = torch.nn.LayerNorm(64)
    with pytest.raises(SrmLabError, match="AWQ does not know"):
        llama_folds(lm.model)


def test_a_copy_shares_only_what_it_is_told_to(lm):
    layer = lm.model.model.layers[0].mlp.up_proj
    apart, shared = copy_model(lm.model), copy_model(lm.model, share=True)
    part = copy_model(lm.model, without=[layer])
    weights = [
        m.model.layers[0].mlp.up_proj.weight.data_ptr() == layer.weight.data_ptr() for m in (apart, shared, part)
    ]
    norms = [m.model.norm.weight.data_ptr() == lm.model.model.norm.weight.data_ptr() for m in (apart, shared, part)]
    assert weights == [False, True, True]
    assert norms == [False, True, False]
    assert apart.lm_head.weight is apart.model.embed_tokens.weight
