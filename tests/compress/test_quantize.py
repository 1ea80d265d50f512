"""`srm.quantize` on tiny models: what changes, what does not, what is refused before anything is touched."""

from __future__ import annotations

import pytest
import torch
from conftest import divergence, logits

import srm_lab as srm
from srm_lab.compress.int8 import Int8Linear
from srm_lab.compress.packed import PackedEmbedding, PackedLinear
from srm_lab.decoding.llama import readable

FAST = {"bits": 8, "group_size": "channel", "symmetric": True, "activations": 8}
WAYS = [
    {},
    {"method": "gptq", "bits": 3, "act_order": True},
    {"method": "awq", "bits": 3},
    {"method": "nf4"},
    {"method": "nf4-double", "embeddings": 8},
    {"bits": 2, "group_size": 16, "clip": True, "symmetric": True},
    {"bits": 4, "group_size": "tensor", "embeddings": 4},
    {"bits": 5, "activations": 8},
    {"storage": "simulated", "embeddings": 6},
    FAST,
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("kind", ["llama", "biased", "untied"])
def test_the_original_stays_as_it_was_and_the_new_one_samples_and_scores(make_lm, texts, way, kind):
    lm = make_lm(kind)
    before, said = lm.fingerprint, logits(lm)
    small = srm.quantize(lm, calibration=texts, **way)
    assert lm.fingerprint == before
    assert lm.compression is lm.quantization is None
    assert torch.equal(logits(lm), said)
    assert small.fingerprint != before
    assert small.num_parameters == lm.num_parameters
    assert len(small.sample("a b", n=5, max_new_tokens=4)) == 5
    # the same mathematics twice: the fast decoder, and the model's own forward
    assert readable(small.model)
    chain = small.sample("a b", temperature=0, max_new_tokens=1)[0]
    assert chain.token_ids[0] == logits(small, "a b")[-1].argmax()
    assert len(small.logprobs("a b", "c d")) == 2


@pytest.mark.parametrize("way", WAYS[:-1], ids=str)
def test_packed_and_simulated_are_the_same_model(lm, texts, way):
    way = {k: v for k, v in way.items() if k != "storage"}
    packed = srm.quantize(lm, calibration=texts, **way)
    simulated = srm.quantize(lm, calibration=texts, storage="simulated", **way)
    assert torch.allclose(logits(packed), logits(simulated), atol=1e-5)
    assert packed.memory_bytes < simulated.memory_bytes == lm.memory_bytes
    assert simulated.compression.bytes_packed == pytest.approx(packed.memory_bytes, abs=8)
    assert "simulated" in simulated.quantization
    assert "no memory or time saved" in simulated.compression.runs
    assert packed.fingerprint != simulated.fingerprint


def test_measured_bytes_are_those_of_the_tensors_counted_by_hand(lm):
    small = srm.quantize(lm, 4, 64)
    linear = 3 * (64 * 64 * 2 + 32 * 64 * 2 + 3 * 64 * 128)
    packed = linear // 2 + linear // 64 * 3  # codes, and for each group two bytes of scale and one of zero
    assert lm.memory_bytes - small.memory_bytes == 4 * linear - packed
    assert small.compression.bytes_after["linear layers"] == packed
    assert sum(small.compression.bytes_after.values()) == small.memory_bytes
    assert sum(small.compression.bytes_before.values()) == lm.memory_bytes
    assert small.compression.bits_per_weight == pytest.approx(4 + 24 / 64)


def test_tied_embeddings_stay_tied_and_are_packed_once(lm, make_lm):
    tied, untied = srm.quantize(lm, embeddings=8), srm.quantize(make_lm("untied"), embeddings=8)
    assert isinstance(tied.model.model.embed_tokens, PackedEmbedding)
    assert tied.model.lm_head.store is tied.model.model.embed_tokens.store
    assert untied.model.lm_head.store is not untied.model.model.embed_tokens.store
    assert tied.compression.bytes_after["head"] == 0 < untied.compression.bytes_after["head"]
    simulated = srm.quantize(lm, embeddings=8, storage="simulated").model
    assert simulated.lm_head.weight is simulated.model.embed_tokens.weight
    assert not torch.equal(simulated.lm_head.weight, lm.model.lm_head.weight)


def test_eight_bits_with_rounded_inputs_run_on_the_kernel_and_its_memory_counts(lm):
    small = srm.quantize(lm, **FAST)
    assert all(isinstance(layer.mlp.up_proj, Int8Linear) for layer in small.model.model.layers)
    assert "FBGEMM" in small.compression.runs
    codes = 3 * (64 * 64 * 2 + 32 * 64 * 2 + 3 * 64 * 128)
    assert codes < small.compression.bytes_after["linear layers"] < 1.3 * codes
    assert divergence(lm, small) < divergence(lm, srm.quantize(lm, 4, 64)) / 2


def test_more_bits_predict_more_like_the_original(lm):
    gone = [divergence(lm, srm.quantize(lm, bits, 32)) for bits in (2, 4, 8)]
    assert gone[0] > gone[1] > gone[2]


def test_gptq_and_awq_have_smaller_output_errors_than_rounding_to_nearest(lm, texts):
    def error(method):
        report = srm.quantize(lm, 3, 32, method, calibration=texts).compression
        return sum(layer.output_error for layer in report.layers)

    assert error("gptq") < error("rtn")
    assert error("awq") <= error("rtn")


def test_names_and_fingerprints_tell_quantizations_apart(lm, texts):
    ways = [*WAYS, {"group_size": 32}, {"clip": True}, {"symmetric": True}]
    made = [srm.quantize(lm, calibration=texts, **way) for way in ways]
    assert len({each.quantization for each in made}) == len({each.fingerprint for each in made}) == len(ways)
    assert made[0].quantization == "rtn-4bit-g64"
    assert made[0].fingerprint == srm.quantize(lm).fingerprint


def test_layers_may_have_bits_of_their_own(lm):
    name = "model.layers.1.mlp.down_proj"
    small = srm.quantize(lm, {name: 8}, 32)
    assert small.model.get_submodule(name).store.bits == 8
    assert small.model.model.layers[0].mlp.down_proj.store.bits == 4
    assert small.quantization.startswith("rtn-mixed")


def test_half_precision_models_keep_their_dtype(make_lm):
    small = srm.quantize(make_lm("qwen3", torch.bfloat16), embeddings=8, **FAST)
    assert logits(small).dtype == torch.bfloat16
    assert small.compression.runs.endswith("inputs rounded in simulation")
    assert small.sample("a b", max_new_tokens=3)


def test_the_report_prints_and_tabulates(lm, texts):
    report = srm.quantize(lm, calibration=texts).compression
    assert "4.38 bits a weight" in str(report)
    assert "embeddings" in str(report)
    assert len(report.table()) == 21
    assert report.calibration_tokens == sum(len(lm.encode(text)) for text in texts)
    assert 0 < report.table().output_error.max() < 0.2


BAD = [
    ({"bits": 1}, "bits=1"),
    ({"bits": 16}, "bits=16"),
    ({"group_size": 48}, "not a multiple of 48"),
    ({"group_size": 256}, "too small"),
    ({"method": "gptqq"}, "gptq"),
    ({"method": "gptq"}, "texts to calibrate"),
    ({"method": "awq"}, "texts to calibrate"),
    ({"method": "gptq", "calibration": []}, "no tokens"),
    ({"method": "gptq", "calibration": ["", ""]}, "no tokens"),
    ({"method": "gptq", "calibration": "a b c"}, "list of texts"),
    ({"method": "gptq", "calibration": [3]}, "int is no text"),
    ({"method": "nf4", "bits": 8}, "NF4 has 4 bits"),
    ({"act_order": True}, "act_order"),
    ({"activations": 4}, "activations=4"),
    ({"embeddings": 1}, "bits=1"),
    ({"storage": "tight"}, "tight"),
    ({"bits": {"model.layers.9.mlp.up_proj": 4}}, "layers.9"),
    ({"bits": {"model.layers.0.mlp.up_proj": 12}}, "bits=12"),
]


@pytest.mark.parametrize(("way", "says"), BAD, ids=str)
def test_what_cannot_be_is_refused_and_nothing_was_touched(lm, monkeypatch, way, says):
    before = lm.fingerprint
    monkeypatch.setattr("srm_lab.compress.quantize.copy_model", lambda *_, **__: pytest.fail("a weight was touched"))
    with pytest.raises(srm.SrmLabError, match=says):
        srm.quantize(lm, **way)
    assert lm.fingerprint == before


def test_a_quantized_model_is_refused_however_it_was_quantized(lm, make_lm):
    for storage in ("packed", "simulated"):
        with pytest.raises(srm.SrmLabError, match="already quantized"):
            srm.quantize(srm.quantize(lm, storage=storage))
    lm.model.config.quantization_config = {"quant_method": "bitsandbytes"}
    with pytest.raises(srm.SrmLabError, match="already quantized"):
        srm.quantize(lm)


def test_broken_weights_recordings_and_packed_layers_are_refused(lm, fake_model):
    with pytest.raises(srm.SrmLabError, match="no weights on this machine"):
        srm.quantize(fake_model(["a"]))
    lm.model.model.layers[0].mlp.up_proj.weight[0, 0] = float("nan")
    with pytest.raises(srm.SrmLabError, match="not finite"):
        srm.quantize(lm)


def test_a_packed_layer_is_what_stands_in_the_model(lm):
    assert all(
        isinstance(module, PackedLinear)
        for name, module in srm.quantize(lm).model.named_modules()
        if name.endswith("_proj")
    )
