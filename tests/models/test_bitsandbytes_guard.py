"""4-bit layers pass gradients after sampling: on a whole LoRA model, against a copy that was never sampled from.

Repacking is switched on by hand for the cases that must fail, because few processors do it by themselves.
"""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from srm_lab.models.adapters import with_lora
from srm_lab.models.bitsandbytes_guard import REPACKING, four_bit_layers, keep_gradients
from srm_lab.models.local import LocalModel
from srm_lab.training.sft import trained

IDS = torch.arange(2, 14).view(2, 6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A random Llama of two layers whose widths are multiples of 64, as repacking asks."""
    torch.manual_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    path = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(LlamaConfig(vocab_size=64, max_position_embeddings=64, **shape)).save_pretrained(path)
    return path


@pytest.fixture(params=[False, True], ids=["plain", "double"])
def base(folder, request):
    """The same in nf4, with and without double quantization."""
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32,
        bnb_4bit_use_double_quant=request.param,
    )  # fmt: skip
    return AutoModelForCausalLM.from_pretrained(folder, quantization_config=nf4, device_map="cpu", dtype=torch.float32)


@pytest.fixture
def model(base):
    """The same with adapters that are not at their start, where half of them have no gradient."""
    wrapped = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(1)
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            parameter.data = 0.1 * torch.randn(parameter.shape, generator=generator)
    return wrapped


def allow_repacking(model):
    for layer in four_bit_layers(model):
        setattr(layer, REPACKING, True)


def sample(model):
    """Forward passes in evaluation mode; what they give is of no interest, they may repack."""
    with torch.inference_mode():
        model(input_ids=IDS)


def packed(model) -> int:
    states = [layer.weight.quant_state for layer in four_bit_layers(model)]
    return sum(bool(getattr(state, "packing_format_for_cpu", False)) for state in states)


def weights(model) -> list[torch.Tensor]:
    return [dequantize_4bit(layer.weight.data, layer.weight.quant_state) for layer in four_bit_layers(model)]


def gradients(model) -> dict[str, torch.Tensor]:
    """Of every adapter, after one backward pass the way every training method makes it."""
    with trained(model) as named, warnings.catch_warnings():
        warnings.simplefilter("error")  # torch only warns where a gradient is lost
        model(input_ids=IDS, labels=IDS, use_cache=False).loss.backward()
        return {name: parameter.grad.clone() for name, parameter in named}


def distance(a: dict, b: dict) -> float:
    """Relative norm of the difference, of the adapter where it is largest."""
    return max(float((a[name] - b[name]).norm() / b[name].norm()) for name in b)


def test_a_model_prepared_before_sampling_has_the_gradients_of_one_never_sampled_from(model):
    allow_repacking(model)
    never_sampled = copy.deepcopy(model)
    assert keep_gradients(model) == 14  # seven layers in each of two blocks
    sample(model)
    assert packed(model) == 0
    assert not any(getattr(layer, REPACKING) for layer in four_bit_layers(model))
    expected = gradients(never_sampled)
    assert len(expected) == 28
    assert distance(gradients(model), expected) == 0.0


def test_adding_adapters_prepares_the_layers(base):
    allow_repacking(base)
    sample(base)
    assert packed(base) == 14
    adapted = with_lora(LocalModel("nf4", base, None, "nf4"), rank=4).model
    sample(adapted)
    assert packed(adapted) == 0


def test_training_puts_packed_layers_back_and_keeps_them_so(model):
    never_sampled = copy.deepcopy(model)
    allow_repacking(model)
    sample(model)
    assert packed(model) == 14
    found, expected = gradients(model), gradients(never_sampled)
    assert distance(found, expected) < 0.05  # packing rounded the scales to bfloat16
    assert [w.shape for w in weights(model)] == [w.shape for w in weights(never_sampled)]
    assert all((a - b).norm() < 0.005 * b.norm() for a, b in zip(weights(model), weights(never_sampled)))
    sample(model)
    assert packed(model) == 0


def test_without_the_guard_sampling_repacks_and_the_gradients_are_wrong(model, monkeypatch):
    never_sampled = copy.deepcopy(model)
    monkeypatch.setattr("srm_lab.training.sft.keep_gradients", lambda model: 0)
    allow_repacking(model)
    sample(model)
    assert packed(model) == 14
    try:
        found = gradients(model)
    except (UserWarning, AttributeError, RuntimeError):  # lost: a warning, no gradient, or no backward pass at all
        return
    assert distance(found, gradients(never_sampled)) > 0.05


def test_a_model_without_four_bit_layers_is_left_alone():
    assert keep_gradients(torch.nn.Linear(4, 4)) == 0
