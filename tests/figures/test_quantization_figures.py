"""Figures about few bits: what `look` measures, and that the figures show the numbers they were given."""

from __future__ import annotations

import pytest
import torch

from srm_lab.compress.grids import dequantize, relative_error, round_to_nearest
from srm_lab.compress.nf4 import dequantize_nf4, quantize_nf4
from srm_lab.compress.trials import Trial
from srm_lab.errors import SrmLabError
from srm_lab.figures import code_use, errors_by_bits, errors_by_method, levels_under, memory_and_speed, weights_on_grid
from srm_lab.figures.grids import ROWS, lines, look, sentence


@pytest.fixture
def weight():
    matrix = torch.randn(32, 128, generator=torch.Generator().manual_seed(0)) * 0.02
    matrix[3, 5] = 0.4
    return matrix


@pytest.mark.parametrize("group_size", ["tensor", "channel", 64, 16])
@pytest.mark.parametrize("method", ["asymmetric", "symmetric"])
def test_a_look_measures_what_the_package_does(weight, group_size, method):
    symmetric = method == "symmetric"
    made = round_to_nearest(weight, 3, group_size, symmetric=symmetric)
    view = look(weight, 3, group_size, method)
    assert view.error == pytest.approx(relative_error(weight, dequantize(made)), rel=1e-4)
    assert view.bits_per_weight == made.bits_per_weight
    assert dict(view.curve)[3] == view.error
    assert view.outside == 0
    assert sum(view.counts) == weight.numel()


def test_a_look_at_nf4_has_its_levels_and_error(weight):
    view = look(weight, 7, 64, "nf4")
    assert view.bits == 4
    assert view.error == pytest.approx(relative_error(weight, dequantize_nf4(*quantize_nf4(weight, 64))))
    assert max(view.loudest) == pytest.approx(0.4)
    assert len(view.typical) == 16
    assert view.bits_per_weight == 4.5


def test_an_outlier_stretches_its_own_groups_grid_and_no_other():
    quiet = torch.linspace(-0.02, 0.02, 128).repeat(8, 1)
    quiet[0, 0] = 0.4
    view = look(quiet, 4, 64)
    assert max(view.loudest) > 0.35
    assert max(view.typical) < 0.05
    together = look(quiet, 4, "tensor")
    assert together.typical == together.loudest
    assert together.error > view.error


def test_clipping_leaves_weights_outside_and_says_so(weight):
    assert look(weight, 4, "channel", share=0.6).outside > 0
    assert "beyond its ends" in sentence(look(weight, 4, "channel", share=0.6))
    assert "beyond" not in sentence(look(weight, 4, "channel"))


def test_only_the_first_rows_are_looked_at():
    assert sum(look(torch.ones(ROWS + 50, 16), 4, 16).counts) == ROWS * 16


def test_an_unknown_method_is_refused(weight):
    with pytest.raises(SrmLabError, match="nf4"):
        look(weight, method="nf5")


def test_the_figure_draws_the_lines_of_its_look(weight):
    view = look(weight, 3, 64)
    drawn = weights_on_grid(view)
    for trace, line in zip(drawn.data, lines(view), strict=True):
        assert list(trace.x) == line["x"]
        assert list(trace.y) == line["y"]
    assert len([x for x in drawn.data[1].x if x is not None]) == 2 * 2**3
    assert drawn.data[4].y[0] == pytest.approx(100 * view.error)


def test_curves_levels_and_code_use_show_what_they_were_given():
    curves = errors_by_bits({"a": [(2.5, 0.4), (3.5, 0.2)], "b": [(4.0, 0.1)]})
    assert list(curves.data[0].y) == [40, 20]
    levels = levels_under([0.0, 0.5], {"even": [-1, 1], "odd": [0.3]})
    assert [list(trace.x) for trace in levels.data[1:]] == [[-1, 1], [0.3]]
    assert levels.data[1].y[0] != levels.data[2].y[0]
    assert list(code_use({"even": [0.25, 0.75]}).data[0].y) == [25, 75]


def test_methods_are_dots_at_the_mean_with_bars_to_the_extremes():
    figure = errors_by_method({"rtn": {3: [0.1, 0.3], 4: [0.05, 0.05]}, "gptq": {3: [0.1, 0.1], 4: [0.01, 0.03]}}, "")
    assert list(figure.data[0].y) == pytest.approx([20, 5])
    assert list(figure.data[0].error_y.array) == pytest.approx([10, 0])
    assert list(figure.data[1].error_y.arrayminus) == pytest.approx([0, 1])


def test_memory_and_speed_leave_out_what_did_not_run_and_show_ratios_of_the_same_turns():
    plain = (2.0, 4.0, 9.0)
    ran = Trial("srm_lab int8", "", "", 400_000_000, 0.1, (4.0, 12.0, 18.0), threads=2, against={"float32": plain})
    figure = memory_and_speed([ran, Trial("torchao int8", "", "not here")])
    assert [trace.name for trace in figure.data] == ["srm_lab int8"]
    assert (figure.data[0].x[0], figure.data[0].y[0]) == (400, 2.0)
    assert list(figure.data[0].error_y.array) == [1.0]
