"""What is done to a notebook after it ran: pictures for static viewers, nothing of the machine that ran it.

A committed notebook is read by people without a kernel (a code host, a viewer, JupyterLab before the first run).
So every plotly figure gets a PNG beside it, widgets keep their state where it is small, and execution times and
paths of the author's machine are out. Numbers in the prose stand between markers and are filled in here:

    <!-- srm:running-time -->about 3 minutes (CPU, 2 cores; measured 2026-11-23)<!-- /srm -->
    <!-- srm:measured 00.cot_beats_direct interval -->+31.0 points [24.1, 37.6]<!-- /srm -->
    <!-- srm:quoted -->57 %<!-- /srm -->     a number from a paper or a thought experiment: left as it is

Left out: paths are never rewritten. A path in an output is a warning that nobody read, so it is an error that
names the cell.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from srm_lab import claims
from srm_lab.errors import SrmLabError

MAX_NOTEBOOK_BYTES = 1_500_000
MAX_WIDGET_STATE_BYTES = 400_000
PNG_WIDTH, PNG_HEIGHT, PNG_SCALE = 900, 450, 1.25  # pixels where the figure names no size, and the sharpness
PLOTLY, WIDGET = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
WIDGET_TEXT = "(an interactive view: run this notebook in Jupyter to use it)"

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}

MARKER = re.compile(r"<!-- srm:(running-time|measured|quoted)((?: [\w.]+)*) -->(.*?)<!-- /srm -->", re.DOTALL)
# No character of base64 may stand before a path: a picture contains "/tmp/" by chance.
_PATH = re.compile(
    r"(?<![\w.:/~<+-])(?:/(?:home|Users|root|tmp|mnt|private/var|var/folders)/|[A-Za-z]:\\+Users\\+)[^\s\"'<>,)]*"
)
_ADDRESS = re.compile(r" ?\bat 0x[0-9a-f]{6,}")


def finish(nb: Any) -> None:
    """Makes an executed notebook fit to be committed, in place. Raises SrmLabError where no browser draws PNGs."""
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _merged_streams(cell.outputs)
    nb.metadata["kernelspec"] = dict(KERNELSPEC)
    nb.metadata["language_info"] = dict(LANGUAGE_INFO)  # without the author's version of Python
    for _, _, output in outputs(nb):
        data = output.get("data", {})
        if "text/html" in data and "text/plain" in data:  # what nobody sees beside the HTML: "<Styler at 0x...>"
            data["text/plain"] = _ADDRESS.sub("", data["text/plain"])
    _keep_small_widget_state(nb)
    _add_pngs(nb)


def faults(nb: Any) -> list[str]:
    """What keeps the outputs of a notebook from being committed, one sentence each."""
    found = []
    for number, _cell, output in outputs(nb):
        where = f"cell {number}"
        if output.output_type == "error":
            found.append(f"{where} ended in {output.ename}: {output.evalue}")
        data = output.get("data", {})
        if PLOTLY in data and "image/png" not in data:
            found.append(f"{where} shows a figure without a PNG beside it")
        text = _text(output)
        found += [f"{where} shows a path of this machine: {path}" for path in machine_paths(text)]
        if match := _ADDRESS.search(text):
            found.append(f"{where} shows a memory address ({match[0].strip()}), which differs in every run")
    for path in machine_paths(json.dumps(nb.metadata.get("widgets", {}))):
        found.append(f"the widgets' state holds a path of this machine: {path}")
    return found + _size_faults(nb)


def outputs(nb: Any) -> Iterator[tuple[int, Any, Any]]:
    """(number of the cell, counted over all cells from 1; the cell; the output) for every output."""
    for number, cell in enumerate(nb.cells, 1):
        for output in cell.get("outputs", ()):
            yield number, cell, output


def machine_paths(text: str) -> list[str]:
    """The absolute paths in a text that say where somebody's home, clone, environment or scratch folder lies."""
    roots = {str(Path.home()), sys.prefix, tempfile.gettempdir(), str(Path(__file__).resolve().parents[1])}
    known = [rf"(?<![\w.:/~<+-]){re.escape(root)}(?![\w.-])[^\s\"'<>,)]*" for root in sorted(roots) if len(root) > 1]
    hits = itertools.chain(_PATH.finditer(text), *(re.finditer(pattern, text) for pattern in known))
    return sorted({hit[0] for hit in hits})


def fill_markers(nb: Any, running_time: str | None, results: Path | None = None) -> None:
    """Writes the measured numbers into the prose, in place.

    running_time: the phrase for the header, or None to leave what is there.  results: the folder of results.
    Raises SrmLabError where a claim that the prose quotes is not stored.
    """

    def filled(match: re.Match) -> str:
        kind, arguments, new = match[1], match[2].split(), match[3]
        if kind == "measured" and arguments:
            new = claims.measured(arguments[0], results).shown(*arguments[1:2])
        elif kind == "running-time" and running_time:
            new = running_time
        return f"<!-- srm:{kind}{match[2]} -->{new}<!-- /srm -->"

    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = MARKER.sub(filled, cell.source)


def running_time_text(seconds: float, machine: str, date: str) -> str:
    """ "about 3 minutes (CPU, 2 cores; measured 2026-11-23)": seconds are rounded up to tens, else to minutes."""
    if seconds <= 90:
        tens = 10 * max(1, -(-int(seconds + 0.999) // 10))
        duration = f"{tens} seconds"
    else:
        duration = f"{-(-int(seconds) // 60)} minutes"
    return f"about {duration} ({machine}; measured {date})"


def _merged_streams(outputs_: list[Any]) -> list[Any]:
    """One output a stream, and of a line that was rewritten (a progress bar) only its last state.

    nbclient can do this, with a pattern that needs minutes for one printed line of 100 kB.
    """
    merged: dict[str, Any] = {}
    rest = []
    for output in outputs_:
        if output.output_type == "stream" and output.name in merged:
            merged[output.name].text += output.text
        else:
            rest.append(output)
            if output.output_type == "stream":
                merged[output.name] = output
    for output in merged.values():
        lines = output.text.replace("\r\n", "\n").split("\n")
        output.text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return rest


def _keep_small_widget_state(nb: Any) -> None:
    """Keeps the widgets' state where it is small: a viewer then draws them. Without it, they say what they are."""
    small = len(json.dumps(nb.metadata.get("widgets", {}))) <= MAX_WIDGET_STATE_BYTES
    if not small:
        del nb.metadata["widgets"]
    for _, _, output in outputs(nb):
        data = output.get("data", {})
        if WIDGET in data:
            data["text/plain"] = WIDGET_TEXT
            if not small:
                del data[WIDGET]


def _add_pngs(nb: Any) -> None:
    missing = [o for _, _, o in outputs(nb) if PLOTLY in o.get("data", {}) and "image/png" not in o.data]
    if not missing:
        return
    from kaleido.errors import KaleidoError

    try:
        pngs = asyncio.run(_draw([output.data[PLOTLY] for output in missing]))
    except (KaleidoError, RuntimeError, OSError) as error:  # a missing or broken browser is a RuntimeError
        raise SrmLabError(
            "The figures could not be drawn as PNG.",
            f"Drawing them needs a Chromium or Chrome browser; the attempt said: {error}",
            "install Chromium (Debian: apt-get install chromium) and run the course again.",
        ) from error
    for output, png in zip(missing, pngs):
        output.data["image/png"] = base64.b64encode(repacked(png)).decode("ascii")


async def _draw(figures: list[Any]) -> list[bytes]:
    """The figures as PNG, all in one browser."""
    import kaleido

    async with kaleido.Kaleido(n=1) as browser:
        return [await browser.calc_fig(json.loads(json.dumps(each)), opts=_png_options(each)) for each in figures]


def _png_options(figure: Any) -> dict[str, Any]:
    layout = figure.get("layout", {})
    size = {"width": layout.get("width") or PNG_WIDTH, "height": layout.get("height") or PNG_HEIGHT}
    return {"format": "png", "scale": PNG_SCALE, **size}


def repacked(png: bytes) -> bytes:
    """The same picture in fewer bytes (a quarter fewer): a browser packs for speed, and this file is read often.

    Raises ValueError for what is no PNG.
    """
    if not png.startswith(_PNG_SIGNATURE):
        raise ValueError("this is no PNG")
    chunks, at = [], len(_PNG_SIGNATURE)
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), level=9)
    first = next(i for i, (kind, _) in enumerate(chunks) if kind == b"IDAT")
    kept = [(kind, data) for kind, data in chunks if kind != b"IDAT"]
    kept.insert(first, (b"IDAT", pixels))
    return _PNG_SIGNATURE + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in kept
    )


def _text(output: Any) -> str:
    """All of an output that is text, pictures left out."""
    data = {kind: value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")}
    parts = [output.get("text", ""), "\n".join(output.get("traceback", ()))]
    return "\n".join([*parts, *(value if isinstance(value, str) else json.dumps(value) for value in data.values())])


def _size_faults(nb: Any) -> list[str]:
    size = len(json.dumps(nb, ensure_ascii=False).encode())
    if size <= MAX_NOTEBOOK_BYTES:
        return []
    parts = [(len(output.get("text", "")), f"cell {number}, text") for number, _, output in outputs(nb)]
    for number, _, output in outputs(nb):
        parts += [(len(json.dumps(value)), f"cell {number}, {kind}") for kind, value in output.get("data", {}).items()]
    parts.append((len(json.dumps(nb.metadata.get("widgets", {}))), "the widgets' state"))
    biggest = "; ".join(f"{where}: {bytes_ / 1e6:.2f} MB" for bytes_, where in sorted(parts, reverse=True)[:3])
    return [f"the notebook has {size / 1e6:.2f} MB and {MAX_NOTEBOOK_BYTES / 1e6} MB is the limit ({biggest})"]
