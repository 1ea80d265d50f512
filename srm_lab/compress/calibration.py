"""What the linear layers of a model get to see: statistics of their inputs over a few texts.

Error-compensating rounding, activation-aware scaling and Wanda need no inputs, only sums over them: the gram matrix
X^T X and the mean magnitude of each input channel. Sums take the same memory whatever the number of texts.
Layers that read the same tensor (query, key and value; gate and up) share theirs.

The texts are best reasoning chains of the kind the model will write: which channels are loud depends on the text.
Left out: passing each layer the outputs of the already quantized layers below; all sums come from one run of the
unchanged model, so that every layer can be quantized, and looked at, by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError

MOST_TOKENS = 2048  # of one text


class InputSums:
    """Sums over the inputs of a layer: gram [inputs, inputs] and mean_abs [inputs] in float32, over `tokens`."""

    def __init__(self, inputs: int, device: torch.device):
        self.gram = torch.zeros(inputs, inputs, device=device)
        self._total_abs = torch.zeros(inputs, device=device)
        self.tokens = 0

    def add(self, x: torch.Tensor) -> None:
        x = x.detach().reshape(-1, x.shape[-1]).float()
        self.gram.addmm_(x.T, x)
        self._total_abs += x.abs().sum(0)
        self.tokens += len(x)

    def scaled(self, factor: torch.Tensor) -> InputSums:
        """The sums, had each input channel been multiplied by its factor, [inputs]."""
        other = InputSums(0, self.gram.device)
        other.gram, other.tokens = self.gram * factor * factor[:, None], self.tokens
        other._total_abs = self._total_abs * factor.abs()
        return other

    @property
    def mean_abs(self) -> torch.Tensor:
        return self._total_abs / max(self.tokens, 1)

    @property
    def mean_square(self) -> torch.Tensor:
        """Of each input channel, [inputs]."""
        return self.gram.diagonal() / max(self.tokens, 1)


def calibrate(lm: Any, texts: Sequence[Any], layers: Mapping[str, nn.Module]) -> dict[str, InputSums]:
    """Runs the model over the texts; returns the sums of each named linear layer.

    texts: strings, or anything with a `.text` such as Completions and Solutions, each cut to the model's context.
    Raises SrmLabError where the texts hold no token, or a layer is never used.
    """
    sums: dict[str, InputSums] = {}
    latest: list[Any] = [None, None]  # the tensor seen last, and the sums it went into

    def hook(name: str):
        def see(module: nn.Module, arguments: tuple) -> None:
            x = arguments[0]
            if x is not latest[0]:
                mine = sums.get(name) or InputSums(x.shape[-1], x.device)
                mine.add(x)
                latest[:] = [x, mine]
            sums[name] = latest[1]

        return see

    with _hooks(layers, hook):
        for ids in token_batches(lm, texts):
            latest[:] = [None, None]
            lm.model(input_ids=ids, use_cache=False)
    if unused := layers.keys() - sums.keys():
        raise SrmLabError(
            f"The layer {min(unused)} was never used while the model read the texts.",
            "So nothing is known of its inputs.",
            'Use method="rtn", which needs none.',
        )
    return sums


def token_batches(lm: Any, texts: Sequence[Any]) -> list[torch.Tensor]:
    """Token ids of each text that has any, [1, tokens]. Raises SrmLabError where none has."""
    if isinstance(texts, str) or not hasattr(texts, "__iter__"):
        raise SrmLabError(
            "Calibration takes a list of texts.", f"It was given a {type(texts).__name__}.",
            "Pass a list of strings or of Completions.",
        )  # fmt: skip
    most = min(lm.context_length, MOST_TOKENS)
    rows = [lm.encode(text)[:most] for text in map(_text_of, texts) if text]
    batches = [torch.tensor([row], device=lm.model.device) for row in rows if row]
    if not batches:
        raise SrmLabError(
            "The calibration set has no tokens.",
            f"It holds {len(list(texts))} texts, all of them empty." if texts else "It is an empty list.",
            "Pass some chains that a model wrote: [chain for chain in lm.sample(prompt, n=16)].",
        )
    return batches


def _text_of(item: Any) -> str:
    text = item if isinstance(item, str) else getattr(item, "text", None)
    if not isinstance(text, str):
        raise SrmLabError(
            f"A {type(item).__name__} is no text to calibrate on.", "It is neither a string nor has it a `.text`.",
            "Pass a list of strings or of Completions.",
        )  # fmt: skip
    return text


@contextmanager
def _hooks(layers: Mapping[str, nn.Module], hook: Any) -> Iterator[None]:
    handles = [module.register_forward_pre_hook(hook(name)) for name, module in layers.items()]
    try:
        with torch.no_grad():
            yield
    finally:
        for handle in handles:
            handle.remove()
