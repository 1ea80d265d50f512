"""The quantization lab's view, without a browser."""

from __future__ import annotations

import pytest
import torch

from srm_lab.errors import SrmLabError
from srm_lab.figures.grids import lines, look
from srm_lab.widgets.quantization_lab import fitting_groups, numbers_html, quantization_lab


@pytest.fixture
def layers():
    generator = torch.Generator().manual_seed(0)
    return {"wide": torch.randn(8, 128, generator=generator), "<b>odd": torch.randn(8, 48, generator=generator)}


def drawn(view):
    return [list(trace.y) for trace in view.figure.data]


def test_every_control_moves_the_lines_to_those_of_the_look(layers):
    view = quantization_lab(layers)
    for control, value in ((view.bits, 3), (view.group, "channel"), (view.clip, 60), (view.method, "symmetric")):
        before = drawn(view)
        control.value = value
        assert drawn(view) != before
        expected = look(
            layers[view.layer.value], view.bits.value, view.group.value, view.method.value, view.clip.value / 100
        )
        assert drawn(view) == [line["y"] for line in lines(expected)]
        assert view.numbers.value == numbers_html(expected)


def test_a_move_keeps_the_figure_and_its_traces(layers):
    view = quantization_lab(layers)
    figure, traces = view.figure, len(view.figure.data)
    view.bits.value = 2
    assert view.figure is figure
    assert len(figure.data) == traces


def test_another_matrix_offers_the_groups_that_divide_its_rows(layers):
    view = quantization_lab(layers, group_size=64)
    assert view.group.value == 64
    view.layer.value = "<b>odd"
    assert view.group.options == ("tensor", "channel", 16)
    assert view.group.value == "channel"
    assert fitting_groups(layers["wide"]) == ["tensor", "channel", 128, 64, 32, 16]


def test_nf4_has_no_bits_and_no_clip_to_choose(layers):
    view = quantization_lab(layers)
    view.method.value = "nf4"
    assert view.bits.disabled
    assert view.clip.disabled
    view.method.value = "symmetric"
    assert not view.bits.disabled


@pytest.mark.parametrize("layers", [{}, {"a vector": torch.ones(3)}])
def test_what_is_no_matrix_is_refused(layers):
    with pytest.raises(SrmLabError, match="matrices"):
        quantization_lab(layers)
