"""Every sample ever drawn, on disk: nothing finished is lost, and nothing is paid for twice.

    run = srm.evaluate(lm, srm.methods.self_consistency, problems, n=8)     # each sample is kept as it finishes
    run = srm.evaluate(lm, srm.methods.self_consistency, problems, n=16)    # draws 8 more a problem
    srm.store.size()                                                        # where it is, how large, what is in it
    srm.store.export("data/recordings/mine.jsonl.gz", model=lm)             # srm.load_model("recording/mine")

A sample is found by the model's fingerprint, the rendered prompt, the sampling settings, the seed and its number.
The store is one SQLite file that several processes may share. The environment variable SRM_LAB_STORE names another
file, or "off". A sample that cannot be written (full disk) stays in memory, is returned all the same, and is
written with the next one; a row whose checksum is wrong is an error, never a sample.

Left out: samples that were cancelled; samples drawn with settings that JSON cannot hold (a callback), which are drawn
anew each time; waiting for another thread or process that is just drawing the same sample (one of both is kept).
"""

from __future__ import annotations

from typing import Any

from .exchange import export, import_
from .location import location
from .upkeep import Size, prune, size
from .view import StoredModel, StoreWarning, stored

__all__ = ["Size", "StoreWarning", "StoredModel", "export", "import_", "location", "prune", "size", "stored"]


def __getattr__(name: str) -> Any:
    if name == "import":  # a reserved word: getattr(srm.store, "import") for those who look for it by that name
        return import_
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
