"""Sampling on this machine: many chains from one local model, fast and reproducible.

Read the files in this order:

    settings.py        what is asked (SamplingSettings) and what comes back (Draw)
    counter_random.py  random numbers that depend on (seed, prompt, sample, position) and on nothing else
    rules.py           from logits to the next token: temperature, top-k, top-p, min-p, penalties, bans
    stops.py           from tokens to text: streaming, stop strings, incomplete UTF-8
    requests.py        a request, and the chains it asks for
    scheduler.py       continuous batching: who runs in which step, within which memory
    decoder.py         what the scheduler asks of whatever runs the model
    prefix.py          the prefix cache: a common beginning is computed once
    generic.py         a decoder for any transformers model, through its own forward
    llama.py           the fast decoder for Llama-family models, with row_table.py, attention.py, projections.py
    weights.py         has the model changed since we last looked?
    engine.py          the engine that a model's threads share

Tokens in, tokens out: chat templates, thinking blocks and answers are the business of `srm_lab.models`.
"""

from srm_lab.decoding.engine import Engine
from srm_lab.decoding.settings import Draw, SamplingSettings

__all__ = ["Draw", "Engine", "SamplingSettings"]
