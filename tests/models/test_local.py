"""LocalModel: prompts rendered, thinking switched, samples that depend on seed and index and nothing else."""

from __future__ import annotations

import threading

import pytest
from conftest_tiny import save_tiny

import srm_lab as srm
from srm_lab.models.load import load_model


@pytest.fixture(scope="module")
def lm(tiny_folder):
    return load_model(tiny_folder, dtype="float32")


def ids(chains):
    return [chain.token_ids for chain in chains]


def test_a_sample_depends_on_seed_and_index_and_not_on_the_batch(lm):
    settings = {"max_new_tokens": 12, "temperature": 1.0}
    eight = ids(lm.sample("what is 1", n=8, seed=3, **settings))
    assert ids(lm.sample("what is 1", n=3, seed=3, **settings)) == eight[:3]
    assert ids(lm.sample("what is 1", indices=[5, 2], seed=3, **settings)) == [eight[5], eight[2]]
    assert ids(lm.sample("what is 1", n=8, seed=4, **settings)) != eight


def test_usage_counts_each_samples_own_tokens_and_one_prefill(lm):
    chains = lm.sample("what is 1 + 2 ?", n=4, max_new_tokens=10, temperature=1.0)
    assert [c.usage.generated_tokens for c in chains] == [len(c.token_ids) for c in chains]
    assert sum(c.usage.computed_prompt_tokens for c in chains) <= chains[0].usage.prompt_tokens
    assert all(len(c.logprobs) == len(c.token_ids) for c in chains)


def test_messages_go_through_the_chat_template_and_a_string_does_not(lm):
    assert lm.render([{"role": "user", "content": "a"}]) == "user : a assistant : "
    assert lm.render("user : a") == "user : a"


def test_the_thinking_switch_reaches_the_template(lm):
    message = [{"role": "user", "content": "a"}]
    assert "<think> </think>" in lm.render(message, thinking=False)
    assert "<think>" not in lm.render(message, thinking=True)
    with pytest.raises(srm.SrmLabError, match="prompt is a string"):
        lm.render("a", thinking=True)


def test_a_template_without_a_switch_or_no_template_is_a_clear_error(tmp_path):
    plain = load_model(save_tiny(tmp_path / "plain", template="{{ messages[0]['content'] }}"), dtype="float32")
    with pytest.raises(srm.SrmLabError, match="no thinking switch"):
        plain.render([{"role": "user", "content": "a"}], thinking=True)
    base = load_model(save_tiny(tmp_path / "base", template=None), dtype="float32")
    with pytest.raises(srm.SrmLabError, match="no chat template"):
        base.render([{"role": "user", "content": "a"}])


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(lm):
    with pytest.raises(srm.SrmLabError, match="64"):
        lm.sample("a " * 100, max_new_tokens=4)


def test_a_stop_string_ends_a_sample_and_is_not_part_of_it(lm):
    free = lm.sample("what is", n=8, max_new_tokens=30, temperature=1.5, seed=1)
    word = free[0].text.split()[2]
    stopped = lm.sample("what is", n=8, max_new_tokens=30, temperature=1.5, seed=1, stop=word)[0]
    assert word not in stopped.text
    assert stopped.finish_reason == "stop_string"


def test_streamed_pieces_join_to_the_text(lm):
    heard: dict[int, list[str]] = {}
    chains = lm.sample("what is", n=4, max_new_tokens=20, temperature=1.0,
                       on_token=lambda index, text: heard.setdefault(index, []).append(text))  # fmt: skip
    assert ["".join(heard.get(i, [])) for i in range(4)] == [chain.text for chain in chains]


def test_cancel_ends_samples_at_their_next_token(lm):
    cancel = threading.Event()
    chains = lm.sample("what is", n=2, max_new_tokens=40, temperature=1.0, cancel=cancel,
                       on_token=lambda index, text: cancel.set())  # fmt: skip
    assert any(chain.finish_reason == "cancelled" for chain in chains)
    assert not any(chain.finished for chain in chains if chain.finish_reason == "cancelled")


def test_a_setting_out_of_range_is_refused(lm):
    for wrong in ({"temperature": -1.0}, {"top_p": 0.0}, {"max_new_tokens": 0}):
        with pytest.raises(srm.SrmLabError):
            lm.sample("a", **wrong)


def test_logprobs_score_a_continuation_as_sampling_does(lm):
    chain = lm.sample("what is 1 + 2 ?", temperature=0, max_new_tokens=5)[0]
    tokens = lm.tokenizer.convert_ids_to_tokens(list(chain.token_ids))
    again = lm.logprobs("what is 1 + 2 ?", " ".join(tokens))
    assert again == pytest.approx(chain.logprobs, abs=1e-4)


def test_a_banned_token_is_never_drawn(lm):
    free = lm.sample("what is", n=8, max_new_tokens=20, temperature=1.0)
    banned = free[0].token_ids[0]
    chains = lm.sample("what is", n=8, max_new_tokens=20, temperature=1.0, banned_token_ids=[banned])
    assert banned not in {token for chain in chains for token in chain.token_ids}


def test_a_kept_chain_is_gone_on_from_without_computing_it_again(tmp_path):
    lm = load_model(save_tiny(tmp_path / "fresh"), dtype="float32")
    prompt = "what is 1 + 2 ?"
    special = [0, 1, 2]  # without them the text is all of the chain
    settings = {"max_new_tokens": 24, "temperature": 1.0, "banned_token_ids": special}
    computed = {}
    for keep in (False, True):
        chain = lm.sample(prompt, keep=keep, seed=int(keep), **settings)[0]
        again = lm.sample(f"{prompt} {chain.text} so", max_new_tokens=1)[0]
        computed[keep] = again.usage.computed_prompt_tokens
        lm.engine.forget()
    assert computed[True] < computed[False] - 16


def test_hidden_states_have_a_row_for_every_token_of_every_layer(lm):
    tokens = len(lm.encode("what is 1 + 2 ?"))
    states = lm.hidden_states("what is 1 + 2 ?")
    assert states.shape == (lm.model.config.num_hidden_layers + 1, tokens, lm.model.config.hidden_size)
