"""LoRA: two small trained matrices beside each frozen one. Source: Hu et al. 2021, arXiv 2106.09685.

    student = with_lora(srm.load_model("smollm2-135m"), rank=16)     # then sft(student, ...)
    save_adapter(student, "runs/adapter")
    lm = srm.load_model("smollm2-135m", adapter="runs/adapter")

Done by peft. What is added here is a mark of the base model beside the adapters, so that they are not put on another
one of the same shape, which would load and talk nonsense. Left out: other kinds of adapters.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

from ..errors import SrmLabError
from .bitsandbytes_guard import keep_gradients
from .machine import quiet

MARK = "srm_lab_base.json"
_ROWS = 256  # of the embedding that make the mark


def with_lora(lm, *, rank: int = 16, alpha: int | None = None, dropout: float = 0.0, seed: int = 0):
    """A local model with new adapters on all its linear layers but the vocabulary's; `sft` trains them alone.

    rank: of the two matrices. alpha: their strength is alpha / rank (None: twice the rank). dropout: of their inputs.
    seed: of their first weights. Returns a LocalModel; the given one shares its weights and is not to be used further.
    Raises SrmLabError without the package peft, and for a model that has adapters already.
    """
    import torch

    from .local import LocalModel

    peft = _peft()
    if hasattr(lm.model, "peft_config"):
        raise SrmLabError(f"{lm.name} has adapters already.", "", "Train those, or load the model anew.")
    keep_gradients(lm.model)
    config = peft.LoraConfig(
        r=rank, lora_alpha=alpha or 2 * rank, lora_dropout=dropout, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # peft asks transformers by an old name: nothing a learner can mend
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        torch.manual_seed(seed)
        adapted = peft.get_peft_model(lm.model, config)
    adapted.requires_grad_(False)
    return LocalModel(lm.name, adapted, lm.tokenizer, lm.quantization)


def save_adapter(lm, folder: str | Path) -> Path:
    """Write a model's adapters, without the model, in safetensors."""
    folder = Path(folder)
    with quiet():
        lm.model.save_pretrained(folder)
    (folder / MARK).write_text(json.dumps({"base": lm.name, "mark": base_mark(lm.model)}) + "\n")
    return folder


def check_base(name: str, model, adapter: str) -> None:
    """Raise SrmLabError where a folder's adapters were trained on another model. Folders without a mark pass."""
    path = Path(adapter) / MARK
    if not path.is_file():
        return
    known = json.loads(path.read_text())
    if known["mark"] != base_mark(model):
        raise SrmLabError(
            f"The adapter {adapter} does not belong to {name}.",
            f"It was trained on {known['base']}, or on other weights of the same name.",
            f"Load {known['base']} as it was, or train an adapter for {name}.",
        )


def base_mark(model) -> str:
    """A hash of the first rows of the embedding in bfloat16: no adapter and no quantization changes those."""
    import torch

    rows = model.get_input_embeddings().weight[:_ROWS].detach().to("cpu", torch.bfloat16).contiguous()
    return hashlib.sha256(rows.view(torch.int16).numpy().tobytes()).hexdigest()[:24]


def _peft():
    try:
        import peft
    except ImportError as error:
        raise SrmLabError(
            "LoRA needs the package `peft`.", str(error), "Install it: pip install 'srm-lab[train]'."
        ) from error
    return peft
