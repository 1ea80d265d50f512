"""The ways to a model of fewer bits that people use, each as a function from the plain model to the other one.

    WAYS["bitsandbytes nf4"].make(base)          # base: a LocalModel in float32

A way raises whatever its tool raises where it cannot run: `trials.py` tries them all and shows that. The ways through
CUDA, optimum, gptqmodel and torchao are written from their documentation and not yet run with them.

Left out: what has to be compiled first, and formats that only another program runs (llama.cpp, ExLlama).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..models.load import load_model
from ..models.local import LocalModel
from ..models.machine import quiet
from .gguf_file import write_gguf
from .quantize import quantize

BASELINES = ("float32", "bfloat16")


@dataclass(frozen=True)
class Way:
    """stores: what is in memory, and how it is multiplied.  make: from the model in float32 to this one.

    stream_weights: a copy in fewer bits that the engine multiplies instead, see `srm_lab.decoding.projections`.
    """

    stores: str
    make: Callable[[LocalModel], LocalModel]
    stream_weights: str | None = None


def _plain(base: LocalModel) -> LocalModel:
    return base


def _loaded(**settings: str) -> Callable[[LocalModel], LocalModel]:
    return lambda base: load_model(base.name, **{"device": "cpu", **settings})


def _quantized(*arguments: Any, **settings: Any) -> Callable[[LocalModel], LocalModel]:
    return lambda base: quantize(base, *arguments, **settings)


def _through_transformers(label: str, config: Callable[[LocalModel], Any]) -> Callable[[LocalModel], LocalModel]:
    """transformers loads the plain weights and quantizes them with another package."""

    def make(base: LocalModel) -> LocalModel:
        from transformers import AutoModelForCausalLM

        with quiet():
            model = AutoModelForCausalLM.from_pretrained(
                base.model.name_or_path, quantization_config=config(base), device_map="cpu", local_files_only=True
            )
        return LocalModel(base.name, model, base.tokenizer, label)

    return make


def _gptq(base: LocalModel) -> Any:
    from transformers import GPTQConfig

    return GPTQConfig(bits=4, dataset=["The answer is 18."] * 8, tokenizer=base.tokenizer)


def _awq(base: LocalModel) -> Any:
    """transformers only runs what was saved in AWQ's format; here it is asked whether it could."""
    from transformers import AwqConfig
    from transformers.quantizers import AutoHfQuantizer

    config = AwqConfig(bits=4)
    AutoHfQuantizer.from_config(config, pre_quantized=True).validate_environment(device_map="cpu")
    return config


def _torchao(base: LocalModel) -> Any:
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig

    return TorchAoConfig(Int8WeightOnlyConfig())


def _through_gguf(base: LocalModel) -> LocalModel:
    """Writes the model as Q4_1, 4 bits in groups of 32, and has transformers read it."""
    from transformers import AutoModelForCausalLM

    with tempfile.TemporaryDirectory() as folder, quiet():
        write_gguf(base.model, Path(folder) / "model.gguf")
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", dtype=torch.float32)
    return LocalModel(base.name, model, base.tokenizer, "gguf-q4_1")


_INT8 = {"bits": 8, "group_size": "channel", "symmetric": True, "activations": 8}

WAYS: dict[str, Way] = {
    "float32": Way("32 bits a weight", _plain),
    "bfloat16": Way("16 bits a weight", _loaded(dtype="bfloat16")),
    "float16 copy": Way("float32, and a 16-bit copy for FBGEMM's product", _plain, "float16"),
    "int8 copy": Way("float32, and an 8-bit copy for FBGEMM's product, inputs in 7 bits", _plain, "int8"),
    "torch int8 copy": Way("bfloat16, and an 8-bit copy for torch's product", _loaded(dtype="bfloat16"), "int8"),
    "torch int4 copy": Way("bfloat16, and a 4-bit copy for torch's product", _loaded(dtype="bfloat16"), "int4"),
    "srm_lab int8": Way("8 bits, inputs in 8 bits too, FBGEMM's product", _quantized(**_INT8)),
    "srm_lab 4 bits": Way("4 bits in groups of 64, unpacked for every product", _quantized(4, 64)),
    "srm_lab 4 bits, embeddings too": Way("the same for the word vectors", _quantized(4, 64, embeddings=4)),
    "srm_lab 4 bits, simulated": Way("rounded weights in 32 bits", _quantized(4, 64, storage="simulated")),
    "bitsandbytes int8": Way("8 bits, rest bfloat16", _loaded(quantization="int8")),
    "bitsandbytes nf4": Way("4 bits in blocks of 64, rest bfloat16", _loaded(quantization="nf4")),
    "bitsandbytes nf4, float32": Way("the same, rest float32", _loaded(quantization="nf4", dtype="float32")),
    "bitsandbytes fp4": Way("4 bits in blocks of 64, rest bfloat16", _loaded(quantization="fp4")),
    "bitsandbytes nf4-double": Way("nf4, its scales in 8 bits", _loaded(quantization="nf4-double")),
    "bitsandbytes int8, CUDA": Way("8 bits on a GPU", _loaded(quantization="int8", device="cuda")),
    "bitsandbytes nf4, CUDA": Way("4 bits on a GPU", _loaded(quantization="nf4", device="cuda")),
    "GGUF through transformers": Way("a Q4_1 file, turned into 32-bit floats when it is read", _through_gguf),
    "GPTQ through transformers": Way("4 bits", _through_transformers("gptq", _gptq)),
    "AWQ through transformers": Way("4 bits", _through_transformers("awq", _awq)),
    "torchao int8": Way("8 bits", _through_transformers("torchao-int8", _torchao)),
}
