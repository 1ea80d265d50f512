"""`quantize`: a model in, a smaller or simulated-smaller model out, the original untouched.

Linear layers are quantized; embeddings and the output head by choice, since they are a fifth of a small model and
rounding them costs other things. Where input and output embeddings are tied they stay tied: one packed matrix
serves both. Nothing is copied or changed before every layer was found to fit.

Left out: rounding norms and biases, which are a thousandth of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError, unknown_name
from . import nf4
from .activations import RoundedInputs
from .awq import fold, llama_folds, search_scale
from .calibration import InputSums, calibrate
from .copies import check_compressible, copy_model, linear_layers, replace_module
from .gptq import gptq
from .grids import GroupSize, Quantized, check_grid, dequantize, output_error, relative_error, round_to_nearest
from .int8 import has_int8_kernel, int8_linear
from .packed import PackedEmbedding, PackedLinear, PackedWeight, check_packable, pack_grid, pack_nf4, unpack
from .report import CompressionReport, LayerReport, bytes_by_part

METHODS = ("rtn", "gptq", "awq", "nf4", "nf4-double")
STORAGES = ("packed", "simulated")


@dataclass(frozen=True)
class Recipe:
    """How a model is quantized; see `quantize`. bits: of the layers that `by_layer` does not name."""

    method: str
    bits: int
    group_size: GroupSize
    symmetric: bool
    clip: bool
    act_order: bool
    embeddings: int | None
    activations: int | None
    storage: str
    by_layer: Mapping[str, int]

    @property
    def name(self) -> str:
        """What models, stores and labels call it: rtn-4bit-g64, gptq-3bit-g32-sym-order, awq-mixed-g64 ..."""
        group = f"g{self.group_size}" if isinstance(self.group_size, int) else self.group_size
        if self.method.startswith("nf4"):
            parts = [self.method, group]
        else:
            parts = [self.method, f"{self.bits}bit" if not self.by_layer else f"mixed{self.mean_bits:.2f}bit", group]
        flags = {"sym": self.symmetric, "clip": self.clip, "order": self.act_order}
        parts += [flag for flag, on in flags.items() if on]
        parts += [f"e{self.embeddings}"] * bool(self.embeddings) + [f"a{self.activations}"] * bool(self.activations)
        return "-".join(parts + ["simulated"] * (self.storage == "simulated"))

    @property
    def mean_bits(self) -> float:
        """Over layers, not weights: enough to tell names apart."""
        return sum(self.by_layer.values()) / len(self.by_layer)

    def bits_of(self, layer: str) -> int:
        return self.by_layer.get(layer, self.bits)


def quantize(
    lm: Any,
    bits: int | Mapping[str, int] = 4,
    group_size: GroupSize = 64,
    method: str = "rtn",
    *,
    symmetric: bool = False,
    clip: bool = False,
    act_order: bool = False,
    calibration: Sequence[Any] | None = None,
    embeddings: int | None = None,
    activations: int | None = None,
    storage: str = "packed",
) -> Any:
    """A LocalModel like lm with quantized linear layers; `.compression` is its report. lm stays as it is.

    bits: 2 to 8, or a number for each layer's name (`allocate_bits` finds them). nf4 always has 4.
    group_size: weights in a row that share a scale, "channel" (a row) or "tensor".
    method: "rtn" (round to nearest), "gptq" (arXiv 2210.17323), "awq" (arXiv 2306.00978), "nf4" or "nf4-double"
        (QLoRA, arXiv 2305.14314).
    symmetric, clip: the grid, see grids.py. act_order: of GPTQ, the loudest input channels first.
    calibration: texts or Completions that the model reads; needed by gptq and awq, and where given, the report has
        the error of the layers' outputs.
    embeddings: bits of input embedding and output head, or None to keep them.
    activations: 8 rounds the inputs of the linear layers, one scale a token. With bits=8, group_size="channel" and
        symmetric=True float32 models on processors run on FBGEMM's int8 kernel, which is the fast way.
    storage: "packed" stores the codes, "simulated" the rounded weights as floats: same results, nothing saved.

    Raises SrmLabError, before any weight is touched, for bits, groups or methods that cannot be, layers that don't
    fit, a missing or empty calibration set, or a model that is quantized already.
    """
    recipe = _recipe(bits, group_size, method, symmetric, clip, act_order, embeddings, activations, storage)
    check_compressible(lm)
    layers = linear_layers(lm.model)
    _check(lm, recipe, layers, calibration)
    sums = calibrate(lm, calibration, layers) if calibration is not None else {}
    before = bytes_by_part(lm.model)
    model = copy_model(lm.model, without=() if method == "awq" else layers.values())
    if method == "awq":
        _fold_all(model, recipe, sums)
    reports = [_quantize_layer(model, name, recipe, sums.get(name)) for name in layers]
    if embeddings is not None:
        reports += _quantize_embeddings(model, recipe)
    return _finish(lm, model, recipe, reports, before, sums)


def _recipe(bits, group_size, method, symmetric, clip, act_order, embeddings, activations, storage) -> Recipe:
    if method not in METHODS:
        raise unknown_name("quantization method", method, METHODS)
    if storage not in STORAGES:
        raise unknown_name("storage", storage, STORAGES)
    by_layer = dict(bits) if isinstance(bits, Mapping) else {}
    if method.startswith("nf4") and (by_layer or bits != 4 or symmetric or clip or not isinstance(group_size, int)):
        raise SrmLabError(
            "NF4 has 4 bits, blocks of a number of weights, and levels of its own.",
            "Other bits, symmetric and clip are for grids of equal steps.",
            'Leave them out, or use method="rtn".',
        )
    if act_order and method != "gptq":
        raise SrmLabError(
            f"act_order is no setting of {method}.", "Only GPTQ takes columns in an order.", 'Use method="gptq".'
        )
    if activations not in (None, 8):
        raise SrmLabError(
            f"activations={activations!r} is not a number of bits that inputs are rounded to here.",
            "Below 8 bits, inputs need their outliers spread first.",
            "Use 8, or None to leave them.",
        )
    return Recipe(method, 4 if by_layer else bits, group_size, symmetric, clip, act_order, embeddings, activations,
                  storage, by_layer)  # fmt: skip


def _check(lm: Any, recipe: Recipe, layers: Mapping[str, nn.Linear], calibration: Sequence[Any] | None) -> None:
    """Raises SrmLabError for whatever would fail later."""
    if unknown := recipe.by_layer.keys() - layers.keys():
        raise unknown_name("linear layer", min(unknown), layers)
    for name, layer in layers.items():
        check_grid(recipe.bits_of(name), recipe.group_size, layer.in_features, f"The layer {name}")
        check_packable(name, layer.in_features)
    if recipe.embeddings is not None:
        width = lm.model.get_input_embeddings().weight.shape[1]
        check_grid(recipe.embeddings, _embedding_group(recipe), width, "The embedding")
        check_packable("embedding", width)
    if recipe.method in ("gptq", "awq") and calibration is None:
        raise SrmLabError(
            f"{recipe.method} needs texts to calibrate on.",
            "It rounds with a view to the inputs that the layers will see.",
            "Pass calibration=[...], a few dozen chains of the kind the model will write.",
        )
    if recipe.method == "awq":
        llama_folds(lm.model)


def _round(weight: torch.Tensor, recipe: Recipe, bits: int, gram: torch.Tensor | None) -> PackedWeight:
    """One matrix by the recipe's method."""
    if recipe.method.startswith("nf4"):
        codes, absmax = nf4.quantize_nf4(weight, recipe.group_size)
        return pack_nf4(codes, absmax, weight.dtype, recipe.method == "nf4-double")
    grid = {"symmetric": recipe.symmetric, "clip": recipe.clip}
    if recipe.method == "gptq":
        quantized = gptq(weight, gram, bits, recipe.group_size, act_order=recipe.act_order, **grid)
    else:
        quantized = round_to_nearest(weight, bits, recipe.group_size, **grid)
    return pack_grid(quantized, weight.dtype)


@torch.no_grad()
def _quantize_layer(model: nn.Module, name: str, recipe: Recipe, sums: InputSums | None) -> LayerReport:
    """Replaces one linear layer, and says what that did to it."""
    layer = model.get_submodule(name)
    weight, gram = layer.weight, None if sums is None else sums.gram
    store = _round(weight, recipe, recipe.bits_of(name), gram)
    dense = store.dense()
    new = _module(layer, store, dense, recipe)
    if recipe.activations is not None and isinstance(new, (PackedLinear, nn.Linear)):
        new = RoundedInputs(new, recipe.activations)
    replace_module(model, name, new)
    error = None if gram is None else output_error(weight, dense, gram)
    return LayerReport(name, weight.numel(), _bits_per_weight(store), relative_error(weight, dense), error)


def _module(layer: nn.Linear, store: PackedWeight, dense: torch.Tensor, recipe: Recipe) -> nn.Module:
    if recipe.storage == "simulated":
        new = nn.Linear(layer.in_features, layer.out_features, layer.bias is not None, device="meta")
        new.weight, new.bias = nn.Parameter(dense, requires_grad=False), layer.bias
        return new
    if _runs_on_int8_kernel(recipe, layer.weight, store.bits):
        return int8_linear(Quantized(unpack(store.codes, 8), store.scale, store.zero, 8), layer.bias)
    return PackedLinear(store, layer.bias)


def _runs_on_int8_kernel(recipe: Recipe, weight: torch.Tensor, bits: int) -> bool:
    fits = bits == 8 and recipe.activations == 8 and recipe.symmetric and recipe.group_size == "channel"
    return fits and recipe.storage == "packed" and has_int8_kernel(weight.device, weight.dtype)


def _embedding_group(recipe: Recipe) -> GroupSize:
    return recipe.group_size if recipe.group_size != "tensor" else "channel"


@torch.no_grad()
def _quantize_embeddings(model: Any, recipe: Recipe) -> list[LayerReport]:
    """Rounds the input embedding and the output head to nearest; tied ones become one packed matrix."""
    embedding, head, reports = model.get_input_embeddings(), model.get_output_embeddings(), []
    stores: dict[int, PackedWeight] = {}
    names = {id(module): name for name, module in model.named_modules()}
    for module in (embedding, head):
        if module is None:
            continue
        weight = module.weight
        if id(weight) not in stores:
            quantized = round_to_nearest(
                weight, recipe.embeddings, _embedding_group(recipe), symmetric=recipe.symmetric
            )
            store = stores[id(weight)] = pack_grid(quantized, weight.dtype)
            error = relative_error(weight, dequantize(quantized))
            reports.append(LayerReport(names[id(module)], weight.numel(), _bits_per_weight(store), error))
        _replace_embedding(model, names[id(module)], module, stores[id(weight)], recipe)
    return reports


def _replace_embedding(model: Any, name: str, module: nn.Module, store: PackedWeight, recipe: Recipe) -> None:
    if recipe.storage == "simulated":
        module.weight.data = store.dense()  # one tensor still, where they are tied
    elif isinstance(module, nn.Linear):
        replace_module(model, name, PackedLinear(store, module.bias))
    else:
        replace_module(model, name, PackedEmbedding(store))


def _bits_per_weight(store: PackedWeight) -> float:
    """Measured: bits of all its tensors over its weights."""
    return 8 * sum(t.numel() * t.element_size() for t in store.buffers()) / (store.shape[0] * store.shape[1])


@torch.no_grad()
def _fold_all(model: Any, recipe: Recipe, sums: dict[str, InputSums]) -> None:
    """AWQ: scales the channels of the whole model, which changes nothing yet, and the sums along with them."""
    chosen = []
    for pair in llama_folds(model):
        name = next(iter(pair.readers))
        bits = recipe.bits_of(name)
        grid = {"symmetric": recipe.symmetric, "clip": recipe.clip}

        def rounded(weight: torch.Tensor, bits: int = bits, grid: dict = grid) -> torch.Tensor:
            return dequantize(round_to_nearest(weight, bits, recipe.group_size, **grid))

        weights = [reader.weight for reader in pair.readers.values()]
        chosen.append((pair, search_scale(weights, sums[name], rounded)[0]))
    for pair, scale in chosen:
        fold(pair, scale)
        for name in pair.readers:
            sums[name] = sums[name].scaled(1 / scale)


def _finish(lm: Any, model: Any, recipe: Recipe, reports: list[LayerReport], before: dict[str, int], sums) -> Any:
    from ..models.local import LocalModel

    scheme = "+".join(filter(None, (lm.quantization, recipe.name)))
    after = bytes_by_part(model)
    kept = sum(after.values())
    if recipe.storage == "simulated":
        floats = sum(report.weights for report in reports) * model.get_input_embeddings().weight.element_size()
        kept += round(sum(report.weights * report.bits_per_weight for report in reports) / 8) - floats
    tokens = max((s.tokens for s in sums.values()), default=0)
    quantized = LocalModel(lm.name, model, lm.tokenizer, scheme)
    quantized.compression = CompressionReport(
        "quantized", scheme, _how_it_runs(model, recipe), before, after, kept, tuple(reports), tokens
    )
    return quantized


def _how_it_runs(model: nn.Module, recipe: Recipe) -> str:
    if recipe.storage == "simulated":
        return "simulated: rounded weights stored as floats, no memory or time saved"
    if any(hasattr(module, "hidden_bytes") for module in model.modules()):
        return "int8 weights, and inputs in 7 of 8 bits, on FBGEMM's kernel"
    inputs = ", inputs rounded in simulation" if recipe.activations else ""
    return f"packed, unpacked at every product: saves memory, costs time{inputs}"
