"""LoRA adapters: nothing changes until they are trained, and they fit their own base alone."""

from __future__ import annotations

import pytest
import torch

import srm_lab as srm
from srm_lab.models import tiny
from srm_lab.models.adapters import base_mark, save_adapter, with_lora
from srm_lab.tasks.worked import ALPHABET


@pytest.fixture
def folder(tmp_path):
    """folder(seed): a saved tiny model."""

    def make(seed: int) -> str:
        model, tokenizer = tiny.make("0.1M", ALPHABET, seed)
        for part in (model, tokenizer):
            part.save_pretrained(tmp_path / str(seed))
        return str(tmp_path / str(seed))

    return make


def test_new_adapters_change_nothing_and_trained_ones_survive_saving(folder, tmp_path):
    plain = srm.load_model(folder(0)).logprobs("7+12?", "7+12=19")
    lm = with_lora(srm.load_model(folder(0)), rank=4)
    assert lm.logprobs("7+12?", "7+12=19") == pytest.approx(plain, abs=1e-5)
    with torch.no_grad():
        for name, parameter in lm.model.named_parameters():
            if "lora_B" in name:
                parameter.add_(0.05)
    trained = lm.logprobs("7+12?", "7+12=19")
    assert trained != pytest.approx(plain, abs=1e-3)
    save_adapter(lm, tmp_path / "adapter")
    again = srm.load_model(folder(0), adapter=str(tmp_path / "adapter"))
    assert again.logprobs("7+12?", "7+12=19") == pytest.approx(trained, abs=1e-4)


def test_an_adapter_for_another_base_is_refused(folder, tmp_path):
    save_adapter(with_lora(srm.load_model(folder(0))), tmp_path / "adapter")
    with pytest.raises(srm.SrmLabError, match="does not belong"):
        srm.load_model(folder(1), adapter=str(tmp_path / "adapter"))


def test_the_mark_of_a_base_is_the_same_in_bfloat16(folder):
    marks = {base_mark(srm.load_model(folder(0), dtype=dtype).model) for dtype in ("float32", "bfloat16")}
    assert len(marks) == 1


def test_adapters_are_not_put_on_twice(folder):
    with pytest.raises(srm.SrmLabError, match="already"):
        with_lora(with_lora(srm.load_model(folder(0))))
