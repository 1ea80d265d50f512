"""Problems from any data set of the Hugging Face hub, or a local folder of parquet, JSON or CSV files.

    load_problems("hub/openai/gsm8k")                               a data set whose columns are known here
    load_problems("hub/org/name", config="main", question="problem", answer="solution", split="test")
    load_problems("hub/./my_folder", split="train")                 offline

The `datasets` library downloads and caches; a data set that was loaded once works offline. GSM8K keeps its
answers behind their solution ("... #### 18"): `answer_pattern` says where the answer stands in its cell. Left out:
data sets that run code of their own, which `datasets` no longer supports and the kit would not allow.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import getproxies

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks.rows import Columns, check_columns, choose, problem_of_row
from srm_lab.tasks.settings import make_settings
from srm_lab.tasks.task import Task

AFTER_HASHES = r"####[ \t]*(.+)"  # the answer format of GSM8K: the last line of a solution is "#### 18"

KNOWN: dict[str, dict[str, Any]] = {
    "openai/gsm8k": {"config": "main", "answer_pattern": AFTER_HASHES},
    "HuggingFaceH4/MATH-500": {"question": "problem", "kind": "math"},
}


def load(
    name: str,
    n: int | None = None,
    seed: int | None = 0,
    split: str = "test",
    *,
    config: str | None = None,
    **settings,
) -> list[Problem]:
    """n problems of a split (None: all) in the order of `seed` (None: as they stand).

    name: "org/name", or a folder. config: the data set's configuration. split: whatever splits it has.
    settings: see `Columns`; they default to what `KNOWN` holds for the name.
    Raises SrmLabError without a network, for an unknown data set, config, split or column, and for a row (named
    by its number) without question or answer.
    """
    known = {**KNOWN.get(name, {}), **settings}
    config = config or known.get("config")
    columns = make_settings("a hub data set", Columns, {k: v for k, v in known.items() if k != "config"})
    table = _load_table(name, config, split)
    check_columns(table.column_names, columns, f"hub/{name}")
    problems = []
    for number, row in enumerate(table):
        identity = "/".join(filter(None, ("hub", name, config, split, str(number))))
        problem = problem_of_row(
            row, columns, identity, f"hub/{name}", lambda c, r=number: f"hub/{name}, {split} row {r}, column {c!r}"
        )
        problems.append(problem)
    return choose(problems, n, seed, f"The {split} split of hub/{name}")


def _load_table(name: str, config: str | None, split: str):
    """The rows of one split, through `datasets`; its many errors as one SrmLabError each."""
    import datasets
    from datasets.exceptions import DatasetNotFoundError

    local = Path(name).is_dir()
    if not local:
        _need_network(name)
    try:
        return datasets.load_dataset(name, config, split=split)
    except (ConnectionError, DatasetNotFoundError, *_network_errors()) as error:
        raise _unreachable(name, error) from error
    except (ValueError, FileNotFoundError) as error:
        wrong = f"hub/{name} has no split {split!r}" if "split" in str(error) else f"hub/{name} cannot be loaded"
        raise SrmLabError(
            f"{wrong} (config {config!r}).", _first_lines(error), "Name one that exists: config=..., split=..."
        ) from error
    except datasets.exceptions.DatasetGenerationError as error:
        fix = "Mend the file that is named." if local else "Load the data set's files through a local folder."
        raise SrmLabError(
            f"The files of hub/{name} cannot be read.", _first_lines(error.__cause__ or error), fix
        ) from error


def _need_network(name: str) -> None:
    """Fail at once, instead of after half a minute of retries, where the hub's host cannot even be looked up.

    A data set that was loaded before, and a proxy that cannot be seen through, are left to `datasets`.
    """
    import datasets
    from huggingface_hub import constants

    if name.startswith((".", "/", "~")):
        raise SrmLabError(f"There is no folder {name!r}.", f"It was looked for in {Path.cwd()}.", "Check the path.")
    loaded_before = (Path(datasets.config.HF_DATASETS_CACHE) / name.replace("/", "___")).is_dir()
    if loaded_before or getproxies():
        return
    try:
        socket.getaddrinfo(urlparse(constants.ENDPOINT).hostname, 443)
    except OSError as error:
        raise _unreachable(name, error) from error


def _network_errors() -> tuple[type[Exception], ...]:
    """What a missing network looks like by the time it gets here."""
    import httpx
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    return httpx.HTTPError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled


def _unreachable(name: str, error: Exception) -> SrmLabError:
    return SrmLabError(
        f"The data set {name!r} cannot be reached.",
        f"Either the name is wrong, or it is gated, or there is no network. {_first_lines(error)}",
        "Check the name at huggingface.co/datasets. Without a network these work: load_problems("
        '"word_problems"), load_problems("reasoning_gym/..."), a .jsonl or .csv file of your own, "hub/" followed by '
        "a local folder, and a hub data set that was loaded here before.",
    )


def _first_lines(error: BaseException, characters: int = 300) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= characters else f"{text[:characters]}..."


TASK = Task(
    name="hub/",
    what="any data set of the Hugging Face hub, or a local folder of parquet, JSON or CSV files",
    settings='hub/<org>/<name>: config=None, question="question", answer="answer", kind="number", answer_pattern=None',
    load=load,
    offline=False,
)
