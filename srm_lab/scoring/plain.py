"""Messy Unicode to plain lower-case characters, one for one, so that offsets stay offsets into the original.

Unicode digits become 0-9, the minus signs and dashes "-", every space " ", typographic quotes straight, letters
lower-case and without their mathematical or full-width dress. Left out: anything that changes the length
(ligatures, vulgar fractions, superscripts), because a span must point into the text as the model wrote it.
"""

from __future__ import annotations

import unicodedata

_BY_HAND = {
    **dict.fromkeys("−‐‑‒–﹣－", "-"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’`´", "'"),
    **dict.fromkeys("∗✱", "*"),
    "٫": ".",
    "٬": ",",
    "。": ".",
    "、": ",",
}


def _plain_character(character: str) -> str:
    if character in _BY_HAND:
        return _BY_HAND[character]
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) in ("Zs", "Cf"):
        return " "
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>", "<fraction>")):
        return character
    folded = unicodedata.normalize("NFKC", character)
    if folded in _BY_HAND:
        return _BY_HAND[folded]
    folded = folded.lower() if len(folded) == 1 else character
    return folded if len(folded) == 1 else character


class _Table(dict):
    """Filled as characters are met; `str.translate` asks it for one code point at a time."""

    def __missing__(self, code: int) -> str:
        self[code] = _plain_character(chr(code))
        return self[code]


_TABLE = _Table()


def plain(text: str) -> str:
    """The text in plain lower-case characters, of the same length."""
    return text.lower().replace("`", "'") if text.isascii() else text.translate(_TABLE)
