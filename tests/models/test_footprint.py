"""The estimate of a model's bytes, against layouts without weights and against what loaded models take."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config, SmolLM3Config
from transformers.models.gpt2 import GPT2Config

import srm_lab as srm
from srm_lab.compress.report import bytes_by_part
from srm_lab.decoding.generic_cache import kv_bytes_per_token, tensors
from srm_lab.models import tiny
from srm_lab.models.architecture import PARTS, PUBLISHED, Architecture, architecture_of
from srm_lab.models.catalogue import BYTES_PER_WEIGHT, CATALOGUE
from srm_lab.models.checkpoints import list_checkpoints
from srm_lab.models.checks import shapes_only
from srm_lab.models.footprint import (
    SCHEMES,
    cache_bytes_per_token,
    grid_scheme,
    matrix_bytes,
    weight_bytes,
)
from srm_lab.models.local import LocalModel
from srm_lab.tasks.worked import ALPHABET

TOLERANCE = 0.05
SMALL = {
    "vocab_size": 96, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
R1 = PUBLISHED["deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"]


def dtype_of(lm):
    return str(lm.model.get_input_embeddings().weight.dtype).removeprefix("torch.")


def at_precision(name, precision):
    """A model of that name, loaded or quantized as a learner would."""
    if precision.startswith("rtn"):
        return srm.quantize(srm.load_model(name, dtype="float32"), bits=int(precision[4]))
    if precision in SCHEMES:
        return srm.load_model(name, quantization=precision)
    return srm.load_model(name, dtype=precision)


def check_weights(lm):
    """Together and part by part, the estimate is within 5 % of the measured bytes."""
    measured = bytes_by_part(lm.model)
    estimated = weight_bytes(architecture_of(lm.model.config), dtype_of(lm), lm.quantization)
    assert sum(measured.values()) == lm.memory_bytes
    assert sum(estimated.values()) == pytest.approx(lm.memory_bytes, rel=TOLERANCE)
    for part in ("embeddings", "head", "linear layers"):
        assert estimated[part] == pytest.approx(measured[part], rel=TOLERANCE), part


def measured_cache(lm, tokens=24):
    """Bytes a token of the cache that the model itself fills."""
    with torch.no_grad():
        cache = lm.model(input_ids=torch.ones(1, tokens, dtype=torch.long), use_cache=True).past_key_values
    return sum(tensor.nbytes for tensor in tensors(cache)) / tokens


@pytest.mark.parametrize("config", [LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config, SmolLM3Config])
@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_those_of_the_model_that_transformers_lays_out(config, tied):
    made = config(**SMALL, tie_word_embeddings=tied)
    assert sum(architecture_of(made).parameters.values()) == shapes_only(made).num_parameters()


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_architectures_have_the_catalogues_parameters(name):
    model, entry = PUBLISHED[name], CATALOGUE[name]
    assert sum(model.parameters.values()) == pytest.approx(entry.parameters, rel=0.001)
    assert model.parameters["embeddings"] + model.parameters["head"] == entry.embedding_parameters


@pytest.mark.parametrize("config", [GPT2Config(), LlamaConfig(**SMALL, attention_bias=True)])
def test_an_architecture_that_is_not_counted_is_refused(config):
    with pytest.raises(srm.SrmLabError, match="not counted here"):
        architecture_of(config)


@pytest.fixture(scope="module")
def tiny_folders(tmp_path_factory):
    """Untrained tiny models as folders, by size."""
    folders = {}
    for size in ("0.1M", "2M"):
        folders[size] = str(tmp_path_factory.mktemp("tiny") / size)
        for part in tiny.make(size, ALPHABET, 0):
            part.save_pretrained(folders[size])
    return folders


PRECISIONS = ("float32", "bfloat16", *SCHEMES)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("size", ["0.1M", "2M"])
def test_tiny_models_take_what_was_estimated_at_every_precision(tiny_folders, size, precision):
    lm = at_precision(tiny_folders[size], precision)
    check_weights(lm)
    per_token = cache_bytes_per_token(architecture_of(lm.model.config), dtype_of(lm))
    assert per_token == kv_bytes_per_token(lm.model) == measured_cache(lm)


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", [*(f"tiny/{name}" for name in list_checkpoints()), "smollm2-135m"])
def test_every_shipped_model_takes_what_was_estimated_at_every_precision(name, precision):
    lm = at_precision(name, precision)
    check_weights(lm)
    assert cache_bytes_per_token(architecture_of(lm.model.config), dtype_of(lm)) == measured_cache(lm)


def test_an_estimate_without_the_constants_is_not_good_enough(tiny_folders):
    lm = at_precision(tiny_folders["0.1M"], "nf4")
    parts = architecture_of(lm.model.config).parameters
    naive = 2 * (sum(parts.values()) - parts["linear layers"]) + parts["linear layers"] / 2
    assert abs(naive / lm.memory_bytes - 1) > TOLERANCE


@pytest.mark.parametrize("bits", [2, 3, 5])
def test_other_grids_of_srm_quantize_are_estimated_too(bits):
    lm = LocalModel("t", *tiny.make("0.1M", ALPHABET, 0))
    small = srm.quantize(lm, bits=bits, group_size=32)
    estimate = weight_bytes(architecture_of(lm.model.config), "float32", grid_scheme(bits, 32))
    assert sum(estimate.values()) == pytest.approx(small.memory_bytes, rel=TOLERANCE)


@pytest.mark.parametrize("scheme", BYTES_PER_WEIGHT.keys() & SCHEMES.keys())
def test_large_matrices_take_the_bytes_a_weight_that_loading_counts_with(scheme):
    side = 4096
    assert matrix_bytes(side, side, SCHEMES[scheme]) / side**2 == pytest.approx(BYTES_PER_WEIGHT[scheme], rel=0.002)


def test_the_reference_model_is_known_without_any_weight():
    assert set(weight_bytes(R1)) == set(PARTS)
    assert sum(weight_bytes(R1, "bfloat16").values()) == 2 * 1_777_088_000
    assert cache_bytes_per_token(R1, "bfloat16") == 28_672


def test_four_bits_are_not_a_quarter_of_sixteen_where_embeddings_stay():
    share = sum(weight_bytes(R1, "bfloat16", "nf4").values()) / sum(weight_bytes(R1, "bfloat16").values())
    assert 0.45 < share < 0.5


@given(
    st.integers(1, 8), st.sampled_from([64, 128, 576]), st.sampled_from([1, 2, 4]), st.integers(1, 4),
    st.integers(10, 5000), st.booleans(),
)  # fmt: skip
def test_fewer_bits_never_take_more_and_a_tied_head_takes_nothing(layers, width, kv_heads, share, vocabulary, tied):
    model = Architecture(layers, width, kv_heads * share, kv_heads, 32, 3 * width, vocabulary, tied)
    sizes = [sum(weight_bytes(model, *how).values()) for how in
             (("float32", None), ("bfloat16", None), ("bfloat16", "int8"), ("bfloat16", "nf4"))]  # fmt: skip
    assert sizes[0] == 2 * sizes[1] > sizes[1] > sizes[2] > sizes[3]
    assert (weight_bytes(model)["head"] == 0) is tied


def test_unknown_names_get_the_nearest():
    with pytest.raises(srm.SrmLabError, match="nf4"):
        weight_bytes(R1, "bfloat16", "nf5")
    with pytest.raises(srm.SrmLabError, match="float32"):
        cache_bytes_per_token(R1, "float31")
