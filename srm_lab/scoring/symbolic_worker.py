"""The other end of `symbolic`: a process that compares expressions, one JSON line in, one JSON line out.

Run as `python -m srm_lab.scoring.symbolic_worker`. It may be killed at any moment and keeps nothing. Expressions are
read by math-verify's LaTeX grammar alone: its plain-expression reader goes through sympy's `parse_expr`, which is
Python's `eval`, and is never given a model's text. Memory is limited where the system can.
"""

from __future__ import annotations

import json
import sys

MEMORY_BYTES = 2 * 2**30
FLOAT_DECIMALS = 6


def main() -> None:
    _limit_memory()
    answer = _loader()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = answer(request)
        except Exception as error:  # noqa: BLE001 - whatever a hostile expression raises is the reply
            reply = {"error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(reply), flush=True)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not a Unix: the time limit alone must do
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _loader():
    import logging

    from math_verify import LatexExtractionConfig, parse, verify

    logging.disable(logging.CRITICAL)
    config = [LatexExtractionConfig(boxed_match_priority=0)]

    def read(latex: str) -> list:
        return parse(
            f"\\boxed{{{latex}}}", config, fallback_mode="no_fallback", parsing_timeout=None, raise_on_error=True
        )

    def answer(request: dict) -> dict:
        reference = read(request["reference"])
        if not reference:
            return {"error": "unreadable reference"}
        given = read(request["answer"])
        if not given:
            return {"equal": False, "readable": False}
        equal = verify(reference, given, FLOAT_DECIMALS, timeout_seconds=None)
        equal = equal or _difference_is_zero(given[0], reference[0])
        if not equal and request.get("decimals"):
            equal = _rounds_to(given[0], reference[0], request["decimals"])
        return {"equal": bool(equal), "readable": True}

    read("x + \\frac{1}{2}")  # the grammar's tables are built at its first use
    verify(read("x+1"), read("1+x"), timeout_seconds=None)
    return answer


def _difference_is_zero(given, reference) -> bool:
    """math-verify compares a lone symbol by name only, so that 2x - x is not x to it."""
    from sympy import Expr, simplify

    return isinstance(given, Expr) and isinstance(reference, Expr) and simplify(given - reference) == 0


def _rounds_to(given, reference, decimals: int) -> bool:
    value = given.evalf(30)
    return bool(value.is_real) and abs(value - reference) * 2 * 10**decimals <= 1


if __name__ == "__main__":
    main()
