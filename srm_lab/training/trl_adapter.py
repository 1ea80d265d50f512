"""TRL's trainers with the kit's rewards, settings and data: for real models on a GPU.

The kit's own loops are for reading and for models that train on a processor; TRL (pip install "srm-lab[train]") adds
several GPUs, vLLM, gradient checkpointing and its logging. Each function returns a trainer that is ready for
`.train()`; whatever else TRL can do goes in as keyword arguments of its config. Tested on a tiny model on a processor;
not yet run on a GPU. Left out: quantization and adapters (load the model with them; TRL takes it as it is).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import SrmLabError
from ..models.thinking import split_thinking
from ..records import Completion, Problem
from .grpo import frozen_copy
from .grpo_settings import GrpoSettings
from .preference import DpoSettings
from .rewards import CombinedReward

# how the kit's averages are called there
LOSS_TYPES = {"completion": "grpo", "token": "dapo", "constant": "dr_grpo"}


def grpo_trainer(
    lm,
    problems: Sequence[Problem],
    reward: CombinedReward,
    settings: GrpoSettings,
    folder: str | Path,
    *,
    prompt_of=lambda problem: problem.question,
    **options,
):
    """TRL's GRPOTrainer for a local model, from the same problems, reward and settings as the kit's `grpo`.

    folder: where TRL writes. options: of trl.GRPOConfig, such as use_vllm=True or bf16=True.
    Groups without variance stay in the average (flat="keep"): TRL has no other way.
    Raises SrmLabError where trl is missing, for flat="redraw", for a KL without adapters, and where the rows don't
    divide evenly.
    """
    trl = _trl()
    if settings.flat == "redraw":
        raise SrmLabError("TRL draws no new problems for groups without variance.", "", 'Set flat="keep" or "skip".')
    if settings.kl_weight and not _has_adapters(lm):
        raise SrmLabError(
            "TRL cannot take the KL against this model as it stands.",
            "It loads a reference by the model's name, which misses all training since.",
            "Add a LoRA adapter (the model without it is the reference), set kl_weight=0, or use the kit's own grpo.",
        )
    known = {problem.id: problem for problem in problems}
    rows = [{"prompt": prompt_of(problem), "problem_id": problem.id} for problem in problems]
    config = trl.GRPOConfig(
        output_dir=str(folder), num_generations=settings.group_size, max_completion_length=settings.max_new_tokens,
        temperature=settings.temperature, beta=settings.kl_weight, epsilon=settings.clip_low,
        epsilon_high=settings.clip_high, loss_type=LOSS_TYPES[settings.average],
        importance_sampling_level=settings.level, scale_rewards="group" if settings.divide_by_std else "none",
        num_iterations=settings.epochs, **_sizes(settings), **_common(lm, settings, options),
    )  # fmt: skip
    return trl.GRPOTrainer(
        lm.model, reward_funcs=reward_function(known, reward, lm.tokenizer), args=config, train_dataset=_dataset(rows),
        processing_class=lm.tokenizer,
    )  # fmt: skip


def _sizes(settings: GrpoSettings) -> dict[str, int]:
    """One round of drawing is prompts x group_size rows; each of its minibatches is one gradient step."""
    rows, uneven = divmod(settings.prompts * settings.group_size, settings.minibatches)
    at_once = min(rows, settings.rows_at_once)
    if uneven or rows % at_once:
        raise SrmLabError(
            f"{settings.prompts * settings.group_size} rollouts do not divide into {settings.minibatches} gradient "
            f"steps of parts of {at_once}.",
            "TRL needs parts of equal size.", "Change prompts, group_size, minibatches or rows_at_once.",
        )  # fmt: skip
    parts = rows // at_once
    return {
        "per_device_train_batch_size": at_once, "gradient_accumulation_steps": parts,
        "steps_per_generation": parts * settings.minibatches,
        "max_steps": settings.steps * settings.minibatches * settings.epochs,
    }  # fmt: skip


def reward_function(problems: dict[str, Problem], reward: CombinedReward, tokenizer):
    """The reward as TRL calls it: with lists, and a column `problem_id` out of the data set.

    problems: by id. A completion whose last token is not an end token counts as cut off.
    """

    def kit_reward(completions, completion_ids, problem_id, **_) -> list[float]:
        rows = zip(completions, completion_ids, problem_id)
        return [reward(problems[name], _completion(text, ids, tokenizer)).total for text, ids, name in rows]

    return kit_reward


def _completion(text, token_ids: Sequence[int], tokenizer) -> Completion:
    """A completion as TRL hands it over: a string, or the messages of a turn."""
    text = text if isinstance(text, str) else "".join(message["content"] for message in text)
    thinking, answer = split_thinking(text)
    ended = bool(token_ids) and token_ids[-1] == tokenizer.eos_token_id
    return Completion(text, thinking, answer, tuple(token_ids), (), "stop" if ended else "length")


def dpo_trainer(lm, pairs, settings: DpoSettings, folder: str | Path, *, prompt_of=lambda p: p.question, **options):
    """TRL's DPOTrainer for a local model, on the pairs of `right_wrong_pairs`. options: of trl.DPOConfig.

    Raises SrmLabError where trl is missing.
    """
    trl = _trl()
    rows = []
    for pair in pairs:
        right, wrong = (rollout.completion.text for rollout in pair.rollouts)
        rows.append({"prompt": prompt_of(pair.problem), **_answers(prompt_of(pair.problem), right, wrong)})
    losses = {"loss_type": ["sigmoid"]}
    if settings.nll_weight:
        losses = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, settings.nll_weight]}
    config = trl.DPOConfig(
        output_dir=str(folder), beta=settings.beta, num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.pairs_at_once, **losses, **_common(lm, settings, options),
    )  # fmt: skip
    # TRL would load the reference by the model's name: not the one that drew the pairs, if it was trained since
    reference = None if _has_adapters(lm) else frozen_copy(lm.model)
    return trl.DPOTrainer(
        lm.model, reference, args=config, train_dataset=_dataset(rows), processing_class=lm.tokenizer
    )  # fmt: skip


def _has_adapters(lm) -> bool:
    """Whether the model is one of peft's: then switching its adapters off gives the reference."""
    return hasattr(lm.model, "peft_config")


def _answers(prompt, right: str, wrong: str) -> dict:
    if isinstance(prompt, str):
        return {"chosen": right, "rejected": wrong}
    return {name: [{"role": "assistant", "content": t}] for name, t in (("chosen", right), ("rejected", wrong))}


def sft_trainer(lm, examples, folder: str | Path, **options):
    """TRL's SFTTrainer for a local model; the loss is on the completions only.

    examples: with a prompt and a completion each, as the kit's `sft` takes them. options: of trl.SFTConfig.
    Raises SrmLabError where trl is missing.
    """
    trl = _trl()
    rows = [{"prompt": example.prompt, "completion": example.completion} for example in examples]
    defaults = {"report_to": "none", "use_cpu": lm.model.device.type == "cpu", "completion_only_loss": True}
    config = trl.SFTConfig(output_dir=str(folder), **{**defaults, **options})
    return trl.SFTTrainer(lm.model, args=config, train_dataset=_dataset(rows), processing_class=lm.tokenizer)


def _common(lm, settings, options: dict) -> dict:
    """What all of TRL's configs share; the caller's options win."""
    shared = {
        "learning_rate": settings.learning_rate, "warmup_steps": settings.warmup, "lr_scheduler_type":
        "constant_with_warmup", "max_grad_norm": settings.max_grad_norm, "weight_decay": 0.0, "seed": settings.seed,
        "report_to": "none", "use_cpu": lm.model.device.type == "cpu", "save_strategy": "no",
    }  # fmt: skip
    return {**shared, **options}


def _dataset(rows: list[dict]):
    from datasets import Dataset

    return Dataset.from_list(rows)


def _trl():
    try:
        import trl
    except ImportError as error:
        raise SrmLabError(
            "TRL is not installed.", str(error), 'Run: pip install "srm-lab[train]", or use the kit\'s own loops.'
        ) from None
    return trl
