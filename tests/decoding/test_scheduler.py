"""The scheduler, driven by a fake decoder: every request answered once, rightly, within its memory."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from fake_decoder import FakeDecoder, logits_after
from hypothesis import example, given, settings
from hypothesis import strategies as st

from srm_lab.decoding import SamplingSettings, counter_random, rules
from srm_lab.decoding.requests import Chain, Request
from srm_lab.decoding.scheduler import CHUNK_TOKENS, Scheduler
from srm_lab.errors import SrmLabError

END = frozenset([0])


class Rig:
    """A scheduler on a fake decoder."""

    def __init__(self, budget=10_000, max_rows=8, poison=None, copied=0, stale=lambda idle: False):
        self.decoders = []

        def make():
            self.decoders.append(FakeDecoder(poison=poison, copied=copied))
            return self.decoders[-1]

        self.scheduler = Scheduler(make, stale, lambda: budget, max_rows)

    @property
    def decoder(self):
        return self.decoders[-1]

    def submit(self, prompt, indices=(0,), limit=6, **how):
        rule = SamplingSettings(temperature=how.pop("temperature", 1.0), max_new_tokens=limit)
        request = Request(list(prompt), rule, limit, END, **how)
        keys = counter_random.sample_keys(rule.seed, request.prompt_ids, indices)
        request.chains = [Chain(request, index, key, None) for index, key in zip(indices, keys)]
        request.waiting = list(request.chains)
        self.scheduler.submit(request)
        return request


@pytest.fixture
def rig():
    rigs = []

    def make(**how):
        rigs.append(Rig(**how))
        return rigs[-1]

    yield make
    for one in rigs:
        one.scheduler.close()


def _expected(prompt, index, limit):
    """The same chain drawn by itself, without any scheduler."""
    key, drawn = counter_random.sample_keys(0, prompt, [index]), []
    while len(drawn) < limit and 0 not in drawn:
        uniform = torch.from_numpy(counter_random.uniforms(key, np.array([len(drawn)])))
        token, _ = rules.choose_tokens(
            logits_after([*prompt, *drawn])[None], SamplingSettings(temperature=1.0), uniform
        )
        drawn.append(token.item())
    return drawn


def _wait(*requests):
    for request in requests:
        assert request.done.wait(20), "a request was never answered"


REQUEST = st.tuples(st.lists(st.integers(1, 10), min_size=1, max_size=30), st.integers(1, 5), st.integers(1, 12))


@settings(max_examples=60, deadline=None)
@example([([1] * 14, 4, 2)], 4, 45, 0)  # four chains that together fill a narrow budget
@given(st.lists(REQUEST, min_size=1, max_size=12), st.integers(1, 6), st.integers(45, 200), st.integers(0, 3))
def test_any_mix_of_requests_draws_what_each_would_draw_alone_within_memory(mix, max_rows, budget, copied):
    rig = Rig(budget=budget, max_rows=max_rows, copied=copied)
    requests = [rig.submit(prompt, range(n), limit) for prompt, n, limit in mix]
    _wait(*requests)
    for request, (prompt, n, limit) in zip(requests, mix):
        assert request.error is None
        assert [chain.token_ids for chain in request.chains] == [_expected(prompt, s, limit) for s in range(n)]
    decoder = rig.decoder
    assert decoder.most_rows <= max_rows
    assert decoder.most_tokens <= budget
    assert decoder.rows == []
    assert decoder.prompts == []
    assert rig.scheduler._promised == 0
    rig.scheduler.close()


def test_a_long_prompt_is_run_in_chunks_between_which_others_go_on(rig):
    one = rig()
    slow = one.submit([1] * (3 * CHUNK_TOKENS + 5))
    fast = one.submit([2, 3], limit=12)
    _wait(slow, fast)
    assert max(one.decoder.chunk_sizes) <= CHUNK_TOKENS
    assert sum(one.decoder.chunk_sizes) == 3 * CHUNK_TOKENS + 7
    assert slow.computed_prompt_tokens == 3 * CHUNK_TOKENS + 5


def test_an_ended_chain_frees_its_row_before_the_next_step(rig):
    one = rig(max_rows=1)
    requests = [one.submit([at + 1], limit=3) for at in range(5)]
    _wait(*requests)
    assert one.decoder.most_rows == 1
    most = sum(max(len(request.chains[0].token_ids) - 1, 0) for request in requests) + len(requests)
    assert one.decoder.steps <= most + 1


def test_a_request_that_can_never_fit_is_refused_with_both_numbers(rig):
    one = rig(budget=50)
    too_big, fits = one.submit([1] * 60), one.submit([1] * 10)
    _wait(too_big, fits)
    assert isinstance(too_big.error, SrmLabError)
    assert "66 tokens" in str(too_big.error)
    assert fits.error is None


def test_a_cancelled_request_ends_at_the_next_step_and_others_go_on(rig):
    one, cancel = rig(), threading.Event()
    seen = []

    def on_token(index, piece):
        seen.append(piece)
        cancel.set()

    endless = one.submit([1, 2], range(3), limit=10_000, cancel=cancel)
    endless.on_token = on_token
    other = one.submit([4], limit=4)
    time.sleep(0.05)
    cancel.set()
    _wait(endless, other)
    reasons = {chain.finish_reason for chain in endless.chains}
    assert reasons <= {"cancelled", "stop"}
    assert other.error is None
    assert "cancelled" not in {chain.finish_reason for chain in other.chains}
    assert one.decoder.rows == []


def test_a_request_cancelled_before_it_starts_draws_nothing(rig):
    one, cancel = rig(), threading.Event()
    cancel.set()
    request = one.submit([1, 2], cancel=cancel)
    _wait(request)
    assert request.chains[0].token_ids == []
    assert request.chains[0].finish_reason == "cancelled"


def test_only_the_request_whose_own_pass_raises_fails(rig):
    one = rig(poison=lambda ids: ids[0] == 7)
    good = [one.submit([at], range(3), 12) for at in (1, 2, 3)]
    bad = one.submit([7, 7], range(2))
    more = [one.submit([at], range(3), 12) for at in (4, 5)]
    _wait(bad, *good, *more)
    assert "poisoned" in str(bad.error)
    for request in [*good, *more]:
        assert request.error is None
        drawn = [chain.token_ids for chain in request.chains]
        assert drawn == [_expected(request.prompt_ids, s, 12) for s in range(3)]


def test_a_failure_in_the_middle_of_a_chain_leaves_the_others_exact(rig):
    one = rig(poison=lambda ids: ids[0] == 7 and len(ids) > 4)
    good = [one.submit([at], range(3), 12) for at in (1, 2, 3)]
    bad = one.submit([7, 7], range(4), 30)
    _wait(bad, *good)
    assert isinstance(bad.error, SrmLabError)
    for request in good:
        assert [chain.token_ids for chain in request.chains] == [_expected(request.prompt_ids, s, 12) for s in range(3)]


def test_running_out_of_memory_is_named_as_such(rig):
    def poison(ids):
        raise MemoryError("can't allocate memory: you tried to allocate 1 PB")

    one = rig(poison=poison)
    request = one.submit([1])
    _wait(request)
    assert "ran out of memory" in str(request.error)


def test_logits_that_are_not_numbers_fail_only_their_request(rig, monkeypatch):
    monkeypatch.setattr(
        "fake_decoder.logits_after", lambda ids: torch.full((11,), torch.nan) if ids[0] == 7 else logits_after(ids)
    )
    one = rig()
    bad, good = one.submit([7]), one.submit([1])
    _wait(bad, good)
    assert "not numbers" in str(bad.error)
    assert good.error is None


def test_a_callback_that_raises_fails_its_own_request_with_its_own_error(rig):
    class Transcript:
        stopped = False

        def add(self, token):
            return "x"

        def finish(self):
            return ""

    def on_token(index, piece):
        raise ZeroDivisionError("mine")

    one = rig()
    bad = Request([1], SamplingSettings(), 5, END, on_token=on_token)
    bad.chains = [Chain(bad, 0, np.uint64(3), Transcript())]
    bad.waiting = list(bad.chains)
    one.scheduler.submit(bad)
    good = one.submit([2], range(3))
    _wait(bad, good)
    assert isinstance(bad.error, ZeroDivisionError)
    assert good.error is None


def test_a_changed_model_gets_a_new_decoder_once_the_running_chains_have_ended(rig):
    changed = iter([True, False, False])
    one = rig(stale=lambda idle: next(changed))
    first = one.submit([1], range(4), 8)
    _wait(first)
    second = one.submit([1], range(4), 8)
    _wait(second)
    assert len(one.decoders) == 2
    assert [c.token_ids for c in first.chains] == [c.token_ids for c in second.chains]


def test_closing_answers_everyone_and_a_later_request_starts_again(rig):
    one = rig(max_rows=2)
    requests = [one.submit([at + 1], range(2), 10_000) for at in range(6)]
    one.scheduler.close()
    _wait(*requests)
    later = one.submit([3], range(2), 5)
    _wait(later)
    assert [chain.token_ids for chain in later.chains] == [_expected([3], s, 5) for s in range(2)]


def test_the_thread_ends_when_idle_so_that_a_dropped_model_can_be_freed(rig, monkeypatch):
    monkeypatch.setattr("srm_lab.decoding.scheduler.IDLE_SECONDS", 0.01)
    one = rig()
    _wait(one.submit([1]))
    deadline = time.monotonic() + 5
    while one.scheduler._thread is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert one.scheduler._thread is None
    _wait(one.submit([2]))


def test_a_hundred_threads_with_random_cancels_are_each_answered_once_and_leave_nothing_behind(rig):
    one, rng = rig(max_rows=16, budget=600), random.Random(0)
    plans = [(rng.randrange(1, 10), rng.randrange(1, 6), rng.randrange(1, 20), rng.random()) for _ in range(300)]

    def run(plan):
        start, n, limit, luck = plan
        cancel = threading.Event()
        request = one.submit([start, n, limit], range(n), limit, cancel=cancel)
        if luck < 0.3:
            time.sleep(luck / 100)
            cancel.set()
        _wait(request)
        assert request.error is None
        for chain in request.chains:
            expected = _expected([start, n, limit], chain.index, limit)
            assert chain.token_ids == expected[: len(chain.token_ids)]
            assert luck < 0.3 or chain.token_ids == expected

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(run, plans))
    assert one.decoder.rows == []
    assert one.decoder.prompts == []
    assert one.scheduler._promised == 0
