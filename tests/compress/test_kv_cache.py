"""Keys and values in fewer bits, on both decoders and in the model's own forward."""

from __future__ import annotations

import pytest
import torch
from conftest import divergence, logits

import srm_lab as srm
from srm_lab.compress import quantize_kv_cache
from srm_lab.compress.activations import round_groups
from srm_lab.compress.kv_cache import bytes_per_token
from srm_lab.decoding.llama import readable


def test_sixteen_bits_change_nothing_and_fewer_bits_change_more(lm):
    gone = [divergence(lm, quantize_kv_cache(lm, bits)) for bits in (16, 8, 4, 3, 2)]
    assert torch.equal(logits(lm), logits(quantize_kv_cache(lm, 16)))
    assert gone[0] == 0 < gone[1] < gone[2] < gone[3] < gone[4]


def test_smaller_groups_change_less(lm):
    assert divergence(lm, quantize_kv_cache(lm, 3, 4)) < divergence(lm, quantize_kv_cache(lm, 3))


@pytest.mark.parametrize("kind", ["llama", "qwen3", "qwen2"])
def test_sampling_rounds_as_the_models_own_forward_does(make_lm, kind):
    small = quantize_kv_cache(make_lm(kind), 3)
    assert readable(small.model) == (kind != "qwen2")
    chain = small.sample("a b c", temperature=0, max_new_tokens=6)[0]
    ids = [*small.encode("a b c"), *chain.token_ids]
    with torch.no_grad():
        said = small.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    at = len(ids) - len(chain.token_ids)
    expected = [said[at + i - 1, token].item() for i, token in enumerate(chain.token_ids)]
    assert chain.logprobs == pytest.approx(expected, abs=1e-3)
    exact = make_lm(kind).sample("a b c", temperature=0, max_new_tokens=6)[0]
    assert exact.logprobs[0] != pytest.approx(chain.logprobs[0], abs=1e-3)


def test_it_shares_weights_has_a_name_of_its_own_and_goes_with_quantized_weights(lm):
    small = quantize_kv_cache(lm, 4, 8)
    assert small.model.model.layers[0].self_attn.k_proj.inner.weight is not None
    assert small.model.model.norm.weight.data_ptr() == lm.model.model.norm.weight.data_ptr()
    assert small.memory_bytes == lm.memory_bytes
    assert small.quantization == "kv4-g8"
    assert small.fingerprint != lm.fingerprint
    assert quantize_kv_cache(srm.quantize(lm), 4).quantization == "rtn-4bit-g64+kv4"


def test_bytes_a_token_count_codes_and_their_scales(lm):
    assert bytes_per_token(lm, 16) == 2 * 3 * 2 * 16 * 2
    assert bytes_per_token(lm, 4) == 2 * 3 * 2 * 16 * (4 + 32 / 16) / 8


def test_what_cannot_be_is_refused(lm, fake_model):
    with pytest.raises(srm.SrmLabError, match="no weights on this machine"):
        quantize_kv_cache(fake_model(["a"]), 4)
    for arguments, says in (((5,), "5 bits"), ((4, 5), "does not divide"), ((4, 32), "does not divide")):
        with pytest.raises(srm.SrmLabError, match=says):
            quantize_kv_cache(lm, *arguments)
    with pytest.raises(srm.SrmLabError, match="They are already"):
        quantize_kv_cache(quantize_kv_cache(lm, 4), 4)
    with pytest.raises(srm.SrmLabError, match="already quantized"):
        srm.quantize(quantize_kv_cache(lm, 4))


def test_rounding_is_by_token_and_group():
    x = torch.randn(5, 16) * torch.logspace(-2, 2, 5)[:, None]
    for symmetric in (False, True):
        rounded = round_groups(x, 4, 8, symmetric)
        assert torch.allclose(rounded[2], round_groups(x[2:3], 4, 8, symmetric)[0])
        assert ((rounded - x).norm(dim=1) / x.norm(dim=1) < 0.2).all()
        assert len(rounded[0, :8].unique()) <= 8
    assert (round_groups(torch.zeros(1, 8), 4) == 0).all()
