"""Random numbers addressed by what they are for, not by when they are asked for.

A usual generator hands out its next number to whoever comes first, so a sample would depend on what else is
in the batch. Here the number for token i of sample s is a hash of (seed, prompt, s, i): the same on every
machine, in every batch, whatever n is. The hash is the output function of SplitMix64 (Steele, Lea and Flood,
OOPSLA 2014); generators that hash a counter are described in Salmon et al., SC 2011 ("as easy as 1, 2, 3").

Left out: torch's and numpy's generators, which carry a state and differ between devices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: consecutive counters land far apart


def sample_keys(seed: int, prompt_ids: Sequence[int], indices: Sequence[int]) -> np.ndarray:
    """One 64-bit key a sample, shape [len(indices)], from the seed, the prompt's tokens and the sample index."""
    digest = hashlib.blake2b(f"{int(seed)};".encode(), digest_size=8)
    digest.update(np.asarray(prompt_ids, dtype="<i8").tobytes())
    prompt_key = np.frombuffer(digest.digest(), dtype="<u8").astype(np.uint64)
    return _mix(prompt_key + _mix(np.asarray(indices, dtype=np.int64).astype(np.uint64)))


def uniforms(keys: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1), float64, one for each pair of a sample key and a token position."""
    hashed = _mix(keys + _GOLDEN * (positions.astype(np.uint64) + np.uint64(1)))
    return (hashed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's output function: every input bit flips about half of the output bits. Wraps on purpose."""
    x = x + _GOLDEN
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
