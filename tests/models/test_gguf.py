"""GGUF files: a tiny one, written here tensor by tensor, loads and samples like any other model."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

import srm_lab as srm

TOKENS = ["<unk>", "<s>", "</s>", "\u2581", *"abcdefghij0123456789+=.? "]
HIDDEN, HEADS, INNER = 64, 2, 128


def write_gguf(path) -> None:
    """A random one-layer Llama with a character vocabulary, in float32."""
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(str(path), "llama")
    for name, value in {
        "context_length": 64, "embedding_length": HIDDEN, "block_count": 1, "feed_forward_length": INNER,
        "head_count": HEADS, "head_count_kv": HEADS, "layer_norm_rms_eps": 1e-5, "rope_freq_base": 1e4,
        "rope_dimension_count": HIDDEN // HEADS, "vocab_size": len(TOKENS), "tokenizer_model": "llama",
        "token_list": TOKENS, "token_scores": [0.0] * len(TOKENS), "token_types": [2, 3, 3] + [1] * (len(TOKENS) - 3),
        "bos_token_id": 1, "eos_token_id": 2, "unk_token_id": 0,
    }.items():  # fmt: skip
        getattr(writer, f"add_{name}")(value)
    shapes = {"token_embd": (len(TOKENS), HIDDEN), "output": (len(TOKENS), HIDDEN), "output_norm": (HIDDEN,)}
    shapes |= {f"blk.0.attn_{part}": (HIDDEN, HIDDEN) for part in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate": (INNER, HIDDEN), "blk.0.ffn_up": (INNER, HIDDEN), "blk.0.ffn_down": (HIDDEN, INNER)}
    shapes |= {"blk.0.attn_norm": (HIDDEN,), "blk.0.ffn_norm": (HIDDEN,)}
    for name, shape in shapes.items():
        values = np.ones(shape) if len(shape) == 1 else 0.05 * rng.standard_normal(shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def gguf_file(tmp_path):
    write_gguf(tmp_path / "tiny.gguf")
    return tmp_path / "tiny.gguf"


def test_a_gguf_file_and_a_folder_with_one_load_alike(gguf_file):
    by_file = srm.load_model(str(gguf_file), dtype="float32")
    by_folder = srm.load_model(str(gguf_file.parent), dtype="float32")
    assert by_file.fingerprint == by_folder.fingerprint
    assert len(by_file.sample("ab", n=2, max_new_tokens=5)) == 2


def test_a_gguf_is_not_quantized_again(gguf_file):
    with pytest.raises(srm.SrmLabError, match="already quantized"):
        srm.load_model(str(gguf_file), quantization="int8")


def test_a_missing_gguf_in_a_folder_is_an_unknown_model(tmp_path):
    with pytest.raises(srm.SrmLabError, match="must exist"):
        srm.load_model(str(tmp_path / "none.gguf"))
