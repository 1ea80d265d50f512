"""The exercises of notebook 01: the cache of a token, chains that fit, the fastest decoding, and bits a weight."""

from __future__ import annotations

from ..exercises import calls, exercise


@exercise(
    "01.1",
    hints=(
        "A token leaves a key and a value in every layer.",
        "Each has kv_heads * head_dim numbers, so it is 2 * layers * kv_heads * head_dim * bytes_each.",
    ),
    target="28 layers, 2 key heads of 128 numbers and 2 bytes each make 28,672 bytes",
    placebo=lambda layers, kv_heads, head_dim, bytes_each: layers * kv_heads * head_dim * bytes_each,
    solution=lambda layers, kv_heads, head_dim, bytes_each: 2 * layers * kv_heads * head_dim * bytes_each,
)
def cache_bytes(answer):
    """Write cache_bytes(layers, kv_heads, head_dim, bytes_each): what one token of a chain leaves in the KV cache."""
    return calls(answer, [((28, 2, 128, 2), 28_672), ((30, 3, 64, 4), 46_080), ((1, 1, 1, 1), 2)])


@exercise(
    "01.2",
    hints=(
        "What is left of the memory once the weights are in it?",
        "Divide what is left by the bytes of one whole chain, round down, and never go below 0.",
    ),
    target="8 GB with 3.5 GB of weights hold 15 chains of 10,000 tokens at 30,000 bytes a token",
    placebo=lambda memory, weights, per_token, tokens: memory // (per_token * tokens),
    solution=lambda memory, weights, per_token, tokens: max(0, memory - weights) // (per_token * tokens),
)
def chains_that_fit(answer):
    """Write chains_that_fit(memory, weights, per_token, tokens): how many whole chains fit beside the weights."""
    cases = [((8 * 10**9, 35 * 10**8, 30_000, 10_000), 15), ((10**9, 2 * 10**9, 1000, 10), 0), ((100, 50, 5, 10), 1)]
    return calls(answer, cases)


def _fastest(rows, step_bytes, step_flops, bandwidth, rate):
    return rows / max(step_bytes / bandwidth, step_flops / rate)


@exercise(
    "01.3",
    hints=(
        "How long does the step take for its bytes alone, and how long for its operations alone?",
        "The step lasts as long as the slower of the two, and it makes `rows` tokens.",
    ),
    target="1 row, 500 MB and 0.3 GFLOP a step give 40 tokens a second at 20 GB/s and 100 GFLOP/s",
    placebo=lambda rows, step_bytes, step_flops, bandwidth, rate: rows * bandwidth / step_bytes,
    solution=_fastest,
)
def fastest_decoding(answer):
    """Write fastest_decoding(rows, step_bytes, step_flops, bandwidth, rate): the tokens a second that are possible."""
    one, many = (1, 5e8, 3e8, 2e10, 1e11), (100, 5e8, 3e10, 2e10, 1e11)
    return calls(answer, [(one, 40.0), (many, _fastest(*many))], tolerance=0.01)


@exercise(
    "01.4",
    hints=(
        "A group's constants are shared out among its weights.",
        "That is bits + constant_bits / group_size.",
    ),
    target="4-bit codes in groups of 64, with 24 bits of constants a group, are 4.375 bits a weight",
    placebo=lambda bits, group_size, constant_bits: float(bits),
    solution=lambda bits, group_size, constant_bits: bits + constant_bits / group_size,
)
def bits_per_weight(answer):
    """Write bits_per_weight(bits, group_size, constant_bits): what a weight really takes."""
    return calls(answer, [((4, 64, 24), 4.375), ((3, 32, 24), 3.75), ((4, 64, 32), 4.5)], tolerance=1e-6)
