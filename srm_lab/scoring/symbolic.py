"""Are two expressions equal? Asked of math-verify in a process of its own that can be killed.

One worker, started at the first question and warm from then on, answers for every thread. A question that takes
over two seconds (a power tower, an integral) costs the worker its life and is answered "undecided"; the next one
finds a new worker. Small questions never get here: `verify` settles numbers and equal writing by itself, and
expressions over the size limits are refused before they are sent. Left out: a pool of workers; one is warm at 3 ms
a question, and the same question is asked once.

math-verify's own time limit is a signal, which only works on a main thread: hence the process.
Source: Kydlíček 2025, github.com/huggingface/Math-Verify.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache

from ..errors import SrmLabError

SECONDS = 2.0  # for one question
START_SECONDS = 60.0  # sympy's import on a cold, busy machine
MAX_CHARACTERS = 400
MAX_DEPTH = 20
MAX_DIGITS_IN_A_ROW = 100
MAX_POWERS = 12


@dataclass(frozen=True)
class Equality:
    """equal: True or False, None where it could not be decided.  note: why, as half a sentence."""

    equal: bool | None
    note: str


@lru_cache(maxsize=8192)
def equal_expressions(reference: str, answer: str, decimals: int = 0) -> Equality:
    """Whether two LaTeX expressions are equal as mathematics.

    decimals: where the reference is a decimal number, how many decimals of the answer must agree with it.
    Raises SrmLabError where the reference cannot be read, or the worker cannot be started.
    """
    problem = too_big(reference)
    if problem:
        raise _unreadable(reference, problem)
    problem = too_big(answer)
    if problem:
        return Equality(False, f"the expression {problem}")
    reply = _WORKER.ask({"reference": reference, "answer": answer, "decimals": decimals})
    if reply is None:
        return Equality(False, f"the comparison was stopped after {SECONDS:.0f} seconds")
    if reply.get("error") == "unreadable reference":
        raise _unreadable(reference, "it is not an expression that math-verify knows")
    if "error" in reply:
        return Equality(False, f"the expression could not be read ({reply['error']})")
    if not reply["readable"]:
        return Equality(False, "the expression could not be read")
    return Equality(reply["equal"], "equal" if reply["equal"] else "not equal")


def ask_math_verify(text: str, reference: str, kind: str) -> dict | None:
    """math-verify's own verdict on a whole text: {"equal", "read"} or {"error"}; None where it took too long."""
    return _WORKER.ask({"text": text, "reference": reference, "kind": kind})


def too_big(latex: str) -> str:
    """What makes an expression too big to be compared, or "" for one of ordinary size."""
    if len(latex) > MAX_CHARACTERS:
        return f"has over {MAX_CHARACTERS} characters"
    depth = deepest = run = longest = 0
    for character in latex:
        depth += (character in "{([") - (character in "})]")
        run = run + 1 if character.isdigit() else 0
        deepest, longest = max(deepest, depth), max(longest, run)
    if deepest > MAX_DEPTH:
        return f"is nested over {MAX_DEPTH} deep"
    if longest > MAX_DIGITS_IN_A_ROW:
        return f"has a number of over {MAX_DIGITS_IN_A_ROW} digits"
    return f"has over {MAX_POWERS} powers" if latex.count("^") > MAX_POWERS else ""


def _unreadable(reference: str, why: str) -> SrmLabError:
    return SrmLabError(
        f"The reference answer {reference[:80]!r} cannot be read as mathematics: {why}.",
        "A reference that cannot be read would make every verdict meaningless.",
        'Write it as LaTeX (\\frac{1}{2}, x^2+1, (0, 1]), or give the problem the kind "text".',
    )


class _Worker:
    """The process and the pipe to it. A lock lets one question through at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._replies: queue.Queue = queue.Queue()
        self._owner = 0

    def ask(self, request: dict) -> dict | None:
        """The worker's reply, or None where it took too long or died of the question."""
        with self._lock:
            if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
                self._start()
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                reply = self._replies.get(timeout=SECONDS)
            except (queue.Empty, OSError):
                reply = None
            except BaseException:  # an interrupted kernel: a late reply must not answer the next question
                self._kill()
                raise
            if reply is None:
                self._kill()
            return reply

    def close(self) -> None:
        """End the process, if there is one. The next question starts another."""
        with self._lock:
            self._kill()

    def _start(self) -> None:
        # after a fork the old pipe belongs to the parent: leave it alone
        self._owner, self._replies = os.getpid(), queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "srm_lab.scoring.symbolic_worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
            env=_environment(), start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=_listen, args=(self._process.stdout, self._replies), daemon=True).start()
        try:
            ready = self._replies.get(timeout=START_SECONDS)
        except queue.Empty:
            ready = None
        if ready is None:
            self._kill()
            raise SrmLabError(
                "The process that compares mathematical expressions did not start.",
                f"{sys.executable} could not load math-verify within {START_SECONDS:.0f} seconds.",
                "Check the installation with: python -c 'import math_verify'.",
            )

    def _kill(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
        self._process = None


def _listen(stream, replies: queue.Queue) -> None:
    """Moves replies from the pipe to the queue; None tells that the process has ended."""
    with stream:
        for line in stream:
            replies.put(json.loads(line))
    replies.put(None)


def _environment() -> dict[str, str]:
    """The parent's import path, so that the worker finds the same package however the kit was put on it."""
    path = [entry for entry in sys.path if entry]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"}


_WORKER = _Worker()
atexit.register(_WORKER.close)
