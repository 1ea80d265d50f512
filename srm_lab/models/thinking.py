"""Where a model's thinking ends and its answer begins.

Reasoning models write their thoughts between two marks. The marks differ between families, the opening one is
often part of the prompt already, and a chain that runs out of tokens never closes the block. One function
decides all of these cases; everything downstream (scoring, votes, widgets) reads its result.
"""

from __future__ import annotations

# convention -> (opening mark, closing mark)
MARKS: dict[str, tuple[str, str]] = {
    "think": ("<think>", "</think>"),  # DeepSeek-R1, Qwen3, SmolLM3, Phi-4-mini-reasoning, LFM2.5-Thinking
    "gemma4": ("<|channel>thought", "<channel|>"),  # Gemma 4's channels
    "cot": ("<|cot_start|>", "<|cot_end|>"),  # LFM2-Math
}


def split_thinking(text: str, opened: bool = False) -> tuple[str | None, str | None]:
    """Split a model's text into (thinking, answer).

    text: all that the model wrote. opened: whether the prompt already opened the block (DeepSeek-R1's and
    Qwen3-Thinking's templates do), so that a text without marks is thinking that was cut off.

    Returns (None, text) where there is no block; (thinking, answer) for a closed one, with or without its
    opening mark, empty or not; (thinking, None) for a block that was never closed: such a chain is unfinished
    and has no answer. After several blocks the answer is what follows the last one.
    """
    for opening, closing in MARKS.values():
        start, end = text.rfind(opening), text.rfind(closing)
        if end > start:
            return _clean(text[:end], opening, closing), text[end + len(closing) :].strip()
        if start > end:
            return _clean(text, opening, closing), None
    if opened:
        return text.strip(), None
    return None, text


def opens_thinking(prompt: str) -> bool:
    """Whether a rendered prompt ends inside a thinking block that it opened itself."""
    return any(prompt.rfind(opening) > prompt.rfind(closing) for opening, closing in MARKS.values())


def _clean(text: str, opening: str, closing: str) -> str:
    """The thinking itself: what comes after the first opening mark, without any mark."""
    inside = text.split(opening, 1)[-1]
    return inside.replace(opening, "\n").replace(closing, "\n").strip()
