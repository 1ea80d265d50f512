"""`srm-lab train NAME` for a shipped verifier: chains, training, a report on held-out problems, and its card.

The run lies in build/training/NAME until then: an interrupted one goes on where it was (its chains are drawn again,
the same ones), and a verifier that turned out worse than the shipped one does not replace it.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import unknown_name
from .evaluate import versions
from .models.checkpoints import CARD
from .tasks import load_problems
from .train_command import RUNS, as_record, say
from .training.verifier_recipes import VERIFIERS, VerifierRecipe


def train_verifier_checkpoint(
    name: str, *, recipes: Mapping[str, VerifierRecipe] = VERIFIERS, runs: Path = RUNS, replace: bool = False
) -> Path:
    """Make the verifier of a recipe, measure and store it. Returns its folder.

    runs: where the run is kept while it goes on. replace: a better verifier too.
    Raises SrmLabError for an unknown recipe, a base that is not there, and where the shipped verifier is better.
    """
    from .models import load_model
    from .training.verifier import train_verifier
    from .training.verifier_files import report, ship_verifier

    if name not in recipes:
        raise unknown_name("recipe", name, recipes)
    recipe = recipes[name]
    lm = load_model(f"tiny/{recipe.base}")
    learned, held = judged(lm, recipe)
    settings = _settings(recipe)
    verifier = train_verifier(lm, learned, settings, kind=recipe.kind, folder=runs / name, on_step=say)
    found = report(verifier, held)
    verifier.card |= _facts(name, recipe, found)
    folder = ship_verifier(name, verifier, replace=replace)
    shutil.rmtree(runs / name)
    print(f"{folder / CARD}: {', '.join(f'{way} {area}' for way, area in found.chains.items())}", file=sys.stderr)
    return folder


def judged(lm, recipe: VerifierRecipe) -> tuple[list, list]:
    """Labelled chains to learn from, and of problems with other contents."""
    from .training.chains import draw_chains, hold_out
    from .training.verifier import judged_chains

    problems = load_problems(recipe.task, recipe.problems, recipe.seed, "train", **recipe.settings)
    sampling = {"temperature": recipe.temperature, "max_new_tokens": recipe.longest, "seed": recipe.seed}
    learned, held = (
        judged_chains(draw_chains(lm, some, n=recipe.chains, **sampling), recipe.kind)
        for some in hold_out(problems, recipe.held)
    )
    return learned, held


def _settings(recipe: VerifierRecipe):
    from .training.sft import SftSettings

    return SftSettings(recipe.steps, None, recipe.batch_size, recipe.learning_rate, seed=recipe.seed)


def _facts(name: str, recipe: VerifierRecipe, found) -> dict[str, Any]:
    """What the card says beside what training wrote there."""
    return {
        "name": name,
        "what": recipe.what,
        "command": f"srm-lab train {name}",
        "recipe": dataclasses.asdict(recipe),
        "accuracy": as_record(found.accuracy),
        "auc": {way: dataclasses.asdict(area) for way, area in found.chains.items()},
        "auc of steps": dataclasses.asdict(found.steps) if found.steps else None,
        "held-out problems": found.problems,
        "versions": versions(),
        "licence": "Apache-2.0",
    }
