"""A scripted model for tests of methods: it counts what it was asked for, so that a method's bill can be checked."""

from __future__ import annotations

import math

from srm_lab.models.thinking import split_thinking
from srm_lab.records import Completion, Problem, Usage

SUM = Problem("sum", "What is 3 + 4?", "7", "sums", {"worked": ["3 + 4 = 7."]})
SHOWN = [Problem("shown", "What is 1 + 1?", "2", "sums", {"worked": ["1 + 1 = 2."]})]
CHAIN = Problem("chain", "3+4?", "7", "chains")  # for models that were trained on bare questions


class Scripted:
    """says(prompt as text, sample number, settings) -> text; a character is a token, and an end token ends a text.

    It obeys stop strings and max_new_tokens. likes(prompt as text, continuation) -> log-probability of it.
    asked: (prompt as text, settings) of every sample call. generated, scored: all tokens it ever drew or scored.
    """

    name, quantization, fingerprint = "scripted", None, None
    num_parameters, memory_bytes = 10, 40

    def __init__(self, says, likes=None, ask=None, logprob=-0.5):
        self.says = says if callable(says) else lambda prompt, index, settings: says[len(self.asked) - 1]
        self.likes, self.ask, self.logprob = likes, ask, logprob
        self.asked, self.generated, self.scored = [], 0, 0

    def sample(self, prompt, n=1, *, seed=0, indices=None, stop=(), max_new_tokens=256, **settings):
        text, settings = self.render(prompt), {"seed": seed, "stop": stop, "max_new_tokens": max_new_tokens, **settings}
        self.asked.append((text, settings))
        return [self._one(text, i, settings) for i in (range(n) if indices is None else indices)]

    def _one(self, prompt, index, settings):
        text, reason = self.says(prompt, index, settings), "stop"
        ends = [at for at in (text.find(stop) for stop in settings["stop"]) if at >= 0]
        if ends:
            text, reason = text[: min(ends)], "stop_string"
        tokens = len(text) + 1
        if tokens > settings["max_new_tokens"]:
            tokens, reason = settings["max_new_tokens"], "length"
            text = text[:tokens]
        self.generated += tokens
        thinking, answer = split_thinking(text)
        logprob = self.logprob(text) if callable(self.logprob) else self.logprob
        logprobs = () if logprob is None else (logprob,) * tokens
        return Completion(text, thinking, answer, (0,) * tokens, logprobs, reason, Usage(len(prompt), 0, tokens, 1))

    def logprobs(self, prompt, continuation):
        if self.likes is None:
            raise AssertionError("this model was not to be asked for log-probabilities")
        self.scored += len(self.render(prompt)) + len(continuation)
        return [self.likes(self.render(prompt), continuation) / len(continuation)] * len(continuation)

    def render(self, prompt, thinking=None):
        return prompt if isinstance(prompt, str) else "\n".join(message["content"] for message in prompt)

    def encode(self, text):
        return list(text)


class SamplesOnly:
    """A model behind a server that gives texts and nothing else."""

    name, ask = "samples only", None

    def __init__(self, *texts):
        self._inner = Scripted(lambda prompt, index, settings: texts[index % len(texts)], logprob=None)

    def sample(self, *args, **settings):
        return self._inner.sample(*args, **settings)


def yes_with(probability_of):
    """likes: a judge that says Yes (or A) with the probability that a function of the prompt gives."""

    def likes(prompt, continuation):
        p = probability_of(prompt)
        return math.log(p if continuation in ("Yes", "A") else 1 - p)

    return likes


def bill(solution, *models):
    """Whether a solution's usage is exactly what the models were asked for."""
    drawn, scored = sum(m.generated for m in models), sum(m.scored for m in models)
    usage = solution.usage
    sampled = sum(chain.usage.prompt_tokens for chain in solution.completions)
    return usage.generated_tokens == drawn and usage.prompt_tokens == sampled + scored


def steps_of(solution, name):
    """The steps of one name in a solution's trace."""
    return [step for step in solution.trace if step["step"] == name]
