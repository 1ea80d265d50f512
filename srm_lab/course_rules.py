"""The conventions that every notebook of the course keeps, and the test that code shown is code shipped.

`review(path)` lists what a notebook breaks; the tests assert that the list is empty, and `srm-lab course --review`
prints it. Each rule is a function from a notebook to sentences, so that a new one is one function more.

Code shown and code shipped: a cell that says

    # same code as srm_lab.scoring.votes.vote
    def vote(completions, kind="number"):
        ...

must define a function whose syntax tree equals the package's. Docstrings, decorators, type annotations and
comments may differ: the package explains itself to programmers and the cell to learners, and none of the four
changes what runs. Name, arguments, defaults and every statement are the same. The mark is a comment and no
metadata tag: it can be read and edited in every front end, and it tells the reader where the code lives.

Left out: style (ruff reads notebooks too) and whether the prose is any good.
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from srm_lab import claims, exercises
from srm_lab.course_outputs import MARKER, faults
from srm_lab.errors import SrmLabError

MAX_CELL_LINES, MAX_CORE_LINES = 30, 25
MIN_EXERCISES, MAX_EXERCISES = 3, 5
# A size typed into a call: these come from the profile, beyond a handful for looking at.
SIZE_ARGUMENTS, MAX_TYPED_SIZE = ("n", "max_new_tokens", "workers", "problems", "chains"), 4

_SAME_AS = re.compile(r"^# same code as (srm_lab(?:\.\w+)+)\s*$")
_BADGE = "https://colab.research.google.com/"
_CODE_OR_LINK = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", re.DOTALL)
_MEASURED_NUMBER = re.compile(r"\d+(?:[.,]\d+)?\s?(?:%|percent\b|points?\b|(?:tokens|chains) (?:a|per) second)")


def review(path: Path) -> list[str]:
    """What a notebook of the course breaks, one sentence each; for a solutions notebook what concerns those."""
    nb = read(path)
    found = [*_frame(nb, path), *_cells(nb), *same_code(nb), *_executed(nb), *faults(nb), *_exercises(nb, path)]
    if not is_solutions(path):
        found += [*_header(nb, path), *_claims(nb, path), *_prose(nb)]
    return [f"{name(path)}: {fault}" for fault in found]


def read(path: Path) -> Any:
    """The notebook as nbformat 4. Raises SrmLabError where the file is none."""
    import nbformat

    try:
        nb = nbformat.read(path, as_version=4)
        nbformat.validate(nb)
    except (ValueError, nbformat.ValidationError) as error:
        raise SrmLabError(
            f"{path.name} is no readable notebook.", str(error).splitlines()[0], "restore it from version control."
        ) from error
    return nb


def name(path: Path) -> str:
    """ "00_start_here", or "solutions/00_start_here"."""
    return f"solutions/{path.stem}" if is_solutions(path) else path.stem


def is_solutions(path: Path) -> bool:
    return path.parent.name == "solutions"


def code_cells(nb: Any) -> list[tuple[int, Any]]:
    """(number counted over all cells from 1, cell) of the code cells that are not blank."""
    return [(i, cell) for i, cell in enumerate(nb.cells, 1) if cell.cell_type == "code" and cell.source.strip()]


def claim_keys(nb: Any) -> list[str]:
    """The keys of the claims that a notebook makes, in order."""
    return list(_keys_given_to("claim", nb))


def same_code(nb: Any) -> list[str]:
    """The functions that differ between a notebook's marked cells and the package, each with where."""
    found = []
    for number, cell in code_cells(nb):
        lines = cell.source.splitlines()
        marks = {i: match[1] for i, line in enumerate(lines, 1) if (match := _SAME_AS.match(line))}
        definitions = [node for node in _tree(cell.source).body if isinstance(node, ast.FunctionDef)] if marks else []
        for line, dotted in marks.items():
            shown = next((node for node in definitions if node.lineno > line), None)
            if shown is None:
                found.append(f"cell {number} names {dotted} and defines no function after it")
            elif difference := _difference(shown, package_function(dotted)):
                found.append(f"cell {number} and {dotted} are not the same code:\n{difference}")
    return found


def package_function(dotted: str) -> ast.FunctionDef:
    """The definition of srm_lab.module.function (or module.Class.method), read from its file without running it.

    Raises SrmLabError where the package has none.
    """
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            spec = importlib.util.find_spec(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        if spec is None or not spec.origin:
            continue
        node: Any = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        for part in parts[cut:]:
            node = next((each for each in getattr(node, "body", ()) if getattr(each, "name", None) == part), None)
        if isinstance(node, ast.FunctionDef):
            return node
    raise SrmLabError(
        f"A notebook says that its code is that of {dotted}, which does not exist.",
        "The module that defines the function must be named, not one that imports it.",
        "correct the comment `# same code as ...` in the notebook, or the package.",
    )


def _frame(nb: Any, path: Path) -> Iterator[str]:
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "has no python3 kernelspec, so JupyterLab asks for a kernel"
    if nb.metadata.get("language_info", {}).get("name") != "python":
        yield "has no language_info"
    cells = code_cells(nb)
    if not cells or f'srm.start("{path.name[:2]}")' not in cells[0][1].source:
        yield f'its first code cell does not call srm.start("{path.name[:2]}")'


def _header(nb: Any, path: Path) -> Iterator[str]:
    first = nb.cells[0] if nb.cells else None
    source = first.source if first and first.cell_type == "markdown" else ""
    if _BADGE not in source or path.name not in source:
        yield "its first cell has no Colab badge that opens this notebook"
    if not any(match[1] == "running-time" for match in MARKER.finditer(source)):
        yield "its first cell has no running time (<!-- srm:running-time --><!-- /srm -->)"


def _cells(nb: Any) -> Iterator[str]:
    for number, cell in code_cells(nb):
        lines = len(cell.source.strip().splitlines())
        core = any(map(_SAME_AS.match, cell.source.splitlines()))
        limit = MAX_CORE_LINES if core else MAX_CELL_LINES
        if lines > limit:
            yield f"cell {number} has {lines} lines and {limit} is the limit" + (" of a core cell" if core else "")
        for call in _calls(cell.source):
            for keyword in call.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                if keyword.arg in SIZE_ARGUMENTS and type(value) is int and value > MAX_TYPED_SIZE:
                    yield f"cell {number} types the size {keyword.arg}={value}; take it from srm.start"


def _executed(nb: Any) -> Iterator[str]:
    counts = [cell.get("execution_count") for _, cell in code_cells(nb)]
    if counts != list(range(1, len(counts) + 1)):
        yield "was not run from top to bottom in one go; run it with the command"


def _claims(nb: Any, path: Path) -> Iterator[str]:
    keys, notebook = claim_keys(nb), path.name[:2]
    if not keys:
        yield "makes no claim about what was measured"
    if len(set(keys)) < len(keys):
        yield f"makes a claim twice: {sorted(key for key in set(keys) if keys.count(key) > 1)}"
    yield from (f"the claim {key} does not belong to this notebook" for key in keys if key[:3] != f"{notebook}.")
    stored = claims.load(notebook)
    yield from (f"the claim {key} has no stored result" for key in keys if key not in stored)
    yield from (f"data/results has {key}, which no cell claims" for key in stored if key not in keys)


def _exercises(nb: Any, path: Path) -> Iterator[str]:
    checked, known = sorted(set(_keys_given_to("check", nb))), exercises.keys(path.name[:2])
    if not MIN_EXERCISES <= len(checked) <= MAX_EXERCISES:
        yield f"has {len(checked)} exercises, and {MIN_EXERCISES} to {MAX_EXERCISES} are wanted"
    if checked != known:
        yield f"checks {checked}, and srm_lab/exercise_keys has {known}"
    if not is_solutions(path) and not (path.parent / "solutions" / path.name).exists():
        yield f"has no solutions/{path.name}"


def _prose(nb: Any) -> Iterator[str]:
    """Numbers in the prose come from stored results, or are marked as quoted."""
    for number, cell in enumerate(nb.cells, 1):
        if cell.cell_type != "markdown":
            continue
        for match in MARKER.finditer(cell.source):
            if match[1] != "measured":
                continue
            key, *form = match[2].split()
            try:
                stored = claims.measured(key).shown(*form)
            except SrmLabError as error:
                yield f"cell {number}: {error.what}"
                continue
            if match[3] != stored:
                yield f"cell {number} says {match[3]!r} of {key}, and stored is {stored!r}"
        for match in _MEASURED_NUMBER.finditer(_CODE_OR_LINK.sub(" ", MARKER.sub(" ", cell.source))):
            yield f"cell {number} types {match[0]!r} into prose; put it between srm:measured or srm:quoted markers"


def _tree(source: str) -> ast.Module:
    """The syntax tree of a cell; lines for the shell and magics become calls, as IPython reads them."""
    from IPython.core.inputtransformer2 import TransformerManager

    return ast.parse(TransformerManager().transform_cell(source))


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(_tree(source)) if isinstance(node, ast.Call))


def _keys_given_to(function: str, nb: Any) -> Iterator[str]:
    """First arguments of srm.<function>("...") in the order of the cells; each must be typed out."""
    for number, cell in code_cells(nb):
        for call in _calls(cell.source):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == function):
                continue
            if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "srm"):
                continue
            key = call.args[0] if call.args else None
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise SrmLabError(f"Cell {number} calls srm.{function} without its key as a typed-out string.")
            yield key.value


def _difference(shown: ast.FunctionDef, shipped: ast.FunctionDef) -> str:
    """Empty where the two are the same code, else the first lines of their difference."""
    ours, theirs = (ast.unparse(_bare(node)).splitlines() for node in (shown, shipped))
    lines = difflib.unified_diff(theirs, ours, "package", "notebook", lineterm="", n=1)
    return "\n".join(list(lines)[:14])


def _bare(function: ast.FunctionDef) -> ast.FunctionDef:
    """A copy without what may differ: docstring, decorators, annotations (comments are gone already)."""
    copy = ast.parse(ast.unparse(function)).body[0]
    for node in ast.walk(copy):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.decorator_list, node.returns = [], None
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.fix_missing_locations(_WithoutAnnotations().visit(copy))


class _WithoutAnnotations(ast.NodeTransformer):
    """`x: int = 0` is `x = 0`; a bare `x: int` runs nothing and goes."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return ast.Assign(targets=[node.target], value=node.value) if node.value else None
