"""Reward models on disk, and how good they are on problems they have not seen.

    folder/  model.safetensors, config.json, tokenizer files   the base, as transformers saves it
             head.safetensors                                  the linear head
             card.json                                         how it was made, SHA-256 of every other file

A folder is written beside its place and moved there in one step; one that is there already is not replaced.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SrmLabError
from ..models.checkpoints import CARD, check_not_worse, checkpoints_folder, hash_file, save_model, write_folder
from ..records import Proportion
from ..scoring.ranking import Auc, auc
from ..scoring.statistics import clustered
from .verifier import AGGREGATES, Headed, Judged, Verifier

HEAD = "head.safetensors"


def save_verifier(verifier: Verifier, folder: str | Path) -> Path:
    """Write a reward model and its card. Raises SrmLabError where the folder exists already."""
    target = Path(folder)
    if target.exists():
        raise SrmLabError(f"{target} is there already.", "A saved verifier is never replaced.", "Give another folder.")
    return _write(verifier, target)


def ship_verifier(name: str, verifier: Verifier, *, replace: bool = False) -> Path:
    """Write a reward model as a checkpoint, in the place of an older one of this name. Its card must hold "accuracy".

    replace: even where it is worse. Raises SrmLabError where the older one is better (see `check_not_worse`).
    """
    target = verifiers_folder() / name
    if (target / CARD).exists() and not replace:
        check_not_worse(name, verifier.card["accuracy"], _checked_card(target)["accuracy"])
    return _write(verifier, target)


def _write(verifier: Verifier, target: Path) -> Path:
    from safetensors.torch import save_file

    def weights(folder: Path) -> None:
        save_model(folder, verifier.model.base, verifier.tokenizer)
        save_file({name: p.detach().contiguous() for name, p in verifier.model.head.named_parameters()}, folder / HEAD)

    return write_folder(target, {**verifier.card, "kind": verifier.kind, "ask": verifier.ask}, weights)


def verifiers_folder() -> Path:
    """Where shipped verifiers lie: the folder "verifiers" beside the tiny models."""
    return checkpoints_folder() / "verifiers"


def list_verifiers() -> list[str]:
    """The names that `load_verifier` knows."""
    return sorted(path.parent.name for path in verifiers_folder().glob(f"*/{CARD}"))


def load_verifier(folder: str | Path) -> Verifier:
    """A reward model that `save_verifier` wrote, or a shipped one by its name, such as "chain-process-verifier".

    Raises SrmLabError where a file is missing or not its card's, naming the shipped ones.
    """
    from safetensors.torch import load_file

    from ..models import load_model

    folder = verifiers_folder() / str(folder) if str(folder) in list_verifiers() else Path(folder)
    card = _checked_card(folder)
    lm = load_model(str(folder), dtype="float32")
    model = Headed(lm.model)
    model.head.load_state_dict(load_file(folder / HEAD))
    model.requires_grad_(False)
    return Verifier(lm, model, card["kind"], card["ask"], {k: v for k, v in card.items() if k != "sha256"})


def _checked_card(folder: Path) -> dict:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        hashes = card["sha256"].items()
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise SrmLabError(
            f"{folder} holds no saved verifier, or its card is damaged.",
            f"{error}.",
            f"Train and save it again, or take a shipped one: {', '.join(list_verifiers()) or 'none is here'}.",
        ) from error
    for name, expected in hashes:
        path = folder / name
        if not path.is_file() or hash_file(path) != expected:
            raise SrmLabError(
                f"The verifier in {folder} is not the one its card describes, so it is not loaded.",
                f"{name} is {'another file' if path.is_file() else 'missing'}.",
                "Train and save it again.",
            )
    return card


@dataclass(frozen=True)
class VerifierReport:
    """How a reward model does on held-out chains; intervals count problems.

    chains: for each aggregate, how well scores tell right chains from wrong ones. accuracy: right guesses about chains
    at the threshold of 0.5, by the first aggregate. steps: the same as chains for single steps; None for an outcome
    model. problems: how many.
    """

    chains: dict[str, Auc]
    accuracy: Proportion
    steps: Auc | None
    problems: int


def report(verifier: Verifier, judged: Sequence[Judged]) -> VerifierReport:
    """Measure on chains of problems that were not trained on (`chains.hold_out`), labelled for the same kind.

    Raises SrmLabError where all chains are right or all are wrong.
    """
    process = verifier.kind == "process"
    ends = [item.ends if process else item.ends[-1:] for item in judged]
    scores = verifier.scores_at([item.example for item in judged], ends)
    owners, right = [item.problem for item in judged], [item.right for item in judged]
    by_way = {way: [AGGREGATES[way](of_chain) for of_chain in scores] for way in (AGGREGATES if process else ["last"])}
    guesses: dict[str, list[bool]] = {}
    for owner, score, label in zip(owners, next(iter(by_way.values())), right):
        guesses.setdefault(owner, []).append((score >= 0.5) == label)
    return VerifierReport(
        {way: auc(values, right, owners) for way, values in by_way.items()},
        clustered(list(guesses.values())),
        _of_steps(judged, scores) if process else None,
        len(guesses),
    )


def _of_steps(judged: Sequence[Judged], scores: Sequence[Sequence[float]]) -> Auc:
    flat = [(s, label, item.problem) for item, row in zip(judged, scores) for s, label in zip(row, item.labels)]
    return auc(*zip(*flat))
