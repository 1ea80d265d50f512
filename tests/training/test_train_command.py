"""`srm-lab train`: a model from nothing to its card, the same again from the same recipe, never a worse one."""

from __future__ import annotations

import json
import re

import pytest

import srm_lab as srm
from srm_lab import cli, train_command
from srm_lab.models import tiny
from srm_lab.models.tiny import SIZES
from srm_lab.tasks import TASKS
from srm_lab.tasks.worked import ALPHABET, written_style
from srm_lab.training.recipes import RECIPES, Recipe

SMALL = {"settings": {"operations": (1, 2)}, "batch_size": 8, "longest": 4}
TEST_RECIPES = {
    "mixed": Recipe("A test of three.", "0.1M", ("answer", "draft", "full"), 3, **SMALL),
    "plain": Recipe("A test.", "0.1M", ("full",), 3, **SMALL),
    "hybrid": Recipe("A test of both.", "0.1M", ("full", "answer"), 3, **SMALL),
}


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_CHECKPOINTS", str(tmp_path / "checkpoints"))

    def run(name: str, **options):
        return train_command.train(name, problems=4, recipes=TEST_RECIPES, runs=tmp_path / "runs", **options)

    return run


def test_a_trained_model_loads_by_name_and_its_card_tells_how_it_was_made(make):
    folder = make("plain")
    card = json.loads((folder / "card.json").read_text())
    lm = srm.load_model("tiny/plain")
    assert lm.num_parameters == card["parameters"]
    assert card["command"] == "srm-lab train plain"
    assert {"seed", "seconds", "versions", "tokens", "loss", "licence", "sha256"} <= set(card)
    by_level = card["accuracy by difficulty"]["chain"]
    assert list(by_level) == ["1", "2"]
    assert all(level["n"] == 4 and level["low"] <= level["rate"] <= level["high"] for level in by_level.values())


def test_the_same_recipe_gives_the_same_weights(make):
    first = json.loads((make("plain") / "card.json").read_text())
    second = json.loads((make("plain") / "card.json").read_text())
    assert first["sha256"]["model.safetensors"] == second["sha256"]["model.safetensors"]


def test_a_hybrid_is_measured_both_ways_and_asked_with_its_control_tokens(make):
    card = json.loads((make("hybrid") / "card.json").read_text())
    lm = srm.load_model("tiny/hybrid")
    assert set(card["accuracy by difficulty"]) == {"chain", "direct"}
    assert lm.ask == {"direct": "{question}<direct>", "chain": "{question}<think>"}
    assert len(lm.encode("7+12?<think>")) == 6


def test_nothing_is_kept_of_a_run_that_is_over(make, tmp_path):
    make("plain")
    assert not (tmp_path / "runs" / "plain").exists()


def test_an_unknown_recipe_names_the_nearest(make):
    with pytest.raises(srm.SrmLabError, match="plain"):
        make("plane")


def test_every_recipe_can_be_carried_out():
    for name, recipe in RECIPES.items():
        assert recipe.size in SIZES
        problem = next(TASKS[recipe.task].stream(recipe.seed, "train", **recipe.settings))
        assert problem.metadata["split"] == "train", name


def test_the_command_lists_the_recipes(capsys):
    assert cli.main(["train"]) == 0
    assert all(name in capsys.readouterr().out for name in ("chain-cot",))


def test_a_mixed_model_is_taught_every_style_at_every_difficulty_behind_one_prompt():
    recipe = TEST_RECIPES["mixed"]
    _, tokenizer = tiny.make(recipe.size, ALPHABET, 0)
    examples = train_command.taught(recipe, tokenizer)
    met = {(len(re.findall(r"[-+*]", e.prompt)), written_style(e.completion)) for e in examples}
    assert met == {(operations, style) for operations in (1, 2) for style in recipe.styles}
    assert all(example.prompt.endswith("?") for example in examples)
    assert {written_style(e.completion) for e in train_command.taught(TEST_RECIPES["plain"], tokenizer)} == {"full"}
