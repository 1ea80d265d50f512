"""Recordings by recipe: which model answers which problems by which methods, so that anyone can make one again.

    python -m srm_lab.store.record smollm2-word-problems
    python -m srm_lab.store.record --list

Samples are drawn into a store of the recording's own beside its file, which is removed when the recording is
written; so a recording holds just what its methods ask for, and one that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SrmLabError, unknown_name
from ..evaluate import evaluate
from ..models.recording_file import SUFFIX, recordings_folder
from ..records import Problem
from ..run import Run
from .exchange import export
from .view import stored


@dataclass(frozen=True)
class Recipe:
    """What a recording is made of. methods: (name, settings) of each. dtype: a fixed one, so that every machine
    draws the same."""

    model: str
    licence: str
    task: str
    problems: int
    methods: Sequence[tuple[str, Mapping[str, Any]]]
    task_settings: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    seed: int = 0


RECIPES = {
    "smollm2-word-problems": Recipe(
        model="smollm2-135m",
        licence="Apache-2.0, as SmolLM2-135M-Instruct, whose samples these are",
        task="word_problems",
        problems=20,
        task_settings={"steps": 1},
        methods=(("direct", {}), ("zero_shot_cot", {}), ("few_shot_cot", {}), ("self_consistency", {"n": 8})),
    ),
}


def record(
    path: str | Path,
    lm,
    problems: Sequence[Problem],
    methods: Sequence[tuple[Any, Mapping[str, Any]]],
    *,
    seed: int = 0,
    licence: str = "",
    made_by: str = "",
    progress: bool = True,
) -> tuple[Path, list[Run]]:
    """Run methods on problems and write every sample they ask for as a recording.

    path: ends in .jsonl.gz. methods: (function or name, settings) of each. licence: of the samples.
    made_by: the command that makes it again.

    Returns the path and the runs. Raises what `evaluate` and `export` raise; what was drawn so far is then kept.
    """
    path = Path(path).expanduser()
    scratch = path.with_name(f".{path.name}.sqlite")
    source = stored(lm, scratch)
    runs = [evaluate(source, method, problems, seed=seed, progress=progress, **given) for method, given in methods]
    source.close()
    export(path, model=lm, licence=licence, made_by=made_by, store=scratch)
    for tail in ("", "-wal", "-shm"):
        scratch.with_name(scratch.name + tail).unlink(missing_ok=True)
    return path, runs


def record_recipe(name: str, folder: str | Path | None = None) -> Path:
    """Make one of the kit's own recordings, into data/recordings unless a folder is given."""
    from ..models.load import load_model
    from ..tasks import load_problems

    if name not in RECIPES:
        raise unknown_name("recipe of a recording", name, RECIPES)
    recipe = RECIPES[name]
    problems = load_problems(recipe.task, n=recipe.problems, seed=recipe.seed, **recipe.task_settings)
    path, runs = record(
        Path(folder or recordings_folder()) / f"{name}{SUFFIX}",
        load_model(recipe.model, dtype=recipe.dtype, device="cpu"),
        problems,
        recipe.methods,
        seed=recipe.seed,
        licence=recipe.licence,
        made_by=f"python -m srm_lab.store.record {name}",
    )
    print(*runs, sep="\n")
    return path


def main(arguments: list[str] | None = None) -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m srm_lab.store.record", description="Make a recording again.")
    parser.add_argument("name", nargs="?", help=f"one of: {', '.join(RECIPES)}")
    parser.add_argument("--folder", help="where to write it (default data/recordings)")
    parser.add_argument("--list", action="store_true", help="list the recipes")
    options = parser.parse_args(arguments)
    if options.list or options.name is None:
        print(*RECIPES, sep="\n")
        return 0
    try:
        path = record_recipe(options.name, options.folder)
    except SrmLabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"Written: {path} ({path.stat().st_size / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
