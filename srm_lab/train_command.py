"""`srm-lab train NAME`: a shipped tiny model from nothing to its card.

Train by the recipe, measure on the test split by difficulty, write data/checkpoints/NAME. The run lies in
build/training/NAME until then: an interrupted one goes on where it was, and a finished one that turned out worse than
the shipped model is not lost. Left out: options that would make another model under the same name.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from .errors import unknown_name
from .evaluate import evaluate, versions
from .models import tiny
from .models.checkpoints import CARD, write_checkpoint
from .records import Problem
from .run import Run
from .tasks import TASKS, load_problems
from .tasks.worked import ALPHABET
from .training.examples import Example, from_problems
from .training.recipes import RECIPES, Recipe

RUNS = Path("build/training")
TEST_PROBLEMS = 250  # of each difficulty; of one operation there are not many more
TEST_SEED = 1


def train(
    name: str,
    *,
    problems: int = TEST_PROBLEMS,
    recipes: Mapping[str, Recipe] = RECIPES,
    runs: Path = RUNS,
    replace: bool = False,
) -> Path:
    """Make the tiny model of a recipe, measure and store it. Returns its folder.

    problems: tested for each difficulty. runs: where the run is kept while it goes on. replace: a better model too.
    Raises SrmLabError for an unknown recipe, and where the shipped model is better.
    """
    from .models.local import LocalModel
    from .training.sft import SftSettings, sft

    if name not in recipes:
        raise unknown_name("recipe", name, recipes)
    recipe = recipes[name]
    model, tokenizer = tiny.make(recipe.size, ALPHABET, recipe.seed, hybrid=recipe.hybrid)
    lm = LocalModel(f"tiny/{name}", model, tokenizer)
    settings = SftSettings(recipe.steps, None, recipe.batch_size, recipe.learning_rate, seed=recipe.seed)
    result = sft(lm, taught(recipe, tokenizer), settings, folder=runs / name, on_step=_say)
    card = _card(name, recipe, lm, result, settings, measure(lm, recipe, problems))
    folder = write_checkpoint(name, model, tokenizer, card, replace=replace)
    shutil.rmtree(runs / name)
    print(f"{folder / CARD}: {100 * card['accuracy']['rate']:.1f} % right", file=sys.stderr)
    return folder


def taught(recipe: Recipe, tokenizer) -> list[Example]:
    """The recipe's examples; a hybrid gets half of them to answer at once and half to think, in turn."""
    problems = islice(TASKS[recipe.task].stream(recipe.seed, "train", **recipe.settings), recipe.examples)
    ask = tokenizer.init_kwargs["ask"]
    if not recipe.hybrid:
        levels = len(next(iter(recipe.settings.values())))
        return in_styles(problems, recipe.styles, ask["chain"], levels)
    problems = list(problems)
    half, (full, short) = len(problems) // 2, recipe.styles
    return from_problems(problems[:half], full, ask["chain"]) + from_problems(problems[half:], short, ask["direct"])


def in_styles(problems: Iterable[Problem], styles: Sequence[str], ask: str, levels: int) -> list[Example]:
    """Styles in turn, the next one after every `levels` problems: difficulties take turns, too, and meet them all."""
    return [
        example
        for place, problem in enumerate(problems)
        for example in from_problems([problem], styles[place // levels % len(styles)], ask)
    ]


def measure(lm, recipe: Recipe, problems: int) -> dict[str, list[Run]]:
    """Runs on the test split, greedy, one a difficulty, for each way in which the model can be asked."""
    (setting, levels), *others = recipe.settings.items()
    tests = [
        load_problems(recipe.task, problems, TEST_SEED, "test", **{setting: level}, **dict(others)) for level in levels
    ]
    methods = {"chain": "zero_shot_cot"} | ({"direct": "direct"} if recipe.hybrid else {})
    return {
        way: [evaluate(lm, method, test, max_new_tokens=recipe.longest, progress=False, store=False) for test in tests]
        for way, method in methods.items()
    }


def _card(name: str, recipe: Recipe, lm, result, settings, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    from .scoring.statistics import wilson

    levels = next(iter(recipe.settings.values()))
    by_way = {
        way: {str(level): _proportion(run.accuracy) for level, run in zip(levels, of_way)}
        for way, of_way in runs.items()
    }
    proportions = [run.accuracy for run in runs["chain"]]
    last = result.metrics[-50:]
    return {
        "name": name,
        "what": recipe.what,
        "command": f"srm-lab train {name}",
        "recipe": dataclasses.asdict(recipe),
        "training": dataclasses.asdict(settings),
        "hybrid": recipe.hybrid,
        "parameters": lm.num_parameters,
        "seed": recipe.seed,
        "steps": result.steps,
        "tokens": result.tokens,
        "seconds": round(result.seconds, 1),
        "loss": sum(line["loss"] for line in last) / len(last),
        "accuracy": _proportion(wilson(sum(p.k for p in proportions), sum(p.n for p in proportions))),
        "accuracy by difficulty": by_way,
        "test": {"split": "test", "seed": TEST_SEED, "temperature": 0},
        "versions": versions(),
        "licence": "Apache-2.0",
    }


def _proportion(p) -> dict[str, float]:
    return {"rate": p.rate, "low": p.low, "high": p.high, "k": p.k, "n": p.n}


def _say(line: Mapping[str, Any]) -> None:
    if line["step"] % 50 == 0:
        print(f"step {line['step']}: loss {line['loss']:.3f}, {line['seconds']:.0f} s", file=sys.stderr, flush=True)
