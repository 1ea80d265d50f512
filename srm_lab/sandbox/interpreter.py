"""A small part of Python, interpreted by hand: numbers, short texts, flat lists, loops, conditions, functions.

A program is parsed with `ast` and walked; it is never compiled, evaluated or executed. What is not listed here does
not exist: no imports, no attributes, no files, no names but the program's own and FUNCTIONS. Every value is checked
when it is made, so that none grows beyond its limit, and every step is counted.

Left out: classes, exceptions, comprehensions, dictionaries, texts with slots, lists in lists (their size could double
with every step). The file stands alone, so that the process that runs it imports nothing else.
"""

from __future__ import annotations

import ast
import contextlib
import json
import operator
import sys
from collections.abc import Callable
from typing import Any

MAX_SOURCE, MAX_STEPS, MAX_DIGITS, MAX_TEXT, MAX_ITEMS, MAX_OUTPUT, MAX_CALLS = 4000, 50_000, 300, 500, 10_000, 2000, 50
MEMORY_BYTES = 256 * 2**20
_LARGEST = 10**MAX_DIGITS
_SIMPLE = (int, float, str, bool, type(None))


class Refused(Exception):
    """The program asked for something that is not there, or for too much of it."""


class _Jump(Exception):
    """break, continue or return, on its way up. value: what is returned."""

    def __init__(self, kind: str, value: Any = None):
        self.kind, self.value = kind, value


def checked(value: Any) -> Any:
    """The value, if it is of a kind and size that programs may have. Raises Refused."""
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_ITEMS or not all(isinstance(item, _SIMPLE) for item in value):
            raise Refused(f"a list may hold {MAX_ITEMS} numbers or texts and no lists")
    elif isinstance(value, int) and abs(value) >= _LARGEST:
        raise Refused(f"a number may have {MAX_DIGITS} digits")
    elif isinstance(value, str) and len(value) > MAX_TEXT:
        raise Refused(f"a text may have {MAX_TEXT} characters")
    elif not isinstance(value, (*_SIMPLE, range)):
        raise Refused(f"{type(value).__name__} is not a kind of value here")
    return value


def _number(value: Any) -> Any:
    if not isinstance(value, (int, float)):
        raise Refused("this works on numbers only")
    return value


def _add(a: Any, b: Any) -> Any:
    if type(a) is type(b) and isinstance(a, (str, list, tuple)):
        if len(a) + len(b) > MAX_ITEMS:
            raise Refused("the sum is too long")
        return a + b
    return _number(a) + _number(b)


def _power(a: Any, b: Any) -> Any:
    exact = isinstance(_number(a), int) and isinstance(_number(b), int) and b >= 0
    if exact and max(int(a).bit_length(), 1) * b > 4 * MAX_DIGITS:
        raise Refused(f"a number may have {MAX_DIGITS} digits")
    return a**b


def _on_numbers(function: Callable) -> Callable:
    return lambda a, b: function(_number(a), _number(b))


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and not (isinstance(digits, int) and abs(digits) <= 20):
        raise Refused("a number is rounded to 20 digits at most")
    return round(_number(value), digits)


def _range(*ends: Any) -> range:
    made = range(*ends)
    if not all(isinstance(end, int) for end in ends) or abs(made.stop - made.start) > MAX_ITEMS * abs(made.step):
        raise Refused(f"a range may have {MAX_ITEMS} numbers")
    return made


def _sum(items: Any) -> Any:
    return sum(map(_number, items))


OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: _add, ast.Sub: _on_numbers(operator.sub), ast.Mult: _on_numbers(operator.mul),
    ast.Div: _on_numbers(operator.truediv), ast.FloorDiv: _on_numbers(operator.floordiv),
    ast.Mod: _on_numbers(operator.mod), ast.Pow: _power,
}  # fmt: skip
SIGNS: dict[type, Callable[[Any], Any]] = {
    ast.USub: lambda a: -_number(a), ast.UAdd: lambda a: +_number(a), ast.Not: operator.not_,
}  # fmt: skip
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "min": min, "max": max, "sum": _sum, "len": len, "round": _round, "range": _range, "int": int,
    "float": float, "str": str, "sorted": sorted, "divmod": divmod, "list": list,
}  # fmt: skip


class Interpreter:
    """Runs one program. output: what it printed."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.functions: dict[str, ast.FunctionDef] = {}
        self.names: list[dict[str, Any]] = [{}]  # the program's, and those of each call that is running
        self.steps = self.printed = 0

    def run(self, source: str) -> None:
        """Raises Refused for what is not allowed, and what Python raises for a mistake such as 1 / 0."""
        if len(source) > MAX_SOURCE:
            raise Refused(f"a program may have {MAX_SOURCE} characters")
        self._block(ast.parse(source).body)

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Refused(f"a program may take {MAX_STEPS} steps")

    # -- statements

    def _block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._count()
            handler = getattr(self, f"_do_{type(statement).__name__}", None)
            if handler is None:
                raise Refused(f"{type(statement).__name__} is not part of the language")
            handler(statement)

    def _do_Expr(self, node: ast.Expr) -> None:  # noqa: N802 - named like the node
        self.value(node.value)

    def _do_Pass(self, node: ast.Pass) -> None:  # noqa: N802
        pass

    def _do_Assign(self, node: ast.Assign) -> None:  # noqa: N802
        value = self.value(node.value)
        for target in node.targets:
            self._assign(target, value)

    def _do_AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        if not isinstance(node.target, ast.Name):
            raise Refused("only names can be assigned to")
        now = self.value(ast.Name(node.target.id))
        self._assign(node.target, self._operate(node.op, now, self.value(node.value)))

    def _do_If(self, node: ast.If) -> None:  # noqa: N802
        self._block(node.body if self.value(node.test) else node.orelse)

    def _do_While(self, node: ast.While) -> None:  # noqa: N802
        while self.value(node.test):
            if not self._once(node.body):
                return
        self._block(node.orelse)

    def _do_For(self, node: ast.For) -> None:  # noqa: N802
        items = self.value(node.iter)
        if not isinstance(items, (range, list, tuple, str)):
            raise Refused("a loop needs a range, a list or a text")
        for item in items:
            self._assign(node.target, item)
            if not self._once(node.body):
                return
        self._block(node.orelse)

    def _do_FunctionDef(self, node: ast.FunctionDef) -> None:  # noqa: N802
        of = node.args
        if node.decorator_list or of.posonlyargs or of.kwonlyargs or of.defaults or of.vararg or of.kwarg:
            raise Refused("a function has plain arguments only")
        self.functions[node.name] = node

    def _do_Return(self, node: ast.Return) -> None:  # noqa: N802
        raise _Jump("return", None if node.value is None else self.value(node.value))

    def _do_Break(self, node: ast.Break) -> None:  # noqa: N802
        raise _Jump("break")

    def _do_Continue(self, node: ast.Continue) -> None:  # noqa: N802
        raise _Jump("continue")

    def _once(self, body: list[ast.stmt]) -> bool:
        """One turn of a loop; whether another may follow."""
        self._count()
        try:
            self._block(body)
        except _Jump as jump:
            if jump.kind == "return":
                raise
            return jump.kind == "continue"
        return True

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[-1][target.id] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, (list, tuple)) and len(value) == len(target.elts):
            for one, part in zip(target.elts, value):
                self._assign(one, part)
        else:
            raise Refused("only names can be assigned to")

    # -- expressions

    def value(self, node: ast.expr) -> Any:
        """What an expression comes to, checked."""
        self._count()
        handler = getattr(self, f"_of_{type(node).__name__}", None)
        if handler is None:
            raise Refused(f"{type(node).__name__} is not part of the language")
        return checked(handler(node))

    def _of_Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        return node.value

    def _of_Name(self, node: ast.Name) -> Any:  # noqa: N802
        for names in (self.names[-1], self.names[0]):
            if node.id in names:
                return names[node.id]
        raise Refused(f"there is no {node.id!r}")

    def _of_List(self, node: ast.List) -> list:  # noqa: N802
        return [self.value(item) for item in node.elts]

    def _of_Tuple(self, node: ast.Tuple) -> tuple:  # noqa: N802
        return tuple(self.value(item) for item in node.elts)

    def _of_BinOp(self, node: ast.BinOp) -> Any:  # noqa: N802
        return self._operate(node.op, self.value(node.left), self.value(node.right))

    def _operate(self, sign: ast.operator, left: Any, right: Any) -> Any:
        if type(sign) not in OPERATORS:
            raise Refused(f"{type(sign).__name__} is not part of the language")
        return checked(OPERATORS[type(sign)](left, right))

    def _of_UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: N802
        if type(node.op) not in SIGNS:
            raise Refused(f"{type(node.op).__name__} is not part of the language")
        return SIGNS[type(node.op)](self.value(node.operand))

    def _of_BoolOp(self, node: ast.BoolOp) -> Any:  # noqa: N802
        stops_at, result = isinstance(node.op, ast.Or), None
        for part in node.values:
            result = self.value(part)
            if bool(result) is stops_at:
                break
        return result

    def _of_Compare(self, node: ast.Compare) -> bool:  # noqa: N802
        left = self.value(node.left)
        for sign, part in zip(node.ops, node.comparators):
            right = self.value(part)
            if type(sign) not in COMPARISONS:
                raise Refused(f"{type(sign).__name__} is not part of the language")
            if not COMPARISONS[type(sign)](left, right):
                return False
            left = right
        return True

    def _of_IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _of_Subscript(self, node: ast.Subscript) -> Any:  # noqa: N802
        return self.value(node.value)[self.value(node.slice)]

    def _of_Call(self, node: ast.Call) -> Any:  # noqa: N802
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise Refused("only plain calls such as max(2, 3) are part of the language")
        given = [self.value(argument) for argument in node.args]
        if node.func.id == "print":
            return self._print(given)
        if node.func.id in self.functions:
            return self._call(self.functions[node.func.id], given)
        if node.func.id not in FUNCTIONS:
            raise Refused(f"there is no function {node.func.id!r}")
        return FUNCTIONS[node.func.id](*given)

    def _call(self, function: ast.FunctionDef, given: list[Any]) -> Any:
        names = [argument.arg for argument in function.args.args]
        if len(names) != len(given) or len(self.names) > MAX_CALLS:
            raise Refused(f"{function.name} has {len(names)} arguments, and calls go {MAX_CALLS} deep")
        self.names.append(dict(zip(names, given)))
        try:
            self._block(function.body)
        except _Jump as jump:
            return jump.value
        finally:
            self.names.pop()
        return None

    def _print(self, given: list[Any]) -> None:
        line = " ".join(str(value) for value in given)
        self.printed += len(line) + 1
        if self.printed > MAX_OUTPUT:
            raise Refused(f"a program may print {MAX_OUTPUT} characters")
        self.output.append(line)


def interpret(source: str) -> dict[str, Any]:
    """{"output": what was printed, "error": None or what ended the program}. Never raises."""
    running, error = Interpreter(), None
    try:
        running.run(source)
    except Refused as refused:
        error = f"not allowed: {refused}"
    except _Jump as jump:
        error = f"not allowed: {jump.kind} outside a loop or function"
    except (Exception, RecursionError, MemoryError) as mistake:  # noqa: BLE001 - the program's own mistake
        error = f"{type(mistake).__name__}: {mistake}"[:200]
    return {"output": "\n".join(running.output), "error": error}


def _limit_process() -> None:
    """The operating system's own limits, each where it grants it: macOS refuses one on memory, Windows has none."""
    import resource

    for kind, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """The process: a program in, one line of JSON out, with nothing to open, write or start."""
    if sys.platform != "win32":
        _limit_process()
    print(json.dumps(interpret(sys.stdin.read())))


if __name__ == "__main__":
    main()
