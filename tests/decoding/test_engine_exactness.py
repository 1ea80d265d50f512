"""What the engine draws is what the model says: greedy tokens of `generate`, samples that depend on nothing else."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from srm_lab.decoding import Engine, SamplingSettings

GREEDY = SamplingSettings(temperature=0, max_new_tokens=30)
SAMPLED = SamplingSettings(temperature=0.9, top_p=0.95, max_new_tokens=24, seed=11)
FAST, ALL = (
    ("llama", "qwen3"),
    (
        "llama",
        "qwen3",
        "gemma",
        "gemma2-sliding",
        "gpt2",
        "bloom-without-positions",
        "lfm2-with-state",
    ),
)


@pytest.fixture
def engine_for(tiny_model, tokenizer):
    engines = []

    def make(name, **options):
        engines.append(Engine(tiny_model(name), tokenizer, **options))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def _generated(model, ids, **options):
    mask = torch.ones(1, len(ids), dtype=torch.long)
    out = model.generate(torch.tensor([ids]), attention_mask=mask, do_sample=False, max_new_tokens=30, **options)
    return out[0, len(ids) :].tolist()


def _all_at_once(engine, prompts, settings, indices=(0,)):
    with ThreadPoolExecutor(len(prompts)) as pool:
        return list(pool.map(lambda ids: engine.sample(ids, indices, settings), prompts))


@pytest.mark.parametrize("name", ALL)
def test_greedy_tokens_are_those_of_generate_with_everything_in_one_batch(name, engine_for, tiny_model, prompts):
    drawn = _all_at_once(engine_for(name), prompts, GREEDY, indices=range(5))
    for ids, draws in zip(prompts, drawn):
        expected = _generated(tiny_model(name), ids)
        assert all(list(draw.token_ids) == expected for draw in draws)


@pytest.mark.parametrize("name", FAST)
def test_the_fast_path_is_taken_where_it_is_meant_to(name, engine_for, prompts):
    engine = engine_for(name)
    engine.sample(prompts[0], [0], GREEDY)
    assert type(engine._scheduler._decoder).__name__ == "LlamaDecoder"


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_repetition_penalty_and_bans_give_the_tokens_of_generate(name, engine_for, tiny_model, prompts):
    settings = SamplingSettings(temperature=0, max_new_tokens=30, repetition_penalty=1.5, banned_token_ids=(7, 8, 9))
    options = {"repetition_penalty": 1.5, "suppress_tokens": [7, 8, 9]}
    for ids in prompts[:3]:
        draw = engine_for(name).sample(ids, [0], settings)[0]
        assert list(draw.token_ids) == _generated(tiny_model(name), ids, **options)


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_the_same_alone_among_others_and_in_any_order(name, engine_for, prompts):
    together = _all_at_once(engine_for(name), prompts, SAMPLED, indices=range(6))
    engine = engine_for(name)
    for ids, draws in reversed(list(zip(prompts, together))):
        alone = engine.sample(ids, [4, 1], SAMPLED)
        assert [draw.token_ids for draw in alone] == [draws[4].token_ids, draws[1].token_ids]


def test_other_seeds_and_other_samples_differ(engine_for, prompts):
    engine = engine_for("llama")
    first, second = engine.sample(prompts[0], [0, 1], SAMPLED)
    other_seed = engine.sample(prompts[0], [0], SamplingSettings(temperature=0.9, max_new_tokens=24, seed=6))[0]
    assert len({first.token_ids, second.token_ids, other_seed.token_ids}) == 3


@pytest.mark.parametrize("name", FAST)
def test_batching_moves_logprobs_by_less_than_a_ten_thousandth(name, engine_for, prompts):
    together = _all_at_once(engine_for(name), prompts, SAMPLED, indices=range(6))
    for ids, draws in zip(prompts, together):
        alone = engine_for(name).sample(ids, [3], SAMPLED)[0]
        difference = max(abs(a - b) for a, b in zip(alone.logprobs, draws[3].logprobs))
        assert difference < 1e-4  # so a token flips only where its random number lies this close to a boundary


@pytest.mark.parametrize("name", ALL)
def test_logprobs_of_a_draw_are_those_of_one_plain_forward_pass(name, engine_for, tiny_model, prompts):
    engine = engine_for(name)
    for ids in prompts[:3]:
        draw = engine.sample(ids, [0], SAMPLED)[0]
        with torch.no_grad():
            logits = tiny_model(name)(torch.tensor([ids + list(draw.token_ids)])).logits[0]
        expected = logits.log_softmax(-1)[len(ids) - 1 : -1].gather(-1, torch.tensor(draw.token_ids)[:, None])
        assert torch.allclose(torch.tensor(draw.logprobs), expected[:, 0], atol=1e-4)
        assert engine.logprobs(ids, draw.token_ids) == pytest.approx(draw.logprobs, abs=1e-4)


@pytest.mark.parametrize("name", ["llama", "qwen3", "gemma"])
def test_a_long_prompt_in_many_chunks_gives_the_tokens_of_generate(name, engine_for, tiny_model, monkeypatch):
    monkeypatch.setattr("srm_lab.decoding.scheduler.CHUNK_TOKENS", 7)
    ids = torch.randint(0, 250, (100,), generator=torch.Generator().manual_seed(3)).tolist()
    others = [[*ids[:50], 1, 2, 3], ids[:90]]
    drawn = _all_at_once(engine_for(name), [ids, *others], GREEDY)
    for prompt, draws in zip([ids, *others], drawn):
        assert list(draws[0].token_ids) == _generated(tiny_model(name), prompt)


@pytest.mark.parametrize("name", ["llama", "gemma"])
def test_a_little_memory_gives_the_same_samples_as_plenty(name, engine_for, prompts):
    plenty = _all_at_once(engine_for(name), prompts, SAMPLED, indices=range(6))
    per_token = 2 * 3 * 2 * 16 * 4
    tight = _all_at_once(engine_for(name, kv_memory_bytes=400 * per_token), prompts, SAMPLED, indices=range(6))
    assert [[d.token_ids for d in draws] for draws in tight] == [[d.token_ids for d in draws] for draws in plenty]


def test_chains_longer_than_a_block_are_exact(engine_for, tiny_model, prompts):
    settings = SamplingSettings(temperature=0, max_new_tokens=200, banned_token_ids=(256,))
    draws = _all_at_once(engine_for("llama"), prompts[:4], settings, indices=range(4))
    for ids, row in zip(prompts, draws):
        mask = torch.ones(1, len(ids), dtype=torch.long)
        expected = tiny_model("llama").generate(
            torch.tensor([ids]), attention_mask=mask, do_sample=False, max_new_tokens=200, suppress_tokens=[256]
        )
        assert all(list(draw.token_ids) == expected[0, len(ids) :].tolist() for draw in row)
