"""STaR: what a round learns, that it starts from the original weights, and that it goes on where it stopped."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from functools import partial

import pytest
import torch
from scripted import Scripted, tiny_lm

from srm_lab.errors import SrmLabError
from srm_lab.tasks import load_problems
from srm_lab.tasks.worked import worked
from srm_lab.training.chains import hold_out
from srm_lab.training.run_log import read_metrics
from srm_lab.training.sft import SftSettings, sft
from srm_lab.training.star import HINT, StarSettings, gather, hint_examples, star

PROBLEMS, HELD_OUT = hold_out(load_problems("arithmetic", 8, split="train", operations=2), 0.4)
EASY, HARD = PROBLEMS[0], PROBLEMS[1]
BY_QUESTION = {p.question: p for p in (*PROBLEMS, *HELD_OUT)}
SETTINGS = StarSettings(SftSettings(steps=3, batch_size=2), rounds=2, samples=4, keep=2)


def says(prompt, index, seed):
    """Right on all problems but the hard one, each chain in another style; that one is right with a hint."""
    question, _, hint = prompt.partition("(")
    one = BY_QUESTION[question]
    if one is HARD and not hint:
        return "####no"
    return worked(one, ("full", "draft", "answer", "full")[(index + seed // 1000) % 4])


def weights(lm) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in lm.model.named_parameters()}


def same(a: dict, b: dict) -> bool:
    return all(torch.equal(a[name], b[name]) for name in b)


def test_a_round_keeps_few_different_right_chains_of_each_problem():
    examples, facts = gather(Scripted(says), PROBLEMS, SETTINGS, 1, threading.Event())
    assert HARD.question not in {e.prompt for e in examples}
    of_easy = [e.completion for e in examples if e.prompt == EASY.question]
    assert len(of_easy) == len(set(of_easy)) == 2
    assert facts["solved"] == len(PROBLEMS) - 1
    assert facts["right"] == pytest.approx(1 - 1 / len(PROBLEMS))
    assert facts["different"] == 3 / 4  # of four chains two were the same


def test_with_hints_the_unsolved_are_asked_again_and_learned_without_the_hint():
    lm = Scripted(says)
    examples, facts = gather(lm, PROBLEMS, replace(SETTINGS, hint=HINT), 1, threading.Event())
    hinted = [prompt for prompt, _ in lm.asked if "(" in prompt]
    assert hinted == [f"{HARD.question}({HARD.answer})"]
    assert facts["solved with a hint"] == 1
    assert [e.prompt for e in examples if "(" in e.prompt] == []
    assert HARD.question in {e.prompt for e in examples}


def test_without_a_hint_nothing_is_asked_with_its_answer():
    lm = Scripted(says)
    gather(lm, PROBLEMS, SETTINGS, 1, threading.Event())
    assert not any("(" in prompt for prompt, _ in lm.asked)


def test_each_round_trains_the_original_model_and_not_the_last_one(tmp_path):
    lm, other = Scripted(says), tiny_lm()
    star(lm, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path)
    second, _ = gather(Scripted(says), PROBLEMS, SETTINGS, 2, threading.Event())
    sft(other, second, SETTINGS.of_round(2))
    assert same(weights(lm), weights(other))


def test_the_metrics_begin_with_the_start_and_say_what_each_round_was_worth(tmp_path):
    lines = []
    result = star(Scripted(says), PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path, on_round=lines.append)
    assert [line["step"] for line in result.metrics] == [0, 1, 2]
    assert result.metrics[1:] == lines
    assert result.metrics == read_metrics(tmp_path)
    assert (lines[0]["k"], lines[0]["n"]) == (len(HELD_OUT), len(HELD_OUT))  # the script is right on all of them
    assert json.loads((tmp_path / "card.json").read_text())["rounds"] == result.metrics


@pytest.mark.parametrize("after", [3, 12, 30])
def test_a_run_that_was_stopped_goes_on_exactly(tmp_path, after):
    """Stopped after so many calls of the model: while it measures the start, and while it draws in either round."""
    whole = Scripted(says)
    expected = star(whole, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "whole")
    stop, calls = threading.Event(), []

    def stopping(prompt, index, seed):
        calls.append(prompt)
        if len(calls) == after:
            stop.set()
        return says(prompt, index, seed)

    first = star(Scripted(stopping), PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "run", stop=stop)
    assert not first.finished
    again = Scripted(says, seed=5)  # another model in memory: the folder knows the start ...
    if not (tmp_path / "run" / "state.safetensors").exists():
        again = Scripted(says)  # ... unless it was stopped before there was anything to keep
    second = star(again, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "run")
    assert second.finished
    assert same(weights(again), weights(whole))
    assert [line["accuracy"] for line in second.metrics] == [line["accuracy"] for line in expected.metrics]
    assert [line.get("loss") for line in second.metrics] == [line.get("loss") for line in expected.metrics]


def test_a_run_that_was_stopped_while_it_trained_goes_on_exactly(tmp_path, monkeypatch):
    whole, again, stop = Scripted(says), Scripted(says), threading.Event()
    star(whole, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "whole")
    with monkeypatch.context() as patch:
        interrupted = partial(sft, on_step=lambda line: line["step"] == 2 and stop.set())
        patch.setattr("srm_lab.training.star.sft", interrupted)
        assert star(Scripted(says), PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "run", stop=stop).rounds == 0
    assert len(read_metrics(tmp_path / "run" / "round-1")) == 2
    assert star(again, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path / "run").finished
    assert same(weights(again), weights(whole))


def test_a_round_that_was_drawn_is_not_drawn_again(tmp_path):
    star(Scripted(says), PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path)
    lm = Scripted(lambda *_: pytest.fail("it was asked"))
    assert star(lm, PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path).rounds == 2


def test_another_configuration_does_not_go_on_with_the_run(tmp_path):
    star(Scripted(says), PROBLEMS, HELD_OUT, SETTINGS, folder=tmp_path)
    with pytest.raises(SrmLabError, match="samples"):
        star(Scripted(says), PROBLEMS, HELD_OUT, replace(SETTINGS, samples=5), folder=tmp_path)


def test_a_round_without_any_right_chain_is_an_error():
    with pytest.raises(SrmLabError, match="In round 1 none of the"):
        star(Scripted(lambda *_: "####no"), PROBLEMS, HELD_OUT, SETTINGS)


def test_held_out_problems_of_the_same_numbers_are_refused():
    with pytest.raises(SrmLabError, match="same words and numbers"):
        star(Scripted(says), PROBLEMS, PROBLEMS[:1], SETTINGS)


def test_greedy_sampling_and_empty_counts_are_refused():
    with pytest.raises(SrmLabError, match="greedy"):
        replace(SETTINGS, temperature=0.0)
    with pytest.raises(SrmLabError, match="out of range"):
        replace(SETTINGS, rounds=0)


def test_hint_examples_show_the_answer_before_the_steps():
    (example,) = hint_examples([EASY])
    assert example.prompt == f"{EASY.question}({EASY.answer})"
    assert example.completion == worked(EASY)


def test_fresh_problems_are_others_in_each_round():
    four, lm = load_problems("arithmetic", 4, 3, "train", operations=3), Scripted(lambda *_: "")
    by_question = {p.question: p for p in (*four, *HELD_OUT)}
    lm.says = lambda prompt, index, seed: worked(by_question[prompt])
    star(lm, four, HELD_OUT, replace(SETTINGS, fresh=2))
    drawn = [prompt for prompt, given in lm.asked if given["temperature"] > 0]
    assert sorted(drawn[:2]) == sorted(p.question for p in four[:2])
    assert sorted(drawn[2:]) == sorted(p.question for p in four[2:])


def test_too_few_problems_for_fresh_rounds_are_refused_before_anything_is_drawn():
    lm = Scripted(lambda *_: pytest.fail("it was asked"))
    with pytest.raises(SrmLabError, match="for 2 rounds of 9 fresh ones"):
        star(lm, PROBLEMS, HELD_OUT, replace(SETTINGS, fresh=9))
