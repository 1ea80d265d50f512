"""One process a program: started with an empty environment, told nothing but the program, killed when it takes long.

The interpreter inside allows nothing dangerous by itself; the process is the second wall, and the one that holds where
a small program keeps Python's own C code busy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import SrmLabError

SECONDS = 5.0  # of wall-clock time, the start of the process included
_SCRIPT = Path(__file__).with_name("interpreter.py")


@dataclass(frozen=True)
class Outcome:
    """What a program printed, and what ended it early, or None."""

    output: str
    error: str | None


def run_program(source: str, seconds: float = SECONDS) -> Outcome:
    """Run a program of the language of interpreter.py.

    seconds: of wall-clock time; a program that takes longer is killed, and what it printed is lost.
    Never raises for what a program does. Raises SrmLabError where the process cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="srm-lab-program-") as nowhere:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-B", str(_SCRIPT)], input=source.encode("utf-8", "replace"),
                capture_output=True, timeout=seconds, check=False, cwd=nowhere, env={},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Outcome("", f"stopped after {seconds:g} seconds")
        except OSError as error:
            raise SrmLabError("The process for programs did not start.", str(error), "Check sys.executable.") from error
    try:
        reply = json.loads(done.stdout)
    except ValueError:
        return Outcome("", f"the process ended with code {done.returncode}")
    return Outcome(reply["output"], reply["error"])
