"""What a row of the store is made of: the key of a request, and a completion as checked bytes."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..models.recording import to_json
from ..models.recording_file import pack_floats, unpack_floats
from ..records import Completion, Usage

# Raise it when the engine begins to draw other tokens for the same request: what was drawn before is then left alone.
SAMPLING = 1


@dataclass(frozen=True)
class Request:
    """What samples are drawn for. prompt: as sent by the caller. rendered: as the model reads it.
    settings: canonical, without n."""

    fingerprint: str
    rendered: str
    prompt: str | list[dict[str, str]]
    settings: Mapping[str, Any]
    seed: int

    @cached_property
    def key(self) -> bytes:
        """32 bytes that differ where any part differs that decides what is drawn."""
        parts = [SAMPLING, self.fingerprint, self.rendered, self.settings, self.seed]
        return hashlib.sha256(to_json(parts).encode("ascii")).digest()


def pack(chain: Completion) -> bytes:
    """A completion as compressed bytes."""
    usage = chain.usage
    rest = [
        chain.text, chain.thinking, chain.answer_text, chain.finish_reason, pack_floats(chain.logprobs),
        [usage.prompt_tokens, usage.computed_prompt_tokens, usage.generated_tokens, usage.calls],
        [int(token) for token in chain.token_ids],
    ]  # fmt: skip
    return zlib.compress(to_json(rest).encode("ascii"), 1)


def unpack(data: bytes) -> Completion:
    """What `pack` packed."""
    text, thinking, answer, reason, logprobs, usage, ids = json.loads(zlib.decompress(data))
    return Completion(text, thinking, answer, tuple(ids), unpack_floats(logprobs), reason, Usage(*usage))


def checksum(key: bytes, index: int, data: bytes) -> bytes:
    """16 bytes over a row's content and its place, so that a row in the wrong place is found out too.

    Of anything but bytes, which only a damaged row holds, it is empty and fits nothing.
    """
    if not isinstance(data, bytes):
        return b""
    return hashlib.blake2b(key + f"{index} ".encode() + data, digest_size=16).digest()


def request_checksum(key: bytes, *texts: str | None) -> bytes:
    """16 bytes over a request's row: its key alone does not cover the prompt as it was sent."""
    return checksum(key, 0, to_json(texts).encode("ascii"))
