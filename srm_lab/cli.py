"""The command `srm-lab`: what can be done without a notebook.

srm-lab demo      the first comparison, as a table and an HTML report
srm-lab models    the catalogue
srm-lab train     make a shipped tiny model again, from nothing
srm-lab course    run the notebooks again and store their outputs
"""

from __future__ import annotations

import argparse
import sys

from .errors import SrmLabError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status. A SrmLabError is printed without a traceback."""
    parser = argparse.ArgumentParser(prog="srm-lab", description="Small reasoning models: comparisons and the course.")
    commands = parser.add_subparsers(dest="command", required=True)
    _demo_arguments(commands.add_parser("demo", help="compare direct answers, chains of thought and a vote"))
    commands.add_parser("models", help="list the catalogue of small reasoning models")
    _train_arguments(commands.add_parser("train", help="make a shipped tiny model again, from nothing"))
    commands.add_parser("course", help="run notebooks and store their outputs", add_help=False)
    commands.add_parser("record", help="draw a recording that load_model('recording/...') replays", add_help=False)
    options, rest = parser.parse_known_args(arguments)
    if options.command == "course":  # these two have a command line of their own
        from . import course

        return course.main(rest)
    if options.command == "record":
        from .store import record

        return record.main(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return {"demo": _demo, "models": _models, "train": _train}[options.command](options)
    except SrmLabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _demo_arguments(parser) -> None:
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--problems", type=int, default=40, help="problems for each number of steps (default 40)")
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 2, 3], metavar="S", help="default 1 2 3")
    parser.add_argument("--chains", type=int, default=5, help="chains in the vote (default 5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", default="demo_report.html", help="the HTML file to write")
    parser.add_argument("--results", help="also store every figure of the table in this JSON file")


def _demo(options) -> int:
    from . import demo

    demo.run(options.model, options.problems, options.steps, options.chains, options.seed,
             report=options.report, results=options.results)  # fmt: skip
    return 0


def _train_arguments(parser) -> None:
    parser.add_argument("name", nargs="?", help="a recipe; without one the recipes are listed")
    parser.add_argument("--replace", action="store_true", help="even where the shipped model is better")


def _train(options) -> int:
    from .training.recipes import RECIPES
    from .training.verifier_recipes import VERIFIERS

    if options.name is None:
        print("\n".join(f"{name:24} {recipe.size:>5}  {recipe.what}" for name, recipe in RECIPES.items()))
        print("\n".join(f"{name:24}        {recipe.what}" for name, recipe in VERIFIERS.items()))
        return 0
    from .errors import unknown_name
    from .train_command import train
    from .train_verifier_command import train_verifier_checkpoint

    if options.name not in {*RECIPES, *VERIFIERS}:
        raise unknown_name("recipe", options.name, [*RECIPES, *VERIFIERS])
    make = train_verifier_checkpoint if options.name in VERIFIERS else train
    make(options.name, replace=options.replace)
    return 0


def _models(options) -> int:
    from .models.catalogue import list_models

    print(list_models().drop(columns="note").to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
