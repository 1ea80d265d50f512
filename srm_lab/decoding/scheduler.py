"""Continuous batching: one thread owns the forward pass, and requests join and leave it at every step.

A step runs one token for every growing chain and at most CHUNK_TOKENS of waiting prompts (Sarathi-Serve,
Agrawal et al. 2024, arXiv 2403.02310), so a long prompt delays the others by a bounded time. A chain that
ends leaves before the next step, and its place goes to the next one (Orca, Yu et al., OSDI 2022).

Memory is promised before it is used: a chain is admitted only when the keys and values of its longest possible
form fit, so a running chain is never thrown out. Left out: priorities and preemption.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch

from srm_lab.decoding import counter_random, rules
from srm_lab.decoding.decoder import Chunk, Decoder
from srm_lab.decoding.failures import forward_failed, not_numbers, too_little_kv_memory
from srm_lab.decoding.requests import Chain, Job, Request
from srm_lab.openmp import release_team

CHUNK_TOKENS = 256  # prompt tokens a step runs at most
IDLE_SECONDS = 1.0  # after so long without work the thread ends, so that a dropped model's memory is freed


class Scheduler:
    """Runs requests on a decoder.

    make_decoder: builds the decoder. Called in the scheduler's thread, again whenever `is_stale` says so.
    is_stale: whether the model has changed since the decoder was built. Asked when requests arrive; its
        argument says whether nothing was running, when a thorough look delays nobody.
    kv_bytes: bytes that keys and values may take, asked once a decoder.
    max_rows: chains in the batch at most.
    """

    def __init__(
        self,
        make_decoder: Callable[[], Decoder],
        is_stale: Callable[[bool], bool],
        kv_bytes: Callable[[], int],
        max_rows: int,
    ):
        self._make_decoder, self._is_stale, self._kv_bytes = make_decoder, is_stale, kv_bytes
        self._max_rows = max_rows
        self._decoder: Decoder | None = None
        self._stale = False  # the model has changed: open no prompt before the running chains have ended
        self._budget = 0  # tokens whose keys and values fit into memory
        self._promised = 0  # of these, promised to chains
        self._requests: list[Request] = []  # in order of arrival, until answered
        self._rows: list[Chain] = []  # the chains in the batch
        self._arrived = threading.Condition()
        self._inbox: collections.deque[Request | Job] = collections.deque()
        self._thread: threading.Thread | None = None
        self._closing = False

    # -------------------------------------------------- called from any thread

    def submit(self, work: Request | Job) -> None:
        """Hands a request or a job over. It is answered when its `done` is set."""
        with self._arrived:
            self._inbox.append(work)
            if self._thread is None:
                self._closing = False
                self._thread = threading.Thread(target=self._serve, name="srm-lab-sampling", daemon=True)
                self._thread.start()
            self._arrived.notify()

    def forget(self) -> None:
        """The next request gets a new decoder, with nothing cached."""
        self._stale = True

    def close(self) -> None:
        """Cancels what is running, frees the memory and ends the thread. A later request starts it again."""
        with self._arrived:
            self._closing, thread = True, self._thread
            self._arrived.notify()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._decoder = None

    # -------------------------------------------------- the scheduler's thread

    def _serve(self) -> None:
        with torch.no_grad():  # not inference_mode: a model that is trained later may keep tensors made here
            while self._receive():
                try:
                    self._step()
                except Exception as error:  # noqa: BLE001 - whatever broke, those who wait must hear of it
                    self._fail_all(error)

    def _receive(self) -> bool:
        """Takes in what has arrived and waits where there is nothing to do. False: the thread ends."""
        with self._arrived:
            if not (self._requests or self._inbox or self._closing):
                release_team()  # whoever multiplies meanwhile, a training step or another engine, is not slowed down
                self._arrived.wait(IDLE_SECONDS)
            arrived, idle = list(self._inbox), not self._requests
            self._inbox.clear()
            if idle and not arrived:
                self._thread = None
                return False
        for job in arrived:
            if isinstance(job, Job):
                job.run()
        arrived = [request for request in arrived if isinstance(request, Request)]
        self._requests += arrived
        for request in self._requests if self._closing else ():
            request.abandoned = True
        if arrived and self._decoder is not None:
            self._stale = self._stale or self._is_stale(idle)
        return True

    def _fail_all(self, error: BaseException) -> None:
        """A bug or a broken model: everyone hears of it, and the next request starts from nothing."""
        for request in self._requests:
            self._fail(request, forward_failed(error))
        self._decoder, self._rows, self._promised = None, [], 0
        self._answer()

    def _step(self) -> None:
        if not self._requests:
            return
        if self._stale and not self._rows and all(request.prompt is None for request in self._requests):
            self._decoder, self._stale = None, False
        if self._decoder is None:
            self._decoder = self._make_decoder()
            self._budget = self._kv_bytes() // self._decoder.bytes_per_token
        for request in self._requests:
            if request.cancelled:
                self._end_early(request)
        self._remove_ended()
        chunks = self._plan_prompts()
        if self._rows or chunks:
            self._forward(chunks)
        self._admit()
        self._remove_ended()
        if self._requests and not self._rows and not chunks:
            self._refuse(self._requests[0])
        self._answer()

    # -------------------------------------------------- prompts

    def _plan_prompts(self) -> list[tuple[Request, Chunk]]:
        """Which prompts run how many tokens in this step: first come, first served."""
        plan, left = [], CHUNK_TOKENS
        for request in self._open_prompts():
            while left > 0 and (chunk := self._decoder.take(request.prompt, left)):
                plan.append((request, chunk))
                left -= chunk.tokens
            if left <= 0:
                break
        return plan

    def _open_prompts(self) -> list[Request]:
        """The waiting requests that this step may reach, each with its prompt open.

        All are opened before any chunk is taken: opening a prompt may split the node of another one at their
        common beginning, and a chunk that was taken from that node would then miss the upper part.
        """
        opened, tokens = [], 0
        for request in self._requests:
            if not request.waiting:
                continue
            if request.prompt is None:
                missing = self._decoder.missing(request.prompt_ids)
                if tokens >= CHUNK_TOKENS or not self._open(request):
                    break
                tokens += missing
            opened.append(request)
        return opened

    def _open(self, request: Request) -> bool:
        """Opens the prompt, where it fits into memory together with one of its chains."""
        may_start = len(self._rows) < self._max_rows and not self._stale
        if may_start and self._promise(request, extra=self._decoder.missing(request.prompt_ids)):
            request.promised = 1
            request.prompt = self._decoder.open(request.prompt_ids)
        return request.prompt is not None

    def _promise(self, request: Request, extra: int = 0) -> bool:
        """Sets memory aside for one chain, at the expense of cached prompts that nothing uses."""
        over = self._promised + self._chain_tokens(request) + extra - self._budget
        if over + self._decoder.cached_tokens > 0:
            self._decoder.evict(over + self._decoder.cached_tokens)
        if over + self._decoder.cached_tokens > 0:
            return False
        self._promised += self._chain_tokens(request)
        return True

    def _chain_tokens(self, request: Request) -> int:
        return request.limit + self._decoder.own_tokens(len(request.prompt_ids))

    def _refuse(self, request: Request) -> None:
        """Nothing runs and the first in line still cannot start: it never will."""
        if request.prompt is None and request.waiting:
            needed = len(request.prompt_ids) + self._chain_tokens(request)
            self._fail(request, too_little_kv_memory(needed, self._budget, self._decoder.bytes_per_token))

    # -------------------------------------------------- one step of the model

    def _forward(self, chunks: Sequence[tuple[Request, Chunk]]) -> None:
        try:
            self._run(self._rows, chunks)
        except Exception:  # noqa: BLE001 - the same work is tried again, request by request, to find the cause
            self._run_apart()

    def _run(self, chains: Sequence[Chain], chunks: Sequence[tuple[Request, Chunk]]) -> None:
        rows, tokens = [chain.row for chain in chains], [chain.token_ids[-1] for chain in chains]
        logits = self._decoder.step(rows, tokens, [chunk for _, chunk in chunks])
        for request, chunk in chunks:
            request.computed_prompt_tokens += chunk.tokens
        if chains:
            self._draw(chains, logits)

    def _run_apart(self) -> None:
        """After a step that raised: every request on its own, and only those that raise again fail."""
        self._decoder.untake()
        for request in list(self._requests):
            chains = [chain for chain in self._rows if chain.request is request]
            chunk = request.waiting and request.prompt and self._decoder.take(request.prompt, CHUNK_TOKENS)
            if chains or chunk:
                try:
                    self._run(chains, [(request, chunk)] if chunk else [])
                except Exception as error:  # noqa: BLE001 - reported to the one whose request it is
                    self._decoder.untake()
                    self._fail(request, forward_failed(error))
                    self._remove_ended()

    def _admit(self) -> None:
        """Lets waiting chains into the batch: their first token comes from the prompt's logits."""
        for request in self._requests:
            if not request.waiting or request.prompt is None or request.prompt.logits is None:
                continue
            chains = []
            while request.waiting and len(self._rows) + len(chains) < self._max_rows:
                if not request.promised and not self._promise(request):
                    break
                request.promised = 0
                chains.append(request.waiting.pop(0))
            if chains:
                self._start(request, chains)

    def _start(self, request: Request, chains: list[Chain]) -> None:
        self._rows += chains
        self._draw(chains, request.prompt.logits.expand(len(chains), -1))
        growing = [chain for chain in chains if chain.finish_reason is None]
        try:
            for chain, row in zip(growing, self._decoder.join(request.prompt, len(growing))):
                chain.row = row
        except Exception as error:  # noqa: BLE001 - most likely out of memory: only this request fails
            self._fail(request, forward_failed(error))

    # -------------------------------------------------- tokens

    def _draw(self, chains: Sequence[Chain], logits: torch.Tensor) -> None:
        """Draws the next token of each chain; chains that share their rules are drawn together."""
        groups: dict[tuple, list[int]] = {}
        for at, chain in enumerate(chains):
            groups.setdefault(chain.request.settings.rule, []).append(at)
        for members in groups.values():
            some = chains if len(groups) == 1 else [chains[at] for at in members]
            self._draw_group(some, logits if len(groups) == 1 else logits[members])

    def _draw_group(self, chains: Sequence[Chain], logits: torch.Tensor) -> None:
        """Draws for chains whose rules are the same. Never raises: what fails, fails its own request."""
        try:
            tokens, logprobs = self._choose(chains, logits)
        except Exception as error:  # noqa: BLE001 - reported to those whose requests they are
            for chain in chains:
                self._fail(chain.request, forward_failed(error))
            return
        for chain, token, logprob in zip(chains, tokens, logprobs):
            if chain.request.error is not None:
                continue
            if logprob != logprob:
                self._fail(chain.request, not_numbers())
                continue
            try:
                chain.take(token, logprob)
            except Exception as error:  # noqa: BLE001 - the caller's own callback raised: the caller gets it
                self._fail(chain.request, error)

    def _choose(self, chains: Sequence[Chain], logits: torch.Tensor) -> tuple[list[int], list[float]]:
        settings = chains[0].request.settings
        keys = np.array([chain.key for chain in chains], dtype=np.uint64)
        positions = np.array([len(chain.token_ids) for chain in chains])
        uniforms = torch.from_numpy(counter_random.uniforms(keys, positions)).to(logits.device)
        seen = None
        if settings.repetition_penalty != 1:
            seen = [
                torch.tensor([*chain.request.prompt_ids, *chain.token_ids], device=logits.device) for chain in chains
            ]
        tokens, logprobs = rules.choose_tokens(logits, settings, uniforms, seen)
        return tokens.tolist(), logprobs.tolist()

    # -------------------------------------------------- ends

    def _end_early(self, request: Request) -> None:
        """A cancelled request: its chains end where they are."""
        request.waiting = []
        for chain in request.growing:
            try:
                chain.end("cancelled")
            except Exception as error:  # noqa: BLE001 - the caller's own callback raised: the caller gets it
                self._fail(request, error)

    def _fail(self, request: Request, error: BaseException) -> None:
        if request.error is None:
            request.error = error
        request.waiting = []
        for chain in request.growing:
            chain.finish_reason = "cancelled"

    def _remove_ended(self) -> None:
        """Takes ended chains out of the batch and gives back what was promised to them."""
        ended = [chain for chain in self._rows if chain.finish_reason is not None]
        if ended:
            self._rows = [chain for chain in self._rows if chain.finish_reason is None]
            self._promised -= sum(self._chain_tokens(chain.request) for chain in ended)
            in_batch = [chain for chain in ended if chain.row is not None]
            for chain in in_batch:
                if chain.request.keep and chain.request.error is None:
                    self._decoder.keep(chain.row, chain.token_ids)
            self._decoder.leave([chain.row for chain in in_batch])
        for request in self._requests:
            if not request.waiting and request.prompt is not None:
                self._decoder.release(request.prompt)
                self._promised -= request.promised * self._chain_tokens(request)
                request.prompt, request.promised = None, 0

    def _answer(self) -> None:
        """Wakes those whose chains have all ended."""
        for request in self._requests:
            if not request.growing:
                request.done.set()
        self._requests = [request for request in self._requests if not request.done.is_set()]
