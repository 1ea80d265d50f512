"""The file of a recording: where it lies, how it is written, and every check when it is read.

First line: a header with the model's facts, versions, licence and the SHA-256 of header and lines together. Then one
line a request. Texts are plain JSON, so that a recording can be read with zcat; logprobs are packed, because
they would be nine tenths of the file. Writing the same samples again gives the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SrmLabError, unknown_name
from ..records import Completion, Usage
from .recording import Recorded, RecordingModel, to_json

FORMAT = "srm_lab recording 1"
SUFFIX = ".jsonl.gz"


def recordings_folder() -> Path:
    """SRM_LAB_RECORDINGS, or data/recordings of the clone that this package lies in."""
    named = os.environ.get("SRM_LAB_RECORDINGS")
    return Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "data" / "recordings"


def list_recordings() -> list[str]:
    """The names that load_model("recording/NAME") knows."""
    return sorted(path.name.removesuffix(SUFFIX) for path in recordings_folder().glob(f"*{SUFFIX}"))


def load_recording(name: str, quantization: str | None = None, adapter: str | None = None) -> RecordingModel:
    """A recording as a model.

    name: of a file in the folder of recordings, or the path of one. quantization, adapter: refused, because what
    was recorded is fixed. Raises SrmLabError for an unknown name or a damaged file.
    """
    if quantization is not None or adapter is not None:
        raise SrmLabError(
            f"The recording {name} cannot be quantized or given an adapter.",
            "It has samples and no weights.",
            "Load it without, or load the model itself.",
        )
    path = Path(name).expanduser() if name.endswith(SUFFIX) else recordings_folder() / f"{name}{SUFFIX}"
    if not path.is_file():
        where = f"Recordings are looked for in {recordings_folder()} (SRM_LAB_RECORDINGS names another folder)."
        if not (known := list_recordings()):
            raise SrmLabError(f"There is no recording called {name!r}.", where, "Give the path of a recording's file.")
        raise unknown_name("recording", name, known, where)
    header, requests = read_recording(path)
    return RecordingModel(f"recording/{path.name.removesuffix(SUFFIX)}", header, requests)


def write_recording(path: Path, header: Mapping[str, Any], requests: Iterable[Recorded]) -> Path:
    """Write a recording in one step: an interruption leaves the old file or none."""
    versions: list[str] = []
    lines = [to_json(_request_row(request, versions)) for request in requests]
    head = {**header, "format": FORMAT, "requests": len(lines), "versions": [json.loads(v) for v in versions]}
    head["sha256"] = _hash(head, lines)
    data = "\n".join([to_json(head), *lines, ""]).encode("ascii")
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(gzip.compress(data, 9, mtime=0))
        scratch.replace(path)
    except OSError as error:
        raise SrmLabError(
            f"The recording {path} could not be written.", str(error), "Make room, or name another folder."
        ) from error
    finally:
        scratch.unlink(missing_ok=True)
    return path


def read_recording(path: Path) -> tuple[dict[str, Any], list[Recorded]]:
    """Header and requests of a file. Raises SrmLabError where it is missing, damaged or of another format."""
    advice = "Take the file again from where it came from (git checkout), or record it again."
    try:
        first, *lines = gzip.decompress(path.read_bytes()).decode("ascii").splitlines()
        header = json.loads(first)
        if header["format"] != FORMAT:
            raise SrmLabError(
                f"The recording {path} has another format than this version of srm_lab reads.",
                f"It is {header['format']!r}, expected was {FORMAT!r}.",
                "Use the srm_lab it was made with, or a newer one.",
            )
        found = _hash({**header, "sha256": None}, lines)
        if header["sha256"] != found:
            why = f"The SHA-256 of its content is {found}, its header says {header['sha256']}."
            raise SrmLabError(f"The recording {path} was changed or damaged.", why, advice)
        return header, [_request(json.loads(line), header["versions"]) for line in lines]
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        why = f"{type(error).__name__}: {error}"
        raise SrmLabError(f"The recording {path} could not be read.", why, advice) from error


def _hash(header: Mapping[str, Any], lines: list[str]) -> str:
    return hashlib.sha256("\n".join([to_json({**header, "sha256": None}), *lines]).encode("ascii")).hexdigest()


# ---------------------------------------------------------------- one request as one line


def _request_row(request: Recorded, versions: list[str]) -> dict[str, Any]:
    rows = [_sample_row(request, index, versions) for index in sorted(request.samples)]
    row = {"prompt": request.prompt, "settings": request.settings, "seed": request.seed, "samples": rows}
    return row if request.rendered == request.prompt else {**row, "rendered": request.rendered}


def _sample_row(request: Recorded, index: int, versions: list[str]) -> dict[str, Any]:
    chain, (created, drawn_with) = request.samples[index], request.drawn[index]
    version = to_json(drawn_with)
    if version not in versions:
        versions.append(version)
    usage = chain.usage
    return {
        "index": index, "text": chain.text, "thinking": chain.thinking, "finish_reason": chain.finish_reason,
        "token_ids": chain.token_ids, "logprobs": pack_floats(chain.logprobs), "created": created,
        "usage": [usage.prompt_tokens, usage.computed_prompt_tokens, usage.generated_tokens, usage.calls],
        "versions": versions.index(version),
        **({} if chain.answer_text == chain.text else {"answer_text": chain.answer_text}),
    }  # fmt: skip


def _request(row: Mapping[str, Any], versions: list[Mapping[str, str]]) -> Recorded:
    samples = {sample["index"]: _completion(sample) for sample in row["samples"]}
    drawn = {sample["index"]: (sample["created"], versions[sample["versions"]]) for sample in row["samples"]}
    prompt = row["prompt"]
    return Recorded(prompt, row.get("rendered", prompt), row["settings"], row["seed"], samples, drawn)


def _completion(row: Mapping[str, Any]) -> Completion:
    answer = row.get("answer_text", row["text"])
    logprobs = unpack_floats(row["logprobs"])
    ids, usage = tuple(row["token_ids"]), Usage(*row["usage"])
    return Completion(row["text"], row["thinking"], answer, ids, logprobs, row["finish_reason"], usage)


def pack_floats(values: Sequence[float]) -> str:
    """Numbers as base64, exactly: in 32 bits where that loses nothing, as with a model's own logprobs."""
    values = np.asarray(values, dtype="<f8")
    with np.errstate(over="ignore"):
        short = values.astype("<f4")
    kind, data = ("f", short) if np.array_equal(short, values, equal_nan=True) else ("d", values)
    return kind + base64.b64encode(data.tobytes()).decode("ascii")


def unpack_floats(text: str) -> tuple[float, ...]:
    """What `pack_floats` packed."""
    data = base64.b64decode(text[1:], validate=True)
    return tuple(np.frombuffer(data, {"f": "<f4", "d": "<f8"}[text[0]]).astype(float).tolist())
