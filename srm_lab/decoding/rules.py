"""From logits to the next token: the sampling rules, for many rows at once.

Every filter is written as a *floor*: top-k, top-p and min-p each say how low a logit may be, so their order is
plain, ties are kept whatever order a sort leaves them in, and one comparison applies them all. The order is
that of transformers: penalty, bans, temperature, top-k, top-p of what top-k left, min-p.

A token is drawn by inverting the cumulative distribution with one uniform number a row. The usual alternative,
adding Gumbel noise and taking the maximum, needs a random number for each of the 49,152 words of SmolLM2.

Left out: beam search, contrastive and typical sampling. Source of each rule: see `SamplingSettings`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from srm_lab.decoding.settings import SamplingSettings

_BLOCK = 128  # the cumulative sum is taken over blocks first, then inside the one block that was hit
_ROWS_AT_ONCE = 16
_NUCLEUS_WINDOW = 64  # top-p looks at this many largest logits before it sorts all of them


def choose_tokens(
    logits: torch.Tensor,
    settings: SamplingSettings,
    uniforms: torch.Tensor,
    seen_ids: Sequence[torch.Tensor] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws one token a row.

    logits: [rows, vocabulary], any float type; the arithmetic is float32.  uniforms: [rows], float64, in [0, 1).
    seen_ids: for the repetition penalty, the token ids of each row's prompt and chain.
    Returns the tokens, int64 [rows], and their log-probabilities under the unchanged logits, float32 [rows]
    (not a number where the logits were not numbers: the caller reports it).
    """
    if len(logits) > _ROWS_AT_ONCE:
        return _choose_in_parts(logits, settings, uniforms, seen_ids)
    logits = logits.float()
    ruled = _penalise(logits, settings, seen_ids)
    if settings.temperature == 0:
        tokens = ruled.argmax(-1)
    else:
        weights = _weights(ruled, settings)
        tokens = _invert_cdf(weights, uniforms)
    chosen = logits.gather(-1, tokens[:, None]).squeeze(-1)
    return tokens, chosen - logits.logsumexp(-1)


def _choose_in_parts(
    logits: torch.Tensor,
    settings: SamplingSettings,
    uniforms: torch.Tensor,
    seen_ids: Sequence[torch.Tensor] | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A few rows at a time: what is computed of them stays in the processor's cache, three times as fast."""
    parts = []
    for first in range(0, len(logits), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        parts.append(choose_tokens(logits[rows], settings, uniforms[rows], seen_ids and seen_ids[rows]))
    tokens, logprobs = zip(*parts)
    return torch.cat(tokens), torch.cat(logprobs)


def _penalise(
    logits: torch.Tensor, settings: SamplingSettings, seen_ids: Sequence[torch.Tensor] | None
) -> torch.Tensor:
    """Repetition penalty and bans, on a copy."""
    if settings.repetition_penalty == 1 and not settings.banned_token_ids:
        return logits
    logits = logits.clone()
    if settings.repetition_penalty != 1:
        for row, ids in enumerate(seen_ids):
            value = logits[row, ids]
            penalty = settings.repetition_penalty
            logits[row, ids] = torch.where(value > 0, value / penalty, value * penalty)
    if settings.banned_token_ids:
        logits[:, list(settings.banned_token_ids)] = -torch.inf
    return logits


def _weights(logits: torch.Tensor, settings: SamplingSettings) -> torch.Tensor:
    """Each token's probability up to a factor a row. One new tensor, changed in place: this waits for memory."""
    if settings.top_p < 1 or settings.top_k or settings.min_p:
        logits = _apply_floors(logits / settings.temperature, settings)
        return (logits - logits.amax(-1, keepdim=True)).exp_()
    return (logits - logits.amax(-1, keepdim=True)).mul_(1 / settings.temperature).exp_()


def _apply_floors(logits: torch.Tensor, settings: SamplingSettings) -> torch.Tensor:
    """Sets every logit below its row's floor to minus infinity."""
    floors = []
    if 0 < settings.top_k < logits.shape[-1]:
        floors.append(_largest(logits, settings.top_k)[:, -1:])
        logits = logits.masked_fill(logits < floors[-1], -torch.inf)
    if settings.top_p < 1:
        floors.append(_nucleus_floor(logits, settings.top_p))
    if settings.min_p > 0:
        floors.append(logits.amax(-1, keepdim=True) + torch.tensor(settings.min_p).log())
    if not floors:
        return logits
    floor = torch.stack(floors).amax(0)
    return logits.masked_fill(logits < floor, -torch.inf)


def _nucleus_floor(logits: torch.Tensor, top_p: float) -> torch.Tensor:
    """The smallest logit of the nucleus, [rows, 1]: the shortest descending run whose mass reaches top_p."""
    log_total = logits.logsumexp(-1, keepdim=True)
    window = min(_NUCLEUS_WINDOW, logits.shape[-1])
    descending = _largest(logits, window)
    mass = (descending - log_total).double().exp().cumsum(-1)
    if window < logits.shape[-1] and bool((mass[:, -1] < top_p).any()):
        descending = logits.sort(dim=-1, descending=True).values
        mass = (descending - log_total).double().exp().cumsum(-1)
    last = (mass < top_p).sum(-1, keepdim=True).clamp(max=descending.shape[-1] - 1)
    return descending.gather(-1, last)


def _largest(logits: torch.Tensor, k: int) -> torch.Tensor:
    """The k largest logits of each row, descending, [rows, k].

    The k largest lie in the k blocks with the largest maxima, so only those need to be sorted.
    """
    rows, vocabulary = logits.shape
    blocks = vocabulary // _BLOCK
    if blocks < 4 * k:
        return logits.topk(k, dim=-1).values
    tail = logits[:, blocks * _BLOCK :]
    folded = logits[:, : blocks * _BLOCK].unflatten(-1, (blocks, _BLOCK))
    best = folded.amax(-1).topk(k, dim=-1, sorted=False).indices
    candidates = folded.gather(1, best[:, :, None].expand(-1, -1, _BLOCK)).view(rows, -1)
    return torch.cat([candidates, tail], dim=-1).topk(k, dim=-1).values


def _invert_cdf(weights: torch.Tensor, uniforms: torch.Tensor) -> torch.Tensor:
    """The token at which the cumulative probability first exceeds the row's uniform number.

    Sums of weights are float64: a vocabulary of float32 additions would move the boundaries by 1e-4.
    """
    spare = -weights.shape[-1] % _BLOCK
    if spare:
        weights = torch.nn.functional.pad(weights, (0, spare))
    blocks = weights.view(len(weights), -1, _BLOCK)
    block_ends = blocks.sum(-1).double().cumsum(-1)
    target = uniforms[:, None] * block_ends[:, -1:]
    block = _first_above(block_ends, target)
    before = block_ends.gather(-1, block) - blocks.sum(-1).double().gather(-1, block)
    inside = blocks[torch.arange(len(blocks), device=blocks.device), block.squeeze(-1)].double().cumsum(-1)
    return (block * _BLOCK + _first_above(inside, target - before)).squeeze(-1)


def _first_above(ends: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Index [rows, 1] of the first entry of each ascending row above the target, never one of zero weight."""
    below_total = torch.nextafter(ends[:, -1:], torch.zeros_like(ends[:, -1:]))
    target = torch.minimum(target, below_total)
    return (ends <= target).sum(-1, keepdim=True).clamp(max=ends.shape[-1] - 1)
