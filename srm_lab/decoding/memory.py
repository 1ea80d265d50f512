"""How much memory keys and values may take: a share of what is free, never a fixed number."""

from __future__ import annotations

import psutil
import torch

_SHARE = {"cpu": 0.5, "cuda": 0.8}  # a computer runs a browser too; a GPU's memory has no other use here


def kv_budget(device: torch.device) -> int:
    """Bytes that keys and values may take on this device, from what is free right now."""
    if device.type == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
    else:
        free = psutil.virtual_memory().available
    return int(free * _SHARE.get(device.type, 0.5))
