"""The first cell of every notebook: what this machine is, what will run on it, and the notebook's sizes.

    size = srm.start("00")

It looks before anything is loaded, so that a machine too small is named here and not by a kernel that dies in
cell 14. Nothing is installed, downloaded or set: plotly picks the right way to show figures in JupyterLab,
Colab and VS Code by itself, and the command that runs the course adds the PNG pictures (`srm_lab.course`).

Left out: choosing a device (`load_model` does) and timing the machine.
"""

from __future__ import annotations

import html
import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass
from typing import Any

from srm_lab import profiles

_PACKAGES = ("torch", "transformers", "srm-lab")


@dataclass(frozen=True)
class Preflight:
    """What `start` found: rows of (label, text), and a sentence for each thing that may go wrong."""

    rows: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        width = max(len(label) for label, _ in self.rows)
        lines = [f"{label:<{width}}  {text}" for label, text in self.rows]
        return "\n".join([*lines, *(f"WARNING: {warning}" for warning in self.warnings)])

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left;padding:2px 12px 2px 0">'
        rows = "".join(
            f"<tr>{cell}<b>{html.escape(label)}</b></td>{cell}{html.escape(text)}</td></tr>"
            for label, text in self.rows
        )
        warnings = "".join(f"<p><b>Warning:</b> {html.escape(warning)}</p>" for warning in self.warnings)
        return f"<table>{rows}</table>{warnings}"


def start(notebook: str) -> profiles.Sizes:
    """Shows what this machine is and returns the notebook's sizes.

    notebook: its two digits, "00" to "16". The profile comes from SRM_LAB_PROFILE (in a notebook:
    `%env SRM_LAB_PROFILE=ci` before this call) or from the machine. Raises SrmLabError where it names none.
    """
    profile = profiles.current()
    sizes = profiles.sizes(notebook, profile)
    show(preflight(profile, sizes.model))
    return sizes


def preflight(profile: profiles.Profile, model: str) -> Preflight:
    """The facts about this machine that decide whether and how fast `model` runs on it."""
    from srm_lab.models import machine

    device = machine.pick_device("auto")
    memory = machine.free_memory(device) / 1e9
    native = machine.native_bfloat16(device)
    rows = [
        ("Device", f"{machine_name()}, {'native' if native else 'no native'} bfloat16"),
        ("Free memory", f"{memory:.1f} GB"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions().items())),
        ("Profile", f"{profile.name}: {profile.meaning}"),
        ("Model", f"{model}: {_model_state(model)}"),
    ]
    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ:
        rows.append(("Colab", "a new runtime has lost the kit: run this notebook's `pip install` line again then"))
    return Preflight(tuple(rows), tuple(_memory_warnings(profile, memory)))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result; "not installed" where one is missing."""
    found = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_name() -> str:
    """The device that computes, for people: "CPU, 2 cores" or the name of the GPU."""
    import torch

    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()} (GPU)"
    count = cores()
    return f"CPU, {count} core{'s' if count > 1 else ''}"


def show(thing: Any) -> None:
    """Displays in a notebook (as HTML where it can), prints elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(thing)
    else:
        print(thing)


def _model_state(model: str) -> str:
    from srm_lab.models import packaged

    if model != packaged.NAME:
        return "loaded by its name or path when the notebook first uses it"
    if packaged.is_cached(model):
        return "ready, no network needed"
    return "downloaded at its first use (93 MB, once)"


def _memory_warnings(profile: profiles.Profile, memory_gb: float) -> list[str]:
    if memory_gb >= profile.memory_gb:
        return []
    if profile.name == "ci":
        advice = "close other notebooks and programs first."
    else:
        smaller = "cpu" if profile.name == "gpu" else "ci"
        advice = f"close other notebooks and programs, or set SRM_LAB_PROFILE={smaller}."
    return [
        f"Only {memory_gb:.1f} GB of memory is free and the {profile.name} profile wants "
        f"{profile.memory_gb:.0f} GB, so the kernel may be killed: {advice}"
    ]
