"""Compressed models on disk: the same model bit for bit, and no surprise from a damaged folder."""

from __future__ import annotations

import json

import pytest
import torch
from conftest import logits

import srm_lab as srm
from srm_lab.compress import load, quantize_kv_cache, save

WAYS = {
    "rtn": lambda lm, texts: srm.quantize(lm),
    "3-bit-gptq": lambda lm, texts: srm.quantize(lm, 3, 32, "gptq", calibration=texts, symmetric=True),
    "awq": lambda lm, texts: srm.quantize(lm, 4, 32, "awq", calibration=texts),
    "nf4-double": lambda lm, texts: srm.quantize(lm, method="nf4-double", embeddings=8),
    "rounded-inputs": lambda lm, texts: srm.quantize(lm, activations=8, embeddings=4),
    "int8-kernel": lambda lm, texts: srm.quantize(lm, 8, "channel", symmetric=True, activations=8),
    "simulated": lambda lm, texts: srm.quantize(lm, 2, 16, storage="simulated", embeddings=8),
    "with-cache": lambda lm, texts: quantize_kv_cache(srm.quantize(lm), 4),
    "cache-alone": lambda lm, texts: quantize_kv_cache(lm, 4, 8),
    "wanda": lambda lm, texts: srm.prune(lm, calibration=texts),
    "neurons-then-bits": lambda lm, texts: srm.quantize(srm.prune(lm, 0.25, what="neurons", calibration=texts), 4, 32),
    "layers": lambda lm, texts: srm.prune(lm, 0.34, what="layers", calibration=texts),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["llama", "biased", "untied"])
def test_a_saved_model_comes_back_bit_for_bit(make_lm, texts, tmp_path, way, kind):
    small = WAYS[way](make_lm(kind), texts)
    again = load(save(small, tmp_path / "small"))
    assert torch.equal(logits(again), logits(small))
    assert again.fingerprint == small.fingerprint
    assert (again.name, again.quantization, again.compression) == (small.name, small.quantization, small.compression)
    assert again.memory_bytes == small.memory_bytes
    assert again.num_parameters == small.num_parameters
    chains = [each.sample("a b", n=2, seed=3, max_new_tokens=5) for each in (again, small)]
    assert [chain.token_ids for chain in chains[0]] == [chain.token_ids for chain in chains[1]]


def test_half_precision_comes_back_as_such(make_lm, tmp_path):
    small = srm.quantize(make_lm("qwen3", torch.bfloat16), 4, 32, embeddings=8)
    again = load(save(small, tmp_path))
    assert again.fingerprint == small.fingerprint
    assert logits(again).dtype == torch.bfloat16


def test_nothing_is_pickled_and_the_file_is_as_small_as_the_model(lm, tmp_path):
    small = srm.quantize(lm)
    folder = save(small, tmp_path)
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".safetensors", ".jinja"}
    size = (folder / "model.safetensors").stat().st_size
    assert small.memory_bytes <= size + 2000
    assert size < small.memory_bytes + 20_000  # names and shapes


def test_load_model_says_who_reads_such_a_folder(lm, tmp_path):
    with pytest.raises(srm.SrmLabError, match=r"srm\.compress\.load"):
        srm.load_model(str(save(srm.quantize(lm), tmp_path)))


def test_what_was_not_compressed_is_not_saved_and_other_folders_are_not_loaded(lm, tmp_path):
    with pytest.raises(srm.SrmLabError, match="not compressed"):
        save(lm, tmp_path)
    with pytest.raises(srm.SrmLabError, match="no compressed model"):
        load(tmp_path)


def _change_a_weight(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"] += 1
    save_file(tensors, folder / "model.safetensors")


def _lose_a_weight(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, folder / "model.safetensors")


def _cut_the_file(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])


DAMAGE = {
    "changed": _change_a_weight,
    "lost": _lose_a_weight,
    "cut": _cut_the_file,
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "no json": lambda folder: (folder / "compression.json").write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_a_clear_error(lm, tmp_path, damage):
    folder = save(srm.quantize(lm), tmp_path)
    assert json.loads((folder / "compression.json").read_text())["quantization"] == "rtn-4bit-g64"
    DAMAGE[damage](folder)
    with pytest.raises(srm.SrmLabError, match="damaged"):
        load(folder)
