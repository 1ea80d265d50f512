"""Round-to-nearest: a weight becomes a small integer, a group of weights shares the scale that turns it back.

    weight ~ scale * (code - zero),   code = 0 ... 2^bits - 1

Symmetric grids put the same number of steps on both sides of nought, so that `zero` is one constant; asymmetric
ones fit the smallest and the largest weight of each group. What a group is decides how far one outlier reaches:
the whole matrix, a row (an output channel), or `group_size` neighbours in a row. Clipping gives up the outliers
for finer steps elsewhere, where a search finds that this lowers the squared error.

Scales are kept in 16 bits, as files of quantized models keep them, so they are rounded, up, *before* codes are chosen.
On a given matrix more bits may lose to fewer (a matrix that lies on the coarse grid by chance): what never grows
is half a step, the bound of the error, and, on weights spread like those of real layers, the error itself.
Left out: power-of-two scales and grids that are trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..errors import SrmLabError

BITS = range(2, 9)
SHRINKS = tuple(1 - 0.05 * step for step in range(13))  # what a clipping search tries, 1.0 first: never worse than it
_SMALLEST = 2.0**-24  # of float16: a group of noughts must not divide by nought
_LARGEST = 65504.0

GroupSize = int | str  # weights that share a scale, or "channel", or "tensor"


@dataclass(frozen=True)
class Quantized:
    """A matrix on a grid.

    codes: uint8 [outputs, inputs].  scale: float16 [outputs, groups]; [1, 1] where the whole matrix shares one.
    zero: uint8, shaped like scale, or [1, 1] for symmetric grids: the code that stands for nought.
    """

    codes: torch.Tensor
    scale: torch.Tensor
    zero: torch.Tensor
    bits: int

    @property
    def bits_per_weight(self) -> float:
        """Bits a weight with its share of scales and zeros; a symmetric grid's one constant is not counted."""
        zeros = 8 * self.zero.numel() if self.zero.numel() > 1 else 0
        return self.bits + (16 * self.scale.numel() + zeros) / self.codes.numel()


def round_to_nearest(
    weight: torch.Tensor,
    bits: int,
    group_size: GroupSize = "channel",
    *,
    symmetric: bool = False,
    clip: bool = False,
) -> Quantized:
    """Quantizes a matrix [outputs, inputs] without looking at any data.

    bits: 2 to 8. group_size: weights in a row that share a scale (divides `inputs`), "channel" or "tensor".
    clip: searches for each group the smaller range with the least squared error.
    Raises SrmLabError for bits or groups that cannot be.
    """
    check_grid(bits, group_size, weight.shape[1])
    groups = in_groups(weight.float(), group_size)
    scale, zero = (best_clip if clip else find_grid)(groups, bits, symmetric)
    codes = to_codes(groups, scale, zero, bits).view(weight.shape)
    return Quantized(codes, scale.half(), zero.to(torch.uint8), bits)


def dequantize(quantized: Quantized) -> torch.Tensor:
    """The matrix that the codes stand for, float32 [outputs, inputs]."""
    codes, scale, zero = quantized.codes, quantized.scale, quantized.zero
    groups = codes.view(len(codes), scale.shape[1], -1).float()
    return ((groups - zero[..., None].float()) * scale[..., None].float()).view(codes.shape)


def in_groups(weight: torch.Tensor, group_size: GroupSize) -> torch.Tensor:
    """[outputs, inputs] -> [outputs, groups, group_size]; "tensor" gives [1, 1, everything]."""
    if group_size == "tensor":
        return weight.reshape(1, 1, -1)
    return weight.reshape(len(weight), -1, weight.shape[1] if group_size == "channel" else group_size)


def find_grid(
    groups: torch.Tensor, bits: int, symmetric: bool, shrink: torch.Tensor | float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """The scale and the zero of each group [..., n]; `shrink` is the share of its range that the grid covers."""
    steps = 2**bits - 1
    if symmetric:
        half = 2 ** (bits - 1) - 1
        scale = as_stored(groups.abs().amax(-1) * shrink / half)
        return scale, torch.full((1,) * scale.dim(), 2.0 ** (bits - 1), device=scale.device)
    low, high = groups.amin(-1).clamp(max=0) * shrink, groups.amax(-1).clamp(min=0) * shrink
    scale = as_stored((high - low) / steps)
    return scale, (-low / scale).round().clamp(0, steps)


def to_codes(groups: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor, bits: int) -> torch.Tensor:
    """The nearest code of each weight, uint8. What lies outside the grid takes its end."""
    return ((groups / scale[..., None]).round() + zero[..., None]).clamp(0, 2**bits - 1).to(torch.uint8)


def best_clip(groups: torch.Tensor, bits: int, symmetric: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """The grid of least squared error in each group, among those that cover 100 %, 95 % ... 40 % of its range."""
    best_scale, best_zero = find_grid(groups, bits, symmetric)
    least = _squared_error(groups, best_scale, best_zero, bits)
    for shrink in SHRINKS[1:]:
        scale, zero = find_grid(groups, bits, symmetric, shrink)
        error = _squared_error(groups, scale, zero, bits)
        better = error < least
        least, best_scale = torch.where(better, error, least), torch.where(better, scale, best_scale)
        best_zero = zero if symmetric else torch.where(better, zero, best_zero)
    return best_scale, best_zero


def relative_error(weight: torch.Tensor, approximation: torch.Tensor) -> float:
    """The size of the error over the size of the weight (Frobenius norms): 0 is exact, 1 as bad as all noughts."""
    size = weight.float().norm().item()
    return (weight.float() - approximation.float()).norm().item() / size if size else 0.0


def output_error(weight: torch.Tensor, approximation: torch.Tensor, gram: torch.Tensor) -> float:
    """The same for what the layer computes: |X (W - Q)^T| / |X W^T|, from the inputs' gram matrix X^T X alone."""
    difference, gram = (weight - approximation).double(), gram.double()
    error = ((difference @ gram) * difference).sum().clamp(min=0)
    size = ((weight.double() @ gram) * weight.double()).sum()
    return (error / size).sqrt().item() if size > 0 else 0.0


def check_grid(bits: int, group_size: GroupSize, inputs: int, layer: str = "The matrix") -> None:
    """Raises SrmLabError for bits outside 2 to 8 and for groups that don't divide a row."""
    if isinstance(bits, bool) or bits not in BITS:
        raise SrmLabError(
            f"bits={bits!r} cannot be quantized to.", "Codes have 2 to 8 bits here.", "Choose bits from 2 to 8."
        )
    if group_size in ("channel", "tensor"):
        return
    if not isinstance(group_size, int) or isinstance(group_size, bool) or group_size < 1:
        raise SrmLabError(
            f"group_size={group_size!r} is not a group of weights.",
            "It is a number of neighbours in a row, or a name.",
            'Choose a number such as 64, "channel" or "tensor".',
        )
    if inputs < group_size or inputs % group_size:
        why = "It is too small." if inputs < group_size else f"{inputs} is not a multiple of {group_size}."
        divisors = [size for size in (128, 64, 32, 16, 8) if inputs % size == 0]
        choice = f"group_size={divisors[0]} or " if divisors else ""
        raise SrmLabError(
            f"{layer} has {inputs} inputs, which groups of {group_size} do not divide.",
            why,
            f'Choose {choice}group_size="channel".',
        )


def as_stored(scale: torch.Tensor) -> torch.Tensor:
    """Rounded *up* to float16, so that the grid's ends stay outside the weights; below 2^-14 its steps are coarse."""
    scale = scale.clamp(_SMALLEST, _LARGEST)
    stored = scale.half().float()
    one_up = (stored + (stored * 0.625 * 2.0**-10).clamp(min=_SMALLEST)).half().float()
    return torch.where(stored < scale, one_up, stored)


def _squared_error(groups: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor, bits: int) -> torch.Tensor:
    codes = to_codes(groups, scale, zero, bits).float()
    return ((codes - zero[..., None]) * scale[..., None] - groups).square().sum(-1)
