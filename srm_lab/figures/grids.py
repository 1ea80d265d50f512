"""A layer's weights with the grid that they are rounded to: what bits, groups and clipping do, as one picture.

`look` rounds and measures, `weights_on_grid` draws it, `lines` gives the numbers behind each line of the figure, so
that a widget can move them without drawing anew. All of it is quick enough for a slider, because only the first ROWS
rows of a matrix are looked at. Left out: methods that look at inputs (see `srm_lab.compress.gptq` and `awq`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..compress.grids import BITS, Quantized, dequantize, find_grid, in_groups, relative_error, to_codes
from ..compress.nf4 import dequantize_nf4, nf4_levels, quantize_nf4
from ..errors import unknown_name
from .style import COLOURS, styled

METHODS = ("asymmetric", "symmetric", "nf4")
ROWS = 128
BINS = 121
_TYPICAL, _LOUDEST = "grid of a typical group", "grid of the group with the widest range"


@dataclass(frozen=True)
class Look:
    """What rounding did to a matrix, and what there is to draw.

    bits_per_weight: with scales and zeros.  error: relative, of the matrix.  outside: the share of weights beyond the
    ends of their grid.  centres, counts: the histogram of the weights.  typical, loudest: the levels of the group with
    the median range and of that with the largest.  curve: (bits, error) of equal steps at every number of bits.
    """

    bits: int
    bits_per_weight: float
    error: float
    outside: float
    centres: Sequence[float]
    counts: Sequence[int]
    typical: Sequence[float]
    loudest: Sequence[float]
    curve: Sequence[tuple[int, float]]


def look(
    weight: torch.Tensor, bits: int = 4, group_size: int | str = 64, method: str = "asymmetric", share: float = 1.0
) -> Look:
    """Rounds the first ROWS rows of a matrix [outputs, inputs].

    bits, group_size: as in `round_to_nearest`.  method: one of METHODS; nf4 has 4 bits and no share.
    share: of each group's range that the grid covers; below 1 it clips. Raises SrmLabError for an unknown method.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    weight = weight[:ROWS].detach().float()
    symmetric = method == "symmetric"
    if method == "nf4":
        bits, made = 4, _normal_levels(weight, group_size)
    else:
        made = _equal_steps(weight, bits, group_size, symmetric, share)
    approximation, per_weight, outside, typical, loudest = made
    reach = weight.abs().max().item()
    counts = torch.histc(weight, BINS, -reach, reach).int().tolist()
    centres = [reach * (2 * (i + 0.5) / BINS - 1) for i in range(BINS)]
    curve = [(b, relative_error(weight, _equal_steps(weight, b, group_size, symmetric, share)[0])) for b in BITS]
    error = relative_error(weight, approximation)
    return Look(bits, per_weight, error, outside, centres, counts, typical, loudest, curve)


def _equal_steps(weight: torch.Tensor, bits: int, group_size: int | str, symmetric: bool, share: float) -> tuple:
    groups = in_groups(weight, group_size)
    scale, zero = find_grid(groups, bits, symmetric, share)
    codes = to_codes(groups, scale, zero, bits)
    quantized = Quantized(codes.view(weight.shape), scale.half(), zero.to(torch.uint8), bits)
    approximation = dequantize(quantized)
    beyond = (in_groups(approximation, group_size) - groups).abs() > 0.51 * scale[..., None]
    levels = [
        ((torch.arange(2**bits) - zero.expand_as(scale).flatten()[at]) * scale.flatten()[at]).tolist()
        for at in _two_groups(scale.flatten())
    ]
    return approximation, quantized.bits_per_weight, beyond.float().mean().item(), *levels


def _normal_levels(weight: torch.Tensor, group_size: int | str) -> tuple:
    block = {"tensor": weight.numel(), "channel": weight.shape[1]}.get(group_size, group_size)
    codes, absmax = quantize_nf4(weight, block)
    levels = [(nf4_levels() * absmax[at]).tolist() for at in _two_groups(absmax)]
    return dequantize_nf4(codes, absmax), 4 + 32 / block, 0.0, *levels


def _two_groups(sizes: torch.Tensor) -> tuple[int, int]:
    """The group with the median size, and the one with the largest."""
    return int(sizes.argsort()[len(sizes) // 2]), int(sizes.argmax())


def lines(view: Look) -> list[dict[str, list]]:
    """x and y of each line of `weights_on_grid`, in the order of its traces."""
    top = 1.5 * max(view.counts)
    typical, loudest = _bars(view.typical, 0.75, top), _bars(view.loudest, 0.3, 0.65)
    bits, errors = zip(*view.curve)
    return [
        {"x": list(view.centres), "y": [count or None for count in view.counts]},
        typical,
        loudest,
        {"x": list(bits), "y": [100 * error for error in errors]},
        {"x": [view.bits], "y": [100 * view.error]},
    ]


def _bars(levels: Sequence[float], low: float, high: float) -> dict[str, list]:
    """A vertical line at each level: one trace, its parts kept apart by gaps."""
    return {"x": [x for level in levels for x in (level, level, None)], "y": [low, high, None] * len(levels)}


def sentence(view: Look) -> str:
    """The numbers of a look, in words."""
    clipped = f", {view.outside:.2%} of the weights beyond its ends" if view.outside else ""
    return (
        f"{view.bits_per_weight:.2f} bits a weight, {16 / view.bits_per_weight:.1f} times smaller than 16 bits; "
        f"error {view.error:.2%} of the matrix{clipped}"
    )


def weights_on_grid(view: Look, title: str = "Weights, and the grid they are rounded to"):
    """The histogram of a layer's weights with two of its grids, and the error at every number of bits.

    Returns a plotly Figure.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, column_widths=[0.66, 0.34], horizontal_spacing=0.1)
    counts, typical, loudest, curve, here = lines(view)
    figure.add_trace(
        go.Bar(**counts, name="weights", marker={"color": "rgba(128,128,128,0.55)", "line": {"width": 0}}), 1, 1
    )
    blue, orange = COLOURS[0], COLOURS[5]
    for name, line, colour in ((_TYPICAL, typical, blue), (_LOUDEST, loudest, orange)):
        style = {"mode": "lines", "line": {"color": colour, "width": 1.3}, "hoverinfo": "skip"}
        figure.add_trace(go.Scatter(**line, name=name, **style), 1, 1)
    figure.add_trace(go.Scatter(**curve, name="error, equal steps", mode="lines+markers", line={"color": blue}), 1, 2)
    star = {"symbol": "star", "size": 16, "color": COLOURS[1], "line": {"width": 1, "color": "#111111"}}
    figure.add_trace(go.Scatter(**here, name="error here", mode="markers", marker=star), 1, 2)
    figure.update_xaxes(title="weight", row=1, col=1)
    figure.update_yaxes(title="number of weights", type="log", dtick=1, row=1, col=1)
    figure.update_xaxes(title="bits", dtick=1, row=1, col=2)
    figure.update_yaxes(title="error, % of the matrix", type="log", row=1, col=2)
    figure.update_layout(bargap=0, legend={"orientation": "h", "y": -0.28, "x": 0})
    return styled(figure, title, height=430)
