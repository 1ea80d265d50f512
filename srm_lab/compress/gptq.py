"""GPTQ: round one column after the other, and let the columns still to come make up for the error.

Rounding a weight to the nearest code is best for the weight, not for what the layer computes. With H = X^T X of the
layer's inputs, the error of column i that the later columns cannot undo is the smallest when they move by

    - error_i / U_ii * U_i,later      with U the upper Cholesky factor of the inverse of H

(Frantar et al. 2022, arXiv 2210.17323, after Optimal Brain Surgeon). Where inputs are correlated, one channel's error
hides behind another. Grids are fixed beforehand from the original weights, so that columns may be taken in any
order: `act_order` takes the loudest channels first, while there are still many left to make up for them.

Columns are taken in blocks: within one, each error moves the columns of the block at once, and the columns after it
get all of the block's errors in one product, which is the same sum and much faster. Everything is float64, since H is
often nearly singular. Left out: grids that are fitted again as the columns move.
"""

from __future__ import annotations

import torch

from .grids import GroupSize, Quantized, best_clip, check_grid, find_grid, in_groups

BLOCK = 64  # columns
DAMPING = 0.01  # of the mean of H's diagonal, added to it: the paper's value


def gptq(
    weight: torch.Tensor,
    gram: torch.Tensor,
    bits: int,
    group_size: GroupSize = "channel",
    *,
    symmetric: bool = False,
    clip: bool = False,
    act_order: bool = False,
    damping: float = DAMPING,
) -> Quantized:
    """Quantizes a matrix [outputs, inputs] for inputs with this gram matrix, X^T X, [inputs, inputs].

    bits, group_size, symmetric, clip: as in `grids.round_to_nearest`.
    act_order: takes the input channels by falling energy instead of from left to right.
    damping: a share of H's mean diagonal that is added to the diagonal; more trusts the calibration less.
    """
    check_grid(bits, group_size, weight.shape[1])
    scale, zero = (best_clip if clip else find_grid)(in_groups(weight.float(), group_size), bits, symmetric)
    upper, order = inverse_factor(gram, act_order, damping)
    step, nought = (_per_column(part, weight.shape)[:, order] for part in (scale, zero))
    codes = torch.empty(weight.shape, dtype=torch.uint8, device=weight.device)
    codes[:, order] = round_in_turn(weight.double()[:, order], upper, step, nought, bits)
    return Quantized(codes, scale.half(), zero.to(torch.uint8), bits)


def round_in_turn(
    weight: torch.Tensor, upper: torch.Tensor, step: torch.Tensor, zero: torch.Tensor, bits: int
) -> torch.Tensor:
    """Codes, uint8 [outputs, inputs]: each column rounded after the earlier ones' errors have moved it.

    weight, step, zero: float64 [outputs, inputs], the columns in their turn.  upper: from `inverse_factor`.
    """
    weight, codes = weight.clone(), torch.empty(weight.shape, dtype=torch.uint8, device=weight.device)
    for start in range(0, weight.shape[1], BLOCK):
        block = slice(start, min(start + BLOCK, weight.shape[1]))
        errors = torch.zeros_like(weight[:, block])
        for at in range(block.start, block.stop):
            code = ((weight[:, at] / step[:, at]).round() + zero[:, at]).clamp(0, 2**bits - 1)
            error = (weight[:, at] - (code - zero[:, at]) * step[:, at]) / upper[at, at]
            weight[:, at + 1 : block.stop] -= error[:, None] * upper[at, at + 1 : block.stop]
            errors[:, at - start], codes[:, at] = error, code.to(torch.uint8)
        weight[:, block.stop :] -= errors @ upper[block, block.stop :]
    return codes


def inverse_factor(gram: torch.Tensor, act_order: bool, damping: float) -> tuple[torch.Tensor, torch.Tensor]:
    """U with U^T U = H^-1 (H damped, its columns in order), and the order of the columns."""
    h = gram.double().clone()
    diagonal = h.diagonal()
    diagonal += damping * diagonal.mean().clamp(min=1e-12)  # channels that were never on get a little, too
    order = diagonal.argsort(descending=True) if act_order else torch.arange(len(h), device=h.device)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(h[order][:, order]))
    return torch.linalg.cholesky(inverse, upper=True), order


def _per_column(part: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """A scale or zero of each group, [rows or 1, groups], as one for each weight: float64 [outputs, inputs]."""
    return part.double().repeat_interleave(shape[1] // part.shape[1], dim=1).expand(shape)
