"""`prune`: leave weights, heads, neurons or whole layers away, the least important first.

    what        importance                                                               saves
    "weights"   |w|, or |w| times the size of its input (Wanda, Sun et al. 2023,         nothing: noughts are stored
                arXiv 2306.11695); any pattern, or 2 of every 4
    "heads"     size of what the head adds to the residual stream                        nothing: noughts are stored
    "neurons"   size of what the neuron adds to the residual stream                      memory and time
    "layers"    how far the layer turns the hidden state (ShortGPT, Men et al. 2024,     memory and time
                arXiv 2403.03853)

Noughts only simulate: torch multiplies by them as by any number. 2:4 is what some GPUs have a kernel for; here it is
simulated too. Heads are not cut out, because grouped-query attention needs as many queries for each key. Neurons and
layers are really gone, and the configuration says so. Left out: global rankings, in which one layer may lose all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ..errors import SrmLabError, unknown_name
from .calibration import InputSums, calibrate, token_batches
from .copies import check_compressible, copy_model, linear_layers
from .grids import output_error, relative_error
from .report import CompressionReport, LayerReport, bytes_by_part

METHODS = ("magnitude", "wanda")


def prune(
    lm: Any,
    amount: float = 0.5,
    method: str = "wanda",
    *,
    what: str = "weights",
    pattern: str | None = None,
    calibration: Sequence[Any] | None = None,
) -> Any:
    """A LocalModel like lm with a part left away; `.compression` is its report. lm stays as it is.

    amount: the share to leave away, above 0 and below 1; of layers, heads and neurons rounded to whole ones.
    method: for weights, "wanda" or "magnitude".  what: "weights", "heads", "neurons" or "layers".
    pattern: "2:4" leaves the 2 most important of every 4 neighbours (amount has to be 0.5).
    calibration: texts or Completions that the model reads; all but magnitude need it.

    Raises SrmLabError, before any weight is touched, for settings that cannot be, a missing or empty calibration
    set, too little to leave away, or a quantized model.
    """
    _check(lm, amount, method, what, pattern, calibration)
    layers = linear_layers(lm.model)
    measured = None if what == "layers" or calibration is None else calibrate(lm, calibration, layers)
    before = bytes_by_part(lm.model)
    if what == "weights":
        model, reports = _weights(lm, layers, amount, method, pattern, measured)
    else:
        cut = {"heads": _heads, "neurons": _neurons, "layers": _layers}[what]
        model, reports = cut(lm, amount, calibration if what == "layers" else measured)
    name = f"{method}-{pattern or f'{amount:.0%}'}" if what == "weights" else f"{what}-{amount:.0%}"
    return _finish(lm, model, name, what, reports, before, measured)


def keep_mask(importance: torch.Tensor, amount: float, pattern: str | None = None) -> torch.Tensor:
    """Which weights stay, [outputs, inputs]: in each row all but the least important share, or 2 of every 4."""
    outputs, inputs = importance.shape
    groups = importance.view(outputs, -1, 4) if pattern == "2:4" else importance.view(outputs, 1, inputs)
    dropped = 2 if pattern == "2:4" else round(amount * inputs)
    order = groups.argsort(dim=-1)
    mask = torch.ones_like(groups, dtype=torch.bool).scatter_(-1, order[..., :dropped], False)
    return mask.view(outputs, inputs)


def importance(weight: torch.Tensor, method: str, sums: InputSums | None) -> torch.Tensor:
    """|w| for magnitude; for Wanda |w| * |x|, with the root of the input channel's mean square. Like the weight."""
    size = weight.detach().float().abs()
    return size if method == "magnitude" else size * sums.mean_square.sqrt()


@torch.no_grad()
def _weights(lm, layers: Mapping[str, nn.Linear], amount, method, pattern, measured) -> tuple[Any, list[LayerReport]]:
    model, reports = copy_model(lm.model, without=layers.values()), []
    for name, layer in layers.items():
        sums = measured[name] if measured else None
        kept = layer.weight * keep_mask(importance(layer.weight, method, sums), amount, pattern)
        model.get_submodule(name).weight = nn.Parameter(kept, requires_grad=False)
        reports.append(_report(name, layer.weight, kept, sums))
    return model, reports


@torch.no_grad()
def _heads(lm: Any, amount: float, measured: Mapping[str, InputSums]) -> tuple[Any, list[LayerReport]]:
    """Puts noughts into the columns of the output projection that read the least important heads."""
    model, reports = copy_model(lm.model), []
    for number, layer in enumerate(model.model.layers):
        name = f"model.layers.{number}.self_attn.o_proj"
        projection, heads = layer.self_attn.o_proj, model.config.num_attention_heads
        added = channel_contribution(projection.weight, measured[name]).view(heads, -1).square().sum(1)
        dropped = added.argsort()[: _whole(amount, heads, "heads")]
        original = projection.weight.clone()
        projection.weight.view(len(original), heads, -1)[:, dropped] = 0
        reports.append(_report(name, original, projection.weight, measured[name]))
    return model, reports


@torch.no_grad()
def _neurons(lm: Any, amount: float, measured: Mapping[str, InputSums]) -> tuple[Any, list[LayerReport]]:
    """Cuts the least important neurons out of every MLP, the same number in each."""
    model, reports = copy_model(lm.model), []
    size = model.config.intermediate_size
    for number, layer in enumerate(model.model.layers):
        mlp, name = layer.mlp, f"model.layers.{number}.mlp.down_proj"
        added = channel_contribution(mlp.down_proj.weight, measured[name])
        kept = added.argsort(descending=True)[: size - _whole(amount, size, "neurons")].sort().values
        shown = torch.zeros_like(mlp.down_proj.weight)
        shown[:, kept] = mlp.down_proj.weight[:, kept]
        reports.append(_report(name, mlp.down_proj.weight, shown, measured[name]))
        for part, dim in ((mlp.gate_proj, 0), (mlp.up_proj, 0), (mlp.down_proj, 1)):
            _keep(part, kept, dim)
        if hasattr(mlp, "intermediate_size"):
            mlp.intermediate_size = len(kept)
    model.config.intermediate_size = len(kept)
    return model, reports


@torch.no_grad()
def _layers(lm: Any, amount: float, texts: Sequence[Any]) -> tuple[Any, list[LayerReport]]:
    """Takes out the layers that turn the hidden state least."""
    turned = layer_influence(lm, texts)
    dropped = set(turned.argsort()[: _whole(amount, len(turned), "layers")].tolist())
    kept = [number for number in range(len(turned)) if number not in dropped]
    model = copy_model(lm.model)
    model.model.layers = nn.ModuleList(model.model.layers[number] for number in kept)
    for number, layer in enumerate(model.model.layers):
        layer.self_attn.layer_idx = number
    model.config.num_hidden_layers = len(kept)
    if getattr(model.config, "layer_types", None):
        model.config.layer_types = [model.config.layer_types[number] for number in kept]
    reports = [LayerReport(f"model.layers.{n}", _size(lm.model.model.layers[n]), 0.0, 1.0, None, 1.0) for n in dropped]
    return model, reports


def channel_contribution(weight: torch.Tensor, sums: InputSums) -> torch.Tensor:
    """How much each input channel adds to the output, [inputs]: the size of its column times that of the channel."""
    return weight.float().norm(dim=0) * sums.mean_square.sqrt()


@torch.no_grad()
def layer_influence(lm: Any, texts: Sequence[Any]) -> torch.Tensor:
    """1 - the mean cosine between a layer's input and its output, [layers]: 0 is a layer that does nothing."""
    total, tokens = 0.0, 0
    layers, turned = lm.model.model.layers, []

    def see(module: nn.Module, arguments: tuple, output: Any) -> None:
        output = output[0] if isinstance(output, tuple) else output
        turned.append((1 - torch.cosine_similarity(arguments[0].float(), output.float(), dim=-1)).sum())

    handles = [layer.register_forward_hook(see) for layer in layers]
    try:
        for ids in token_batches(lm, texts):
            turned.clear()
            lm.model(input_ids=ids, use_cache=False)
            total, tokens = total + torch.stack(turned), tokens + ids.shape[1]
    finally:
        for handle in handles:
            handle.remove()
    return total / tokens


def _keep(layer: nn.Linear, kept: torch.Tensor, dim: int) -> None:
    """Leaves only these rows (dim 0) or columns (dim 1) of a linear layer."""
    layer.weight = nn.Parameter(layer.weight.index_select(dim, kept), requires_grad=False)
    layer.out_features, layer.in_features = layer.weight.shape
    if dim == 0 and layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias[kept], requires_grad=False)


def _whole(amount: float, available: int, what: str) -> int:
    """A number of whole things to leave away: at least one, and at least one stays."""
    number = round(amount * available)
    if not 1 <= number < available:
        raise SrmLabError(
            f"{amount:.0%} of {available} {what} is {number} of them.",
            "At least one has to go, and one has to stay.",
            "Choose another amount.",
        )
    return number


def _check(lm: Any, amount: float, method: str, what: str, pattern: str | None, calibration: Any) -> None:
    for kind, name, known in (("pruning method", method, METHODS), ("part to prune", what, tuple(_SAVES))):
        if name not in known:
            raise unknown_name(kind, name, known)
    if isinstance(amount, bool) or not 0 < amount < 1:
        raise SrmLabError(f"amount={amount!r} is not a share.", "It has to be above 0 and below 1.", "Choose 0.5, say.")
    if pattern not in (None, "2:4") or (pattern and (what != "weights" or amount != 0.5)):
        raise SrmLabError(
            f"The pattern {pattern!r} does not go with amount={amount} of {what}.",
            "2:4 leaves half of the weights.",
            'Use pattern="2:4" with amount=0.5 and what="weights", or no pattern.',
        )
    check_compressible(lm)
    if calibration is None and not (what == "weights" and method == "magnitude"):
        raise SrmLabError(
            "Importance is measured on texts, and none were given.", "",
            'Pass calibration=[...], a few dozen chains, or use method="magnitude" for weights.',
        )  # fmt: skip
    if what == "weights":
        return _check_widths(lm, amount, pattern)
    _check_architecture(lm)
    config = lm.model.config
    counts = {"heads": config.num_attention_heads, "neurons": config.intermediate_size}
    _whole(amount, counts.get(what, config.num_hidden_layers), what)


def _check_widths(lm: Any, amount: float, pattern: str | None) -> None:
    for name, layer in linear_layers(lm.model).items():
        if pattern == "2:4" and layer.in_features % 4:
            raise SrmLabError(f"The layer {name} has {layer.in_features} inputs, not a multiple of 4.", "",
                              "Prune without a pattern.")  # fmt: skip
        _whole(amount, layer.in_features, f"inputs of {name}")


def _check_architecture(lm: Any) -> None:
    layers = getattr(getattr(lm.model, "model", None), "layers", [])
    parts = ("self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
    linear = {name for name, module in lm.model.named_modules() if type(module) is nn.Linear}
    if not len(layers) or any(f"model.layers.{n}.{part}" not in linear for n in range(len(layers)) for part in parts):
        raise SrmLabError(
            f"The heads, neurons and layers of a {type(lm.model).__name__} are not known here.",
            "Only Llama-like models (Llama, Mistral, Qwen) can lose them.",
            'Use what="weights".',
        )


_SAVES = {
    "weights": "simulated: noughts are stored, no memory or time saved",
    "heads": "simulated: noughts are stored, no memory or time saved",
    "neurons": "smaller matrices: memory and time saved",
    "layers": "fewer layers: memory and time saved",
}


def _report(name: str, original: torch.Tensor, pruned: torch.Tensor, sums: InputSums | None) -> LayerReport:
    error = output_error(original, pruned, sums.gram) if sums else None
    sparsity = (pruned == 0).float().mean().item()
    return LayerReport(
        name, original.numel(), 8.0 * original.element_size(), relative_error(original, pruned), error, sparsity
    )


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _finish(lm: Any, model: Any, name: str, what: str, reports, before, measured) -> Any:
    from ..models.local import LocalModel

    scheme = "+".join(filter(None, (lm.quantization, name)))
    after = bytes_by_part(model)
    tokens = max((sums.tokens for sums in (measured or {}).values()), default=0)
    pruned = LocalModel(lm.name, model, lm.tokenizer, scheme)
    pruned.compression = CompressionReport(
        "pruned", scheme, _SAVES[what], before, after, sum(after.values()), tuple(reports), tokens
    )
    return pruned
