"""Compressed models on disk: safetensors for the tensors, plain JSON for the rest, the same model bit for bit.

A folder holds what `save_pretrained` would write (config, generation config, tokenizer), the tensors as they are in
memory, codes and scales included, and `compression.json`: which modules stand in the place of linear layers and
embeddings, and the report. Nothing is pickled. Left out: the formats of other tools.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError
from .activations import RoundedInputs, RoundedOutputs
from .copies import replace_module
from .int8 import Int8Linear
from .packed import PackedEmbedding, PackedLinear, describe, empty
from .report import CompressionReport, LayerReport

FILE, WEIGHTS = "compression.json", "model.safetensors"


def save(lm: Any, folder: str | Path) -> Path:
    """Writes a compressed model to a folder, which is made. Raises SrmLabError where lm is not compressed."""
    from safetensors.torch import save_file

    modules = _describe_modules(lm.model)
    if lm.compression is None and not modules:
        raise SrmLabError(
            f"{lm.name} was not compressed here.", "This writes what srm.quantize and srm.prune make.",
            "Use lm.model.save_pretrained(folder) and lm.tokenizer.save_pretrained(folder).",
        )  # fmt: skip
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lm.model.config.save_pretrained(folder)
    if lm.model.generation_config is not None:
        lm.model.generation_config.save_pretrained(folder)
    lm.tokenizer.save_pretrained(folder)
    save_file(_unique_tensors(lm.model), folder / WEIGHTS)
    facts = {
        "name": lm.name,
        "quantization": lm.quantization,
        "modules": modules,
        "report": lm.compression and asdict(lm.compression),
        "fingerprint": lm.fingerprint,
    }
    (folder / FILE).write_text(json.dumps(facts, indent=1))
    return folder


def load(folder: str | Path) -> Any:
    """The LocalModel that `save` wrote, on the processor. Raises SrmLabError where the folder is none or is damaged."""
    from transformers import AutoTokenizer

    from ..models.local import LocalModel
    from ..models.machine import quiet

    folder = Path(folder)
    facts = _read_facts(folder)
    with quiet():
        model = _empty_model(folder, facts["modules"])
        _fill(model, folder)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    lm = LocalModel(facts["name"], model.requires_grad_(False), tokenizer, facts["quantization"])
    lm.compression = _report(facts["report"])
    if lm.fingerprint != facts["fingerprint"]:
        raise _damaged(folder, "Its weights are not those that were saved.")
    return lm


def _describe_modules(model: nn.Module) -> list[dict[str, Any]]:
    """The modules that the configuration does not tell of, outer ones before those inside them."""
    described, stores = [], {}
    for name, module in model.named_modules():
        if isinstance(module, (PackedLinear, PackedEmbedding)):
            first = stores.setdefault(id(module.store), name)
            shared = {"shares": first} if first != name else {"store": describe(module.store)}
            described.append({"name": name, "is": type(module).__name__, **shared})
        elif isinstance(module, Int8Linear):
            shape, bias = [module.out_features, module.in_features], module.bias is not None
            described.append({"name": name, "is": "Int8Linear", "shape": shape, "bias": bias})
        elif isinstance(module, RoundedInputs):
            described.append({"name": name, "is": "RoundedInputs", "bits": module.bits})
        elif isinstance(module, RoundedOutputs):
            sizes = {"bits": module.bits, "group_size": module.group_size}
            described.append({"name": name, "is": "RoundedOutputs", **sizes})
    return described


def _unique_tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    """The state dict without second names of tensors that are shared: ties are made again at loading."""
    kept, seen = {}, set()
    for name, tensor in [*model.state_dict().items(), *_unsaved_buffers(model).items()]:
        if tensor.data_ptr() not in seen or not tensor.numel():
            kept[name] = tensor.contiguous()
        seen.add(tensor.data_ptr())
    return kept


def _unsaved_buffers(model: nn.Module) -> dict[str, torch.Tensor]:
    """Buffers that state dicts leave out: rotary frequencies, which a model may hold in fewer bits than a new one."""
    return {
        f"{name}.{key}".removeprefix("."): module._buffers[key]
        for name, module in model.named_modules()
        for key in module._non_persistent_buffers_set
        if module._buffers[key] is not None
    }


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / FILE).read_text())
    except FileNotFoundError as error:
        raise SrmLabError(
            f"{folder} holds no compressed model.", f"It has no {FILE}.",
            "Name a folder that srm.compress.save wrote; other models load with srm.load_model.",
        ) from error  # fmt: skip
    except ValueError as error:
        raise _damaged(folder, f"{FILE} is not JSON: {error}") from error


def _empty_model(folder: Path, modules: list[dict[str, Any]]) -> Any:
    """The architecture with its replaced modules, parameters without memory."""
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    with init_empty_weights(include_buffers=False):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder, local_files_only=True))
    if (folder / "generation_config.json").is_file():
        model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    for described in modules:
        old = model.get_submodule(described["name"])
        replace_module(model, described["name"], _module(model, old, described))
    return model


def _module(model: nn.Module, old: nn.Module, described: dict[str, Any]) -> nn.Module:
    kind = described["is"]
    if kind == "RoundedInputs":
        return RoundedInputs(old, described["bits"])
    if kind == "RoundedOutputs":
        return RoundedOutputs(old, described["bits"], described["group_size"])
    if kind == "Int8Linear":
        outputs, inputs = described["shape"]
        bias = torch.zeros(outputs) if described["bias"] else None
        return Int8Linear(torch.zeros(outputs, inputs, dtype=torch.int8), torch.ones(outputs), bias)
    shared = described.get("shares")
    store = model.get_submodule(shared).store if shared else empty(described["store"])
    if kind == "PackedEmbedding":
        return PackedEmbedding(store)
    return PackedLinear(store, None if old.bias is None else torch.empty(old.out_features))


def _fill(model: Any, folder: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(folder / WEIGHTS)
        model.load_state_dict(tensors, strict=False, assign=True)
    except (SafetensorError, OSError, RuntimeError) as error:
        raise _damaged(folder, str(error).splitlines()[0]) from error
    for name in _unsaved_buffers(model).keys() & tensors.keys():
        parent, _, key = name.rpartition(".")
        model.get_submodule(parent)._buffers[key] = tensors[name]
    if isinstance(model.get_input_embeddings(), nn.Embedding):
        model.tie_weights()
    if empty_ones := [name for name, parameter in model.named_parameters() if parameter.is_meta]:
        raise _damaged(folder, f"{WEIGHTS} lacks {empty_ones[0]}.")


def _report(facts: dict[str, Any] | None) -> CompressionReport | None:
    if facts is None:
        return None
    return CompressionReport(**{**facts, "layers": tuple(LayerReport(**layer) for layer in facts["layers"])})


def _damaged(folder: Path, why: str) -> SrmLabError:
    return SrmLabError(f"The compressed model in {folder} is damaged.", why, "Compress and save it again.")
