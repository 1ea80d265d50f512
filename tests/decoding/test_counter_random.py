"""Random numbers: uniform, and fixed by seed, prompt, sample and position alone."""

import numpy as np
from scipy import stats

from srm_lab.decoding.counter_random import sample_keys, uniforms


def test_numbers_are_the_same_on_every_machine():
    keys = sample_keys(0, [1, 2, 3], [0, 1])
    first = uniforms(keys, np.array([0, 0]))
    assert np.allclose(first, [0.4728002840530089, 0.9745606191778272], rtol=0, atol=1e-15), first


def test_a_sample_has_its_key_whatever_other_samples_are_asked_for():
    assert sample_keys(7, [1, 2], [5])[0] == sample_keys(7, [1, 2], range(10))[5]


def test_seed_prompt_sample_and_position_each_change_the_number():
    def number(seed=0, prompt=(1, 2), sample=0, position=0):
        return uniforms(sample_keys(seed, prompt, [sample]), np.array([position]))[0]

    others = [number(seed=1), number(prompt=(1, 3)), number(prompt=(1, 2, 0)), number(sample=1), number(position=1)]
    assert len({number(), *others}) == 6
    assert number(seed=-1) != number(seed=1)


def test_numbers_are_uniform_along_samples_and_along_positions():
    along_samples = uniforms(sample_keys(3, [9], range(20_000)), np.zeros(20_000, dtype=int))
    along_positions = uniforms(np.repeat(sample_keys(3, [9], [0]), 20_000), np.arange(20_000))
    for numbers in (along_samples, along_positions):
        assert numbers.min() >= 0
        assert numbers.max() < 1
        assert stats.kstest(numbers, "uniform").pvalue > 1e-4
        assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.03


def test_the_uniformity_test_would_notice_a_bad_generator():
    assert (
        stats.kstest(uniforms(sample_keys(3, [9], range(20_000)), np.zeros(20_000, dtype=int)) ** 1.1, "uniform").pvalue
        < 1e-4
    )
