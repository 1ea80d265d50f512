"""A model written as GGUF is the same model when transformers reads it, but for the rounding of its weights."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from srm_lab.compress.gguf_file import write_gguf
from srm_lab.compress.grids import relative_error
from srm_lab.errors import SrmLabError


@pytest.mark.parametrize("kind", ["llama", "untied"])
def test_every_weight_comes_back_in_its_place(make_lm, tmp_path, kind):
    model = make_lm(kind).model
    write_gguf(model, tmp_path / "model.gguf")
    read = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="model.gguf", dtype=torch.float32)
    theirs = dict(read.named_parameters())
    for name, weight in model.named_parameters():
        error = relative_error(weight, theirs[name])
        assert error < 1e-6 if weight.dim() == 1 else 0.01 < error < 0.12, name
    model.load_state_dict(theirs, strict=False)
    ids = torch.tensor([[3, 4, 5, 6]])
    with torch.no_grad():
        assert torch.allclose(model(ids).logits, read(ids).logits, atol=1e-4)


def test_rows_of_queries_in_another_order_would_be_seen(lm):
    weight = lm.model.model.layers[0].self_attn.q_proj.weight
    assert relative_error(weight, weight.view(4, 2, 8, 64).transpose(1, 2).reshape(64, 64)) > 0.5


@pytest.mark.parametrize("kind", ["biased", "qwen3"])
def test_what_a_gguf_of_ours_cannot_hold_is_refused(make_lm, tmp_path, kind):
    with pytest.raises(SrmLabError, match="Only plain Llamas"):
        write_gguf(make_lm(kind).model, tmp_path / "model.gguf")
