"""The floor of a model's time: what a step waits for, and how memory and seconds grow with a plan."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.models.architecture import PUBLISHED
from srm_lab.models.footprint import cache_bytes_per_token, weight_bytes
from srm_lab.models.roofline import DATA_SHEETS, Machine, Plan, cost, step_bytes, step_flops, step_seconds

R1 = PUBLISHED["deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"]
SMOLLM2 = PUBLISHED["smollm2-135m"]
SLOW = Machine("slow", 20e9, 100e9, 8e9)


def test_a_step_does_two_operations_for_each_weight_that_it_multiplies_with():
    multiplied = sum(SMOLLM2.parameters.values()) - SMOLLM2.parameters["norms and rest"]
    assert step_flops(SMOLLM2, 1, 0) == 2 * multiplied
    assert step_flops(SMOLLM2, 8, 0) == 16 * multiplied
    looked_back = step_flops(SMOLLM2, 1, 100) - step_flops(SMOLLM2, 1, 0)
    assert looked_back == 4 * 30 * 9 * 64 * 100


def test_weights_are_read_once_a_step_and_each_row_has_its_own_keys():
    weights = sum(weight_bytes(SMOLLM2, "float32").values())
    assert step_bytes(SMOLLM2, 1, 0, "float32") == step_bytes(SMOLLM2, 64, 0, "float32") == weights
    own = step_bytes(SMOLLM2, 4, 100, "float32") - weights
    assert own == 4 * 100 * cache_bytes_per_token(SMOLLM2, "float32")


def test_an_embedding_that_is_not_the_head_is_not_read():
    assert step_bytes(R1, 1, 0) == sum(weight_bytes(R1).values()) - weight_bytes(R1)["embeddings"]


def test_the_slower_of_reading_and_arithmetic_decides():
    assert step_seconds(1e9, 20e9, SLOW) == 1.0
    assert step_seconds(300e9, 20e9, SLOW) == 3.0
    assert SLOW.ridge == 5.0


def test_one_chain_waits_for_memory_and_many_for_arithmetic():
    assert cost(Plan(R1, chains=1), SLOW).waits_for == "memory"
    assert cost(Plan(R1, chains=64, tokens=100), SLOW).waits_for == "arithmetic"


def test_eight_chains_take_eight_times_the_tokens_and_much_less_than_eight_times_the_time():
    one, eight = (cost(Plan(R1, chains=chains, tokens=500), DATA_SHEETS[0]) for chains in (1, 8))
    assert eight.decode_seconds < 2 * one.decode_seconds
    assert eight.decode_seconds >= one.decode_seconds


def test_a_machine_without_a_bandwidth_limit_gains_nothing_from_company():
    endless = Machine("endless", 1e18, 100e9, 8e9)
    one, eight = (cost(Plan(R1, chains=chains), endless).decode_seconds for chains in (1, 8))
    assert eight == pytest.approx(8 * one)


def test_without_a_prompt_nothing_is_read_before_the_first_token():
    assert cost(Plan(R1, prompt=0), SLOW).prefill_seconds == 0.0
    assert cost(Plan(R1, prompt=100), SLOW).prefill_seconds > 0.0


@given(st.integers(1, 64), st.integers(1, 4000), st.integers(0, 4000))
def test_more_of_anything_never_costs_less(chains, tokens, prompt):
    plan = Plan(SMOLLM2, "float32", None, chains, tokens, prompt)
    before = cost(plan, SLOW)
    for change in ({"chains": chains + 1}, {"tokens": tokens + 1}, {"prompt": prompt + 1}):
        after = cost(dataclasses.replace(plan, **change), SLOW)
        assert after.bytes > before.bytes
        assert after.seconds >= before.seconds
    fewer_bits = cost(dataclasses.replace(plan, dtype="bfloat16", scheme="nf4"), SLOW)
    assert fewer_bits.bytes < before.bytes
