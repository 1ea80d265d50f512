"""Reward models: their labels, that they learn, how they score, and their files."""

from __future__ import annotations

import random
import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import completion, tiny_lm

from srm_lab.errors import SrmLabError
from srm_lab.tasks import load_problems
from srm_lab.tasks.worked import ALPHABET, worked
from srm_lab.training.batches import tokenize
from srm_lab.training.chains import Chain, judge
from srm_lab.training.examples import Example
from srm_lab.training.sft import SftSettings
from srm_lab.training.verifier import AGGREGATES, Headed, Verifier, _places, judged_chains, train_verifier
from srm_lab.training.verifier_files import load_verifier, report, save_verifier

PROBLEMS = load_problems("arithmetic", 40, split="train", operations=2)
ONE = PROBLEMS[0]
TOKENIZER = tiny_lm().tokenizer
TRAINING = SftSettings(steps=60, batch_size=32, learning_rate=3e-3)


def chain(problem, text, reason="stop"):
    said = completion(text, reason)
    return Chain(problem, said, judge(problem, said))


def marked(problem, right: bool) -> Chain:
    """A chain that says itself whether it is right: wrong ones hold an x, which is no step. Easy to learn."""
    return chain(problem, worked(problem) if right else f"{problem.metadata['worked'][0]};x####0")


DRAWN = [[marked(problem, True), marked(problem, False)] for problem in PROBLEMS]


@pytest.fixture(scope="module")
def outcome():
    return train_verifier(tiny_lm(), judged_chains(DRAWN[:30], "outcome"), TRAINING, kind="outcome")


@pytest.fixture(scope="module")
def process():
    return train_verifier(tiny_lm(), judged_chains(DRAWN[:30], "process"), TRAINING, kind="process")


# -- labels --------------------------------------------------------------------------------------------------------


def test_an_outcome_label_stands_at_every_token_and_is_the_chains_verdict():
    right, wrong = judged_chains([[marked(ONE, True), marked(ONE, False)]], "outcome")
    assert right.ends == tuple(range(1, len(right.example.completion) + 1))
    assert set(right.labels) == {True}
    assert set(wrong.labels) == {False}


def test_a_process_label_stands_at_the_end_of_each_step_and_is_that_steps():
    (wrong,) = judged_chains([[marked(ONE, False)]], "process")
    text = wrong.example.completion
    assert [text[:end].rpartition(";")[2] for end in wrong.ends] == [ONE.metadata["worked"][0], "x", "x####0"]
    assert wrong.labels == (True, False, False)
    assert not wrong.right


def test_a_chain_that_was_cut_off_counts_as_not_right_and_an_empty_one_is_left_out():
    judged = judged_chains([[chain(ONE, worked(ONE), "length"), chain(ONE, "")]], "outcome")
    assert [item.right for item in judged] == [False]


def test_a_task_without_known_steps_has_no_process_labels(problems):
    with pytest.raises(SrmLabError, match="steps of 'p0' can't be checked"):
        judged_chains([[chain(problems[0], "The answer is 2.")]], "process")
    with pytest.raises(SrmLabError, match="kind of verifier"):
        judged_chains(DRAWN, "both")


# -- learning and scoring ------------------------------------------------------------------------------------------


def test_it_learns_to_tell_chains_apart_on_problems_it_has_not_seen(outcome):
    found = report(outcome, judged_chains(DRAWN[30:], "outcome"))
    assert found.chains["last"].value > 0.95
    assert found.accuracy.rate > 0.9
    assert found.steps is None
    assert found.problems == 10


def test_a_process_model_tells_steps_apart_too(process):
    found = report(process, judged_chains(DRAWN[30:], "process"))
    assert set(found.chains) == set(AGGREGATES)
    assert found.chains["min"].value > 0.95
    assert found.steps.value > 0.9


def test_random_labels_teach_nothing_about_new_problems():
    rng = random.Random(0)
    drawn = [[marked(problem, rng.random() < 0.5)] for problem in PROBLEMS]
    for group in drawn:  # the same text whatever the label
        group[0] = Chain(group[0].problem, completion("1;2####3"), group[0].verdict)
    verifier = train_verifier(tiny_lm(), judged_chains(drawn[:20], "outcome"), TRAINING, kind="outcome")
    assert report(verifier, judged_chains(drawn[20:], "outcome")).chains["last"].value < 0.9


def test_a_score_does_not_depend_on_what_is_scored_beside_it(process):
    texts = [worked(ONE), "1;x####0", "####7", "", "5"]
    together = process.score(ONE, texts)
    alone = [process.score(ONE, [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-5)
    assert together == process.score(ONE, [completion(text) for text in texts])
    assert together[3] == 0.0  # no step, no score


def test_a_process_model_has_one_score_a_step_and_an_outcome_model_one_a_chain(process, outcome):
    text = worked(ONE)  # two steps and the answer
    assert [len(scores) for scores in process.step_scores(ONE, [text, ""])] == [3, 0]
    assert [len(scores) for scores in outcome.step_scores(ONE, [text, ""])] == [1, 0]


def test_scores_of_steps_are_joined_as_asked(process):
    text = worked(ONE)
    (steps,) = process.step_scores(ONE, [text])
    assert process.score(ONE, [text], "min") == [min(steps)]
    assert process.score(ONE, [text], "last") == [steps[-1]]
    assert process.score(ONE, [text], "product")[0] == pytest.approx(steps[0] * steps[1] * steps[2])
    with pytest.raises(SrmLabError, match="aggregate"):
        process.score(ONE, [text], "mean")


def test_later_text_does_not_change_the_score_of_an_earlier_step(process):
    text = worked(ONE)
    (whole,), (part,) = process.step_scores(ONE, [text]), process.step_scores(ONE, [text.split(";")[0]])
    assert part[0] == pytest.approx(whole[0], abs=1e-5)


def test_the_model_it_began_as_stays_as_it_was():
    lm = tiny_lm()
    before = lm.fingerprint
    few = SftSettings(steps=2, batch_size=4)
    verifier = train_verifier(lm, judged_chains(DRAWN, "outcome"), few, kind="outcome")
    assert lm.fingerprint == before == verifier.card["base fingerprint"]


def test_labels_that_are_all_the_same_teach_nothing():
    with pytest.raises(SrmLabError, match="labels are the same"):
        train_verifier(tiny_lm(), judged_chains([[marked(ONE, True)]], "outcome"), TRAINING, kind="outcome")


def test_a_model_with_adapters_is_refused():
    lm = tiny_lm()
    lm.model.peft_config = {}
    with pytest.raises(SrmLabError, match="adapters"):
        train_verifier(lm, judged_chains(DRAWN, "outcome"), TRAINING, kind="outcome")


def test_a_stopped_run_goes_on_to_the_same_verifier(tmp_path):
    judged, few = judged_chains(DRAWN, "process"), SftSettings(steps=6, batch_size=8)
    whole = train_verifier(tiny_lm(), judged, few, kind="process")
    stop = threading.Event()
    train_verifier(
        tiny_lm(), judged, few, kind="process", folder=tmp_path,
        on_step=lambda line: line["step"] == 3 and stop.set(), stop=stop,
    )  # fmt: skip
    again = train_verifier(tiny_lm(), judged, few, kind="process", folder=tmp_path)
    assert again.card["finished"]
    assert again.score(ONE, [worked(ONE)]) == whole.score(ONE, [worked(ONE)])


class Pairs:
    """A tokenizer of two characters a token, as far as `_places` asks."""

    def __call__(self, text, add_special_tokens, return_offsets_mapping):
        return {"offset_mapping": [(at, min(at + 2, len(text))) for at in range(0, len(text), 2)]}


@given(st.text(ALPHABET, min_size=1, max_size=20), st.data())
@settings(deadline=None)
def test_a_label_stands_at_the_token_that_ends_at_or_reaches_over_its_character(text, data):
    end = data.draw(st.integers(1, len(text)))
    table = tokenize([Example("1?", text)], TOKENIZER)
    assert table.ids[_places(table, 0, text, [end], None)[0]] == table.ids[2 + end - 1]
    half = type("Table", (), {"starts": [0, 2 + (len(text) + 1) // 2 + 1], "prompts": [2]})
    if len(text) > 1:
        assert _places(half, 0, text, [end], Pairs())[0] == 2 + (end - 1) // 2


# -- files ---------------------------------------------------------------------------------------------------------


def test_a_saved_verifier_comes_back_with_the_same_scores_and_card(process, tmp_path):
    folder = save_verifier(process, tmp_path / "verifier")
    loaded = load_verifier(folder)
    texts = [worked(ONE), "1;x####0"]
    assert loaded.score(ONE, texts) == process.score(ONE, texts)
    assert loaded.kind == "process"
    assert loaded.card["problems"] == 30
    assert not any(p.requires_grad for p in loaded.model.parameters())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["verifier"]


@pytest.mark.parametrize("name", ["head.safetensors", "model.safetensors"])
def test_a_file_that_is_not_its_cards_is_not_loaded(process, tmp_path, name):
    folder = save_verifier(process, tmp_path / "verifier")
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(SrmLabError, match=f"not the one its card describes[\\s\\S]*{name}"):
        load_verifier(folder)
    path.unlink()
    with pytest.raises(SrmLabError, match="missing"):
        load_verifier(folder)


def test_a_folder_without_a_card_is_no_verifier_and_a_saved_one_is_not_replaced(outcome, tmp_path):
    with pytest.raises(SrmLabError, match="no saved verifier"):
        load_verifier(tmp_path)
    with pytest.raises(SrmLabError, match="there already"):
        save_verifier(outcome, tmp_path)


def test_a_new_head_says_one_half_to_everything():
    lm = tiny_lm()
    assert Verifier(lm, Headed(lm.model), "outcome").score(ONE, ["1", "####2"]) == [0.5, 0.5]
    assert torch.is_grad_enabled()
