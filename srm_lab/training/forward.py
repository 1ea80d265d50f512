"""The forward pass of training: logits, with gradients, at the tokens that are learned and at no others.

For dense models of the Llama family it is the same mathematics as transformers', rearranged: all tokens of a batch in
one list with hardly any padding, one call for each norm, attention without a mask, and the vocabulary's product only
where a token is learned (a fifth of SmolLM2's parameters are that product). Layers are called as modules, so that
peft's adapters and bitsandbytes' layers work; plain adapters take a shorter way, see lora_product.py. Every other
model runs its own forward, rectangle by rectangle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from ..decoding.llama import base_model, normalise, readable, rotate
from .batches import Batch
from .lora_product import product


def completion_logits(model: Any, batch: Batch) -> torch.Tensor:
    """Logits before each learned token, [n, vocabulary], in float32; n and order as in batch.targets."""
    if readable(model):
        return base_model(model).lm_head(_llama_states(base_model(model), batch)).float()
    return _general(batch, lambda ids: model(input_ids=ids, use_cache=False).logits).float()


def completion_states(model: Any, batch: Batch) -> torch.Tensor:
    """Last hidden states, normalised, where the logits above are read, [n, width], in float32."""
    if readable(model):
        return _llama_states(base_model(model), batch).float()
    options = {"use_cache": False, "output_hidden_states": True}
    return _general(batch, lambda ids: model(input_ids=ids, **options).hidden_states[-1]).float()


def completion_logprobs(model: Any, batch: Batch) -> torch.Tensor:
    """Log-probability in nats of each learned token, [n], with gradients."""
    return -functional.cross_entropy(completion_logits(model, batch), batch.targets, reduction="none")


def _llama_states(base: Any, batch: Batch) -> torch.Tensor:
    """Normalised hidden states at the counted tokens, [n, width]."""
    x = base.model.embed_tokens(batch.ids)
    cos, sin = (angle[0, :, None] for angle in base.model.rotary_emb(x, batch.positions[None]))
    layers = base.model.layers
    for number, layer in enumerate(layers):
        attended = _attention(layer.self_attn, normalise(x, layer.input_layernorm), cos, sin, batch.rectangles)
        if number == len(layers) - 1:  # from here on only where a token is learned
            x, attended = x[batch.counted], attended[batch.counted]
        x = x + product(layer.self_attn.o_proj, attended)
        y = normalise(x, layer.post_attention_layernorm)
        gated = layer.mlp.act_fn(product(layer.mlp.gate_proj, y)) * product(layer.mlp.up_proj, y)
        x = x + product(layer.mlp.down_proj, gated)
    return normalise(x, base.model.norm)


def _attention(attention: Any, x: torch.Tensor, cos, sin, rectangles) -> torch.Tensor:
    """Causal attention within each row of each rectangle, before its last product. x: [tokens, width]."""
    q, k, v = (
        product(p, x).view(len(x), -1, attention.head_dim)
        for p in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    if hasattr(attention, "q_norm"):
        q, k = normalise(q, attention.q_norm), normalise(k, attention.k_norm)
    q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    sizes = [rows * length for rows, length in rectangles]
    pieces = [
        _attend(*(t.view(rows, length, -1, attention.head_dim).transpose(1, 2) for t in parts), attention.scaling)
        for (rows, length), *parts in zip(rectangles, q.split(sizes), k.split(sizes), v.split(sizes))
    ]
    return torch.cat(pieces)


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:
    """One rectangle, [rows, heads, length, dim] each; returns [rows * length, heads * dim]."""
    out = functional.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=scale, enable_gqa=q.shape[1] != k.shape[1]
    )
    return out.transpose(1, 2).reshape(-1, q.shape[1] * q.shape[3])


def _general(batch: Batch, run: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """What a model's own forward gives at the counted tokens; its causal mask keeps padding out of sight.

    run: from ids, [rows, length], to [rows, length, ...]; called for one rectangle after the other.
    """
    pieces, at = [], 0
    for rows, length in batch.rectangles:
        ids = batch.ids[at : at + rows * length].view(rows, length)
        here = (batch.counted >= at) & (batch.counted < at + rows * length)
        pieces.append(run(ids).flatten(0, 1)[batch.counted[here] - at])
        at += rows * length
    return torch.cat(pieces)
