"""What this machine can do: bytes a second, operations a second, and tokens a second of a model.

Each figure is the median of several repeats, after one that does not count. On CUDA every repeat waits for the
device; that path is not yet run on a GPU. Left out: bandwidth of caches, and anything that changes the machine's
clock or threads.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from .machine import free_memory, pick_device, pick_dtype
from .roofline import Machine

_READ_NUMBERS = {"cpu": 2**26, "cuda": 2**30}  # float32: larger than any cache
_SQUARE = {"cpu": 1536, "cuda": 8192}
_PROMPT = "Question: A train leaves at noon. When does it arrive?\nAnswer:"


def measure_machine(name: str = "this machine", dtype: str = "auto", device: str = "auto", repeats: int = 5) -> Machine:
    """Memory bandwidth and the rate of a large matrix product, in `dtype`, on this machine's device.

    name: for labels.  dtype, device: as in load_model.
    """
    import torch

    device = pick_device(device)
    kind, number = device.split(":")[0], pick_dtype(dtype, device)
    block = torch.ones(_READ_NUMBERS[kind], device=device)
    square = torch.ones(_SQUARE[kind], _SQUARE[kind], device=device, dtype=number)
    with torch.inference_mode():
        reading = _median_seconds(block.sum, kind, repeats)
        multiplying = _median_seconds(lambda: square @ square, kind, repeats)
    return Machine(
        name, block.nbytes / reading, 2 * _SQUARE[kind] ** 3 / multiplying, free_memory(device), measured=True
    )


def decode_speed(lm: Any, rows: int, tokens: int, seed: int = 0) -> float:
    """Tokens a second, all rows together, of `rows` chains of `tokens` tokens that are written side by side.

    lm: a LocalModel. tokens: at least 2. No chain ends early: its end tokens are not drawn. The prompt is read, and a
    step of this shape done, before the clock starts; a chain's first token comes with the prompt and does not count.
    """
    from ..decoding.engine import end_token_ids

    ends = tuple(end_token_ids(lm.model, lm.tokenizer))
    settings = {"n": rows, "temperature": 1.0, "seed": seed, "banned_token_ids": ends}
    lm.sample(_PROMPT, max_new_tokens=2, **settings)
    began = time.perf_counter()
    chains = lm.sample(_PROMPT, max_new_tokens=tokens, **settings)
    return sum(len(chain.token_ids) - 1 for chain in chains) / (time.perf_counter() - began)


def _median_seconds(run: Callable[[], object], kind: str, repeats: int) -> float:
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        run()
        if kind == "cuda":
            import torch

            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])
