"""A short training after pruning: the weights that are left learn to do without the others.

Plain next-token loss on texts of the kind the model should write, AdamW, a few dozen steps. Noughts stay noughts:
after each step they are put back. The best texts are chains that the model wrote itself before it was pruned.
Left out: learning-rate schedules, and LoRA, which would fill the noughts when it is merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..errors import SrmLabError
from .calibration import token_batches
from .copies import check_compressible, copy_model, linear_layers


def recover(
    lm: Any, texts: Sequence[Any], *, steps: int = 100, batch_size: int = 8, lr: float = 1e-4, seed: int = 0
) -> tuple[Any, list[float]]:
    """A trained LocalModel, and the loss of each step in nats a token. lm stays as it is.

    texts: strings or Completions to learn.  steps: of `batch_size` texts each, drawn with `seed`.
    Raises SrmLabError for texts of fewer than two tokens each, or a model that is not a pruned or plain one.
    """
    from ..models.local import LocalModel

    check_compressible(lm)
    batches = [ids for ids in token_batches(lm, texts) if ids.shape[1] > 1]
    if not batches:
        raise SrmLabError(
            "There is nothing to learn from.", "Every text has a single token, and no next one.", "Use longer texts."
        )
    model = copy_model(lm.model).train().requires_grad_(True)
    noughts = [(layer.weight, layer.weight == 0) for layer in linear_layers(model).values()]
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0), []
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        chosen = torch.randint(len(batches), (batch_size,), generator=generator).tolist()
        losses.append(_step(model, [batches[at] for at in chosen], optimizer, noughts))
    label = "+".join(filter(None, (lm.quantization, f"recovered{steps}")))
    recovered = LocalModel(lm.name, model.requires_grad_(False), lm.tokenizer, label)
    recovered.compression = lm.compression
    return recovered, losses


def _step(model: Any, batch: Sequence[torch.Tensor], optimizer: Any, noughts: Sequence[tuple]) -> float:
    """One step on texts of different lengths, each by itself: no padding, and no token weighs more than another."""
    tokens, total = sum(ids.shape[1] - 1 for ids in batch), 0.0
    optimizer.zero_grad()
    for ids in batch:
        logits = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
        loss = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum") / tokens
        loss.backward()
        total += loss.item()
    optimizer.step()
    with torch.no_grad():
        for weight, nought in noughts:
            weight.masked_fill_(nought, 0)
    return total
