"""The review names every broken convention, with the cell. No kernel runs here."""

import nbformat
import pytest
from conftest import CLAIM, FIGURE, HEADER, REGISTER, START, checks, edit

from srm_lab import claims, course_rules
from srm_lab.course_outputs import KERNELSPEC, LANGUAGE_INFO, fill_markers
from srm_lab.errors import SrmLabError

USUAL = [START, REGISTER, FIGURE, CLAIM, *checks("...", "...", "...")]


@pytest.fixture
def good(make_course, monkeypatch):
    """Makes a course that looks as if the command had run it, with the cells given."""

    def make(code=None, **prose):
        path = make_course(code, **prose)
        monkeypatch.setenv("SRM_LAB_RECORD", "srm-lab course 99 --profile cpu")
        claims.claim("99.two_beats_one", "Two beats one", seeds={0: 0.31, 1: 0.28, 2: 0.35})

        def as_if_run(nb):
            nb.metadata.update(kernelspec=dict(KERNELSPEC), language_info=dict(LANGUAGE_INFO))
            for count, cell in enumerate([cell for cell in nb.cells if cell.cell_type == "code"], 1):
                cell.execution_count = count
            fill_markers(nb, "about 20 seconds (CPU, 2 cores; measured 2026-11-23)")

        edit(path, as_if_run)
        edit(path.parent / "solutions" / path.name, as_if_run)
        return path

    return make


def only(path):
    """The one thing that the review finds."""
    (fault,) = course_rules.review(path)
    assert fault.startswith("99_fixture: ") or fault.startswith("solutions/99_fixture: ")
    return fault


def test_a_good_notebook_and_its_solutions_break_nothing(good):
    path = good()
    assert course_rules.review(path) == []
    assert course_rules.review(path.parent / "solutions" / path.name) == []


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER.replace("colab.research", "elsewhere"), "no Colab badge"),
        (HEADER.replace("99_fixture.ipynb", "98_other.ipynb"), "no Colab badge"),
        (HEADER.replace("<!-- srm:running-time --><!-- /srm -->", "3 minutes"), "no running time"),
    ],
)
def test_the_first_cell_has_a_badge_and_a_measured_running_time(good, header, fault):
    assert fault in only(good(header=header))


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("\n".join(["x = 1"] * 31), "cell 3 has 31 lines and 30 is the limit"),
        ("run = f(n=200)", "cell 3 types the size n=200"),
        ("run = lm.sample(prompt, max_new_tokens=256)", "types the size max_new_tokens=256"),
        ('srm.claim("98.other", "A", b)', "98.other does not belong to this notebook"),
    ],
)
def test_a_cell_that_is_too_long_or_types_a_size_or_claims_elsewhere_is_named(good, cell, fault):
    path = good([START, cell, *USUAL[1:]])
    assert any(fault in found for found in course_rules.review(path))


@pytest.mark.parametrize("cell", ["\n".join(["x = 1"] * 30), "f(n=3)", "f(n=size.problems)", "f(k=200)", "%env A=1"])
def test_what_the_rules_allow_is_allowed(good, cell):
    assert course_rules.review(good([START, cell, *USUAL[1:]])) == []


def test_the_first_code_cell_is_srm_start(good):
    assert 'does not call srm.start("99")' in only(good([REGISTER, START, *USUAL[2:]]))


def test_missing_kernelspec_is_named(good):
    path = good()
    edit(path, lambda nb: nb.metadata.pop("kernelspec"))
    assert "JupyterLab asks for a kernel" in only(path)


def test_cells_run_out_of_order_are_named(good):
    path = good()
    edit(path, lambda nb: nb.cells[1].update(execution_count=7))
    assert "top to bottom" in only(path)


def output(kind, **fields):
    return nbformat.v4.new_output(kind, **fields)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (output("error", ename="ValueError", evalue="no", traceback=[]), "cell 2 ended in ValueError: no"),
        (output("stream", text="saved to /home/ada/run.json"), "cell 2 shows a path of this machine: /home/ada/run"),
        (output("stream", text="<object at 0x7f00deadbeef>"), "shows a memory address"),
        (
            output("display_data", data={"application/vnd.plotly.v1+json": {"data": []}}),
            "cell 2 shows a figure without a PNG",
        ),
        (output("stream", text="x" * 1_600_000), "1.5 MB is the limit"),
    ],
)
def test_outputs_that_cannot_be_committed_are_named(good, made, fault):
    path = good()
    edit(path, lambda nb: nb.cells[1].update(outputs=[made]))
    assert fault in only(path)


def test_a_claim_without_a_stored_result_is_named(good):
    path = good([*USUAL, 'srm.claim("99.other", "A", b)'])
    assert "the claim 99.other has no stored result" in only(path)


def test_a_stored_result_without_a_claim_is_named(good):
    path = good([cell for cell in USUAL if cell is not CLAIM] + ['srm.claim("99.two_beats_one", "A", b)'])
    claims.claim("99.gone", "It went", seeds={0: 1, 1: 1, 2: 1})
    assert "data/results has 99.gone" in only(path)


def test_a_claim_key_must_be_typed_out(good):
    with pytest.raises(SrmLabError, match=r"Cell \d+ calls srm\.claim without its key"):
        course_rules.review(good([*USUAL, "srm.claim(key, 'A', b)"]))


def test_a_number_that_differs_from_the_stored_one_is_named(good):
    path = good()
    edit(path, lambda nb: nb.cells[-1].update(source=nb.cells[-1].source.replace("31.3", "41.3")))
    assert "says '+41.3 points' of 99.two_beats_one, and stored is '+31.3 points'" in only(path)


@pytest.mark.parametrize(
    "text", ["It gains 31 points.", "About 40 % fail.", "We saw 12.5% here.", "145 tokens a second"]
)
def test_a_measured_number_typed_into_prose_is_named(good, text):
    assert "into prose" in only(good(prose=text))


@pytest.mark.parametrize("text", ["<!-- srm:quoted -->57 %<!-- /srm --> in the paper", "`n = 50 %`", "Part 2 of 3", ""])
def test_quoted_numbers_code_and_plain_numbers_are_allowed(good, text):
    assert course_rules.review(good(prose=text)) == []


def test_two_exercises_are_too_few_and_a_forgotten_one_is_named(good):
    found = course_rules.review(good(USUAL[:-1]))
    assert any("has 2 exercises, and 3 to 5" in fault for fault in found)
    assert any("srm_lab/exercise_keys has ['99.1', '99.2', '99.3']" in fault for fault in found)


def test_missing_solutions_are_named(good):
    path = good()
    (path.parent / "solutions" / path.name).unlink()
    assert "has no solutions/99_fixture.ipynb" in only(path)


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "99_x.ipynb").write_text("{")
    with pytest.raises(SrmLabError, match=r"99_x\.ipynb is no readable notebook"):
        course_rules.review(tmp_path / "99_x.ipynb")


# The package's own `unknown_name`, as a notebook might show it: no docstring, no annotations, other comments.
COPY = """# same code as srm_lab.errors.unknown_name
def unknown_name(kind, name, known, fix=""):
    # a comment of the notebook's own
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    guess = {guess}
    return SrmLabError(f"There is no {{kind}} called {{name!r}}.", guess, fix)"""


def as_notebook(*code):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in code])


def shipped_guess():
    import ast

    function = course_rules.package_function("srm_lab.errors.unknown_name")
    return next(
        ast.unparse(node.value)
        for node in function.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "guess"
    )


def test_a_copy_that_differs_only_in_words_is_the_same_code():
    assert course_rules.same_code(as_notebook(COPY.format(guess=shipped_guess()))) == []


@pytest.mark.parametrize("change", [("n=3", "n=5"), ("sorted(known)", "list(known)"), ('fix=""', 'fix="x"')])
def test_a_copy_that_drifted_fails_with_the_difference(change):
    drifted = COPY.format(guess=shipped_guess()).replace(*change)
    (fault,) = course_rules.same_code(as_notebook("x = 1", drifted))
    assert fault.startswith("cell 2 and srm_lab.errors.unknown_name are not the same code:\n--- package")
    assert change[1] in fault.replace("'", '"')


def test_a_mark_without_a_function_or_for_nothing_is_named():
    (fault,) = course_rules.same_code(as_notebook("# same code as srm_lab.errors.unknown_name\nx = 1"))
    assert "defines no function after it" in fault
    with pytest.raises(SrmLabError, match="which does not exist"):
        course_rules.same_code(as_notebook("# same code as srm_lab.errors.no_such\ndef no_such(): ..."))


def test_decorators_annotations_and_docstrings_may_differ_and_defaults_may_not():
    import ast

    def bare(source):
        return ast.dump(course_rules._bare(ast.parse(source).body[0]))

    plain = bare("def f(a, b=1):\n    x = a\n    return x")
    assert bare('@method\ndef f(a: int, b: int = 1) -> int:\n    "Doc."\n    x: int = a\n    return x') == plain
    assert bare("def f(a, b=2):\n    x = a\n    return x") != plain


def test_a_core_cell_may_have_25_lines_and_no_more(good):
    body = "\n".join(f"    x{i} = {i}" for i in range(24))
    path = good([START, f"# same code as srm_lab.errors.unknown_name\ndef f():\n{body}", *USUAL[1:]])
    assert any("has 26 lines and 25 is the limit of a core cell" in fault for fault in course_rules.review(path))
