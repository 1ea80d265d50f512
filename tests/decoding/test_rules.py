"""Sampling rules: what transformers does, the right frequencies, and no dependence between rows."""

import pytest
import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from srm_lab.decoding import SamplingSettings, rules
from srm_lab.errors import SrmLabError


def _logits(rows=3, vocabulary=300, seed=0):
    return torch.randn(rows, vocabulary, generator=torch.Generator().manual_seed(seed)) * 3


def _kept(logits, settings):
    return torch.isfinite(rules._apply_floors(logits, settings))


@pytest.mark.parametrize(
    ("settings", "warpers"),
    [
        ({"top_k": 5}, [TopKLogitsWarper(5)]),
        ({"top_p": 0.8}, [TopPLogitsWarper(0.8)]),
        ({"min_p": 0.1}, [MinPLogitsWarper(0.1)]),
        ({"top_k": 9, "top_p": 0.7}, [TopKLogitsWarper(9), TopPLogitsWarper(0.7)]),
        (
            {"top_k": 40, "top_p": 0.95, "min_p": 0.05},
            [TopKLogitsWarper(40), TopPLogitsWarper(0.95), MinPLogitsWarper(0.05)],
        ),
    ],
)
def test_filters_keep_the_tokens_that_transformers_keeps(settings, warpers):
    logits = expected = _logits(rows=20)
    for warper in warpers:
        expected = warper(None, expected)
    assert torch.equal(_kept(logits, SamplingSettings(**settings)), torch.isfinite(expected))


def test_top_p_looks_beyond_its_window_where_the_distribution_is_flat():
    flat = torch.zeros(1, 5_000) - torch.arange(5_000) * 1e-4
    kept = _kept(flat, SamplingSettings(top_p=0.9)).sum()
    assert kept > rules._NUCLEUS_WINDOW
    assert abs(kept.item() - torch.isfinite(TopPLogitsWarper(0.9)(None, flat)).sum().item()) <= 1


def test_a_filter_never_removes_every_token():
    assert _kept(_logits(), SamplingSettings(top_p=1e-9)).sum(-1).tolist() == [1, 1, 1]


def test_repetition_penalty_is_that_of_transformers():
    logits, seen = _logits(rows=2), [torch.tensor([1, 5, 5, 9]), torch.tensor([2])]
    ours = rules._penalise(logits, SamplingSettings(repetition_penalty=1.7), seen)
    for row, ids in enumerate(seen):
        theirs = RepetitionPenaltyLogitsProcessor(1.7)(ids[None], logits[row : row + 1].clone())
        assert torch.allclose(ours[row], theirs[0])


def test_banned_tokens_are_never_drawn_even_where_they_are_the_likeliest():
    logits = torch.zeros(64, 10)
    logits[:, 4] = 50
    uniforms = torch.linspace(0, 0.999, 64, dtype=torch.float64)
    drawn, _ = rules.choose_tokens(logits, SamplingSettings(temperature=1, banned_token_ids=(4, 7)), uniforms)
    assert not {4, 7} & set(drawn.tolist())
    greedy, _ = rules.choose_tokens(logits, SamplingSettings(temperature=0, banned_token_ids=(4,)), uniforms)
    assert 4 not in greedy.tolist()


@pytest.mark.parametrize("vocabulary", [5, 128, 300])
def test_tokens_come_with_the_frequency_of_their_probability(vocabulary):
    logits = _logits(rows=1, vocabulary=vocabulary)
    steps = 40_000
    uniforms = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    drawn, logprobs = rules.choose_tokens(logits.expand(steps, -1), SamplingSettings(temperature=0.8), uniforms)
    frequency = torch.bincount(drawn, minlength=vocabulary) / steps
    assert torch.allclose(frequency, (logits[0] / 0.8).softmax(-1), atol=2 / steps + 1e-6)
    assert torch.allclose(logprobs, logits[0].log_softmax(-1)[drawn], atol=1e-5)  # at temperature 1, not 0.8


@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
def test_the_ends_of_the_interval_never_draw_an_impossible_token(uniform):
    logits = torch.full((1, 700), -torch.inf)
    logits[0, 300:310] = 0.0
    drawn, _ = rules.choose_tokens(
        logits, SamplingSettings(temperature=1), torch.tensor([uniform], dtype=torch.float64)
    )
    assert drawn.item() == (300 if uniform == 0 else 309)


def test_a_row_is_drawn_the_same_alone_and_among_others():
    logits, uniforms = _logits(rows=50, vocabulary=5_000), torch.rand(50, dtype=torch.float64)
    settings = SamplingSettings(temperature=0.9, top_p=0.95)
    together, _ = rules.choose_tokens(logits, settings, uniforms)
    alone = [rules.choose_tokens(logits[r : r + 1], settings, uniforms[r : r + 1])[0].item() for r in range(50)]
    assert together.tolist() == alone


@pytest.mark.parametrize(("settings", "most"), [({}, 12), ({"top_p": 0.95}, 5)])
def test_arithmetic_noise_flips_a_token_about_as_often_as_the_noise_is_large(settings, most):
    rows, noise = 20_000, 1e-5
    logits, uniforms = _logits(rows=rows), torch.rand(rows, dtype=torch.float64)
    noisy = logits + noise * torch.randn(logits.shape, generator=torch.Generator().manual_seed(2))
    rule = SamplingSettings(temperature=0.9, **settings)
    before, after = (rules.choose_tokens(some, rule, uniforms)[0] for some in (logits, noisy))
    assert (before != after).sum().item() <= most  # about 4 and 1 are to be expected


def test_logits_that_are_not_numbers_are_reported_as_such():
    logits = torch.full((1, 10), torch.nan)
    _, logprobs = rules.choose_tokens(logits, SamplingSettings(temperature=0), torch.zeros(1, dtype=torch.float64))
    assert logprobs.isnan().all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -1},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"top_p": 1.1},
        {"top_k": -1},
        {"min_p": 1},
        {"repetition_penalty": 0},
        {"max_new_tokens": 0},
        {"stop": ("",)},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(SrmLabError, match=next(iter(wrong))):
        SamplingSettings(**wrong)


def test_a_single_stop_string_need_not_be_a_tuple():
    assert SamplingSettings(stop="###").stop == ("###",)
