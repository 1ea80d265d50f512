"""`evaluate`: a method on a model over many problems, and `compare`: two runs on the same ones.

Each problem in flight has a thread of its own; `lm.sample` blocks, and the model's engine merges what all threads
ask for. Left out: retries and time limits (the model's business), and choosing problems (the tasks').
"""

from __future__ import annotations

import contextlib
import datetime
import platform
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import metadata

from .errors import SrmLabError
from .methods.method import check_settings
from .openmp import release_team
from .records import Problem, Solution, Verdict
from .run import Record, Run, labels_of

WORKERS = 32  # problems in flight: enough to fill the running batch, few enough to keep its memory small


class Interrupted(SrmLabError):
    """An evaluation stopped by hand. `run` holds the problems that were finished."""

    def __init__(self, run: Run, total: int):
        self.run = run
        super().__init__(
            f"The evaluation was interrupted after {len(run.records)} of {total} problems.",
            "Nothing that was finished is lost.",
            "The finished part is in the error's `run`: `except srm.Interrupted as stop: stop.run`.",
        )

    def __reduce__(self):
        return SrmLabError.__reduce__(self)


def evaluate(
    lm,
    method: Callable[..., Solution] | str,
    problems: Sequence[Problem],
    *,
    seed: int = 0,
    workers: int = WORKERS,
    progress: bool = True,
    cancel: threading.Event | None = None,
    on_record: Callable[[Record], None] | None = None,
    store: bool = True,
    **settings,
) -> Run:
    """Run a method on every problem and grade it.

    lm: a model. method: a decorated function or its name. problems: at least one.
    seed: with each prompt it fixes every sample. workers: problems in flight at once.
    progress: a bar with the accuracy so far. cancel: when set, ends early with what is finished.
    on_record: called with each record as it is finished, from the calling thread.
    store: look every sample up in the store before drawing it, and keep what is drawn (see srm.store).
    settings: passed to the method.

    Returns a Run whose records are in the problems' order. Raises SrmLabError for no problems, an unknown setting,
    or when the method failed on every problem; Interrupted (with the finished part) on Ctrl-C or a kernel interrupt.
    """
    from .methods import get

    method = get(method) if isinstance(method, str) else method
    _check(method, problems, settings)
    cancel = cancel or threading.Event()
    started, done = time.perf_counter(), {}
    with _stored(lm, store) as source, _bar(len(problems), method.__name__, progress) as bar:

        def run_so_far() -> Run:
            ordered, seconds = [done[i] for i in sorted(done)], time.perf_counter() - started
            return _run(lm, method, settings, seed, ordered, seconds, getattr(source, "reused", 0))

        work = _finished(source, method, problems, seed, workers, cancel, settings)
        try:
            with contextlib.closing(work):
                for position, record in work:
                    done[position] = record
                    _advance(bar, done)
                    if on_record:
                        on_record(record)
        except KeyboardInterrupt as stop:
            raise Interrupted(run_so_far(), len(problems)) from stop
        _check_any_ran(method, done)
        return run_so_far()


def _finished(source, method, problems, seed, workers, cancel, settings) -> Iterator[tuple[int, Record]]:
    """(position, record) of each problem as it is finished. Closed early, it cancels the rest and waits for it."""
    release_team()
    with ThreadPoolExecutor(workers) as pool:
        futures = {
            pool.submit(_solve, source, method, problem, seed, cancel, settings): i
            for i, problem in enumerate(problems)
        }
        try:
            for future in as_completed(futures):
                if (record := future.result()) is not None:
                    yield futures[future], record
        except BaseException:  # an interrupt, or the caller stopped listening
            cancel.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _check_any_ran(method, done: dict[int, Record]) -> None:
    if done and all(record.error for record in done.values()):
        raise SrmLabError(
            f"{method.__name__} failed on all {len(done)} problems.",
            f"The first error was: {done[min(done)].error}",
            "Run the method on one problem in a cell to see the whole error.",
        )


def _check(method, problems, settings) -> None:
    if not hasattr(method, "settings"):
        raise SrmLabError(
            f"{getattr(method, '__name__', method)!r} is not a method.", "It lacks the decorator.",
            "Write @srm.method above the function.",
        )  # fmt: skip
    check_settings(method, settings)
    if not problems:
        raise SrmLabError("There are no problems to evaluate on.", "The list is empty.", "See srm.load_problems.")


@contextlib.contextmanager
def _stored(lm, wanted: bool):
    """The model as an evaluation uses it: with a memory, where there is a store and the model is known by its weights.

    A store that cannot be opened is an error before any token is drawn. One that fails later only warns: the
    samples stay in memory, and the run has them all.
    """
    from .store import location, stored
    from .store.view import StoredModel

    usable = location() is not None and getattr(lm, "fingerprint", None) and not getattr(lm, "is_recording", False)
    if not wanted or not (usable or isinstance(lm, StoredModel)):
        yield lm
        return
    view = stored(lm, keep_going=True)
    try:
        yield view
    finally:
        view.close()


def _solve(lm, method, problem, seed, cancel, settings) -> Record | None:
    """One problem, in a thread of its own. None where the run was cancelled before the method was through."""
    if cancel.is_set():
        return None
    started = time.perf_counter()
    try:
        solution = method(problem, lm, seed=seed, cancel=cancel, **settings)
        verdict = grade(problem, solution)
    except Exception as error:  # noqa: BLE001 - one problem's failure, of whatever kind, must not end the others
        return Record(problem, None, None, f"{type(error).__name__}: {error}", time.perf_counter() - started)
    if any(chain.finish_reason == "cancelled" for chain in solution.completions):
        return None
    return Record(problem, solution, verdict, None, time.perf_counter() - started)


def grade(problem: Problem, solution: Solution) -> Verdict:
    """Whether a solution is right. A solution without any finished chain is unfinished, not wrong."""
    from .scoring.verify import verify
    from .tasks import verifier

    finished = not solution.completions or any(chain.finished for chain in solution.completions)
    text = solution.text or ("" if solution.answer is None else f"The answer is {solution.answer}.")
    if problem.kind == "task" and finished:
        return verifier(problem.task)(text, problem)
    kind = "text" if problem.kind == "task" else problem.kind
    return verify(text, problem.answer, kind=kind, finished=finished)


def _run(lm, method, settings, seed, records, seconds, reused) -> Run:
    facts = {key: getattr(lm, key, None) for key in ("fingerprint", "num_parameters", "memory_bytes", "quantization")}
    plain = {key: value for key, value in settings.items() if isinstance(value, (int, float, str, bool, type(None)))}
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    bits = facts["quantization"]
    model = f"{lm.name} ({bits})" if bits else lm.name
    return Run(model, method.__name__, plain, seed, tuple(records), seconds, facts, versions(), now, reused)


def versions() -> dict[str, str]:
    """Versions of what results depend on, as they are installed."""
    packages = ("srm-lab", "torch", "transformers", "bitsandbytes")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


def _bar(total: int, label: str, show: bool):
    from tqdm.auto import tqdm

    return tqdm(total=total, desc=label, disable=not show, unit="problem", leave=True)


def _advance(bar, done: dict[int, Record]) -> None:
    ran = [r for r in done.values() if r.error is None]
    right = sum(r.verdict.correct is True for r in ran)
    failed = len(done) - len(ran)
    if ran:
        bar.set_postfix_str(f"{100 * right / len(ran):.0f} % right" + (f", {failed} failed" if failed else ""))
    bar.update()


@dataclass(frozen=True)
class Comparison:
    """Method b against method a on the same n problems, in proportions (0 to 1).

    difference: b minus a. low, high: its 95 % interval by paired bootstrap. p_value: exact McNemar test.
    k_a, k_b: right answers of each. only_a, only_b: problems that just one of them solved.
    """

    name_a: str
    name_b: str
    difference: float
    low: float
    high: float
    n: int
    k_a: int
    k_b: int
    only_a: int
    only_b: int
    p_value: float

    def __str__(self) -> str:
        return (
            f"{self.name_b} minus {self.name_a}: {100 * self.difference:+.1f} points "
            f"[{100 * self.low:+.1f}, {100 * self.high:+.1f}] on {self.n} problems, McNemar p = {self.p_value:.2g}"
        )

    __repr__ = __str__


def compare(run_a: Run, run_b: Run) -> Comparison:
    """Compare two runs problem by problem.

    Returns b minus a with a paired bootstrap interval and McNemar's exact p.
    Raises SrmLabError where the runs share no problem, or are not over the same ones.
    """
    a, b = _correct_by_id(run_a), _correct_by_id(run_b)
    shared = [key for key in a if key in b]
    if not shared or set(a) ^ set(b):
        raise SrmLabError(
            "These two runs are not over the same problems.",
            f"{len(shared)} problems are in both, {len(set(a) ^ set(b))} in one only.",
            "Evaluate both on one list of problems; a problem that failed in one run must be run again.",
        )
    return paired(*labels_of((run_a, run_b)), [a[key] for key in shared], [b[key] for key in shared])


def paired(name_a: str, name_b: str, right_a: Sequence[bool], right_b: Sequence[bool]) -> Comparison:
    """Compare verdicts on the same problems, in the same order: b minus a."""
    from .scoring.statistics import mcnemar, paired_bootstrap

    difference, low, high = paired_bootstrap(right_a, right_b)
    only_a = sum(x and not y for x, y in zip(right_a, right_b))
    only_b = sum(y and not x for x, y in zip(right_a, right_b))
    return Comparison(name_a, name_b, difference, low, high, len(right_a), sum(right_a), sum(right_b),
                      only_a, only_b, mcnemar(only_a, only_b))  # fmt: skip


def _correct_by_id(run: Run) -> dict[str, bool]:
    return {r.problem.id: r.verdict.correct is True for r in run.records if r.error is None}
