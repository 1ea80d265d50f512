"""The forward pass of training computes what transformers computes, gradients included, for every kind of model."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen3Config

from srm_lab.decoding.llama import readable
from srm_lab.models.adapters import with_lora
from srm_lab.training.batches import make_batch, tokenize
from srm_lab.training.forward import completion_logits, completion_logprobs

SHAPE = {"vocab_size": 60, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "head_dim": 16,
         "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.2}  # fmt: skip
CONFIGS = {
    "llama": LlamaConfig(**SHAPE),
    "qwen3": Qwen3Config(**SHAPE),
    "gpt2": GPT2Config(vocab_size=60, n_embd=64, n_layer=2, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0),
}


def reference(model, table, i):
    """transformers' own loss for one example alone, nothing padded."""
    ids = torch.from_numpy(table.ids[table.starts[i] : table.starts[i + 1]]).long()[None]
    labels = ids.clone()
    labels[:, : table.prompts[i]] = -100
    return model(input_ids=ids, labels=labels).loss * int((labels != -100).sum())


@pytest.mark.parametrize("name", CONFIGS)
def test_losses_and_gradients_are_those_of_each_example_alone(name, new_lm, examples):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[name])
    table = tokenize(examples[:12], new_lm().tokenizer)
    batch = make_batch(table, range(12))
    assert len(batch.rectangles) > 1
    assert readable(model) == (name != "gpt2")

    def gradients(losses):
        model.zero_grad()
        sum(losses).backward()
        return [parameter.grad.clone() for parameter in model.parameters()]

    expected = [reference(model, table, i) for i in range(12)]
    logprobs = completion_logprobs(model, batch)
    for i in range(12):
        assert -logprobs[batch.owners == i].sum().item() == pytest.approx(expected[i].item(), rel=1e-4)
    for ours, theirs in zip(gradients([-logprobs.sum()]), gradients(expected)):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_neighbours_in_a_batch_do_not_see_one_another(new_lm, examples):
    lm = new_lm()
    table = tokenize(examples, lm.tokenizer)
    with torch.no_grad():
        alone = completion_logits(lm.model, make_batch(table, [5]))
        batch = make_batch(table, range(20))
        together = completion_logits(lm.model, batch)[batch.owners == 5]
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


def test_adapters_take_part(new_lm, examples):
    lm = with_lora(new_lm())
    batch = make_batch(tokenize(examples[:4], lm.tokenizer), range(4))
    with torch.no_grad():
        before = completion_logits(lm.model, batch)
        for name, parameter in lm.model.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.05)
        assert not torch.allclose(before, completion_logits(lm.model, batch))
