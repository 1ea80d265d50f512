"""This machine: device, number format, free memory, and a way to keep transformers quiet."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..errors import SrmLabError, unknown_name

_DTYPES = ("auto", "float32", "bfloat16", "float16")


def pick_device(device: str) -> str:
    """ "auto" is CUDA where there is one, else the CPU. Anything else is passed on after a check."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.split(":")[0] == "cuda" and not torch.cuda.is_available():
        raise SrmLabError(
            f"The device {device!r} was asked for, but torch sees no CUDA GPU here.",
            "Either there is none, its driver is missing, or this torch was built for the CPU only.",
            'Use device="auto" (or "cpu"): everything in the kit also runs on the CPU.',
        )
    try:
        return str(torch.device(device))
    except RuntimeError as error:
        raise SrmLabError(
            f"There is no device called {device!r}.", str(error), 'Use "auto", "cpu" or "cuda".'
        ) from error


def native_bfloat16(device: str = "cpu") -> bool:
    """Whether the device multiplies bfloat16 itself (AVX512-BF16, AMX, or a CUDA GPU that does)."""
    import torch

    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    probes = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(probe() for probe in probes if probe)


def pick_dtype(dtype: str, device: str):
    """The torch dtype: "auto" is bfloat16 where the device multiplies it natively, else float32."""
    import torch

    name = str(dtype).removeprefix("torch.")
    if name not in _DTYPES:
        raise unknown_name("dtype", name, _DTYPES, 'Leave dtype="auto" if unsure.')
    if name == "auto":
        name = "bfloat16" if native_bfloat16(device) else "float32"
    return getattr(torch, name)


def free_memory(device: str) -> int:
    """Bytes that can still be allocated on the device; on the CPU a container's own limit counts too."""
    import psutil
    import torch

    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(torch.device(device))[0]
    return min(psutil.virtual_memory().available, _container_memory())


def _container_memory() -> int:
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (text := limit.read_text().strip()).isdigit():
        return max(int(text) - int(used.read_text()), 0)
    return 1 << 62


@contextlib.contextmanager
def quiet():
    """transformers without its progress bars and advice, which learners take for errors."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
