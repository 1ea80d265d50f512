"""Products in fewer bits: close to the model's own, and the same for a chain whatever runs beside it."""

import pytest
import torch

from srm_lab.decoding.projections import int8_by_row, prepacked, projection

fbgemm = pytest.mark.skipif("fbgemm" not in torch.backends.quantized.supported_engines, reason="no FBGEMM here")


@pytest.fixture
def weight():
    return torch.randn(96, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def rows():
    """A quiet row and a loud one."""
    return torch.randn(2, 64, generator=torch.Generator().manual_seed(1)) * torch.tensor([[1.0], [50.0]])


@fbgemm
def test_eight_bits_are_close_to_the_plain_product(weight, rows):
    exact, close = rows @ weight.T, int8_by_row(weight)(rows)
    error = (close - exact).norm(dim=1) / exact.norm(dim=1)
    assert (error < 0.02).all()
    assert not torch.equal(close, exact)


@fbgemm
def test_a_row_in_eight_bits_does_not_depend_on_its_neighbour(weight, rows):
    product = int8_by_row(weight)
    assert torch.equal(product(rows)[:1], product(rows[:1]))


@fbgemm
def test_the_kernel_itself_would_let_a_loud_neighbour_drown_a_quiet_row(weight, rows):
    scales = weight.abs().amax(1) / 127
    kernel = prepacked((weight / scales[:, None]).round().to(torch.int8), scales)
    alone, together = (torch.ops.quantized.linear_dynamic(x, kernel, True)[:1] for x in (rows[:1], rows))
    assert not torch.allclose(alone, together, rtol=0.01)


@fbgemm
def test_more_rows_than_a_stream_has_use_the_models_own_weights():
    generator = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(512, 512, bias=False).requires_grad_(False)
    layer.weight.copy_(torch.randn(512, 512, generator=generator))
    x = torch.randn(5, 512, generator=generator)
    product = projection([layer], "int8")
    assert torch.allclose(product(x), layer(x), atol=1e-3)
    assert not torch.allclose(product(x[:4]), layer(x[:4]), atol=1e-3)
