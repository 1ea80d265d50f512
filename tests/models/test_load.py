"""Loading by name: what works, and one clear error for each thing that does not, with nothing read or left behind."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from conftest_tiny import save_tiny

import srm_lab as srm
from srm_lab.models import checks, hub
from srm_lab.models.checks import estimate_memory
from srm_lab.models.load import load_model


def test_a_local_folder_loads_and_samples(tiny_folder):
    lm = load_model(tiny_folder, dtype="float32")
    chains = lm.sample("what is 1 + 2 ?", n=3, max_new_tokens=5, temperature=1.0)
    assert len(chains) == 3
    assert all(1 <= len(chain.token_ids) <= 5 for chain in chains)


def test_memory_is_estimated_before_loading_to_the_byte(tiny_folder):
    import torch
    from transformers import AutoConfig

    shapes = checks.shapes_only(AutoConfig.from_pretrained(tiny_folder))
    for quantization, dtype in ((None, torch.float32), (None, torch.bfloat16), ("int8", torch.bfloat16)):
        lm = load_model(tiny_folder, quantization=quantization, dtype=str(dtype))
        buffers = sum(b.numel() * b.element_size() for b in lm.model.buffers())
        scales = sum(m.weight.SCB.nbytes for m in lm.model.modules() if hasattr(getattr(m, "weight", None), "SCB"))
        measured = lm.memory_bytes - buffers - scales
        assert abs(measured - estimate_memory(shapes, quantization, dtype)) <= 0.01 * measured


@pytest.mark.parametrize("quantization", ["int8", "nf4", "fp4", "nf4-double"])
def test_every_quantization_runs_on_the_cpu_and_saves_memory(tiny_folder, quantization):
    full, small = load_model(tiny_folder, dtype="float32"), load_model(tiny_folder, quantization=quantization)
    assert small.memory_bytes < full.memory_bytes
    assert small.num_parameters == full.num_parameters
    before = small.fingerprint
    assert len(small.sample("what is 1 + 2 ?", max_new_tokens=4)) == 1
    assert small.fingerprint == before != full.fingerprint


def test_the_fingerprint_follows_weights_and_dtype(tiny_folder):
    a, b = load_model(tiny_folder, dtype="float32"), load_model(tiny_folder, dtype="float32")
    assert a.fingerprint == b.fingerprint
    assert load_model(tiny_folder, dtype="bfloat16").fingerprint != a.fingerprint
    next(b.model.parameters()).data.view(-1)[0] += 1
    b.model.lm_head.weight.add_(0.01)  # an in-place change that torch counts
    assert a.fingerprint != b.fingerprint


@pytest.mark.parametrize(
    ("name", "says"),
    [("smolm2-135m", "smollm2-135m"), ("./no/such/folder", "must exist"), ("Qwen3-0.6B", "Qwen/Qwen3-0.6B")],
)
def test_an_unknown_name_gets_the_nearest_ones(name, says):
    with pytest.raises(srm.SrmLabError, match=says):
        load_model(name)


def test_an_unknown_quantization_dtype_or_device_names_the_known_ones(tiny_folder):
    with pytest.raises(srm.SrmLabError, match="nf4"):
        load_model(tiny_folder, quantization="nf5")
    with pytest.raises(srm.SrmLabError, match="bfloat16"):
        load_model(tiny_folder, dtype="bfloat61")
    with pytest.raises(srm.SrmLabError, match="no device called"):
        load_model(tiny_folder, device="gpu0")


def test_cuda_without_a_gpu_is_said_before_loading(tiny_folder):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(srm.SrmLabError, match="no CUDA GPU"):
        load_model(tiny_folder, device="cuda")


def test_no_network_is_one_error_at_once_and_says_what_works_offline(monkeypatch):
    def no_lookup(*_):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(srm.SrmLabError, match="smollm2-135m"):
        load_model("some-org/some-model")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError("You are trying to access a gated repo.\nMake sure"), "Accept its licence"),
        (OSError("foo is not a local folder and is not a valid model identifier"), "no model called"),
        (OSError("We couldn't connect to the hub"), "cannot be reached"),
        (OSError("No file named model.safetensors"), "must be complete"),
        (ValueError("Unrecognized model type xyz"), "this version"),
    ],
)
def test_the_hubs_errors_say_what_to_do(error, says):
    with pytest.raises(srm.SrmLabError, match=says), hub.hub_errors("org/name"):
        raise error


def test_too_little_memory_is_said_before_loading_with_what_would_fit(tiny_folder, monkeypatch):
    monkeypatch.setattr("srm_lab.models.load._load_weights", lambda *a: pytest.fail("weights were read"))
    monkeypatch.setattr(checks, "free_memory", lambda device: 150_000)
    with pytest.raises(srm.SrmLabError, match="quantization='int8'"):
        load_model(tiny_folder, dtype="float32")
    monkeypatch.setattr(checks, "free_memory", lambda device: 10)
    with pytest.raises(srm.SrmLabError, match="smaller model"):
        load_model(tiny_folder, dtype="float32")


def test_widths_the_four_bit_kernel_cannot_run_are_refused_before_loading(tmp_path):
    odd = save_tiny(tmp_path / "odd", hidden=48)
    with pytest.raises(srm.SrmLabError, match="multiple of 64"):
        load_model(odd, quantization="nf4")
    assert load_model(odd, quantization="int8").sample("a b", max_new_tokens=2)


def test_an_already_quantized_model_is_not_quantized_again(tiny_folder, tmp_path):
    import json

    folder = shutil.copytree(tiny_folder, tmp_path / "awq")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": {"quant_method": "awq"}}))
    with pytest.raises(srm.SrmLabError, match="already quantized"):
        load_model(str(folder), quantization="nf4")


@pytest.mark.parametrize("what", ["nothing", "truncated weights", "two ggufs", "damaged gguf"])
def test_a_folder_that_is_no_model_is_a_clear_error(what, tiny_folder, tmp_path):
    folder = tmp_path / "broken"
    if what == "truncated weights":
        shutil.copytree(tiny_folder, folder)
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    else:
        folder.mkdir()
        for i in range({"nothing": 0, "two ggufs": 2, "damaged gguf": 1}[what]):
            (folder / f"{i}.gguf").write_bytes(b"GGUF, but not really")
    with pytest.raises(srm.SrmLabError):
        load_model(str(folder))


def test_no_pickled_weights_are_read(tiny_folder, tmp_path):
    import torch

    folder = Path(shutil.copytree(tiny_folder, tmp_path / "pickled"))
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(srm.SrmLabError, match="could not be loaded"):
        load_model(str(folder))


def test_an_adapter_is_merged_and_one_for_another_base_is_refused(tiny_folder, tmp_path):
    import peft
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_folder)
    config = peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    peft.get_peft_model(base, config).save_pretrained(tmp_path / "adapter")
    plain = load_model(tiny_folder, dtype="float32")
    adapted = load_model(tiny_folder, dtype="float32", adapter=str(tmp_path / "adapter"))
    assert adapted.num_parameters == plain.num_parameters
    assert adapted.fingerprint != plain.fingerprint
    other = save_tiny(tmp_path / "wide", hidden=128)
    with pytest.raises(srm.SrmLabError, match="does not fit"):
        load_model(other, adapter=str(tmp_path / "adapter"))


def test_every_catalogue_entry_gets_smaller_with_quantization():
    table = srm.list_models()
    table = table[~table.index.str.startswith("tiny/")]  # those are trained and shipped in float32
    assert (table["int8 (MB)"] < table["bfloat16 (MB)"]).all()
    assert (table["nf4 (MB)"] < table["int8 (MB)"]).all()
    assert (table["nf4-double (MB)"] < table["nf4 (MB)"]).all()
    assert table.loc["smollm2-135m", "runs offline"]
