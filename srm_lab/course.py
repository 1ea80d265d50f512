"""The command that runs the course, and how a notebook of the course is made.

    srm-lab course                      run what changed, store its claims, write outputs and pictures back
    srm-lab course 00 07 --force        these notebooks (and their solutions), changed or not
    srm-lab course --profile ci         does everything run? Nothing is written
    srm-lab course --review             list what breaks the conventions; nothing runs

HOW A NOTEBOOK IS MADE

1. File: notebooks/07_self_consistency.ipynb, with notebooks/solutions/07_self_consistency.ipynb.
   The first cell is prose: a Colab badge that opens this file, what you will be able to do, what you should
   know, and the running time. Write `<!-- srm:running-time --><!-- /srm -->`; the command fills it in.
2. Sizes: the first code cell is `size = srm.start("07")`. Every size comes from it (`size.problems`, `size.chains`,
   ...) and is kept in NOTEBOOKS of srm_lab/notebook_sizes.py, one row for each of ci, cpu and gpu.
3. Cells have at most 30 lines. The core algorithm is written in the open in a cell of at most 25 lines that
   begins with `# same code as srm_lab.scoring.votes.vote`; a test holds it to the package's function
   (docstring, decorators, annotations and comments may differ). Later notebooks import it.
4. Figures: end the cell with the plotly figure, or `display(figure)`. The command adds the PNG. Under every
   widget stands a figure, for readers without a kernel.
5. Claims: the last section makes `srm.claim("07.vote_beats_one_chain", "...", srm.compare(one, vote))` calls, each a
   direction with an interval over 200 problems or 3 seeds in the cpu profile (see srm_lab/claims.py). The command
   stores them in data/results/07.json. What did not reproduce stays and says so.
6. Numbers in prose: `<!-- srm:measured 07.vote_beats_one_chain interval --><!-- /srm -->` is filled in from the
   stored result (forms: value, low, high, interval, full, a, b). A number from a paper, or one that is no
   measurement, is marked by hand: `<!-- srm:quoted -->57 %<!-- /srm -->`. Percentages and points without a mark
   fail the review.
7. Exercises: three to five. A hole (`answer = ...`), then `srm.check("07.2", answer)`; the solutions notebook has
   the hole filled. Judges, hints, target, placebo and solution are in srm_lab/exercise_keys/nb07.py (see
   srm_lab/exercises.py). While the course runs, a hole that passes or a solution that fails stops it.
8. Then: `srm-lab course 07`, look at it in JupyterLab, `srm-lab course 07 --review`, and commit the notebooks
   together with data/results.

A notebook runs in a kernel of its own. It is written back whole, after it ran to its end and its outputs were
found fit to be committed; an error, Ctrl+C or the time limit (four times the profile's budget) leaves the old
file and the old results. What is unchanged (its code, its sizes, the package's version, the profile) is skipped.

Left out: running notebooks side by side, since their times are measured; and parameters other than the profile.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srm_lab import __version__, claims, preflight, profiles
from srm_lab.course_outputs import faults, fill_markers, finish, running_time_text
from srm_lab.course_rules import claim_keys, code_cells, is_solutions, name, read, review
from srm_lab.errors import SrmLabError

LIMIT_OVER_BUDGET = 4
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook: "ran", "written", "unchanged" or "failed"; seconds; and why it failed."""

    notebook: str
    state: str
    seconds: float = 0.0
    reason: str = ""


def notebooks(names: Sequence[str] = (), folder: Path | None = None) -> list[Path]:
    """The course's notebooks in order, each followed by its solutions; all, or those with these numbers or paths.

    Raises SrmLabError where there are none, as in an installation without the clone.
    """
    folder = folder or Path(__file__).resolve().parents[1] / "notebooks"
    everything = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    chosen = []
    for wanted in names or [""]:
        is_path = wanted.endswith(".ipynb")
        found = [Path(wanted)] if is_path else [path for path in everything if path.name.startswith(wanted)]
        if not found or not found[0].exists():
            raise SrmLabError(
                f"There is no notebook {wanted}" if wanted else "There are no notebooks here.",
                f"The course is looked for in the folder {folder.name} of the project's clone.",
                "run this in a clone of the project, and name notebooks by number (00) or path.",
            )
        for path in found:
            solutions = path.parent / "solutions" / path.name
            chosen += [path, solutions] if solutions.exists() and not is_path else [path]
    return chosen


def run(
    names: Sequence[str] = (),
    profile: str | None = None,
    *,
    force: bool = False,
    only_review: bool = False,
    folder: Path | None = None,
) -> int:
    """The command `srm-lab course`; returns its exit status, 0 where all is well.

    names: numbers ("00") or paths; all notebooks of the folder where there are none.
    profile: "ci", "cpu" or "gpu"; None leaves it to SRM_LAB_PROFILE or the machine.
    force: also run what did not change.  only_review: run nothing, print what breaks the conventions.
    Raises SrmLabError for an unknown notebook or profile. What fails in a notebook is printed.
    """
    chosen, paths = profiles.named(profile) if profile else profiles.current(), notebooks(names, folder)
    if only_review:
        found = [fault for path in paths for fault in review(path)]
        print("\n".join(found) or f"{len(paths)} notebooks keep every convention.")
        return int(bool(found))
    outcomes = run_notebooks(paths, chosen, force=force, progress=True)
    for each in outcomes:
        if each.reason:
            print(f"\n{each.reason}", file=sys.stderr)
    print(table(outcomes, chosen))
    return int(any(each.state == "failed" for each in outcomes))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line (see the opening of this file): 0 where all is well, 1 otherwise, 130 for Ctrl+C."""
    parser = argparse.ArgumentParser(prog="srm-lab course", description="Run the notebooks of the course.")
    parser.add_argument("notebooks", nargs="*", help="numbers (00) or paths; all where none is given")
    parser.add_argument("--profile", help="ci, cpu or gpu (default: SRM_LAB_PROFILE, or chosen by the machine)")
    parser.add_argument("--force", action="store_true", help="run notebooks that did not change, too")
    parser.add_argument("--review", action="store_true", help="list broken conventions and run nothing")
    options = parser.parse_args(arguments)
    try:
        return run(options.notebooks, options.profile, force=options.force, only_review=options.review)
    except SrmLabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Notebooks that had finished are written, the others are as they were.", file=sys.stderr)
        return 130


def run_notebooks(
    paths: Sequence[Path], profile: profiles.Profile, *, force: bool = False, progress: bool = False
) -> list[Outcome]:
    """Runs notebooks one after the other and, except in the ci profile, writes them and their results back.

    A notebook that fails is reported and the next one runs. KeyboardInterrupt goes through: what finished
    before it is kept.
    """
    outcomes = []
    for path in paths:
        began, reason = time.monotonic(), ""
        try:
            state = _run_one(path, profile, force, progress)
        except SrmLabError as error:
            state, reason = "failed", str(error)
        outcomes.append(Outcome(name(path), state, time.monotonic() - began, reason))
    return outcomes


def execute(
    path: Path,
    profile: profiles.Profile,
    *,
    command: str = "",
    results: Path | None = None,
    time_limit_s: float | None = None,
    progress: bool = False,
) -> Any:
    """Runs a notebook in a fresh kernel of this Python and returns it with its outputs; writes nothing.

    command: what is recorded with the claims, which are stored in the folder `results`; empty stores none.
    Raises SrmLabError with the cell that failed, or where time_limit_s (4 times the budget by default) is over.
    """
    nb = read(path)
    limit = time_limit_s or LIMIT_OVER_BUDGET * profile.seconds_per_notebook
    with tempfile.TemporaryDirectory(prefix="srm-lab-course-") as scratch:
        environment = _environment(path, profile, command, results, scratch)
        client, at = _client(nb, path, progress)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            work = pool.submit(client.execute, env=environment)
            try:
                work.result(timeout=limit)
            except concurrent.futures.TimeoutError as error:
                _kill(client, work)
                what = f"{name(path)} was stopped after {limit:.0f} seconds, in {_where(nb, at)}."
                raise SrmLabError(what, f"The {profile.name} profile allows no more.", "make it do less.") from error
            except KeyboardInterrupt:
                _kill(client, work)
                raise
            except _notebook_errors() as error:
                raise _failed_cell(nb, path, at, error) from error
    return nb


def table(outcomes: Sequence[Outcome], profile: profiles.Profile) -> str:
    """The outcomes as text, with what took longer than the profile's budget."""
    width = max([len("notebook"), *(len(each.notebook) for each in outcomes)])
    lines = [f"{'notebook':<{width}}  {'state':<9}  seconds"]
    for each in outcomes:
        over = each.state != "unchanged" and each.seconds > profile.seconds_per_notebook
        note = f"  over the budget of {profile.seconds_per_notebook}" if over else ""
        lines.append(f"{each.notebook:<{width}}  {each.state:<9}  {each.seconds:7.1f}{note}")
    lines.append(f"{'together':<{width}}  {'':<9}  {sum(each.seconds for each in outcomes):7.1f}")
    return "\n".join(lines)


def _run_one(path: Path, profile: profiles.Profile, force: bool, progress: bool) -> str:
    """Runs one notebook and returns its state."""
    before, writes = path.read_bytes(), profile.name != "ci"
    sources = fingerprint(read(path), path, profile)
    if writes and not force and _is_current(path, profile, sources):
        _refresh_numbers(path)
        return "unchanged"
    with _staged_results() as staged:
        began = time.monotonic()
        command = f"srm-lab course {path.name[:2]} --profile {profile.name}"
        records = command if writes and not is_solutions(path) else ""
        nb = execute(path, profile, command=records, results=staged, progress=progress)
        seconds = time.monotonic() - began
        if not writes:
            return "ran"
        finish(nb)
        if found := faults(nb):
            raise SrmLabError(f"{name(path)} ran, but its outputs cannot be committed.", "\n".join(found))
        if path.read_bytes() != before:
            raise SrmLabError(f"{name(path)} was edited while it ran.", "The edit is kept.", "run it again.")
        _keep(path, nb, profile, _entry(seconds, sources), staged)
    return "written"


def fingerprint(nb: Any, path: Path, profile: profiles.Profile) -> str:
    """A hash of what decides the outputs: the code cells and the notebook's sizes."""
    content = [[cell.source for _, cell in code_cells(nb)], dict(profiles.sizes(path.name, profile))]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _entry(seconds: float, sources: str) -> dict[str, Any]:
    return {
        "seconds": round(seconds, 1),
        "machine": preflight.machine_name(),
        "date": datetime.date.today().isoformat(),
        "version": __version__,
        "sources": sources,
    }


def _keep(path: Path, nb: Any, profile: profiles.Profile, entry: dict[str, Any], staged: Path) -> None:
    """Writes notebook, claims and running time. The time goes last: it is the mark that the rest is done."""
    times = running_times()
    mine = {**times.get(name(path), {}), profile.name: entry}
    fill_markers(nb, _phrase(mine), staged)
    _write_notebook(path, nb)
    folder, number = claims.results_folder(), path.name[:2]
    if not is_solutions(path):
        stored = claims.load(number, staged)
        kept = {key: stored[key] for key in claim_keys(nb) if key in stored}  # a claim taken out is forgotten
        claims.write_json(folder / f"{number}.json", kept)
    claims.write_json(folder / "running_times.json", {**times, name(path): mine})


def running_times() -> dict[str, dict[str, dict[str, Any]]]:
    """notebook -> profile -> seconds, machine, date, version and hash of the last run that was written."""
    return claims.load("running_times")


def _phrase(entries: dict[str, dict[str, Any]]) -> str | None:
    """The running time for the header: measured on a CPU, whatever ran last."""
    entry = entries.get("cpu")
    return running_time_text(entry["seconds"], entry["machine"], entry["date"]) if entry else None


def _is_current(path: Path, profile: profiles.Profile, sources: str) -> bool:
    entry = running_times().get(name(path), {}).get(profile.name, {})
    ran = any(cell.get("execution_count") for _, cell in code_cells(read(path)))
    return ran and (entry.get("sources"), entry.get("version")) == (sources, __version__)


def _refresh_numbers(path: Path) -> None:
    """An unchanged notebook may quote another one's results, or have new prose."""
    nb = read(path)
    before = json.dumps(nb)
    fill_markers(nb, _phrase(running_times().get(name(path), {})))
    if json.dumps(nb) != before:
        _write_notebook(path, nb)


def _write_notebook(path: Path, nb: Any) -> None:
    import nbformat

    claims.write_text(path, nbformat.writes(nb) + "\n")


@contextmanager
def _staged_results() -> Iterator[Path]:
    """A copy of the results for a notebook to read and write, so that one that fails leaves them as they were."""
    with tempfile.TemporaryDirectory(prefix="srm-lab-results-") as scratch:
        staged = Path(scratch) / "results"
        if claims.results_folder().is_dir():
            shutil.copytree(claims.results_folder(), staged)
        else:
            staged.mkdir()
        yield staged


def _environment(
    path: Path, profile: profiles.Profile, command: str, results: Path | None, scratch: str
) -> dict[str, str]:
    """The kernel's environment: this profile, checks that must go one way, no start-up files of the author's."""
    environment = {name: value for name, value in os.environ.items() if name != "SRM_LAB_RECORD"}
    environment |= {
        "SRM_LAB_PROFILE": profile.name,
        "SRM_LAB_CHECKS": "pass" if is_solutions(path) else "fail",
        "PLOTLY_RENDERER": "plotly_mimetype",  # also where the author's editor would make plotly choose another
        "IPYTHONDIR": scratch,
    }
    if results:
        environment["SRM_LAB_RESULTS"] = str(results)
    if command:
        environment["SRM_LAB_RECORD"] = command
    return environment


def _client(nb: Any, path: Path, progress: bool) -> tuple[Any, list[int]]:
    """The nbclient that runs the notebook, and a list whose last item is the index of the cell it is at."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient
    from tqdm import tqdm

    class ThisPython(AsyncKernelManager):
        """Starts kernels of the Python that runs the course, whatever kernel the machine calls python3."""

        def _kernel_spec_manager_default(self) -> KernelSpecManager:
            return KernelSpecManager(kernel_dirs=[])

    at: list[int] = [0]
    bar = tqdm(total=len(code_cells(nb)), desc=name(path), unit="cell", disable=not progress)
    client = NotebookClient(
        nb,
        kernel_name="python3",
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(path.parent)}},
        timeout=None,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its warnings are about servers, not notebooks
        force_raise_errors=True,
        store_widget_state=True,
        on_cell_start=lambda cell, cell_index: at.append(cell_index),
        on_cell_executed=lambda cell, cell_index, execute_reply: bar.update(),
        on_notebook_complete=lambda notebook: bar.close(),
    )
    return client, at


def _kill(client: Any, work: concurrent.futures.Future) -> None:
    """Ends the kernel and its children, and waits for the thread that was talking to it."""
    while not work.done():
        process = getattr(getattr(client.km, "provisioner", None), "process", None)
        if process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        concurrent.futures.wait([work], timeout=0.2)


def _notebook_errors() -> tuple[type[Exception], ...]:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    return CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError


def _failed_cell(nb: Any, path: Path, at: list[int], error: Exception) -> SrmLabError:
    said = f"{getattr(error, 'ename', type(error).__name__)}: {getattr(error, 'evalue', error)}"
    trace = _COLOURS.sub("", getattr(error, "traceback", ""))
    if not trace:
        trace = "The kernel itself ended: it may have run out of memory."
    return SrmLabError(f"{name(path)} failed in {_where(nb, at)}: {said}", "\n".join(trace.splitlines()[-30:]))


def _where(nb: Any, at: list[int]) -> str:
    cell = nb.cells[at[-1]] if nb.cells else None
    first = cell.source.strip().splitlines()[0] if cell and cell.source.strip() else ""
    return f"cell {at[-1] + 1} (`{first}`)"
