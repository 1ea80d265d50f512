"""`load_model`: from a name to a model in memory, with every check made before anything large is read.

A name is a tiny model's, the packaged model's, a local folder or .gguf file, or a name on the Hugging Face hub (where
"org/name/file.gguf" picks one GGUF file of a repository). `trust_remote_code` stays off and no pickle is read.
CUDA and hub paths are written from the libraries' documentation and not yet run on a GPU or against the hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import SrmLabError, unknown_name
from .adapters import check_base
from .catalogue import CATALOGUE
from .checkpoints import PREFIX as TINY
from .checkpoints import checked_folder
from .checks import QUANTIZATIONS, check_before_loading
from .hub import hub_errors, need_network
from .machine import pick_device, pick_dtype, quiet
from .packaged import NAME as PACKAGED
from .packaged import packaged_model
from .recording_file import load_recording


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
        "Qwen/Qwen3-0.6B"; `srm.list_models()` lists the usual ones. "tiny/NAME" is a model trained by this project;
        "recording/NAME" replays samples drawn earlier.
    quantization: None, or "int8", "nf4", "fp4", "nf4-double" through bitsandbytes (LLM.int8(): Dettmers et al.
        2022, arXiv 2208.07339; NF4 and double quantization: QLoRA, Dettmers et al. 2023, arXiv 2305.14314).
    dtype: "auto" (bfloat16 where the device multiplies it natively, else float32), "float32", "bfloat16", "float16".
    device: "auto" (CUDA where there is one), "cpu", "cuda".
    adapter: a folder or hub name of a LoRA adapter for this model (needs the `peft` package).

    Returns a LocalModel. Raises SrmLabError for an unknown name, no network, a wrong hash, too little memory
    (before loading, with what would fit), or a quantization this machine or model cannot run.
    """
    if name.startswith("recording/"):
        return load_recording(name.removeprefix("recording/"), quantization, adapter)
    if quantization is not None and quantization not in QUANTIZATIONS:
        raise unknown_name("quantization", quantization, QUANTIZATIONS, "Use one of these, or None.")
    device = pick_device(device)
    torch_dtype = _dtype_for(quantization, dtype, device)
    source = _find(name)
    config = _read(name, source, "AutoConfig")
    check_before_loading(name, config, source.gguf, quantization, torch_dtype, device)
    model = _load_weights(name, source, quantization, torch_dtype, device)
    tokenizer = _read(name, source, "AutoTokenizer")
    if adapter is not None:
        check_base(name, model, adapter)
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
    if name.startswith(TINY):
        return Source(str(checked_folder(name.removeprefix(TINY))), None, True)
    path = Path(name).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return Source(str(path.parent), path.name, True)
    if path.is_dir():
        return Source(str(path), _gguf_in(path), True)
    if name.count("/") == 2 and name.endswith(".gguf"):
        repository, file = name.rsplit("/", 1)
        return Source(repository, file, False)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return Source(name, None, False)
    raise unknown_name(
        "model",
        name,
        CATALOGUE,
        "srm.list_models() shows the usual ones; a local folder must exist as written.",
    )


def _gguf_in(folder: Path) -> str | None:
    if (folder / "compression.json").is_file():
        raise SrmLabError(
            f"The folder {folder} holds a model that was compressed here.",
            "Its weights are packed, which load_model does not read.",
            "Use srm.compress.load(folder).",
        )
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
        need_network(name, source.place)
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
        with quiet():
            wrapped = PeftModel.from_pretrained(model, adapter)
    except (ValueError, RuntimeError) as error:
        raise SrmLabError(
            f"The adapter {adapter} does not fit this model.",
            str(error).splitlines()[0],
            "It must be a complete adapter, trained on this base model.",
        ) from error
    return wrapped if quantization else wrapped.merge_and_unload()
