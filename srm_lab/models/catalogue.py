"""The small reasoning models people use, with what one needs to know before loading them.

A catalogue of facts, not of code paths: any other hub name loads just as well. Licences and thinking conventions
are those of the model cards. Parameter counts are the published ones; memory is computed from them, since
quantization leaves the embeddings alone and small models are embeddings to a large part.
Left out: scores. Published scores of one model differ by 15 points with the prompt and the grader.
"""

from __future__ import annotations

from dataclasses import dataclass

from .checkpoints import PREFIX, list_checkpoints, read_card

# bytes per weight of the quantized linear layers; embeddings stay in two bytes (see quantize-time layouts in
# bitsandbytes: one float32 scale for 64 weights, or for double quantization one byte plus a share of a second scale)
BYTES_PER_WEIGHT = {
    "float32": 4.0,
    "bfloat16": 2.0,
    "int8": 1.0,
    "nf4": 0.5 + 4 / 64,
    "fp4": 0.5 + 4 / 64,
    "nf4-double": 0.5 + 1 / 64 + 4 / (64 * 256),
}


@dataclass(frozen=True)
class CatalogueEntry:
    """One model. parameters and embedding_parameters are counts; thinking is a key of thinking.MARKS or "none";
    switch tells whether the chat template has a thinking switch (`thinking=True/False` in `sample`)."""

    name: str
    parameters: int
    embedding_parameters: int
    licence: str
    thinking: str
    switch: bool
    note: str

    def memory_bytes(self, precision: str) -> int:
        """Weights in bytes at "float32", "bfloat16", or one of the quantizations."""
        rest = self.parameters - self.embedding_parameters
        kept = 4.0 if precision == "float32" else 2.0
        return int(self.embedding_parameters * kept + rest * BYTES_PER_WEIGHT[precision])


def _entry(name, millions, vocab, hidden, tied, licence, thinking, switch, note) -> CatalogueEntry:
    embeddings = vocab * hidden * (1 if tied else 2)
    return CatalogueEntry(name, int(millions * 1e6), embeddings, licence, thinking, switch, note)


CATALOGUE: dict[str, CatalogueEntry] = {
    entry.name: entry
    for entry in (
        _entry(
            "smollm2-135m", 134.515, 49152, 576, True, "Apache-2.0", "none", False,
            "The kit's offline model: SmolLM2-135M-Instruct from a Python package, weights in 4 bits (Q4_1).",
        ),
        _entry("HuggingFaceTB/SmolLM2-360M-Instruct", 361.8, 49152, 960, True, "Apache-2.0", "none", False,
               "Prompted chains of thought only."),
        _entry("HuggingFaceTB/SmolLM2-1.7B-Instruct", 1711.4, 49152, 2048, True, "Apache-2.0", "none", False,
               "Prompted chains of thought only."),
        _entry("HuggingFaceTB/SmolLM3-3B", 3075.1, 128256, 2048, True, "Apache-2.0", "think", True,
               "Hybrid: thinks unless told not to. The whole training recipe is open."),
        _entry("Qwen/Qwen3-0.6B", 596.0, 151936, 1024, True, "Apache-2.0", "think", True,
               "Hybrid: thinks unless told not to. The smallest of its family."),
        _entry("Qwen/Qwen3-1.7B", 1720.6, 151936, 2048, True, "Apache-2.0", "think", True,
               "Hybrid: thinks unless told not to."),
        _entry("Qwen/Qwen3-4B", 4022.5, 151936, 2560, True, "Apache-2.0", "think", True,
               "Hybrid: thinks unless told not to."),
        _entry("Qwen/Qwen3-4B-Thinking-2507", 4022.5, 151936, 2560, True, "Apache-2.0", "think", False,
               "Always thinks; its template opens the block, so its text holds only the closing mark."),
        _entry("Qwen/Qwen2.5-0.5B-Instruct", 494.0, 151936, 896, True, "Apache-2.0", "none", False,
               "A common base for fine-tuning; no thinking mode."),
        _entry("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", 1777.1, 151936, 1536, False, "MIT", "think", False,
               "The reference: always thinks; no system prompt, temperature 0.5 to 0.7."),
        _entry("meta-llama/Llama-3.2-1B-Instruct", 1235.8, 128256, 2048, True, "Llama 3.2 Community", "none", False,
               "A common baseline for test-time compute; the hub asks you to accept its licence."),
        _entry("meta-llama/Llama-3.2-3B-Instruct", 3212.7, 128256, 3072, True, "Llama 3.2 Community", "none", False,
               "A common baseline for test-time compute; the hub asks you to accept its licence."),
        _entry("google/gemma-3-270m-it", 268.1, 262144, 640, True, "Gemma Terms", "none", False,
               "Two thirds of it are embeddings, which quantization leaves alone."),
        _entry("google/gemma-3-1b-it", 999.9, 262144, 1152, True, "Gemma Terms", "none", False,
               "No thinking mode; the hub asks you to accept its licence."),
        _entry("microsoft/Phi-4-mini-reasoning", 3836.0, 200064, 3072, True, "MIT", "think", False,
               "Always thinks."),
        _entry("facebook/MobileLLM-R1-140M", 140.2, 128256, 576, True, "FAIR Noncommercial", "none", False,
               "Reasons in plain text with a boxed answer; not for commercial use."),
        _entry("LiquidAI/LFM2.5-1.2B-Thinking", 1170.3, 65536, 2048, True, "LFM Open v1.0", "think", False,
               "Always thinks; a licence with a revenue limit."),
    )
}  # fmt: skip


def list_models():
    """The catalogue as a pandas table: parameters in millions and weights in MB at each precision.

    `load_model` takes any of the names, any other hub name and any local folder.
    """
    import pandas as pd

    rows = [
        {
            "name": entry.name,
            "parameters (M)": round(entry.parameters / 1e6, 1),
            **{f"{p} (MB)": round(entry.memory_bytes(p) / 1e6) for p in ("bfloat16", "int8", "nf4", "nf4-double")},
            "licence": entry.licence,
            "thinking": entry.thinking,
            "switch": entry.switch,
            "runs offline": entry.name == "smollm2-135m",
            "note": entry.note,
        }
        for entry in CATALOGUE.values()
    ] + [_tiny_row(name) for name in list_checkpoints()]
    return pd.DataFrame(rows).set_index("name")


def _tiny_row(name: str) -> dict:
    card = read_card(name)
    facts = {"licence": "Apache-2.0", "thinking": "think" if card["hybrid"] else "none", "switch": False}
    note = f"{card['what']} {100 * card['accuracy']['rate']:.0f} % right."
    millions = round(card["parameters"] / 1e6, 2)
    return {"name": PREFIX + name, "parameters (M)": millions, **facts, "runs offline": True, "note": note}
