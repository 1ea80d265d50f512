"""From tokens to text, one token at a time: what may be shown now, and whether a stop string has appeared.

Three things make this harder than decoding each token. A character can span tokens, so text that ends in an
incomplete character waits. A stop string can span tokens, so text that could be its beginning waits. And some
tokenizers write a word differently after another word, so a token is decoded together with those before it.

Left out: stop *tokens*. They are ids, and the engine compares ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_INCOMPLETE = "\ufffd"  # what a decoder writes in place of bytes that are not yet a character


class Transcript:
    """The text of one chain while it grows. The pieces that `add` and `finish` return join to the final text.

    decode: turns a sequence of token ids into text.  stops: strings that end the chain.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str] = ()):
        self._decode = decode
        self._stops = tuple(stops)
        self._context: list[int] = []  # tokens already turned into text, kept for the spelling of the next
        self._pending: list[int] = []  # tokens not yet turned into text
        self._held = ""  # text that may turn out to be the beginning of a stop string
        self.stopped = False

    def add(self, token_id: int) -> str:
        """Takes one more token and returns the text that is now safe to show, often empty."""
        if self.stopped:
            return ""
        self._pending.append(token_id)
        fresh = self._fresh_text()
        if fresh.endswith(_INCOMPLETE):
            return ""
        return self._release(fresh)

    def finish(self) -> str:
        """The rest of the text, once no token will follow."""
        if self.stopped:
            return ""
        piece = self._release(self._fresh_text())
        if not self.stopped:
            piece, self._held = piece + self._held, ""
        return piece

    def _fresh_text(self) -> str:
        """The text that the pending tokens add after their context."""
        return self._decode(self._context + self._pending)[len(self._decode(self._context)) :]

    def _release(self, fresh: str) -> str:
        """Moves the pending tokens into the text, and returns the part that no stop string can still claim."""
        self._context, self._pending = (self._pending or self._context), []
        text = self._held + fresh
        starts = [start for start in (text.find(stop) for stop in self._stops) if start >= 0]
        if starts:
            self.stopped, self._held = True, ""
            return text[: min(starts)]
        safe = len(text) - longest_partial_stop(text, self._stops)
        self._held = text[safe:]
        return text[:safe]


def longest_partial_stop(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end of the text could be the beginning of a stop string."""
    longest = 0
    for stop in stops:
        for length in range(min(len(stop) - 1, len(text)), longest, -1):
            if text.endswith(stop[:length]):
                longest = length
                break
    return longest
