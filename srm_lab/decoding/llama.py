"""The fast decoder for dense models of the Llama family: Llama, SmolLM2, Qwen3 and the kit's tiny models.

The same mathematics as transformers' `LlamaForCausalLM`, rearranged for sampling. What it saves:

    one product for query, key and value, and one for gate and up       projections.py
    a prompt is run once, whatever the number of its chains              prefix.py
    its keys are read once a step, for all its chains                    attention.py
    a chain's own keys and values are written in place                   row_table.py
    decoding rows and prompt chunks share the products of a step         here

Weights are read when the decoder is built. `weights.py` notices when they change, and the engine builds anew.

Left out: mixtures of experts, sliding windows, layers without positions, several devices. `readable` says what
can be run here; the rest takes `generic.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers.models.llama import modeling_llama as llama
from transformers.models.qwen3 import modeling_qwen3 as qwen3

from srm_lab.decoding.attention import (
    Layout,
    StepPlan,
    attend_chunk,
    attend_rows,
    make_layout,
    make_plan,
    write_rows,
)
from srm_lab.decoding.generic import eval_mode
from srm_lab.decoding.generic_cache import kv_bytes_per_token
from srm_lab.decoding.prefix import Node, PrefixTree, unused_limit
from srm_lab.decoding.projections import projection
from srm_lab.decoding.row_table import Row, RowTable
from srm_lab.decoding.weights import count_hooks

SHARE_ROWS = 4  # with fewer chains a short prompt is copied into each: a node costs two small products a layer
COPY_TOKENS = 128
_ROPE_TYPES = ("default", "linear", "llama3", "yarn")  # those whose angles do not depend on the text's length
_FAMILIES = {
    llama.LlamaForCausalLM: (llama.LlamaDecoderLayer, llama.LlamaAttention, llama.LlamaMLP, llama.LlamaRMSNorm),
    qwen3.Qwen3ForCausalLM: (qwen3.Qwen3DecoderLayer, qwen3.Qwen3Attention, qwen3.Qwen3MLP, qwen3.Qwen3RMSNorm),
}


def base_model(model: Any) -> Any:
    """The transformers model inside a peft model whose adapters sit in its layers; others as they are."""
    is_lora = hasattr(model, "peft_config") and not any(c.is_prompt_learning for c in model.peft_config.values())
    return model.get_base_model() if is_lora and hasattr(model, "get_base_model") else model


def readable(model: Any) -> bool:
    """Whether this file computes exactly what the model's own forward does."""
    model = base_model(model)
    family = _FAMILIES.get(type(model))
    if family is None or model.config.rope_parameters.get("rope_type", "default") not in _ROPE_TYPES:
        return False
    if {"sliding_attention"} & set(getattr(model.config, "layer_types", None) or ()):
        return False
    layer_class, attention_class, mlp_class, norm_class = family
    layers = model.model.layers
    known = all(
        type(layer) is layer_class
        and type(layer.self_attn) is attention_class
        and type(layer.mlp) is mlp_class
        and type(layer.input_layernorm) is type(layer.post_attention_layernorm) is norm_class
        for layer in layers
    )
    plain = not any(
        count_hooks(module) or "forward" in vars(module)
        for module in [model, model.model, model.model.norm, *layers.modules()]
    )
    return known and plain and type(model.model.norm) is norm_class and len({p.device for p in model.parameters()}) == 1


@dataclass(eq=False)
class LlamaPrompt:
    """A prompt as a path in the prefix tree; `node` is its end."""

    ids: Sequence[int]
    node: Node

    @property
    def logits(self) -> torch.Tensor | None:
        return self.node.logits


@dataclass(eq=False)
class LlamaChunk:
    """Tokens of a node, from `start` on. offset: their position in the text.  ends: the prompt ends with them."""

    node: Node
    start: int
    tokens: int
    offset: int

    @property
    def ends(self) -> bool:
        return self.node.ends_prompt and self.start + self.tokens == len(self.node.tokens)


class Layer:
    """One decoder layer's weights."""

    def __init__(self, layer: nn.Module, stream_weights: str | None):
        attention, mlp = layer.self_attn, layer.mlp
        self.qkv = projection([attention.q_proj, attention.k_proj, attention.v_proj], stream_weights)
        self.output = projection([attention.o_proj], stream_weights)
        self.gate_up = projection([mlp.gate_proj, mlp.up_proj], stream_weights)
        self.down = projection([mlp.down_proj], stream_weights)
        self.activation = mlp.act_fn
        self.before_attention, self.before_mlp = layer.input_layernorm, layer.post_attention_layernorm
        self.q_norm, self.k_norm = getattr(attention, "q_norm", None), getattr(attention, "k_norm", None)
        self.scale = attention.scaling

    def mlp(self, x: torch.Tensor) -> torch.Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(self.activation(gate) * up)


class LlamaDecoder:
    """See `decoder.Decoder`.

    stream_weights: None, or weights of fewer bits: one of `projections.FORMATS` (faster, and a little less exact).
    """

    def __init__(self, model: Any, stream_weights: str | None = None):
        base, self._model = base_model(model), model
        config, weight = base.config, base.model.norm.weight  # embeddings may be packed
        self._heads, self._kv_heads = config.num_attention_heads, config.num_key_value_heads
        self._dim = getattr(config, "head_dim", None) or config.hidden_size // self._heads
        self._device, self._dtype = weight.device, weight.dtype
        self._embed, self._rotary, self._norm = base.model.embed_tokens, base.model.rotary_emb, base.model.norm
        self._layers = [Layer(layer, stream_weights) for layer in base.model.layers]
        self._head = projection([base.lm_head], stream_weights)
        self.bytes_per_token = kv_bytes_per_token(base)
        self._tree = PrefixTree(unused_limit(self.bytes_per_token))
        self._table = RowTable(len(self._layers), self._kv_heads, self._dim, self._dtype, self._device)
        self._layout: Layout | None = None
        self._moved = True  # rows or nodes have changed since the layout was made
        self._taken: list[LlamaChunk] = []

    # -------------------------------------------------- prompts

    @property
    def cached_tokens(self) -> int:
        return self._tree.tokens

    def missing(self, prompt_ids: Sequence[int]) -> int:
        return len(prompt_ids) - self._tree.matched(prompt_ids)

    def own_tokens(self, prompt_tokens: int) -> int:
        return min(prompt_tokens, COPY_TOKENS)

    def open(self, prompt_ids: Sequence[int]) -> LlamaPrompt:
        node = self._tree.find(prompt_ids)
        self._moved = True
        if rest := prompt_ids[node.length :]:
            node = self._tree.add(node, rest, [self._empty(len(rest))])
            node.ends_prompt = True
        self._tree.acquire(node)
        return LlamaPrompt(prompt_ids, node)

    def take(self, prompt: LlamaPrompt, most: int) -> LlamaChunk | None:
        offset = 0
        for node in prompt.node.path:
            if node.planned < len(node.tokens):
                tokens = min(most, len(node.tokens) - node.planned)
                self._taken.append(LlamaChunk(node, node.planned, tokens, offset + node.planned))
                node.planned += tokens
                return self._taken[-1]
            offset += len(node.tokens)
        return None

    def untake(self) -> None:
        for chunk in self._taken:
            chunk.node.planned = min(chunk.node.planned, chunk.start)
        self._taken = []

    def release(self, prompt: LlamaPrompt) -> None:
        self._tree.release(prompt.node)

    def evict(self, tokens: int) -> None:
        self._tree.evict(tokens)

    def _empty(self, tokens: int) -> torch.Tensor:
        shape = (len(self._layers), 2, self._kv_heads, tokens, self._dim)
        return torch.empty(shape, dtype=self._dtype, device=self._device)

    # -------------------------------------------------- rows

    def join(self, prompt: LlamaPrompt, rows: int) -> list[Row]:
        node, copied = prompt.node, None
        if rows < SHARE_ROWS and len(node.tokens) <= COPY_TOKENS:
            node, copied = node.parent, node.kv[0]
        joined = [Row(prompt.ids, node, node.length) for _ in range(rows)]
        for row in joined:
            self._table.add(row, copied)
            self._tree.acquire(node)
        self._moved = True
        return joined

    def leave(self, rows: Sequence[Row]) -> None:
        self._table.cross_out(rows)
        for row in rows:
            self._tree.release(row.node)
        self._moved = True

    def keep(self, row: Row, tokens: Sequence[int]) -> None:
        own = self._table.kv_of(row)
        ids = [*row.prompt_ids, *tokens][: row.shared + own.shape[-2]]
        node = self._tree.find(ids)
        self._moved = True
        if rest := ids[node.length :]:
            kv = torch.cat([*(above.kv[0] for above in row.node.path), own], dim=-2)
            kept = self._tree.add(node, rest, [kv[..., node.length :, :].clone()])
            kept.planned = len(rest)
            self._tree.acquire(kept)
            self._tree.release(kept)  # a use that is over at once: now it counts among what may be dropped

    # -------------------------------------------------- the forward pass

    def step(self, rows: Sequence[Row], tokens: Sequence[int], chunks: Sequence[LlamaChunk]) -> torch.Tensor:
        if self._table.untidy():
            self._table.tidy()
            self._moved = True
        plan = self._plan() if rows else None
        in_slots = self._table.padded_rows if rows else 0
        ids, positions = self._inputs(rows, tokens, chunks, in_slots)
        wanted = [row.slot for row in rows]
        at = in_slots
        for chunk in chunks:
            at += chunk.tokens
            wanted += [at - 1] if chunk.ends else []
        with eval_mode(self._model):  # adapters have dropout
            logits = self._forward(
                ids, positions, plan, in_slots, chunks, torch.tensor(wanted, dtype=torch.long, device=self._device)
            )
        self._table.lengths[[row.slot for row in rows]] += 1
        for chunk, own in zip([chunk for chunk in chunks if chunk.ends], logits[len(rows) :]):
            chunk.node.logits = own.clone()
        self._taken = []
        return logits[: len(rows)]

    def _plan(self) -> StepPlan:
        if self._moved:
            table = self._table
            self._layout = make_layout(table.slots, table.padded_rows, self._layout)
            self._moved = False
        return make_plan(self._table, self._layout, self._kv_heads, self._heads // self._kv_heads)

    def _inputs(
        self, rows: Sequence[Row], tokens: Sequence[int], chunks: Sequence[LlamaChunk], in_slots: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and positions of the whole step: first the slots of the table, then the chunks."""
        ids, positions = [0] * in_slots, [0] * in_slots
        for row, token in zip(rows, tokens):
            ids[row.slot], positions[row.slot] = token, row.shared + int(self._table.lengths[row.slot])
        for chunk in chunks:
            ids += chunk.node.tokens[chunk.start : chunk.start + chunk.tokens]
            positions += range(chunk.offset, chunk.offset + chunk.tokens)
        return torch.tensor(ids, device=self._device), torch.tensor(positions, device=self._device)

    def _forward(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor,
        plan: StepPlan | None,
        in_slots: int,
        chunks: Sequence[LlamaChunk],
        wanted: torch.Tensor,
    ) -> torch.Tensor:
        """The model, layer by layer. ids, positions: [tokens].  Returns logits at `wanted`, [n, vocabulary]."""
        x = self._embed(ids)
        cos, sin = (angle[0, :, None] for angle in self._rotary(x, positions[None]))  # [tokens, 1, dim]
        for number, layer in enumerate(self._layers):
            q, kv = self._project(layer, normalise(x, layer.before_attention), cos, sin)
            attended = self._attend(number, layer.scale, q, kv, plan, in_slots, chunks)
            x = x + layer.output(attended)
            x = x + layer.mlp(normalise(x, layer.before_mlp))
        return self._head(normalise(x[wanted], self._norm))

    def _project(
        self, layer: Layer, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Queries [tokens, heads, dim], and keys and values [2, tokens, kv_heads, dim]."""
        qkv = layer.qkv(x).view(len(x), -1, self._dim)
        q, k, v = qkv.split([self._heads, self._kv_heads, self._kv_heads], dim=1)
        if layer.q_norm is not None:
            qk = torch.cat([normalise(q, layer.q_norm), normalise(k, layer.k_norm)], dim=1)
        else:
            qk = qkv[:, : self._heads + self._kv_heads]
        qk = rotate(qk, cos, sin)
        return qk[:, : self._heads], torch.stack([qk[:, self._heads :], v])

    def _attend(
        self,
        number: int,
        scale: float,
        q: torch.Tensor,
        kv: torch.Tensor,
        plan: StepPlan | None,
        in_slots: int,
        chunks: Sequence[LlamaChunk],
    ) -> torch.Tensor:
        """Stores the step's keys and values, then attends. A chunk sees what an earlier chunk has just stored."""
        attended = []
        if plan is not None:
            write_rows(number, kv[:, :in_slots], plan)
            attended.append(attend_rows(number, q[:in_slots], plan, scale))
        at = in_slots
        for chunk in chunks:
            here, stop = slice(at, at + chunk.tokens), chunk.start + chunk.tokens
            chunk.node.kv[0][number][:, :, chunk.start : stop] = kv[:, here].transpose(1, 2)
            above = [node.kv[0][number] for node in chunk.node.parent.path]
            context = torch.cat([*above, chunk.node.kv[0][number][:, :, :stop]], dim=2)
            attended.append(attend_chunk(q[here], context, scale))
            at += chunk.tokens
        return torch.cat(attended) if len(attended) > 1 else attended[0]


def normalise(x: torch.Tensor, norm: nn.Module) -> torch.Tensor:
    """RMSNorm (Zhang and Sennrich 2019, arXiv 1910.07467) with a module's weight, in one call of torch."""
    return nn.functional.rms_norm(x, norm.weight.shape, norm.weight, norm.variance_epsilon)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary position embedding (Su et al. 2021, arXiv 2104.09864), in the halves that transformers pairs."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin
