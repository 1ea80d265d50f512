"""Caches of keys and values for `generic.py`: growing in place, padding on the left, selecting rows.

All of it works on transformers' own `DynamicCache`, because the model's own `forward` reads and writes it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

_SPARE = 64  # columns that a cache grows by, so that not every step copies all of it


class RoomyLayer(DynamicLayer):
    """One layer's keys and values, [rows, heads, columns, dim], with spare columns at the end.

    Layers with a sliding window keep all columns too: the model's attention mask hides what is outside.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._rooms: list[torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> tuple:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if self._rooms is None or self._rooms[0].shape[-2] < end:
            old = (self.keys, self.values) if start else (key_states[:, :, :0], value_states[:, :, :0])
            self._rooms = [_with_room(tensor, end + _SPARE * (start > 0)) for tensor in old]
        for room, new in zip(self._rooms, (key_states, value_states)):
            room[:, :, start:end] = new
        self.keys, self.values = (room[:, :, :end] for room in self._rooms)
        return self.keys, self.values

    def replace(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Puts other keys and values in place of the present ones."""
        self.dtype, self.device = keys.dtype, keys.device
        self.keys, self.values, self._rooms, self.is_initialized = keys, values, None, True


def _with_room(old: torch.Tensor, columns: int) -> torch.Tensor:
    room = old.new_empty(*old.shape[:2], columns, old.shape[-1])
    room[:, :, : old.shape[-2]] = old
    return room


def keys_and_values_only(config: Any) -> bool:
    """Whether a model's cache is nothing but keys and values a token, so that it can be cut and padded."""
    kinds = {type(layer) for layer in DynamicCache(config=config).layers}
    chunked = "chunked_attention" in (getattr(config, "layer_types", None) or ())
    return kinds <= {DynamicLayer, DynamicSlidingWindowLayer} and not chunked


def new_cache(config: Any, roomy: bool) -> DynamicCache:
    """An empty cache for one batch."""
    cache = DynamicCache(config=config)
    if roomy:
        cache.layers = [RoomyLayer() for _ in cache.layers]
    return cache


def tensors(cache: DynamicCache) -> list[torch.Tensor]:
    """Keys and values of all layers, [rows, heads, columns, dim] each, as one list."""
    return [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]


def fill(cache: DynamicCache, keys_values: Sequence[torch.Tensor]) -> None:
    """The inverse of `tensors`, for a cache of RoomyLayers."""
    for layer, keys, values in zip(cache.layers, keys_values[::2], keys_values[1::2]):
        layer.replace(keys, values)


def pad_left(tensor: torch.Tensor, columns: int) -> torch.Tensor:
    """Zeros before the first column, up to so many columns."""
    missing = columns - tensor.shape[-2]
    return torch.nn.functional.pad(tensor, (0, 0, missing, 0)) if missing else tensor


def select(cache: DynamicCache, rows: Sequence[int], trim: int = 0) -> None:
    """Keeps these rows, and drops `trim` columns on the left. Makes new tensors: copies of before stay good."""
    for layer in cache.layers:
        if isinstance(layer, RoomyLayer):
            at = torch.tensor(rows, device=layer.keys.device)
            layer.replace(layer.keys[at, :, trim:], layer.values[at, :, trim:])
        else:
            layer.reorder_cache(torch.tensor(rows))


def copy_of(cache: DynamicCache, rows: Sequence[int]) -> DynamicCache:
    """A new cache that holds these rows of another; a row may be taken several times."""
    copied = copy.copy(cache)
    copied.layers = [copy.copy(layer) for layer in cache.layers]
    select(copied, rows)
    return copied


def kv_bytes_per_token(model: Any) -> int:
    """Bytes of keys and values that one token takes, all layers together, by the model's configuration."""
    config = model.config.get_text_config(decoder=True)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    # An upper bound: layers that share or compress their keys and values need less.
    return 2 * config.num_hidden_layers * heads * dim * model.dtype.itemsize
