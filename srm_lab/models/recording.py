"""Samples drawn earlier, replayed through the interface of a model with no model behind it.

    lm = srm.load_model("recording/smollm2-word-problems")
    lm.tokens_per_second = 30        # replay at a pace to read along; None, the default, is at once

A sample is found by the prompt as the caller sent it (text or messages), the sampling settings, the seed and the
sample's number, so neither torch nor a chat template is needed. `recording_file` reads and writes the files.
What was not recorded is an error that names what is there: a recording never makes anything up.
Left out: logprobs of other continuations, which need the weights.
"""

from __future__ import annotations

import difflib
import itertools
import json
import math
import numbers
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import SrmLabError
from ..records import Completion, Usage
from .thinking import MARKS, split_thinking

# The settings every model's `sample` has, with their defaults: left out or given, the request is the same.
DEFAULTS: dict[str, Any] = {
    "temperature": 0.7, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0,
    "max_new_tokens": 256, "stop": (), "thinking": None,
}  # fmt: skip


def canonical_settings(given: Mapping[str, Any], defaults: Mapping[str, Any] = DEFAULTS) -> dict[str, Any]:
    """Sampling settings in one form: defaults filled in, numbers and stop strings of one type.

    What is no number or string stays as it is: it is for the model to refuse. `keep` is left out, because it changes
    no sample, and so are bans of no tokens, which older samples were drawn without naming.
    """
    settings = {**defaults, **given}
    settings.pop("keep", None)
    if not settings.get("banned_token_ids", True):
        del settings["banned_token_ids"]
    for name, default in DEFAULTS.items():
        value = settings[name]
        numeric = isinstance(default, (int, float)) and isinstance(value, numbers.Real) and math.isfinite(value)
        if numeric and type(default)(value) == value:
            settings[name] = type(default)(value)
    if isinstance(settings["stop"], str):
        settings["stop"] = [settings["stop"]]
    elif isinstance(settings["stop"], Iterable):
        settings["stop"] = list(settings["stop"])
    return settings


def to_json(value: Any) -> str:
    """JSON in its one canonical form. Only ASCII, so that broken Unicode in a prompt is text like any other."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True)
class Recorded:
    """One request and its samples.

    prompt: as the caller sent it, text or messages. rendered: the text the model was sent. settings: canonical.
    samples: by their number. drawn: of each sample, when (seconds since 1970) and with which versions.
    """

    prompt: str | list[dict[str, str]]
    rendered: str
    settings: Mapping[str, Any]
    seed: int
    samples: Mapping[int, Completion] = field(default_factory=dict)
    drawn: Mapping[int, tuple[int, Mapping[str, str]]] = field(default_factory=dict)


class RecordingModel:
    """A recorded model. Its facts (parameters, bytes, fingerprint) are those of the model that was recorded.

    tokens_per_second: the pace of each chain; None is at once. header: everything the file says about itself.
    """

    is_recording = True  # `evaluate` keeps nothing in the store: the samples are kept already

    def __init__(
        self,
        name: str,
        header: Mapping[str, Any],
        requests: Iterable[Recorded],
        tokens_per_second: float | None = None,
    ):
        facts = header["model"]
        self.name, self.header, self.tokens_per_second = name, header, tokens_per_second
        self.num_parameters, self.memory_bytes = facts["num_parameters"], facts["memory_bytes"]
        self.fingerprint, self.quantization = facts["fingerprint"], facts["quantization"]
        self._requests = {_key(r.prompt, r.settings, r.seed): r for r in requests}

    def __repr__(self) -> str:
        count = sum(len(r.samples) for r in self._requests.values())
        return f"<RecordingModel {self.name}: {count} samples of {self.header['model']['name']}>"

    def sample(
        self,
        prompt,
        n: int = 1,
        *,
        seed: int = 0,
        indices: Sequence[int] | None = None,
        on_token: Callable[[int, str], None] | None = None,
        cancel: threading.Event | None = None,
        **settings,
    ) -> list[Completion]:
        """`LocalModel.sample`, from the recording. Chains stream side by side, from the calling thread.

        Raises SrmLabError for a sample that was not recorded, naming the nearest that are.
        """
        wanted = [int(index) for index in (range(n) if indices is None else indices)]
        sent, asked, seed = plain_prompt(prompt), canonical_settings(settings), int(seed)
        found = self._requests.get(_key(sent, asked, seed))
        for index in wanted:
            if found is None or index not in found.samples:
                raise self._missing(sent, asked, seed, index)
        chains = [found.samples[index] for index in wanted]
        return self._replay(wanted, chains, on_token, cancel)

    def logprobs(self, prompt, continuation: str) -> list[float]:
        """Not possible without the weights: raises SrmLabError."""
        raise SrmLabError(
            f"{self.name} cannot give logprobs.",
            "A recording holds samples, not the weights that any other text would need.",
            f"Load the model itself: srm.load_model({self.header['model']['name']!r}).",
        )

    def _replay(self, wanted, chains, on_token, cancel) -> list[Completion]:
        pieces = [_pieces(chain) for chain in chains]
        started = time.monotonic()
        for step in range(max(map(len, pieces), default=0)):
            if self.tokens_per_second:
                _wait_until(started + (step + 1) / self.tokens_per_second, cancel)
            if cancel is not None and cancel.is_set():
                return [_cut(chain, parts, step) for chain, parts in zip(chains, pieces)]
            for index, parts in zip(wanted, pieces):
                if on_token is not None and step < len(parts) and parts[step]:
                    on_token(index, parts[step])
        return chains

    def _missing(self, prompt, settings, seed, index) -> SrmLabError:
        same = [r for r in self._requests.values() if r.prompt == prompt]
        return SrmLabError(
            f"{self.name} has no sample {index} with seed {seed} of the prompt that ends with {_glimpse(prompt)}.",
            _what_is_there(same, settings, seed) if same else self._nearest_prompt(prompt),
            f"Ask for what was recorded, load the model itself (srm.load_model({self.header['model']['name']!r})), "
            "or record it: data/recordings/README.md says how.",
        )

    def _nearest_prompt(self, prompt) -> str:
        ends = {_last_words(r.prompt): r.prompt for r in self._requests.values()}
        near = difflib.get_close_matches(_last_words(prompt), list(ends)[:500], n=1, cutoff=0.0)
        nearest = f" The nearest ends with {_glimpse(ends[near[0]])}." if near else ""
        return f"This prompt was not recorded; {len(ends)} others were.{nearest}"


def plain_prompt(prompt) -> str | list[dict[str, str]]:
    """A prompt as JSON holds it."""
    return prompt if isinstance(prompt, str) else [dict(message) for message in prompt]


def _key(prompt, settings, seed) -> str:
    return to_json([prompt, settings, seed])


def _pieces(chain: Completion) -> list[str]:
    """The text in as many pieces as it has tokens: where each token ended is not recorded."""
    tokens = max(len(chain.token_ids), 1)
    ends = [round(i * len(chain.text) / tokens) for i in range(tokens + 1)]
    return [chain.text[a:b] for a, b in itertools.pairwise(ends)]


def _wait_until(moment: float, cancel: threading.Event | None) -> None:
    left = moment - time.monotonic()
    if left > 0:
        cancel.wait(left) if cancel is not None else time.sleep(left)


def _cut(chain: Completion, parts: list[str], step: int) -> Completion:
    """What a chain was when it was stopped after so many pieces; one that had ended by then is whole."""
    if step >= len(parts):
        return chain
    text, usage = "".join(parts[:step]), chain.usage
    opened = chain.thinking is not None and not any(opening in chain.text for opening, _ in MARKS.values())
    thinking, answer = split_thinking(text, opened)
    tokens = Usage(usage.prompt_tokens, usage.computed_prompt_tokens, step, usage.calls)
    return Completion(text, thinking, answer, chain.token_ids[:step], chain.logprobs[:step], "cancelled", tokens)


# ---------------------------------------------------------------- what an error says


def _last_words(prompt) -> str:
    text = prompt if isinstance(prompt, str) else prompt[-1]["content"] if prompt else ""
    return text[-200:]


def _glimpse(prompt) -> str:
    return repr(_last_words(prompt)[-70:])


def _what_is_there(same: Sequence[Recorded], settings, seed) -> str:
    """The recorded requests of this prompt, each by what differs from what was asked."""
    lines = []
    for one in same:
        differs = [f"{k}={v!r}" for k, v in one.settings.items() if settings.get(k) != v]
        differs += [f"without {k}" for k in settings if k not in one.settings]
        differs += [f"seed={one.seed}"] * (one.seed != seed)
        lines.append(f"samples {_ranges(one.samples)}" + (f" with {', '.join(differs)}" if differs else ""))
    return "Of this prompt it has " + "; ".join(lines[:6]) + ("; and more." if len(lines) > 6 else ".")


def _ranges(numbers: Iterable[int]) -> str:
    """[0, 1, 2, 5] as "0 to 2, 5"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join(" to ".join(map(str, run)) for run in runs)
