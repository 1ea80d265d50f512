"""Recordings replay what was drawn, at any pace, and never make anything up."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import time

import pytest

import srm_lab as srm
from srm_lab.models.recording import RecordingModel
from srm_lab.models.recording_file import list_recordings, pack_floats, read_recording, unpack_floats
from srm_lab.store import StoredModel, export, import_, size, stored
from srm_lab.store.record import RECIPES, main, record

MESSAGES = [{"role": "user", "content": "What is 2 + 2?"}]


@pytest.fixture
def says():
    return lambda prompt, index, seed: f"Seed {seed} chain {index} of {len(str(prompt))}. The answer is {index}."


@pytest.fixture
def recorded(fake_model, says, tmp_path, monkeypatch):
    """(the model, a recording of it): one text prompt with 4 samples at 0.7, messages with one greedy sample."""
    lm = fake_model(says)
    view = stored(lm)
    view.sample("Why is the sky blue?", n=4)
    view.sample("Why is the sky blue?", n=2, temperature=0.0, seed=5)
    view.sample(MESSAGES, temperature=0.0, thinking=False)
    monkeypatch.setenv("SRM_LAB_RECORDINGS", str(tmp_path / "recordings"))
    export(tmp_path / "recordings" / "sky.jsonl.gz", model=lm, licence="CC0", made_by="this test")
    return lm, srm.load_model("recording/sky")


def test_a_recording_gives_back_what_the_model_said(recorded):
    lm, replay = recorded
    assert replay.sample("Why is the sky blue?", n=4) == lm.sample("Why is the sky blue?", n=4)
    assert replay.sample("Why is the sky blue?", indices=[3, 1]) == lm.sample("Why is the sky blue?", indices=[3, 1])
    assert replay.sample(MESSAGES, temperature=0, thinking=False) == lm.sample(MESSAGES)


def test_it_has_the_facts_of_the_model_and_of_the_recording(recorded):
    lm, replay = recorded
    assert (replay.name, replay.fingerprint) == ("recording/sky", lm.fingerprint)
    assert (replay.num_parameters, replay.memory_bytes, replay.quantization) == (10, 40, None)
    assert (replay.header["licence"], replay.header["made_by"], replay.header["samples"]) == ("CC0", "this test", 7)
    assert {"torch", "srm-lab"} <= set(replay.header["versions"][0])
    assert "7 samples of fake" in repr(replay)


def test_methods_and_evaluate_run_on_a_recording_and_leave_the_store_alone(fake_model, problems, tmp_path,
                                                                          store_of_this_test):  # fmt: skip
    lm = fake_model(lambda prompt, index, seed: "The answer is 3.")
    methods = [("self_consistency", {"n": 3, "examples": problems[:1]}), ("direct", {})]
    path, runs = record(tmp_path / "r.jsonl.gz", lm, problems, methods, progress=False)
    assert not store_of_this_test.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["r.jsonl.gz"]
    replay = srm.load_model(f"recording/{path}")
    for (name, settings), before in zip(methods, runs):
        again = srm.evaluate(replay, name, problems, progress=False, **settings)
        assert [r.solution for r in again.records] == [r.solution for r in before.records]
        assert (again.reused, again.accuracy.k) == (0, 1)
    assert not store_of_this_test.exists()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"n": 5}, r"(?s)no sample 4 with seed 0.*Of this prompt it has samples 0 to 3; samples 0 to 1 with"),
        ({"seed": 1}, r"no sample 0 with seed 1[^;]*samples 0 to 3 with seed=0; "),
        ({"temperature": 0.5}, r"samples 0 to 3 with temperature=0\.7; .*with temperature=0\.0, seed=5"),
        ({"max_new_tokens": 9}, r"with max_new_tokens=256"),
        ({"extra": 1}, r"without extra"),
    ],
)
def test_a_sample_that_was_not_recorded_is_an_error_that_names_the_nearest(recorded, asked, told):
    with pytest.raises(srm.SrmLabError, match=told):
        recorded[1].sample("Why is the sky blue?", **asked)


def test_a_prompt_that_was_not_recorded_is_an_error_that_names_the_nearest(recorded):
    with pytest.raises(srm.SrmLabError, match=r"(?s)ends with '.*sky red\?'.*nearest ends with '.*sky blue\?'"):
        recorded[1].sample("Why is the sky red?")
    with pytest.raises(srm.SrmLabError, match=r"What is 2 \+ 2"):
        recorded[1].sample(MESSAGES[0]["content"], temperature=0.0)  # the same words, but not sent as messages


def test_logprobs_of_another_text_need_the_model(recorded):
    with pytest.raises(srm.SrmLabError, match=r"(?s)not the weights.*load_model\('fake'\)"):
        recorded[1].logprobs("Why?", "Because.")


def test_chains_stream_side_by_side_and_their_pieces_join_to_the_text(recorded):
    seen = []
    chains = recorded[1].sample("Why is the sky blue?", n=2, on_token=lambda index, text: seen.append((index, text)))
    assert [index for index, _ in seen[:4]] == [0, 1, 0, 1]
    assert ["".join(text for i, text in seen if i == index) for index in range(2)] == [chain.text for chain in chains]


def test_the_pace_is_tokens_of_a_chain_per_second(recorded):
    replay = recorded[1]
    tokens = len(replay.sample("Why is the sky blue?")[0].token_ids)
    replay.tokens_per_second = 10 * tokens
    started = time.perf_counter()
    replay.sample("Why is the sky blue?", n=4)
    assert 0.1 <= time.perf_counter() - started < 0.5


def test_stop_ends_a_replay_where_it_is(recorded):
    replay, cancel, seen = recorded[1], threading.Event(), []
    replay.tokens_per_second = 1000

    def on_token(index, text):
        seen.append(text)
        if len(seen) == 3:
            cancel.set()

    [chain] = replay.sample("Why is the sky blue?", on_token=on_token, cancel=cancel)
    assert chain.finish_reason == "cancelled"
    assert not chain.finished
    assert chain.text == "".join(seen)
    assert (len(chain.token_ids), len(chain.logprobs), chain.usage.generated_tokens) == (3, 3, 3)


def test_a_stopped_chain_that_was_thinking_has_no_answer(fake_model, tmp_path):
    lm, cancel = fake_model(["<think> one two three four </think> The answer is 5."]), threading.Event()
    stored(lm).sample("Why?")
    replay = srm.load_model(f"recording/{export(tmp_path / 't.jsonl.gz')}")
    [chain] = replay.sample("Why?", cancel=cancel, on_token=lambda index, text: "o" in text and cancel.set())
    assert chain.text.startswith("<think> o")
    assert chain.answer_text is None
    assert replay.sample("Why?")[0].answer_text == "The answer is 5."


def test_an_unknown_recording_gets_the_nearest_names(recorded):
    assert list_recordings() == ["sky"]
    with pytest.raises(srm.SrmLabError, match=r"nearest names are: sky"):
        srm.load_model("recording/sly")
    with pytest.raises(srm.SrmLabError, match="no recording called"):
        srm.load_model("recording/nowhere/x.jsonl.gz")


def test_without_any_recording_the_error_says_where_they_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_RECORDINGS", str(tmp_path / "none"))
    with pytest.raises(srm.SrmLabError, match="SRM_LAB_RECORDINGS"):
        srm.load_model("recording/sky")


def test_a_recording_cannot_be_quantized(recorded):
    with pytest.raises(srm.SrmLabError, match="cannot be quantized"):
        srm.load_model("recording/sky", quantization="int8")


def _rewrite(path, change):
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join(change(lines)).encode()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [*lines[:1], lines[1].replace("chain 0", "chain 9"), *lines[2:]], "changed or damaged"),
        (lambda lines: [lines[0].replace("CC0", "MIT"), *lines[1:]], "changed or damaged"),
        (lambda lines: lines[:-1], "changed or damaged"),
        (lambda lines: [lines[0].replace("recording 1", "recording 2"), *lines[1:]], "another format"),
        (lambda lines: ["[]"], "could not be read"),
        (lambda lines: [""], "could not be read"),
    ],
)
def test_a_changed_recording_is_an_error(recorded, tmp_path, change, told):
    path = tmp_path / "recordings" / "sky.jsonl.gz"
    _rewrite(path, change)
    with pytest.raises(srm.SrmLabError, match=told):
        srm.load_model("recording/sky")
    with pytest.raises(srm.SrmLabError, match=told):
        import_(path)


def test_a_truncated_recording_is_an_error(recorded, tmp_path):
    path = tmp_path / "recordings" / "sky.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(srm.SrmLabError, match="could not be read"):
        srm.load_model("recording/sky")


def test_the_same_samples_make_the_same_bytes(recorded, tmp_path):
    path = tmp_path / "recordings" / "sky.jsonl.gz"
    header, requests = read_recording(path)
    from srm_lab.models.recording_file import write_recording

    again = write_recording(tmp_path / "again.jsonl.gz", header, requests)
    assert gzip.decompress(again.read_bytes()) == gzip.decompress(path.read_bytes())
    assert read_recording(again) == (header, requests)


@pytest.mark.parametrize("values", [(), (-0.5, -1.25), (-0.1, -1e300), (float("-inf"), -0.0)])
def test_numbers_are_packed_exactly(values):
    assert unpack_floats(pack_floats(values)) == values
    assert (pack_floats(values)[0] == "d") == (-0.1 in values)


def test_an_interrupted_recording_goes_on_where_it_was(fake_model, problems, tmp_path):
    lm = fake_model(["The answer is 3."])
    with pytest.raises(srm.SrmLabError, match="no method"):
        record(tmp_path / "r.jsonl.gz", lm, problems, [("direct", {}), ("none", {})], progress=False)
    asked = len(lm.asked)
    _, runs = record(tmp_path / "r.jsonl.gz", lm, problems, [("direct", {})], progress=False)
    assert (len(lm.asked), runs[0].reused) == (asked, 4)


@pytest.fixture
def local(tiny_folder):
    return srm.load_model(tiny_folder, dtype="float32")


def test_a_local_model_hands_over_each_sample_as_it_ends(local):
    told = []
    chains = local.sample("what is 1", n=8, temperature=1.5, max_new_tokens=40,
                          on_completion=lambda index, chain: told.append((index, chain)))  # fmt: skip
    assert dict(told) == dict(enumerate(chains))
    lengths = [len(chain.token_ids) for _, chain in told]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]  # else this test shows nothing: choose another seed


def test_samples_of_a_local_model_that_ended_before_a_failure_are_in_the_store(local, monkeypatch):
    ended = {}

    def break_down(index, text):
        if ended:
            raise RuntimeError("the wire broke")

    keep = StoredModel._keep

    def watch(self, request, chains):
        keep(self, request, chains)
        ended.update(chains)

    settings = {"n": 8, "temperature": 1.5, "max_new_tokens": 40}
    monkeypatch.setattr(StoredModel, "_keep", watch)
    with pytest.raises(RuntimeError, match="the wire broke"):
        stored(local).sample("what is 1", on_token=break_down, **settings)
    kept = dict(ended)
    assert 0 < len(kept) < 8
    view = stored(local)
    chains = view.sample("what is 1", **settings)
    assert view.reused == len(kept)
    assert all(chains[index] == chain for index, chain in kept.items())
    assert [c.token_ids for c in chains] == [c.token_ids for c in local.sample("what is 1", **settings)]


def test_a_recorded_local_model_is_found_by_its_messages(local, tmp_path):
    chains = stored(local).sample(MESSAGES, n=3, max_new_tokens=8, thinking=False)
    replay = srm.load_model(f"recording/{export(tmp_path / 'r.jsonl.gz')}")
    assert replay.sample(MESSAGES, n=3, max_new_tokens=8, thinking=False) == chains
    with pytest.raises(srm.SrmLabError, match="thinking=False"):
        replay.sample(MESSAGES, n=3, max_new_tokens=8)


def test_the_command_lists_its_recipes_and_names_the_nearest(capsys):
    assert main(["--list"]) == 0
    assert set(capsys.readouterr().out.split()) == set(RECIPES)
    assert main(["smollm2-word-problem"]) == 1
    assert "The nearest names are: smollm2-word-problems." in capsys.readouterr().err


def test_replaying_needs_neither_torch_nor_transformers(recorded, tmp_path):
    program = (
        "import sys, srm_lab as srm\n"
        "lm = srm.load_model('recording/sky')\n"
        "print(lm.sample('Why is the sky blue?', n=4)[3].text)\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), 'they were imported'"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Seed 0 chain 3 of 20. The answer is 3.\n"


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_recording_of_the_kit_serves_the_methods_it_was_made_for(name):
    """Where this fails, a prompt or a default has changed since: record it again, as data/recordings/README.md says."""
    recipe, lm = RECIPES[name], srm.load_model(f"recording/{name}")
    assert isinstance(lm, RecordingModel)
    problems = srm.load_problems(recipe.task, n=recipe.problems, seed=recipe.seed, **recipe.task_settings)
    for method, settings in recipe.methods:
        run = srm.evaluate(lm, method, problems, seed=recipe.seed, progress=False, **settings)
        assert run.failed == 0
    assert lm.header["licence"] == recipe.licence
    assert json.loads(json.dumps(lm.header)) == lm.header
    assert size().bytes == 0
