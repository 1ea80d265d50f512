"""An adapted layer's product is peft's, gradients included; whatever is no plain adapter runs as its own module."""

from __future__ import annotations

import peft
import pytest
import torch
from torch import nn

from srm_lab.training.lora_product import product


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(24, 40)

    def forward(self, x):
        return self.layer(x)


def adapted(**settings) -> nn.Module:
    """A layer with adapters of random weights, its base frozen."""
    torch.manual_seed(0)
    config = peft.LoraConfig(r=4, lora_alpha=12, target_modules=["layer"], **settings)
    layer = peft.get_peft_model(Net(), config).base_model.model.layer
    nn.init.normal_(layer.lora_B["default"].weight)
    return layer


def results(call, layer, x):
    """Output, gradient of the input, gradients of the adapter."""
    weights = [layer.lora_A["default"].weight, layer.lora_B["default"].weight]
    x = x.clone().requires_grad_()
    out = call(x)
    return [out.detach(), *torch.autograd.grad((out * torch.linspace(-1, 1, out.shape[1])).sum(), [x, *weights])]


def test_output_and_gradients_are_those_of_peft_and_its_module_is_not_called():
    layer, x = adapted(), torch.randn(30, 24)
    expected = results(layer, layer, x)
    calls = []
    layer.register_forward_hook(lambda *_: calls.append(1))
    for ours, theirs in zip(results(lambda x: product(layer, x), layer, x), expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert calls == []


def switched_off(layer):
    layer.enable_adapters(False)
    return layer


def merged(layer):
    layer.merge()
    return layer


def two_at_once(layer):
    layer.update_layer("second", 4, 12, lora_dropout=0.0, init_lora_weights=False, config=peft.LoraConfig(r=4))
    layer.set_adapter(["default", "second"])
    return layer


OTHERS = {
    "no adapter": lambda: nn.Linear(24, 40),
    "dropout": lambda: adapted(lora_dropout=0.5),
    "DoRA": lambda: adapted(use_dora=True),
    "bias": lambda: adapted(lora_bias=True),
    "switched off": lambda: switched_off(adapted()),
    "merged": lambda: merged(adapted()),
    "two at once": lambda: two_at_once(adapted()),
    "other precision": lambda: adapted().to(torch.bfloat16),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_layer_runs_as_the_module_it_is(kind):
    layer, calls = OTHERS[kind](), []
    if kind == "other precision":
        layer.lora_A.float(), layer.lora_B.float()
    x = torch.randn(5, 24, dtype=next(layer.parameters()).dtype)
    layer.register_forward_hook(lambda *_: calls.append(1))
    torch.manual_seed(1)
    expected = layer(x)
    torch.manual_seed(1)
    torch.testing.assert_close(product(layer, x), expected)
    assert calls == [1, 1]


def test_autocast_decides_on_the_precision_itself():
    layer, x = adapted(), torch.randn(5, 24)
    with torch.autocast("cpu", torch.bfloat16):
        assert product(layer, x).dtype == layer(x).dtype == torch.bfloat16
