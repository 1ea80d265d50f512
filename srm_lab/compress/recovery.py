"""A short training after pruning: the weights that are left learn to do without the others.

Plain next-token loss on texts of the kind the model should write, AdamW, a few dozen steps. Noughts stay noughts:
after each step they are put back. The best texts are chains that the model wrote itself before it was pruned; as
Examples they teach the chain and where it ends, and spend nothing on foreseeing the question.
Left out: learning-rate schedules, and LoRA, which would fill the noughts when it is merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from ..errors import SrmLabError
from ..training.batches import Batch, TokenTable, make_batch, make_table, tokenize
from ..training.examples import Example
from ..training.forward import completion_logits
from .calibration import token_batches
from .copies import check_compressible, copy_model, linear_layers


def recover(
    lm: Any, texts: Sequence[Any], *, steps: int = 100, batch_size: int = 8, lr: float = 1e-4, seed: int = 0
) -> tuple[Any, list[float]]:
    """A trained LocalModel, and the loss of each step in nats a token. lm stays as it is.

    texts: strings or Completions to learn, or Examples, of which the completion and its end are learned and the
        prompt is only read.  steps: of `batch_size` texts each, drawn with `seed`.
    Raises SrmLabError for texts of fewer than two tokens each, or a model that is not a pruned or plain one.
    """
    from ..models.local import LocalModel

    check_compressible(lm)
    table = _table(lm, texts)
    model = copy_model(lm.model).train().requires_grad_(True)
    noughts = [(layer.weight, layer.weight == 0) for layer in linear_layers(model).values()]
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0), []
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        chosen = torch.randint(len(table), (batch_size,), generator=generator).numpy()
        losses.append(_step(model, make_batch(table, chosen).to(model.device), optimizer, noughts))
    label = "+".join(filter(None, (lm.quantization, f"recovered{steps}")))
    recovered = LocalModel(lm.name, model.requires_grad_(False), lm.tokenizer, label)
    recovered.compression = lm.compression
    return recovered, losses


def _table(lm: Any, texts: Sequence[Any]) -> TokenTable:
    """The texts as token ids; of a plain text every token but the first is learned."""
    if isinstance(texts, Sequence) and texts and all(isinstance(text, Example) for text in texts):
        return tokenize(texts, lm.tokenizer, lm.context_length)
    rows = [ids[0].tolist() for ids in token_batches(lm, texts) if ids.shape[1] > 1]
    if not rows:
        raise SrmLabError(
            "There is nothing to learn from.", "Every text has a single token, and no next one.", "Use longer texts."
        )
    return make_table([row[:1] for row in rows], [row[1:] for row in rows])


def _step(model: Any, batch: Batch, optimizer: Any, noughts: Sequence[tuple]) -> float:
    """One step; the loss is the mean over all learned tokens, so that none weighs more than another."""
    optimizer.zero_grad()
    loss = functional.cross_entropy(completion_logits(model, batch), batch.targets)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for weight, nought in noughts:
            weight.masked_fill_(nought, 0)
    return loss.item()
