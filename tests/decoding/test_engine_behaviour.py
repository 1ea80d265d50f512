"""The engine's promises besides the tokens: text, streaming, limits, errors, caches, changed weights."""

import dataclasses
import threading
import time

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from srm_lab.decoding import Engine, SamplingSettings
from srm_lab.decoding.engine import end_token_ids
from srm_lab.errors import SrmLabError

PROMPT = list(b"Tom has 3 apples.")
PLAIN = SamplingSettings(temperature=1.0, max_new_tokens=40)


@pytest.fixture
def ascii_only(tokenizer):
    """Settings that draw letters and signs, none of which is a part of a character."""
    others = [i for i in range(260) if not tokenizer.decode([i]).isascii() or i >= 256]
    return SamplingSettings(temperature=1.0, max_new_tokens=40, banned_token_ids=tuple(others))


@pytest.fixture
def engine(tiny_model, tokenizer):
    made = Engine(tiny_model("llama"), tokenizer)
    yield made
    made.close()


def _decode(tokenizer, draw):
    ids = draw.token_ids[:-1] if draw.finish_reason == "stop" else draw.token_ids
    return tokenizer.decode(ids, skip_special_tokens=True)


def test_text_is_the_decoded_tokens_without_the_end_token(engine, tokenizer):
    for draw in engine.sample(PROMPT, range(8), PLAIN):
        assert draw.text == _decode(tokenizer, draw)
        assert "<end>" not in draw.text
        assert (draw.finish_reason == "stop") == (draw.token_ids[-1] == 256)
        assert len(draw.logprobs) == len(draw.token_ids)


def test_streamed_pieces_join_to_the_text_of_each_sample(engine):
    pieces = {}
    draws = engine.sample(PROMPT, [3, 0, 5], PLAIN, on_token=lambda s, piece: pieces.setdefault(s, []).append(piece))
    assert {draw.index: draw.text for draw in draws} == {s: "".join(parts) for s, parts in pieces.items()}
    assert [draw.index for draw in draws] == [3, 0, 5]


def test_each_chain_is_told_as_it_ends_and_once(engine):
    told = []
    draws = engine.sample(PROMPT, range(6), PLAIN, on_draw=told.append)
    assert sorted(told, key=lambda draw: draw.index) == draws
    lengths = [len(draw.token_ids) for draw in told]
    assert lengths == sorted(lengths)


def test_streaming_changes_nothing(engine):
    silent, streamed = (engine.sample(PROMPT, range(4), PLAIN, on_token=f) for f in (None, lambda s, piece: None))
    assert [d.text for d in silent] == [d.text for d in streamed]


def test_a_stop_string_ends_the_chain_where_it_completes_and_is_not_in_the_text(engine, tokenizer, ascii_only):
    free = engine.sample(PROMPT, [0], ascii_only)[0]
    stop = free.text[5:8]
    draw = engine.sample(PROMPT, [0], dataclasses.replace(ascii_only, stop=(stop,)))[0]
    assert draw.finish_reason == "stop_string"
    assert draw.text == free.text[: free.text.find(stop)]
    assert draw.token_ids == free.token_ids[: len(draw.token_ids)]
    assert stop in tokenizer.decode(draw.token_ids)
    assert stop not in tokenizer.decode(draw.token_ids[:-1])


def test_the_context_caps_what_is_generated(engine):
    settings = SamplingSettings(temperature=1.0, max_new_tokens=100, banned_token_ids=(256,))
    draw = engine.sample([1] * 500, [0], settings)[0]
    assert draw.finish_reason == "length"
    assert len(draw.token_ids) == 12


@pytest.mark.parametrize("length", [512, 600])
def test_a_prompt_that_leaves_no_room_is_refused_before_anything_runs(length, engine):
    with pytest.raises(SrmLabError, match=f"{length} tokens.*holds 512") as caught:
        engine.sample([1] * length, [0], PLAIN)
    assert "What to do" in str(caught.value)
    assert engine._scheduler._decoder is None


@pytest.mark.parametrize("prompt", [[], [260], [-1]])
def test_prompts_that_no_model_could_run_are_refused(prompt, engine):
    with pytest.raises(SrmLabError):
        engine.sample(prompt, [0], PLAIN)


def test_a_banned_token_that_does_not_exist_is_refused(engine):
    with pytest.raises(SrmLabError, match="999"):
        engine.sample(PROMPT, [0], SamplingSettings(banned_token_ids=(999,)))


def test_no_samples_asked_for_gives_none(engine):
    assert engine.sample(PROMPT, [], PLAIN) == []


def test_the_prefill_is_counted_once_and_not_at_all_the_second_time(engine):
    first = engine.sample(PROMPT, range(5), PLAIN)
    assert [draw.computed_prompt_tokens for draw in first] == [len(PROMPT), 0, 0, 0, 0]
    again = engine.sample(PROMPT, range(5, 8), PLAIN)
    assert [draw.computed_prompt_tokens for draw in again] == [0, 0, 0]


def test_a_common_beginning_is_computed_once(engine):
    shots = list(b"Q: 1 + 1? A: 2. Q: 2 + 2? A: 4. ")
    engine.sample([*shots, *b"Q: 3 + 4? A: and so on"], [0], PLAIN)
    draw = engine.sample([*shots, *b"Q: 5 + 1? A: what then"], [0], PLAIN)[0]
    assert draw.computed_prompt_tokens == len(b"5 + 1? A: what then")


@pytest.mark.parametrize("rows", [1, 6])
def test_a_kept_chain_is_continued_from_its_cache(rows, engine, tokenizer, tiny_model):
    settings = SamplingSettings(temperature=1.0, max_new_tokens=30, banned_token_ids=(256,))
    chain = engine.sample(PROMPT, range(rows), settings, keep=True)[-1]
    longer = [*PROMPT, *chain.token_ids, *b" Wait,"]
    continued = engine.sample(longer, [0], PLAIN)[0]
    # The last token drawn was never run, and a chain shares its last tokens only in runs of 16.
    assert continued.computed_prompt_tokens == len(b" Wait,") + 1
    fresh = Engine(tiny_model("llama"), tokenizer)
    expected = fresh.sample(longer, [0], PLAIN)[0]
    fresh.close()
    assert continued.token_ids == expected.token_ids
    assert continued.logprobs == pytest.approx(expected.logprobs, abs=1e-4)


def test_ctrl_c_in_the_waiting_thread_frees_the_rows(engine, monkeypatch):
    def interrupted(self, timeout=None):
        raise KeyboardInterrupt

    settings = SamplingSettings(max_new_tokens=400, banned_token_ids=(256,))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            engine.sample(PROMPT, range(4), settings)
    deadline = time.monotonic() + 10
    while engine._scheduler._requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine._scheduler._requests == []
    assert len(engine.sample(PROMPT, range(2), PLAIN)) == 2


def test_cancel_returns_what_was_drawn_so_far(engine):
    cancel, seen = threading.Event(), []

    def on_token(index, piece):
        seen.append(piece)
        if len(seen) == 5:
            cancel.set()

    settings = SamplingSettings(temperature=1.0, max_new_tokens=400, banned_token_ids=(256,))
    draw = engine.sample(PROMPT, [0], settings, on_token=on_token, cancel=cancel)[0]
    assert draw.finish_reason == "cancelled"
    assert "".join(seen) == draw.text
    assert len(draw.token_ids) < 60


@pytest.mark.parametrize(
    "change",
    [
        lambda weight: weight.mul_(0.5),
        lambda weight: weight.data.mul_(0.5),
        lambda weight: weight.data[0].zero_(),
        lambda weight: setattr(weight, "data", weight.data * 0.5),
    ],
    ids=["in place", "through .data", "one row, through .data", "replaced"],
)
@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_weights_that_were_changed_are_noticed(name, change, new_model, tokenizer):
    model = new_model(name)
    engine = Engine(model, tokenizer)
    engine.sample(PROMPT, range(4), PLAIN)
    with torch.no_grad():
        change(next(p for n, p in model.named_parameters() if "mlp" in n and p.ndim == 2))
    changed = engine.sample(PROMPT, range(4), PLAIN)
    engine.close()
    fresh = Engine(model, tokenizer)
    expected = fresh.sample(PROMPT, range(4), PLAIN)
    fresh.close()
    assert [draw.token_ids for draw in changed] == [draw.token_ids for draw in expected]
    assert changed[0].computed_prompt_tokens == len(PROMPT)


class Halved(torch.nn.Module):
    """A student's own layer in place of a linear one."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) * 0.5


def test_a_layer_of_another_kind_is_called_as_it_is(new_model, tokenizer):
    model = new_model("llama")
    layer = model.model.layers[1]
    layer.mlp.up_proj, layer.self_attn.q_proj = Halved(layer.mlp.up_proj), Halved(layer.self_attn.q_proj)
    engine = Engine(model, tokenizer)
    draw = engine.sample(PROMPT, [0], SamplingSettings(temperature=0, max_new_tokens=30))[0]
    assert type(engine._scheduler._decoder).__name__ == "LlamaDecoder"
    engine.close()
    assert list(draw.token_ids) == _greedy(model)


def test_lora_adapters_count_before_and_after_training_and_merging(new_model, tokenizer):
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False, lora_dropout=0.5)
    model = peft.get_peft_model(new_model("llama"), config).eval()
    engine = Engine(model, tokenizer)
    settings = SamplingSettings(temperature=0, max_new_tokens=30)
    assert list(engine.sample(PROMPT, [0], settings)[0].token_ids) == _greedy(model)
    model.train()
    with torch.no_grad():
        next(p for n, p in model.named_parameters() if "lora_B" in n).mul_(-3)
    trained = engine.sample(PROMPT, [0], settings)[0]
    assert model.training
    assert list(trained.token_ids) == _greedy(model.eval())
    with model.disable_adapter():
        assert list(engine.sample(PROMPT, [0], settings)[0].token_ids) == _greedy(model)
    engine.close()


def test_a_model_with_hooks_takes_the_path_that_runs_them(new_model, tokenizer):
    model = new_model("llama")
    seen = []
    model.model.layers[1].register_forward_hook(lambda module, args, output: seen.append(1))
    engine = Engine(model, tokenizer)
    engine.sample(PROMPT, [0], PLAIN)
    assert type(engine._scheduler._decoder).__name__ == "GenericDecoder"
    assert seen
    engine.close()


def test_a_hook_added_between_two_samples_is_run(new_model, tokenizer):
    model, seen = new_model("llama"), []
    engine = Engine(model, tokenizer)
    engine.sample(PROMPT, [0], PLAIN)
    model.model.layers[1].mlp.register_forward_hook(lambda module, args, output: seen.append(1))
    engine.sample(PROMPT, [1], PLAIN)
    assert seen
    engine.close()


@pytest.mark.parametrize(
    ("weights", "dtype", "allowed"),
    [
        ("int8", "bfloat16", 0.02),
        ("int8", "float32", 0.05),
        ("int4", "bfloat16", 0.2),
        ("float16", "float32", 1e-3),
    ],
)
def test_streamed_weights_stay_close_to_the_models_own(weights, dtype, allowed, tokenizer):
    torch.manual_seed(0)
    dtype = getattr(torch, dtype)
    config = LlamaConfig(
        vocab_size=2080, hidden_size=256, intermediate_size=1024, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.05, eos_token_id=256, dtype=dtype,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config).to(dtype).eval()
    settings = SamplingSettings(temperature=0, max_new_tokens=12, banned_token_ids=(256, *range(260, 2080)))
    exact, close = Engine(model, tokenizer), Engine(model, tokenizer, stream_weights=weights)
    draw = close.sample(PROMPT, [0], settings)[0]
    expected = exact.logprobs(PROMPT, draw.token_ids)
    error = (torch.tensor(draw.logprobs) - torch.tensor(expected)).abs().mean()
    assert error < allowed
    assert draw.logprobs != tuple(expected)
    for engine in (exact, close):
        engine.close()


def test_a_format_for_another_dtype_is_refused_before_anything_runs(tiny_model, tokenizer):
    with pytest.raises(SrmLabError, match="bfloat16 models"):
        Engine(tiny_model("llama"), tokenizer, stream_weights="int4")


def test_an_unknown_format_of_streamed_weights_is_refused(tiny_model, tokenizer):
    with pytest.raises(SrmLabError, match="int3"):
        Engine(tiny_model("llama"), tokenizer, stream_weights="int3")


def test_end_tokens_come_from_model_tokenizer_and_template(new_model, tokenizer):
    model = new_model("gpt2")
    model.generation_config.eos_token_id = [5, 6]
    assert end_token_ids(model, tokenizer) == {5, 6, 256}

    class Chatty:
        eos_token_id, chat_template = 1, "{{ message }}<|im_end|>"

        def get_vocab(self):
            return {"<|im_end|>": 77, "<|eot_id|>": 78}

    assert end_token_ids(model, Chatty()) == {5, 6, 1, 77}


def test_hidden_states_are_those_of_every_layer(engine, tiny_model):
    states = engine.hidden_states(PROMPT)
    with torch.no_grad():
        expected = tiny_model("llama")(torch.tensor([PROMPT]), output_hidden_states=True).hidden_states
    assert states.shape == (4, len(PROMPT), 64)
    assert torch.equal(states, torch.cat(expected))
    engine.sample(PROMPT, [0], PLAIN)  # transformers leaves idle hooks behind: they cost nobody the fast path
    assert type(engine._scheduler._decoder).__name__ == "LlamaDecoder"


def test_scoring_takes_its_turn_among_running_chains(engine):
    settings = SamplingSettings(temperature=1.0, max_new_tokens=300, banned_token_ids=(256,))
    thread = threading.Thread(target=engine.sample, args=(PROMPT, range(3), settings))
    thread.start()
    alone = engine.logprobs(PROMPT, PROMPT)
    thread.join()
    assert engine.logprobs(PROMPT, PROMPT) == alone
    with pytest.raises(SrmLabError, match="616 tokens"):
        engine.logprobs(PROMPT, [1] * 600)


def test_an_architecture_with_a_state_of_its_own_is_refused_in_words(tokenizer):
    from transformers import MambaConfig

    model = AutoModelForCausalLM.from_config(MambaConfig(vocab_size=260, hidden_size=32, num_hidden_layers=1))
    engine = Engine(model.eval(), tokenizer)
    with pytest.raises(SrmLabError, match="MambaForCausalLM"):
        engine.sample(PROMPT, [0], PLAIN)


def _greedy(model):
    out = model.generate(
        input_ids=torch.tensor([PROMPT]), attention_mask=torch.ones(1, len(PROMPT), dtype=torch.long),
        do_sample=False, max_new_tokens=30,
    )  # fmt: skip
    return out[0, len(PROMPT) :].tolist()
