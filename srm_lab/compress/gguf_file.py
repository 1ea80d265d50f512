"""A Llama as a GGUF file of 4-bit weights: what llama.cpp, Ollama and their kin read.

Q4_1 is round-to-nearest on asymmetric grids: 32 neighbours share a scale and an offset of 16 bits each, 5 bits a
weight in all. The rows of query and key projections stand in another order in these files, because llama.cpp rotates
neighbouring channels and transformers channels half a head apart.

Left out: the tokenizer, so that only transformers can run the file (with the tokenizer that the model has already);
llama.cpp's own converter writes complete ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..errors import SrmLabError

_PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
_ENDS = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def write_gguf(model: Any, path: str | Path) -> None:
    """Writes a transformers Llama to a GGUF file: matrices in Q4_1, norms in float32.

    Raises SrmLabError for other architectures, for biases, and for rows that are no multiple of 32.
    """
    import gguf

    config = model.config
    names = {name: _gguf_name(name, model) for name, _ in model.named_parameters()}
    writer = gguf.GGUFWriter(str(path), "llama")
    _write_facts(writer, config)
    for name, weight in model.named_parameters():
        weight = weight.detach().float()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
            weight = _neighbours_rotate(weight, heads)
        kind = gguf.GGMLQuantizationType.Q4_1 if weight.dim() == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(names[name], gguf.quants.quantize(weight.numpy(), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_facts(writer: Any, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)


def _gguf_name(name: str, model: Any) -> str:
    """What GGUF files call a weight; raises SrmLabError where it has no place in one."""
    module, _, kind = name.rpartition(".")
    layer = module.removeprefix("model.layers.").partition(".")
    if type(model).__name__ != "LlamaForCausalLM" or kind != "weight" or not (module in _ENDS or layer[2] in _PARTS):
        raise SrmLabError(
            f"A {type(model).__name__} with {name} is not written as GGUF here.", "Only plain Llamas are.",
            "Use llama.cpp's convert_hf_to_gguf.py on a folder made by save_pretrained.",
        )  # fmt: skip
    weight = model.get_submodule(module).weight
    if weight.dim() == 2 and weight.shape[1] % 32:
        raise SrmLabError(
            f"{name} has rows of {weight.shape[1]} weights.", "Q4_1 has blocks of 32.", "Use a model of other widths."
        )
    return f"{_ENDS[module] if module in _ENDS else f'blk.{layer[0]}.{_PARTS[layer[2]]}'}.weight"


def _neighbours_rotate(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of each head from (first half, second half) to pairs of the two."""
    return weight.view(heads, 2, -1, weight.shape[1]).transpose(1, 2).reshape(weight.shape)
