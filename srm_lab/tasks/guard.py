"""Keeps a model's text away from code that would run it.

What reasoning-gym 0.1.25 does with an answer (read in its source): string_insertion, spiral_matrix, binary_matrix
and n_queens call Python's `eval` on it; countdown, puzzle24, polynomial_multiplication, simple_integration and
intermediate_integration call sympy's `parse_expr`, which evals as well; coin_flip builds a Fraction, which hangs on
"1e999999999". All others compare texts, parse JSON, or convert single numbers. (number_sorting evals its own
reference and codeio runs its own programs when it makes a problem: neither is the model's text.)

So an answer is parsed here into a syntax tree, which runs nothing, and only passes on as a literal, or as plain
arithmetic of bounded size. Left out: a time limit; the bounds make one unnecessary for arithmetic.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction

EVAL = frozenset({"string_insertion", "spiral_matrix", "binary_matrix", "n_queens"})
SYMPY = frozenset(
    ["countdown", "puzzle24", "polynomial_multiplication", "simple_integration", "intermediate_integration"]
)
FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "ln", "sqrt", "Abs"]
)
MAX_EVALUATED_CHARACTERS = 1000
MAX_NODES = 300
MAX_NUMBER = 10**12
MAX_POWER = 30  # of the exponents on top of each other: (x**2)**3 counts 6
MAX_DEPTH = 3  # functions within functions
_LARGE_EXPONENT = re.compile(r"\d\.?[eE][+-]?\d{4}")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)


def objection(task: str, answer: str, max_characters: int) -> str | None:
    """Why this answer must not reach the task's scorer, as a clause for a reason; None where it may.

    task: reasoning-gym's name. max_characters: the length that an answer may have at most.
    """
    if task in EVAL | SYMPY:
        max_characters = min(max_characters, MAX_EVALUATED_CHARACTERS)
    if len(answer) > max_characters:
        return f"it has over {max_characters} characters"
    if _LARGE_EXPONENT.search(answer):
        return "it holds a number with an exponent of four digits or more"
    if task in EVAL and not _harmless_literal(answer):
        return "it is code, and code of a model is never run"
    if task in SYMPY and not plain_arithmetic(answer):
        return "it is not plain arithmetic of moderate size"
    return None


def _harmless_literal(answer: str) -> bool:
    """Whether `eval` could do nothing with it: a literal, a lone name, or no Python at all."""
    try:
        body = ast.parse(answer.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return True
    except (RecursionError, MemoryError):
        return False
    if isinstance(body, ast.Name):
        return True
    return all(
        isinstance(node, (ast.Constant, ast.List, ast.Tuple, ast.Load, ast.USub, ast.UnaryOp))
        for node in ast.walk(body)
    )


def plain_arithmetic(answer: str) -> bool:
    """Whether it is made of small numbers, names, + - * / **, brackets and known functions, within the limits."""
    try:
        body = ast.parse(answer.strip(), mode="eval").body
        return sum(1 for _ in ast.walk(body)) <= MAX_NODES and _plain(body, 1, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _plain(node: ast.AST, power: Fraction | int, depth: int) -> bool:
    """Whether a node may be evaluated; `power` is what the exponents above it multiply to."""
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float) and abs(node.value) <= MAX_NUMBER
    if isinstance(node, ast.Name):
        return node.id == "pi" or (len(node.id) == 1 and node.id.isalpha())
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.UAdd, ast.USub)) and _plain(node.operand, power, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        exponent = _number(node.right)
        if exponent is None:
            return False
        power = power * max(abs(exponent), 1)
        return power <= MAX_POWER and _plain(node.left, power, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
        return _plain(node.left, power, depth) and _plain(node.right, power, depth)
    if isinstance(node, ast.Call):
        known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
        return (
            known
            and len(node.args) == 1
            and not node.keywords
            and depth < MAX_DEPTH
            and _plain(node.args[0], power, depth + 1)
        )
    return False


def _number(node: ast.AST) -> Fraction | None:
    """An exponent such as 2, -2 or 3/2 as a number; None where it is anything else."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float) and abs(node.value) <= MAX_POWER:
        return Fraction(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = _number(node.left), _number(node.right)
        return above / below if above is not None and below else None
    return None
