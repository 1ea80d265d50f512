"""Any reasoning-gym task by name: over a hundred generated puzzles with verifiers of their own.

    problems = load_problems("reasoning_gym/chain_sum", n=100, seed=0, min_terms=2, max_terms=3)
    tasks.verifier("reasoning_gym/chain_sum")("... The answer is 42.", problems[0]).correct

Settings are the fields of the task's own configuration, except seed and size, which `seed` and `n` stand for.
Problems are of kind "task": many have several right answers (their `answer` may even be empty), so only the
task's `score_answer` decides, and only its full score of 1 counts as right.

**The split.** Train and test draw from streams of seeds that never meet, and besides a question belongs to the
split that the hash of its text says (half of them each). So a question that comes up again, in a task with few
different ones, comes up in the same split. Within a set each question occurs once.

Scorers found wanting: puzzle24 takes any four numbers in range, so the given ones are
checked here; and some evaluate the answer's text, see `guard.py`.

A problem's metadata holds its stream, from which the verifier makes the task's entry anew: a stored run can be
scored again. Left out: partial scores, and curricula. Source: Stojanovski et al. 2025, arXiv 2505.24760.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from srm_lab.errors import SrmLabError, unknown_name
from srm_lab.records import Completion, Problem, Verdict
from srm_lab.tasks.final_answer import FinalAnswer, final_answer, unfinished
from srm_lab.tasks.guard import objection
from srm_lab.tasks.settings import check_count, check_integer, check_split
from srm_lab.tasks.task import Task, Verifier

FAMILY = "reasoning_gym/"
CHUNK = 500  # entries of one data set object: some tasks build them all at once, so it stays small
_STREAMS = {"train": 0, "test": 2**30}  # first seed of each split's streams
_MAX_DRAWS_PER_PROBLEM = 50  # then the task counts as exhausted


def load(name: str, n: int | None = None, seed: int = 0, split: str = "test", **config) -> list[Problem]:
    """n different problems (None: 100) of a reasoning-gym task; config: the fields of its configuration.

    Raises SrmLabError for an unknown task or field, values that the task refuses, and where the task with this
    configuration has no n different questions in the split.
    """
    task = FAMILY + name
    n = 100 if n is None else n
    check_count(task, n)
    check_integer(task, "seed", seed)
    check_split(task, split)
    _check_config(name, config)
    problems: list[Problem] = []
    seen: set[str] = set()
    for stream, entry in _entries(name, split, seed, config, limit=n * _MAX_DRAWS_PER_PROBLEM):
        if len(problems) == n:
            break
        question = entry["question"]
        if question in seen or question_split(question) != split:
            continue
        seen.add(question)
        problems.append(_problem(task, entry, split, seed, config, stream, len(problems)))
    if len(problems) < n:
        raise SrmLabError(
            f"{task} gave only {len(problems)} different {split} questions, {n} were asked for.",
            f"{n * _MAX_DRAWS_PER_PROBLEM} were drawn; the others were repetitions or belong to the other split.",
            f"Ask for n={len(problems)} or fewer, or make the task larger through its settings.",
        )
    return problems


def question_split(question: str) -> str:
    """The split that a question belongs to, by its text alone: half of all questions each."""
    return "test" if hashlib.blake2b(question.encode(), digest_size=1).digest()[0] % 2 else "train"


def verifier(task_name: str) -> Verifier:
    """A reasoning-gym task's own verifier: verifier(text, problem) -> Verdict."""
    name = task_name.removeprefix(FAMILY)
    _config_class(name)

    def verify(text: str | Completion, problem: Problem) -> Verdict:
        """Whether the final answer in the model's text gets the task's full score."""
        whole = text.text if isinstance(text, Completion) else text
        if unfinished(whole) or (isinstance(text, Completion) and not text.finished):
            return Verdict(None, None, None, "unfinished", "The chain never came to its end, so it has no answer yet.")
        found = final_answer(whole, several_lines="\n" in problem.answer)
        if found is None:
            return Verdict(False, None, None, "none", "There is no answer in the text.")
        return _judge(name, _with_full_stop(found, whole, problem.answer), problem)

    return verify


def _with_full_stop(found: FinalAnswer, text: str, reference: str) -> FinalAnswer:
    """The answer with the full stop behind it, where the reference (a sentence) ends with one too."""
    end = found.span[1]
    if reference.endswith(".") and text[end : end + 1] == ".":
        return FinalAnswer(f"{found.text}.", (found.span[0], end + 1), found.rule)
    return found


def _judge(name: str, found: FinalAnswer, problem: Problem) -> Verdict:
    against = objection(name, found.text, max_characters=2000 + 4 * len(problem.answer))
    if against:
        reason = f"The answer was not scored: {against}."
        return Verdict(False, found.text[:200], found.span, found.rule, reason)
    entry = _entry_again(name, problem)
    try:
        score = _dataset(name, problem.metadata["stream"][0], _frozen(problem.metadata["config"])).score_answer(
            found.text, entry
        )
    except Exception as error:  # noqa: BLE001 - a scorer of another package on hostile text: any failure is "not readable"
        reason = f"The task's scorer cannot read the answer ({type(error).__name__})."
        return Verdict(False, found.text, found.span, found.rule, reason)
    if name == "puzzle24" and sorted(map(int, re.findall(r"\d+", found.text))) != sorted(entry["metadata"]["numbers"]):
        reason = "It does not use the four given numbers, which the task's scorer would let pass."
        return Verdict(False, found.text, found.span, found.rule, reason)
    reason = f"The task's scorer gives it {score:g} of 1."
    return Verdict(bool(score >= 1), found.text, found.span, found.rule, reason)


def _entry_again(name: str, problem: Problem) -> dict[str, Any]:
    """The entry that a problem was made of, with the task's own data about it."""
    stream = problem.metadata.get("stream")
    if not stream or "config" not in problem.metadata:
        raise SrmLabError(
            f"The problem {problem.id!r} was not made by load_problems.",
            "Its metadata lack the stream from which the task's scorer gets its data.",
            f'Load it with load_problems("{FAMILY}{name}", ...).',
        )
    entry = _entry(name, *stream, _frozen(problem.metadata["config"]))
    if entry["question"] != problem.question:
        raise SrmLabError(
            f"reasoning-gym now makes another question of {problem.id!r}.",
            "The problem was made by another version of it.",
            "Score it with the version it was made by, or load the problems anew.",
        )
    return entry


def _problem(task, entry, split, seed, config, stream, index) -> Problem:
    tag = f"{hashlib.blake2b(_frozen(config).encode(), digest_size=4).hexdigest()}/" if config else ""
    known = entry["metadata"].get("difficulty")
    difficulty = {key: _plain(value) for key, value in (known if isinstance(known, dict) else {}).items()}
    metadata = {"split": split, "config": dict(config), "stream": list(stream), "difficulty": difficulty}
    answer = "" if entry["answer"] is None else str(entry["answer"])
    return Problem(f"{task}/{split}/{tag}{seed}/{index}", entry["question"], answer, task, metadata, "task")


def _plain(value: Any) -> Any:
    """A value as JSON would hold it, so that a run can be saved."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _entries(
    name: str, split: str, seed: int, config: Mapping[str, Any], limit: int
) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    """((data set seed, index), entry) one after the other, `limit` at most."""
    digest = hashlib.blake2b(f"{name} {split} {seed}".encode(), digest_size=8).digest()
    first = _STREAMS[split] + int.from_bytes(digest, "big") % (2**30 - 2**24)  # room for 2**24 draws
    for number in range(limit):
        chunk, index = divmod(number, CHUNK)
        dataset_seed = first + chunk * CHUNK
        try:
            entry = _entry(name, dataset_seed, index, _frozen(config))
        except Exception as error:
            raise SrmLabError(
                f"{FAMILY}{name} cannot make a problem with {dict(config) or 'its defaults'}.",
                f"{type(error).__name__}: {error}",
                "Change its settings.",
            ) from error
        yield (dataset_seed, index), entry


@functools.lru_cache(maxsize=4096)
def _entry(name: str, seed: int, index: int, config: str) -> dict[str, Any]:
    """One entry: kept, because some puzzles take half a second to make and are needed again for each verdict."""
    return _dataset(name, seed, config)[index]


@functools.lru_cache(maxsize=64)
def _dataset(name: str, seed: int, config: str):
    """One data set object of reasoning-gym; an entry depends on its seed and index alone, so it can be shared."""
    import reasoning_gym

    settings = json.loads(config)
    try:
        return reasoning_gym.create_dataset(name, seed=seed, size=CHUNK, **settings)
    except (AssertionError, AttributeError, ValueError, TypeError) as error:
        raise SrmLabError(
            f"{FAMILY}{name} refuses the settings {settings or 'it has by default'}.", f"{error}.", _fields_line(name)
        ) from error


def _check_config(name: str, config: Mapping[str, Any]) -> None:
    """Raise for a field that the task's configuration lacks, and for a value that JSON could not hold."""
    fields = _fields(name)
    for field in config:
        if field in ("seed", "size"):
            raise SrmLabError(f"{FAMILY}{name} takes no {field!r} of its own.", "", "Use seed=... and n=... instead.")
        if field not in fields:
            raise unknown_name(f"setting of {FAMILY}{name}", field, fields, _fields_line(name))
    _frozen(config)
    _dataset(name, 0, _frozen(config))


def _frozen(config: Mapping[str, Any]) -> str:
    """A configuration as one line of JSON, the same for the same settings."""
    try:
        return json.dumps(dict(config), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise SrmLabError(
            "A setting of a reasoning-gym task holds something else than numbers, texts and lists.",
            f"{error}.",
            "Settings are kept with each problem, so that its verifier can be made anew; pass plain values.",
        ) from error


def _fields(name: str) -> dict[str, Any]:
    """The settings of a task with their defaults, seed and size left out."""
    return {
        field.name: None if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(_config_class(name))
        if field.name not in ("seed", "size")
    }


def _fields_line(name: str) -> str:
    return f"Its settings: {', '.join(f'{k}={v!r}' for k, v in _fields(name).items())}."


def _config_class(name: str) -> type:
    from reasoning_gym.factory import DATASETS

    if name not in DATASETS:
        raise unknown_name("reasoning-gym task", name, DATASETS, f'Write it as "{FAMILY}chain_sum".')
    return DATASETS[name][1]


TASK = Task(
    name=FAMILY,
    what="any of reasoning-gym's generated puzzles, with its own verifier",
    settings="reasoning_gym/<task>: the fields of the task's configuration, such as max_terms=3",
    load=load,
    verifier=verifier,
)
