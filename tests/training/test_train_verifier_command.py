"""`srm-lab train` for verifiers: drawn chains, a report on problems of other contents, a card, never a worse one."""

from __future__ import annotations

import json

import pytest

import srm_lab as srm
from srm_lab import cli, train_command, train_verifier_command
from srm_lab.training.recipes import Recipe
from srm_lab.training.verifier_files import list_verifiers, load_verifier, verifiers_folder
from srm_lab.training.verifier_recipes import VERIFIERS, VerifierRecipe

LEVELS = {"operations": (1,)}
BASE = Recipe("Writes chains.", "0.1M", ("full",), 120, settings=LEVELS, batch_size=16, longest=16)
SMALL = {"settings": LEVELS, "problems": 40, "held": 0.4, "batch_size": 8, "longest": 16}
TEST_VERIFIERS = {
    kind: VerifierRecipe("A test.", kind, 3, base="base", **SMALL) for kind in ("outcome", "process")
}  # fmt: skip


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """A folder with a model that sometimes ends right, so that its chains can be told apart."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SRM_LAB_CHECKPOINTS", str(folder))
        train_command.train("base", problems=4, recipes={"base": BASE}, runs=folder / "runs")
    return folder


@pytest.fixture
def make(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_CHECKPOINTS", str(checkpoints))

    def run(name: str, **options):
        return train_verifier_command.train_verifier_checkpoint(
            name, recipes=TEST_VERIFIERS, runs=tmp_path / "runs", **options
        )

    return run


@pytest.mark.parametrize("kind", ["outcome", "process"])
def test_a_shipped_verifier_loads_by_name_and_its_card_tells_how_it_was_made(make, tmp_path, kind):
    card = json.loads((make(kind) / "card.json").read_text())
    verifier = load_verifier(kind)
    assert verifier.kind == card["kind"] == kind
    assert card["command"] == f"srm-lab train {kind}"
    assert {"recipe", "training", "accuracy", "auc", "versions", "licence", "sha256", "held-out problems"} <= set(card)
    assert set(card["auc"]) == ({"last"} if kind == "outcome" else {"min", "product", "last"})
    assert kind in list_verifiers()
    assert not (tmp_path / "runs" / kind).exists()


def test_the_same_recipe_gives_the_same_weights(make):
    first = json.loads((make("outcome", replace=True) / "card.json").read_text())
    second = json.loads((make("outcome", replace=True) / "card.json").read_text())
    assert first["sha256"] == second["sha256"]


def test_a_better_verifier_stays_unless_it_is_to_be_replaced(make):
    path = make("outcome", replace=True) / "card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "accuracy": {"rate": 1.5, "low": 1.4, "high": 1.6}}))
    with pytest.raises(srm.SrmLabError, match="stays as it is"):
        make("outcome")
    assert json.loads(path.read_text())["accuracy"]["rate"] == 1.5
    assert json.loads((make("outcome", replace=True) / "card.json").read_text())["accuracy"]["rate"] <= 1


def test_no_content_is_learned_from_and_measured_on(make):
    lm = srm.load_model("tiny/base")
    learned, held = train_verifier_command.judged(lm, TEST_VERIFIERS["outcome"])
    assert learned
    assert held
    assert not {item.problem for item in learned} & {item.problem for item in held}


def test_a_verifier_is_no_model_of_the_catalogue(make):
    make("process", replace=True)
    assert "process" not in srm.models.checkpoints.list_checkpoints()
    assert verifiers_folder().name == "verifiers"


def test_an_unknown_verifier_names_the_shipped_ones(make):
    with pytest.raises(srm.SrmLabError, match="outcome"):
        make("outcom")
    make("outcome", replace=True)
    with pytest.raises(srm.SrmLabError, match=r"a shipped one: .*outcome"):
        load_verifier("outcom")


def test_the_command_lists_verifiers_beside_models(capsys):
    assert cli.main(["train"]) == 0
    assert set(VERIFIERS) <= {line.split()[0] for line in capsys.readouterr().out.splitlines()}


def test_the_command_knows_verifiers_when_a_name_is_mistyped(capsys):
    assert cli.main(["train", "chain-proces-verifier"]) != 0
    assert "chain-process-verifier" in capsys.readouterr().err
