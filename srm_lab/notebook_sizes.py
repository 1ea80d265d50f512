"""How large every notebook's experiments are: one row a profile, each row of a notebook with the same names.

    NOTEBOOKS["07"]["cpu"]["chains"]

A row holds only what differs from COMMON. What the rows' names mean stands above each notebook. `srm_lab.profiles`
chooses the row; `srm.start("07")` gives it to the notebook. Left out: anything that is not a size or a choice of what
is tried, which belongs into the notebook.
"""

from __future__ import annotations

from typing import Any

# What any notebook may ask for: the model, how many problems, chains a problem, tokens a chain, the seeds of
# repeated runs, and how many problems `srm.evaluate` keeps in flight.
COMMON: dict[str, dict[str, Any]] = {
    "ci": {
        "model": "smollm2-135m",
        "problems": 4,
        "chains": 2,
        "max_new_tokens": 48,
        "seeds": (0,),
        "workers": 4,
    },
    "cpu": {
        "model": "smollm2-135m",
        "problems": 200,
        "chains": 8,
        "max_new_tokens": 96,
        "seeds": (0, 1, 2),
        "workers": 32,
    },
    "gpu": {
        "model": "smollm2-135m",
        "problems": 1000,
        "chains": 32,
        "max_new_tokens": 256,
        "seeds": (0, 1, 2, 3, 4),
        "workers": 128,
    },
}

PRECISIONS = ("float32", "bfloat16", "int8", "nf4", "nf4-double", "rtn-8bit-g64", "rtn-4bit-g64")

# Of the ways that notebook 02 tries (srm_lab.compress.ways); those that take long to make are left to a benchmark.
_FEW_WAYS = (
    "srm_lab int8",
    "bitsandbytes nf4, CUDA",
    "GPTQ through transformers",
    "torchao int8",
    "AWQ through transformers",
    "bitsandbytes int8",
    "bitsandbytes nf4",
    "srm_lab 4 bits, embeddings too",
)

GRADERS = ("srm-lab", "lm-eval flexible", "lm-eval strict", "reasoning-gym", "contains")  # those without a worker
WAYS_TO_ASK = ("re_reading", "self_ask", "plan_and_solve", "structured_output", "step_back", "least_to_most")

NOTEBOOKS: dict[str, dict[str, dict[str, Any]]] = {
    "00": {"ci": {}, "cpu": {"chains": 5}, "gpu": {"chains": 16}},
    # per_seed: problems of each repetition; calibration, own_chains: chains that the model writes to measure importance
    # on, and to recover with; repeats, speed_tokens: of a timing with `chains` chains side by side
    "04": {
        "ci": {
            "problems": 15,
            "per_seed": 10,
            "calibration": 8,
            "own_chains": 16,
            "recovery_steps": 3,
            "repeats": 1,
            "speed_tokens": 4,
        },
        "cpu": {
            "problems": 500,
            "per_seed": 200,
            "max_new_tokens": 64,
            "calibration": 64,
            "own_chains": 400,
            "recovery_steps": 100,
            "repeats": 5,
            "speed_tokens": 16,
        },
        "gpu": {
            "problems": 1000,
            "per_seed": 500,
            "max_new_tokens": 64,
            "calibration": 128,
            "own_chains": 2000,
            "recovery_steps": 300,
            "repeats": 7,
            "speed_tokens": 64,
        },
    },
    # rows: chains written side by side when decoding is timed, `tokens` tokens each; recorded: problems replayed;
    # precisions: those at which every model is loaded and weighed
    "01": {
        "ci": {"rows": (1, 4), "tokens": 4, "vote": 4, "recorded": 4, "precisions": ("float32", "nf4", "rtn-4bit-g64")},
        "cpu": {"rows": (1, 2, 8, 32), "tokens": 16, "vote": 8, "recorded": 20, "precisions": PRECISIONS},
        "gpu": {"rows": (1, 8, 32, 128), "tokens": 128, "vote": 8, "recorded": 20, "precisions": PRECISIONS},
    },
    # matrices: in a draw.  calibration: chains read.  stream_tokens, repeats, ways: of the table of what runs here
    "02": {
        "ci": {"matrices": 4, "calibration": 4, "stream_tokens": 3, "repeats": 1, "ways": _FEW_WAYS[:4]},
        "cpu": {"matrices": 20, "calibration": 18, "stream_tokens": 5, "repeats": 3, "ways": _FEW_WAYS},
        "gpu": {"matrices": 20, "calibration": 18, "stream_tokens": 32, "repeats": 5, "ways": None},
    },
    "03": {"ci": {"model": "tiny/chain-cot"}, "cpu": {"model": "tiny/chain-cot"}, "gpu": {"model": "tiny/chain-cot"}},
    # questions: that the teacher answers; drawn: of these, those shown to the weak teacher and compared place by place
    "05": {
        "ci": {"problems": 8, "questions": 24, "lesson_steps": 8, "drawn": 6},
        "cpu": {"problems": 500, "questions": 3000, "lesson_steps": 600, "drawn": 200, "chains": 4, "workers": 128},
        "gpu": {"problems": 1000, "questions": 6000, "lesson_steps": 1000, "drawn": 1000, "chains": 8},
    },
    # pool: examples among which the nearest are looked for.  caps: tokens at which chains are cut
    # rules: graders.  ways: methods that are one prompt or a few
    "06": {
        "ci": {
            "problems": 8,
            "max_new_tokens": 12,
            "pool": 8,
            "caps": (12, 20, 28),
            "rules": GRADERS,
            "ways": WAYS_TO_ASK[:2],
        },
        "cpu": {
            "problems": 500,
            "workers": 128,
            "pool": 64,
            "caps": (12, 20, 28),
            "rules": GRADERS,
            "ways": WAYS_TO_ASK,
        },
        "gpu": {"problems": 1000, "pool": 64, "caps": (12, 20, 28), "rules": GRADERS, "ways": WAYS_TO_ASK},
    },
    # tries: that a retry may take; critics: shares of verdicts that its critic gets wrong; operations: of the problems
    # that cascades are shown; sure: least probabilities of a chain's weakest token, of which one is chosen
    "10": {
        "ci": {
            "problems": 10,
            "max_new_tokens": 64,
            "tries": 2,
            "critics": (0.0, 0.5),
            "operations": (3, 4),
            "sure": (0.5, 0.9),
        },
        "cpu": {
            "problems": 500,
            "max_new_tokens": 64,
            "tries": 4,
            "critics": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
            "operations": (3, 4, 5),
            "sure": (0.0, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0),
            "workers": 128,
        },
        "gpu": {
            "problems": 2000,
            "max_new_tokens": 64,
            "tries": 8,
            "critics": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
            "operations": (3, 4, 5, 6),
            "sure": (0.0, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0),
        },
    },
    # problems, chains: drawn again, live; draws: of imagined votes; replies, branches, and tokens of each:
    # of the real model
    "07": {
        "ci": {
            "problems": 2,
            "chains": 4,
            "max_new_tokens": 64,
            "draws": 500,
            "replies": 3,
            "reply_tokens": 16,
            "branches": 2,
            "branch_tokens": 8,
        },
        "cpu": {
            "problems": 40,
            "chains": 8,
            "max_new_tokens": 64,
            "draws": 10_000,
            "replies": 5,
            "reply_tokens": 128,
            "branches": 4,
            "branch_tokens": 48,
        },
        "gpu": {
            "problems": 200,
            "chains": 8,
            "max_new_tokens": 64,
            "draws": 10_000,
            "replies": 12,
            "reply_tokens": 256,
            "branches": 8,
            "branch_tokens": 128,
        },
    },
    # learned: problems that the live verifiers learn from; steps: of each; replies, reply_tokens: of the
    # real model, which judges them
    "08": {
        "ci": {
            "chains": 4,
            "max_new_tokens": 64,
            "learned": 16,
            "steps": 2,
            "replies": 2,
            "reply_tokens": 12,
            "draws": 100,
        },
        "cpu": {
            "chains": 8,
            "max_new_tokens": 64,
            "learned": 120,
            "steps": 40,
            "replies": 3,
            "reply_tokens": 96,
            "draws": 1000,
        },
        "gpu": {
            "chains": 8,
            "max_new_tokens": 64,
            "learned": 1000,
            "steps": 200,
            "replies": 8,
            "reply_tokens": 256,
            "draws": 1000,
        },
    },
    # budget: generated tokens a problem of the live comparison; no claim rests on it
    "09": {
        "ci": {"model": "tiny/chain-voter", "problems": 6, "max_new_tokens": 64, "budget": 250},
        "cpu": {"model": "tiny/chain-voter", "problems": 60, "max_new_tokens": 64, "budget": 250},
        "gpu": {"model": "tiny/chain-voter", "chains": 8, "max_new_tokens": 64, "budget": 250},
    },
    # train_seconds: of each live model, on lessons; star_*: rounds, problems a round and steps of the live STaR;
    # lora_examples: of the run that is one button away
    "12": {
        "ci": {
            "problems": 12,
            "train_seconds": 2,
            "lessons": 4_000,
            "star_rounds": 1,
            "star_problems": 24,
            "star_steps": 3,
            "lora_examples": 8,
        },
        "cpu": {
            "train_seconds": 20,
            "lessons": 40_000,
            "chains": 4,
            "star_rounds": 2,
            "star_problems": 300,
            "star_steps": 40,
            "lora_examples": 800,
        },
        "gpu": {
            "train_seconds": 60,
            "lessons": 100_000,
            "chains": 4,
            "star_rounds": 4,
            "star_problems": 1500,
            "star_steps": 100,
            "lora_examples": 4000,
        },
    },
    # steps, prompts, group_size, longest: of GRPO; other_steps: of runs beside the main one; flat_steps: of one that
    # learns nothing; pair_problems: for DPO; test: problems that a policy is measured on
    "13": {
        "ci": {
            "model": "tiny/chain-mixed",
            "problems": 64,
            "test": 24,
            "chains": 4,
            "steps": 2,
            "prompts": 4,
            "group_size": 4,
            "longest": 40,
            "other_steps": 2,
            "flat_steps": 1,
            "pair_problems": 16,
            "snapshot_every": 1,
        },
        "cpu": {
            "model": "tiny/chain-mixed",
            "problems": 960,
            "test": 250,
            "chains": 8,
            "steps": 60,
            "prompts": 16,
            "group_size": 8,
            "longest": 40,
            "other_steps": 25,
            "flat_steps": 3,
            "pair_problems": 160,
            "snapshot_every": 6,
        },
        "gpu": {
            "model": "tiny/chain-mixed",
            "problems": 2560,
            "test": 1000,
            "chains": 16,
            "steps": 80,
            "prompts": 32,
            "group_size": 16,
            "longest": 40,
            "other_steps": 50,
            "flat_steps": 3,
            "pair_problems": 640,
            "snapshot_every": 10,
        },
    },
}
