"""Profiles: how large a notebook's experiments are on this machine.

A notebook never types a size. It asks for its sizes once, and the profile decides:

    size = srm.start("07")
    problems = srm.load_problems("word_problems", n=size.problems)

Three profiles: `ci` (all notebooks in 20 minutes: does everything run?), `cpu` (each notebook within 5
minutes on 2 cores: what the course shows and its claims rest on) and `gpu` (more problems, longer chains).
SRM_LAB_PROFILE chooses one by name; otherwise a machine with CUDA gets `gpu` and any other `cpu`.

Adding a notebook: give it an entry in NOTEBOOKS of notebook_sizes.py. Whatever its rows name is an attribute of what
`srm.start` returns.

Left out: a configuration file, command-line overrides and nesting. A size that somebody wants to change for
once is changed where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.notebook_sizes import COMMON, NOTEBOOKS


@dataclass(frozen=True)
class Profile:
    """What a profile promises.

    name: "ci", "cpu" or "gpu".  meaning: one sentence for the reader of a notebook.
    seconds_per_notebook: the budget; the command that runs the course stops a notebook at four times it.
    memory_gb: free memory in GB (10^9 bytes; on `gpu` the GPU's) under which a notebook is likely to fail.
    """

    name: str
    meaning: str
    seconds_per_notebook: int
    memory_gb: float


PROFILES = {
    "ci": Profile("ci", "a few problems only, to see that everything runs: read no result from it", 70, 2.0),
    "cpu": Profile("cpu", "sized to finish within 5 minutes on 2 CPU cores", 300, 3.0),
    "gpu": Profile("gpu", "more problems and longer chains, sized for one GPU", 600, 8.0),
}


class Sizes(Mapping[str, Any]):
    """The sizes of one notebook in one profile: `size.problems`, or `**size` to pass them all on."""

    def __init__(self, notebook: str, profile: Profile, values: Mapping[str, Any]):
        self.notebook, self.profile, self._values = notebook, profile.name, dict(values)

    def __getattr__(self, name: str) -> Any:
        # AttributeError and not SrmLabError: hasattr(), copy() and IPython's display probe rely on it.
        if name.startswith("_") or name not in self._values:
            known = ", ".join(sorted(self.__dict__.get("_values", ())))
            raise AttributeError(
                f"notebook {self.__dict__.get('notebook')!r} has no size {name!r}, only: {known}. "
                "Sizes are listed in srm_lab/profiles.py."
            )
        return self._values[name]

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"Sizes(notebook={self.notebook!r}, profile={self.profile!r}, {values})"


def current() -> Profile:
    """The profile named by SRM_LAB_PROFILE, else `gpu` on a machine with CUDA and `cpu` on any other.

    Raises SrmLabError where SRM_LAB_PROFILE names no profile.
    """
    name = os.environ.get("SRM_LAB_PROFILE", "").strip()
    if name:
        return named(name)
    import torch

    return PROFILES["gpu" if torch.cuda.is_available() else "cpu"]


def named(name: str) -> Profile:
    """The profile of that name; raises SrmLabError with the nearest names."""
    if name not in PROFILES:
        fix = "set the environment variable SRM_LAB_PROFILE to ci, cpu or gpu; unset, the machine decides."
        raise unknown_name("profile", name, PROFILES, fix)
    return PROFILES[name]


def sizes(notebook: str, profile: Profile | None = None) -> Sizes:
    """The sizes of a notebook ("00" to "16", or its file name) in a profile (this machine's where None).

    A notebook without an entry of its own, such as a reader's experiment, gets the common sizes.
    Raises SrmLabError where the name does not begin with two digits.
    """
    number = notebook[:2]
    if not (len(number) == 2 and number.isdigit()):
        raise SrmLabError(
            f"{notebook!r} does not name a notebook.",
            "A notebook is named by its two digits.",
            'write srm.start("00") in notebook 00; an experiment of your own may take a free number, "99".',
        )
    profile = profile or current()
    own = NOTEBOOKS.get(number, {}).get(profile.name, {})
    return Sizes(number, profile, {**COMMON[profile.name], **own})
