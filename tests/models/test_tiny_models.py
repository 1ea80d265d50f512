"""Tiny models: real transformers models with one token a character; shipped ones are checked against their cards."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

import srm_lab as srm
from srm_lab.decoding.llama import readable
from srm_lab.models import tiny
from srm_lab.models.checkpoints import checkpoints_folder, write_checkpoint
from srm_lab.models.local import LocalModel
from srm_lab.tasks.worked import ALPHABET

TOKENIZER = tiny.make_tokenizer(ALPHABET, tiny.CONTROLS, tiny.ASK_HYBRID)


def accuracy(rate, half=0.02):
    return {"accuracy": {"rate": rate, "low": rate - half, "high": rate + half}, "what": "A test.", "hybrid": False,
            "parameters": 110_000}  # fmt: skip


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of checkpoints with one model, "tiny/chains"."""
    monkeypatch.setenv("SRM_LAB_CHECKPOINTS", str(tmp_path))
    write_checkpoint("chains", *tiny.make("0.1M", ALPHABET, 0), accuracy(0.8))
    return tmp_path / "chains"


@given(st.text(ALPHABET, max_size=40))
def test_text_of_the_alphabet_comes_back_character_by_character(text):
    ids = TOKENIZER(text).input_ids
    assert len(ids) == len(text)
    assert TOKENIZER.decode(ids, skip_special_tokens=True) == text


def test_control_tokens_are_single_and_stay_visible_while_the_end_does_not():
    ids = TOKENIZER("1?<think>2</think>3<end>").input_ids
    assert len(ids) == 7
    assert TOKENIZER.decode(ids, skip_special_tokens=True) == "1?<think>2</think>3"


def test_an_unknown_character_is_the_unknown_token():
    assert TOKENIZER("Ä").input_ids == [TOKENIZER.unk_token_id]


@pytest.mark.parametrize("size", tiny.SIZES)
def test_a_size_is_about_its_number_of_parameters_and_fits_in_8_mb(size):
    model, _ = tiny.make(size, ALPHABET, 0)
    parameters = model.num_parameters()
    assert parameters == pytest.approx(float(size[:-1]) * 1e6, rel=0.15)
    assert parameters * 4 < 8e6
    assert model.config.hidden_size % 64 == model.config.intermediate_size % 64 == 0
    assert readable(model)


def test_the_seed_fixes_the_weights_and_leaves_the_callers_random_numbers():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two, other = (tiny.make("0.1M", ALPHABET, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(one.lm_head.weight, two.lm_head.weight)
    assert not torch.equal(one.lm_head.weight, other.lm_head.weight)


def test_it_loads_and_saves_through_transformers(tmp_path):
    model, tokenizer = tiny.make("0.1M", ALPHABET, 0, hybrid=True)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    again, words = AutoModelForCausalLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    assert torch.equal(again.lm_head.weight, model.lm_head.weight)
    assert again.lm_head.weight is again.model.embed_tokens.weight
    assert words("7+12?<think>").input_ids == tokenizer("7+12?<think>").input_ids
    assert LocalModel("saved", again, words).ask == tiny.ASK_HYBRID


def test_an_unknown_size_and_a_doubled_character_are_errors():
    with pytest.raises(srm.SrmLabError, match=r"0\.6M"):
        tiny.make("0.7M", ALPHABET, 0)
    with pytest.raises(srm.SrmLabError, match="'a' more than once"):
        tiny.make("0.1M", "abca", 0)


def test_a_shipped_model_loads_by_name_and_is_listed(shipped):
    lm = srm.load_model("tiny/chains")
    assert lm.name == "tiny/chains"
    assert lm.ask == tiny.ASK
    assert "tiny/chains" in srm.list_models().index


def test_a_changed_weight_file_is_not_loaded(shipped):
    path = shipped / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(srm.SrmLabError, match="SHA-256"):
        srm.load_model("tiny/chains")


def test_a_missing_file_is_named(shipped):
    (shipped / "tokenizer.json").unlink()
    with pytest.raises(srm.SrmLabError, match=r"tokenizer\.json is missing"):
        srm.load_model("tiny/chains")


def test_an_unknown_name_gets_the_nearest(shipped):
    with pytest.raises(srm.SrmLabError, match="tiny/chains"):
        srm.load_model("tiny/chainz")


def test_without_any_checkpoint_the_clone_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_CHECKPOINTS", str(tmp_path / "nowhere"))
    with pytest.raises(srm.SrmLabError, match="clone"):
        srm.load_model("tiny/chains")


def test_a_damaged_card_is_an_error(shipped):
    (shipped / "card.json").write_text("{")
    with pytest.raises(srm.SrmLabError, match="can't be read"):
        srm.load_model("tiny/chains")


def test_a_worse_model_does_not_replace_a_better_one(shipped):
    before = (shipped / "card.json").read_text()
    with pytest.raises(srm.SrmLabError, match="worse"):
        write_checkpoint("chains", *tiny.make("0.1M", ALPHABET, 1), accuracy(0.5))
    assert (shipped / "card.json").read_text() == before
    srm.load_model("tiny/chains")
    write_checkpoint("chains", *tiny.make("0.1M", ALPHABET, 1), accuracy(0.79))
    assert json.loads((shipped / "card.json").read_text())["accuracy"]["rate"] == 0.79


def test_a_write_that_fails_leaves_the_old_model(shipped, monkeypatch):
    def full(*anything):
        raise OSError("disk full")

    monkeypatch.setattr("srm_lab.models.checkpoints.save_model", full)
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint("chains", *tiny.make("0.1M", ALPHABET, 1), accuracy(0.9))
    assert [path.name for path in checkpoints_folder().iterdir()] == ["chains"]
    srm.load_model("tiny/chains")
