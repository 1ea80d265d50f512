"""Sends the OpenMP threads of a waiting caller home, so that the engine's products need not wait for them.

torch multiplies with a team of threads, and every Python thread that multiplies has a team of its own. GNU's OpenMP
counts them all: with more of them than processors, a team's threads no longer wait for the next product awake but
are put to sleep after it, and waking them takes longer than a small product. So a notebook that had trained or loaded
something made the engine, which runs in a thread of its own, take twice as long for every token.

A caller that only waits for the engine needs no team; its next product makes it a new one in a tenth of a millisecond.
Left out: other OpenMP libraries (macOS, Windows, Intel's), which are left alone.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from pathlib import Path

_PAUSE_HARD = 2  # omp_pause_hard of the OpenMP 5.0 specification


def release_team() -> None:
    """Ends the calling thread's OpenMP threads, where there are some. Call it before waiting for the engine."""
    if "torch" in sys.modules and (pause := _pause()) is not None:  # without torch nobody has a team
        pause(_PAUSE_HARD)


@functools.cache
def _pause():
    """GNU OpenMP's omp_pause_resource_all, out of the library that torch has loaded; None where there is none."""
    import torch

    for path in Path(torch.__file__).parent.glob("lib/libgomp*.so*"):
        try:
            return ctypes.CDLL(str(path), mode=os.RTLD_NOW | os.RTLD_NOLOAD).omp_pause_resource_all
        except (OSError, AttributeError):  # not the one in use, or from before OpenMP 5.0
            continue
    return None
