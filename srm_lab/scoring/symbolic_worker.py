"""The other end of `symbolic`: a process that compares expressions, one JSON line in, one JSON line out.

Run as `python -m srm_lab.scoring.symbolic_worker`. It may be killed at any moment and keeps nothing. Expressions are
read by math-verify's LaTeX grammar alone. Its plain-expression reader goes through sympy's `parse_expr`, which is
Python's `eval`; it is used only where math-verify itself is on trial (`judge`), and math-verify hands it nothing but
digits, operators and brackets. Memory is limited where the system can.
"""

from __future__ import annotations

import json
import sys

MEMORY_BYTES = 2 * 2**30
FLOAT_DECIMALS = 6


def main() -> None:
    _limit_memory()
    reply_to = _loader()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = reply_to(request)
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
    """math-verify loaded and warm, as a function from a request to a reply."""
    import logging

    from math_verify import LatexExtractionConfig, parse, verify

    logging.disable(logging.CRITICAL)
    config = [LatexExtractionConfig(boxed_match_priority=0)]

    def read(latex: str) -> list:
        return parse(
            f"\\boxed{{{latex}}}", config, fallback_mode="no_fallback", parsing_timeout=None, raise_on_error=True
        )

    def compare(request: dict) -> dict:
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

    def judge(request: dict) -> dict:
        """math-verify's own verdict on a whole text, for comparison with other graders."""
        configs = _string_configs() if request["kind"] == "choice" else _default_configs()
        reference = request["reference"]
        gold = parse(f"${reference}$" if request["kind"] == "math" else reference, configs, parsing_timeout=None)
        given = parse(request["text"], configs, parsing_timeout=None)
        equal = verify(gold, given, timeout_seconds=None)
        return {"equal": bool(equal), "read": str(given[0])[:200] if given else None}

    read("x + \\frac{1}{2}")  # the grammar's tables are built at its first use
    verify(read("x+1"), read("1+x"), timeout_seconds=None)
    return lambda request: judge(request) if "text" in request else compare(request)


def _default_configs() -> list:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig

    return [LatexExtractionConfig(), ExprExtractionConfig()]


def _string_configs() -> list:
    from math_verify import StringExtractionConfig

    return [StringExtractionConfig()]


def _difference_is_zero(given, reference) -> bool:
    """math-verify compares a lone symbol by name only, so that 2x - x is not x to it."""
    from sympy import Expr, simplify

    return isinstance(given, Expr) and isinstance(reference, Expr) and simplify(given - reference) == 0


def _rounds_to(given, reference, decimals: int) -> bool:
    value = given.evalf(30)
    return bool(value.is_real) and abs(value - reference) * 2 * 10**decimals <= 1


if __name__ == "__main__":
    main()
