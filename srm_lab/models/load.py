"""`load_model`: from a name to a model in memory, with every check made before anything large is read.

A name is the packaged model's, a local folder or .gguf file, or a name on the Hugging Face hub (where
"org/name/file.gguf" picks one GGUF file of a repository). `trust_remote_code` stays off and no pickle is read.
CUDA and hub paths are written from the libraries' documentation and not yet run on a GPU or against the hub.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import SrmLabError, unknown_name
from .catalogue import BYTES_PER_WEIGHT, CATALOGUE
from .machine import free_memory, pick_device, pick_dtype, quiet
from .packaged import NAME as PACKAGED
from .packaged import packaged_model

QUANTIZATIONS = ("int8", "nf4", "fp4", "nf4-double")


@dataclass(frozen=True)
class Source:
    """Where the files are: a folder or hub name, and the GGUF file in it where there is one."""

    place: str
    gguf: str | None
    local: bool

    @property
    def arguments(self) -> dict:
        """What every from_pretrained call gets."""
        extra = {"gguf_file": self.gguf} if self.gguf else {}
        return {"pretrained_model_name_or_path": self.place, "local_files_only": self.local, **extra}


def load_model(
    name: str,
    *,
    quantization: str | None = None,
    dtype: str = "auto",
    device: str = "auto",
    adapter: str | None = None,
):
    """Load a language model.

    name: "smollm2-135m" (offline after its first use), a local folder or .gguf file, or a hub name such as
        "Qwen/Qwen3-0.6B"; `srm.list_models()` lists the usual ones.
    quantization: None, or "int8", "nf4", "fp4", "nf4-double" through bitsandbytes (LLM.int8(): Dettmers et al.
        2022, arXiv 2208.07339; NF4 and double quantization: QLoRA, Dettmers et al. 2023, arXiv 2305.14314).
    dtype: "auto" (bfloat16 where the device multiplies it natively, else float32), "float32", "bfloat16", "float16".
    device: "auto" (CUDA where there is one), "cpu", "cuda".
    adapter: a folder or hub name of a LoRA adapter for this model (needs the `peft` package).

    Returns a LocalModel. Raises SrmLabError for an unknown name, no network, a wrong hash, too little memory
    (before loading, with what would fit), or a quantization this machine or model cannot run.
    """
    if quantization is not None and quantization not in QUANTIZATIONS:
        raise unknown_name("quantization", quantization, QUANTIZATIONS, "Use one of these, or None.")
    device = pick_device(device)
    torch_dtype = _dtype_for(quantization, dtype, device)
    source = _find(name)
    config = _read(name, source, "AutoConfig")
    _check(name, config, quantization, torch_dtype, device, source)
    model = _load_weights(name, source, quantization, torch_dtype, device)
    tokenizer = _read(name, source, "AutoTokenizer")
    if adapter is not None:
        model = _with_adapter(model, adapter, quantization)
    return _wrap(name, model, tokenizer, quantization)


def _wrap(name, model, tokenizer, quantization):
    from .local import LocalModel, hash_weights

    model.requires_grad_(False)
    return LocalModel(name, model, tokenizer, quantization, hash_weights(model, quantization) if quantization else None)


def _dtype_for(quantization, dtype, device):
    """bitsandbytes' int8 casts float32 inputs at every layer and step, so its other parts go into bfloat16."""
    return pick_dtype("bfloat16" if quantization and dtype == "auto" else dtype, device)


def _find(name: str) -> Source:
    """Where the name leads, without touching the network for anything but the packaged model."""
    if name == PACKAGED:
        return Source(str(packaged_model()), None, True)
    path = Path(name).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return Source(str(path.parent), path.name, True)
    if path.is_dir():
        return Source(str(path), _gguf_in(path), True)
    if name.count("/") == 2 and name.endswith(".gguf"):
        repository, file = name.rsplit("/", 1)
        return Source(repository, file, False)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")) and not name.startswith(("tiny/", "recording/")):
        return Source(name, None, False)
    raise unknown_name(
        "model", name, CATALOGUE, "srm.list_models() shows the usual ones; a local folder must exist as written."
    )


def _gguf_in(folder: Path) -> str | None:
    if (folder / "config.json").is_file():
        return None
    files = sorted(folder.glob("*.gguf"))
    if len(files) == 1:
        return files[0].name
    found = f"It has {len(files)} .gguf files." if files else "It has neither a config.json nor a .gguf file."
    raise SrmLabError(
        f"The folder {folder} is not a model that can be loaded.", found,
        "Name one .gguf file, or a folder made by save_pretrained.",
    )  # fmt: skip


def _read(name: str, source: Source, kind: str):
    """AutoConfig or AutoTokenizer, with hub troubles told in the kit's words."""
    import transformers

    if not source.local:
        _need_network(name, source.place)
    with hub_errors(name), quiet():
        return getattr(transformers, kind).from_pretrained(**source.arguments)


def _load_weights(name, source, quantization, torch_dtype, device):
    import transformers

    if quantization:
        _silence_bitsandbytes()
    options = {"dtype": torch_dtype, "device_map": device, "use_safetensors": None if source.gguf else True}
    if quantization:
        options["quantization_config"] = bitsandbytes_config(quantization, torch_dtype)
    with hub_errors(name), quiet():
        return transformers.AutoModelForCausalLM.from_pretrained(**source.arguments, **options)


def _silence_bitsandbytes() -> None:
    """int8 announces its cast to float16 for every layer and step, and a missing optional package is no news."""
    import logging

    for part in ("bitsandbytes.autograd._functions", "bitsandbytes.backends.cpu.ops"):
        logging.getLogger(part).setLevel(logging.ERROR)


def bitsandbytes_config(quantization: str, torch_dtype):
    """The transformers configuration of one of the kit's four bitsandbytes schemes."""
    from transformers import BitsAndBytesConfig

    if quantization == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantization.split("-")[0],
        bnb_4bit_use_double_quant=quantization.endswith("-double"),
        bnb_4bit_compute_dtype=torch_dtype,
    )


def _with_adapter(model, adapter: str, quantization: str | None):
    try:
        from peft import PeftModel
    except ImportError as error:
        raise SrmLabError(
            "An adapter was asked for, but the package `peft` is missing.", str(error),
            "Install it: pip install 'srm-lab[train]'.",
        ) from error  # fmt: skip
    try:
        with hub_errors(adapter), quiet():
            wrapped = PeftModel.from_pretrained(model, adapter)
    except (ValueError, RuntimeError) as error:
        raise SrmLabError(
            f"The adapter {adapter} does not fit this model.", str(error).splitlines()[0],
            "An adapter works only with the base model it was trained on.",
        ) from error  # fmt: skip
    return wrapped if quantization else wrapped.merge_and_unload()


# Checks made before any weight is read


def _check(name, config, quantization, torch_dtype, device, source) -> None:
    if quantization and (source.gguf or getattr(config, "quantization_config", None)):
        raise SrmLabError(
            f"{name} is already quantized, so it cannot be loaded as {quantization}.",
            "Its files say so." if not source.gguf else "A GGUF file holds quantized weights.",
            "Load it with quantization=None, or take the model's unquantized version.",
        )
    shapes = _shapes(config)
    if shapes is None:  # an architecture transformers cannot lay out beforehand
        return
    if quantization in ("nf4", "fp4", "nf4-double") and device == "cpu":
        _check_widths(name, shapes, quantization)
    _check_memory(name, shapes, quantization, torch_dtype, device)


def _shapes(config):
    """The model without its weights: every parameter's shape, no memory."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"), quiet():
        try:
            return AutoModelForCausalLM.from_config(config)
        except (ValueError, ImportError):
            return None


def _check_widths(name, model, quantization) -> None:
    """On CPUs with AVX512-BF16 bitsandbytes' 4-bit kernel needs inputs in multiples of 64."""
    import torch

    odd = [(n, m.in_features) for n, m in model.named_modules()
           if isinstance(m, torch.nn.Linear) and not n.endswith("lm_head") and m.in_features % 64]  # fmt: skip
    if odd:
        raise SrmLabError(
            f"{name} cannot run as {quantization} on this CPU.",
            f"Its layer {odd[0][0]} has {odd[0][1]} inputs; bitsandbytes' 4-bit kernel needs a multiple of 64.",
            'Use quantization="int8", or None.',
        )


def estimate_memory(model, quantization: str | None, torch_dtype) -> int:
    """Bytes the weights will take: linear layers quantized, embeddings and norms in the dtype, tied ones once."""
    import torch

    heads = {id(model.get_output_embeddings())}
    linear = sum(
        m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear) and id(m) not in heads
    )
    everything = sum(p.numel() for p in model.parameters())
    per_weight = BYTES_PER_WEIGHT[quantization] if quantization else torch_dtype.itemsize
    return int((everything - linear) * torch_dtype.itemsize + linear * per_weight)


def _check_memory(name, model, quantization, torch_dtype, device) -> None:
    # a tenth more for activations and the allocator; the KV cache is bounded by the engine from what is left
    needed, free = int(1.1 * estimate_memory(model, quantization, torch_dtype)), free_memory(device)
    if needed <= free:
        return
    sizes = {q: int(1.1 * estimate_memory(model, q, torch_dtype)) for q in QUANTIZATIONS}
    fits = [q for q in QUANTIZATIONS if sizes[q] <= free]
    raise SrmLabError(
        f"{name} needs about {needed / 1e9:.1f} GB and {device} has {free / 1e9:.1f} GB free.",
        "Nothing was loaded.",
        f"Load it with quantization={fits[0]!r} (about {sizes[fits[0]] / 1e9:.1f} GB)."
        if fits
        else f"Take a smaller model: even nf4-double needs {sizes['nf4-double'] / 1e9:.1f} GB.",
    )


# The hub


def _need_network(name: str, repository: str) -> None:
    """Fail at once, instead of after the hub client's retries, where its host cannot even be looked up."""
    import socket
    from urllib.parse import urlparse
    from urllib.request import getproxies

    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    with contextlib.suppress(CacheNotFound):
        if any(repo.repo_id == repository for repo in scan_cache_dir().repos):
            return
    if getproxies():
        return
    try:
        if constants.HF_HUB_OFFLINE:
            raise OSError("HF_HUB_OFFLINE is set")
        socket.getaddrinfo(urlparse(constants.ENDPOINT).hostname, 443)
    except OSError as error:
        raise _no_network(name, str(error)) from error


def _no_network(name: str, why: str) -> SrmLabError:
    return SrmLabError(
        f"{name} is not on this machine, and the model hub cannot be reached.",
        why,
        'Check the name and the network. Without one, srm.load_model("smollm2-135m") works once it was fetched, '
        "and so does any local folder.",
    )


@contextlib.contextmanager
def hub_errors(name: str):
    """Turn the hub client's and transformers' many errors into one that says what to do."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except OSError as error:
        causes = {type(e) for e in (error, error.__cause__, error.__context__) if e is not None}
        text = str(error).strip().splitlines() or [type(error).__name__]
        if GatedRepoError in causes or "gated repo" in str(error):
            raise SrmLabError(f"{name} is gated on the hub.", text[0],
                              "Accept its licence on its page, then log in with `hf auth login`.") from error  # fmt: skip
        if RepositoryNotFoundError in causes or "is not a valid model identifier" in str(error):
            raise unknown_name("model", name, CATALOGUE, "Check the spelling on the hub; private ones need a login.") from error
        if "connect" in text[0] or os.environ.get("HF_HUB_OFFLINE"):
            raise _no_network(name, text[0]) from error
        raise SrmLabError(f"{name} could not be loaded.", text[0],
                          "Its files are incomplete or not of a causal language model in safetensors or GGUF.") from error  # fmt: skip
    except ValueError as error:
        raise SrmLabError(f"{name} could not be loaded.", str(error).strip().splitlines()[0],
                          "This version of transformers may not know its architecture.") from error  # fmt: skip
