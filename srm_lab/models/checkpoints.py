"""The shipped tiny models: folders of transformers files with a card, written in one step and checked on loading.

    data/checkpoints/NAME/   model.safetensors  config.json  tokenizer.json  tokenizer_config.json  card.json

The card says how the model was made and how well it does, and holds the SHA-256 of the other files. A new
model replaces an older one only where it is not worse.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import SrmLabError, unknown_name

PREFIX, CARD = "tiny/", "card.json"


def checkpoints_folder() -> Path:
    """SRM_LAB_CHECKPOINTS, or data/checkpoints of the clone that this package lies in."""
    named = os.environ.get("SRM_LAB_CHECKPOINTS")
    return Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "data" / "checkpoints"


def list_checkpoints() -> list[str]:
    """The names that load_model("tiny/NAME") knows, without "tiny/"."""
    return sorted(path.parent.name for path in checkpoints_folder().glob(f"*/{CARD}"))


def read_card(name: str) -> dict[str, Any]:
    """What is known of a shipped model, by its name without "tiny/".

    Raises SrmLabError for an unknown name (with the nearest), no checkpoints at all, or a damaged card.
    """
    path, known = checkpoints_folder() / name / CARD, list_checkpoints()
    if name not in known:
        where = f"Checkpoints are looked for in {checkpoints_folder()} (SRM_LAB_CHECKPOINTS names another folder)."
        if not known:
            fix = "They come with a clone of the project, not with the installed package: run it from there."
            raise SrmLabError(f"There is no tiny model {PREFIX + name!r}, and no other one.", where, fix)
        raise unknown_name("model", PREFIX + name, [PREFIX + k for k in known], where)
    try:
        card = json.loads(path.read_text())
        card["sha256"].items()
    except (ValueError, KeyError, AttributeError) as error:
        raise SrmLabError(f"The card {path} can't be read.", f"{error}.", "Get the folder anew.") from error
    return card


def checked_folder(name: str) -> Path:
    """The folder of a shipped model whose files are those of its card. Raises SrmLabError where they are not."""
    card, folder = read_card(name), checkpoints_folder() / name
    for file, expected in card["sha256"].items():
        path = folder / file
        found = hash_file(path) if path.is_file() else None
        if found != expected:
            raise SrmLabError(
                f"The checkpoint {PREFIX}{name} is not the one its card describes, so it is not loaded.",
                f"{file} {'is missing' if found is None else f'has the SHA-256 {found}, expected was {expected}'}.",
                f"Get the folder anew (git checkout -- {folder}), or train it again: srm-lab train {name}.",
            )
    return folder


def write_checkpoint(name: str, model, tokenizer, card: Mapping[str, Any], *, replace: bool = False) -> Path:
    """Write a model with its card, in one step. card: must hold "accuracy" with rate, low and high.

    replace: put it in an older one's place even where it is worse.
    Raises SrmLabError where a better one is there: one whose interval lies above the new one's rate.
    """
    target = checkpoints_folder() / name
    if (target / CARD).exists() and not replace:
        check_not_worse(PREFIX + name, card["accuracy"], read_card(name)["accuracy"])
    return write_folder(target, card, lambda folder: save_model(folder, model, tokenizer))


def write_folder(target: Path, card: Mapping[str, Any], fill: Callable[[Path], None]) -> Path:
    """A folder with a card, put in its place in one step. fill(folder): writes all files but the card there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as scratch:
        made = Path(scratch) / "made"
        fill(made)
        hashes = {path.name: hash_file(path) for path in sorted(made.iterdir())}
        text = json.dumps({**card, "sha256": hashes}, indent=1, ensure_ascii=False)
        (made / CARD).write_text(text + "\n", encoding="utf-8")
        if target.exists():
            target.rename(Path(scratch) / "before")
        made.rename(target)
    return target


def save_model(folder: Path, model, tokenizer) -> None:
    """The files that transformers loads, without those of no use here."""
    from .machine import quiet

    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def check_not_worse(name: str, new: Mapping[str, float], old: Mapping[str, float]) -> None:
    """Raises SrmLabError where the rate of a new model lies below the old one's interval. Both: rate, low, high."""
    if new["rate"] < old["low"]:
        raise SrmLabError(
            f"The checkpoint {name} stays as it is: the new one is worse.",
            f"The new one has {100 * new['rate']:.1f} % right, the old one "
            f"{100 * old['rate']:.1f} % [{100 * old['low']:.1f}, {100 * old['high']:.1f}].",
            "Pass --replace (replace=True) if you want it in its place.",
        )


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
