"""The parts of the course's command that need no kernel: which notebooks, numbers in prose, outputs, the table."""

import base64
import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from srm_lab import claims, course, course_outputs, profiles
from srm_lab.errors import SrmLabError

CPU = profiles.named("cpu")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_RESULTS", str(tmp_path / "results"))
    (tmp_path / "notebooks" / "solutions").mkdir(parents=True)
    for name in ("00_start", "07_votes", "solutions/00_start"):
        nbformat.write(new_notebook(cells=[new_code_cell("x = 1")]), tmp_path / "notebooks" / f"{name}.ipynb")
    (tmp_path / "notebooks" / "scratch.ipynb").write_text("mine")
    return tmp_path / "notebooks"


def names(paths):
    return [f"{path.parent.name}/{path.stem}" for path in paths]


def test_the_course_is_in_order_with_solutions_after_each_notebook(folder):
    everything = ["notebooks/00_start", "solutions/00_start", "notebooks/07_votes"]
    assert names(course.notebooks(folder=folder)) == everything
    assert names(course.notebooks(["07"], folder)) == ["notebooks/07_votes"]
    assert names(course.notebooks([str(folder / "00_start.ipynb")], folder)) == ["notebooks/00_start"]


@pytest.mark.parametrize("wanted", ["13", "13_rl.ipynb"])
def test_a_notebook_that_does_not_exist_is_an_error(folder, wanted):
    with pytest.raises(SrmLabError, match=f"no notebook {wanted}"):
        course.notebooks([wanted], folder)


def test_an_installation_without_the_clone_says_so(tmp_path):
    with pytest.raises(SrmLabError, match="no notebooks here"):
        course.notebooks(folder=tmp_path)


def test_the_command_line_reports_errors_without_a_traceback(capsys):
    assert course.main(["99"]) == 1
    assert "no notebook 99" in capsys.readouterr().err
    assert course.main(["00", "--profile", "huge"]) == 1
    assert "no profile called 'huge'" in capsys.readouterr().err


def test_code_and_sizes_make_a_notebook_new_and_prose_does_not(folder, monkeypatch):
    path = folder / "00_start.ipynb"
    before = course.fingerprint(new_notebook(cells=[new_code_cell("x")]), path, CPU)
    prose = new_notebook(cells=[new_markdown_cell("words"), new_code_cell("x")])
    assert course.fingerprint(prose, path, CPU) == before
    assert course.fingerprint(new_notebook(cells=[new_code_cell("y")]), path, CPU) != before
    monkeypatch.setitem(profiles.NOTEBOOKS, "00", {"cpu": {"problems": 1}})
    assert course.fingerprint(prose, path, CPU) != before


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.2, "10 seconds"), (40.0, "40 seconds"), (81, "90 seconds"), (91, "2 minutes"), (171, "3 minutes")],
)
def test_running_times_are_rounded_up(seconds, text):
    said = course_outputs.running_time_text(seconds, "CPU, 2 cores", "2026-11-23")
    assert said == f"about {text} (CPU, 2 cores; measured 2026-11-23)"


def test_the_table_names_what_was_over_its_budget():
    outcomes = [course.Outcome("00_start", "written", 299.0), course.Outcome("07_votes", "written", 301.0)]
    first, second = course.table(outcomes, CPU).splitlines()[1:3]
    assert "over" not in first
    assert "over the budget of 300" in second


def prose(text):
    return new_notebook(cells=[new_markdown_cell(text)])


def test_markers_are_filled_from_results_and_can_be_filled_again(folder, monkeypatch):
    monkeypatch.setenv("SRM_LAB_RECORD", "srm-lab course")
    monkeypatch.setenv("SRM_LAB_PROFILE", "cpu")
    claims.claim("00.a", "A", seeds={0: 0.1, 1: 0.2, 2: 0.3})
    nb = prose(
        "It took <!-- srm:running-time --><!-- /srm -->, gained <!-- srm:measured 00.a -->?<!-- /srm --> "
        "(<!-- srm:measured 00.a interval --><!-- /srm -->), paper: <!-- srm:quoted -->57 %<!-- /srm -->."
    )
    for _ in range(2):
        course_outputs.fill_markers(nb, "about 10 seconds")
        text = nb.cells[0].source
        assert "<!-- srm:running-time -->about 10 seconds<!-- /srm -->" in text
        assert "<!-- srm:measured 00.a -->+20.0 points<!-- /srm -->" in text
        assert "<!-- srm:measured 00.a interval -->+20.0 points [-4.8, 44.8]<!-- /srm -->" in text
        assert "<!-- srm:quoted -->57 %<!-- /srm -->" in text
    course_outputs.fill_markers(nb, None)
    assert "about 10 seconds" in nb.cells[0].source


@pytest.mark.parametrize("marker", ["measured 00.none", "measured 00.none interval"])
def test_a_marker_of_an_unknown_claim_is_an_error(folder, marker):
    with pytest.raises(SrmLabError, match="no stored claim"):
        course_outputs.fill_markers(prose(f"<!-- srm:{marker} --><!-- /srm -->"), None)


@pytest.mark.parametrize(
    "text",
    [
        "/home/ada/models/x.gguf",
        "saved in /tmp/tmpab12/run.json.",
        "C:\\Users\\ada\\x",
        "/tmp/ipykernel_12/34.py:3: UserWarning",
        f"{course_outputs.__file__}:12",
        course_outputs.sys.prefix,
    ],
)
def test_paths_of_this_machine_are_found(text):
    assert course_outputs.machine_paths(text)


def test_what_only_looks_like_a_path_is_let_through():
    texts = [
        "https://example.org/home/ada/x",
        "arxiv.org/tmp/x",
        "~/tmp/x",
        "and/or, 3/4, </tmp>",
        "data/results/00.json",
        base64.b64encode(bytes(range(255)) * 40).decode() + "/tmp/A+/home/B",
    ]
    assert [path for text in texts for path in course_outputs.machine_paths(text)] == []


def test_a_progress_bar_keeps_only_its_last_state_and_streams_become_one():
    pieces = [("stderr", "bar 10%\rbar 50%"), ("stdout", "one\n"), ("stderr", "\rbar 100%\n"), ("stdout", "two\r\n")]
    cell = new_code_cell("x", outputs=[new_output("stream", name=name, text=text) for name, text in pieces])
    nb = new_notebook(cells=[cell])
    course_outputs.finish(nb)
    assert [(out.name, out.text) for out in nb.cells[0].outputs] == [
        ("stderr", "bar 100%\n"),
        ("stdout", "one\ntwo\n"),
    ]


def test_a_finished_notebook_has_a_kernel_and_no_times_or_python_version():
    cell = new_code_cell("x", metadata={"execution": {"iopub.status.busy": "2026-11-23T08:00:00Z"}, "tags": ["keep"]})
    nb = new_notebook(cells=[cell], metadata={"language_info": {"name": "python", "version": "3.11.7"}})
    course_outputs.finish(nb)
    assert nb.cells[0].metadata == {"tags": ["keep"]}
    assert nb.metadata.kernelspec.name == "python3"
    assert "version" not in nb.metadata.language_info
    nbformat.validate(nb)


def test_figures_without_a_browser_are_an_error_that_names_it(monkeypatch):
    async def no_browser(figures):
        raise RuntimeError("no Chrome here")

    monkeypatch.setattr(course_outputs, "_draw", no_browser)
    figure = new_output("display_data", data={course_outputs.PLOTLY: {"data": []}})
    with pytest.raises(SrmLabError, match=r"(?s)drawn as PNG.*no Chrome here.*install Chromium"):
        course_outputs.finish(new_notebook(cells=[new_code_cell("x", outputs=[figure])]))


def test_a_repacked_picture_is_smaller_and_the_same_pixels():
    image = pytest.importorskip("PIL.Image")
    picture, packed_fast = image.linear_gradient("L").convert("RGBA"), io.BytesIO()
    picture.save(packed_fast, "PNG", compress_level=1)
    small = course_outputs.repacked(packed_fast.getvalue())
    assert len(small) < len(packed_fast.getvalue())
    assert image.open(io.BytesIO(small)).tobytes() == picture.tobytes()


def test_what_is_no_picture_is_not_repacked():
    with pytest.raises(ValueError, match="no PNG"):
        course_outputs.repacked(b"<svg></svg>")


def test_a_memory_address_hidden_behind_html_is_taken_out_and_a_shown_one_is_a_fault():
    text = "<Styler at 0x7f177be52150>"
    hidden = new_output("display_data", data={"text/html": "<table></table>", "text/plain": text})
    shown = new_output("display_data", data={"text/plain": text})
    nb = new_notebook(cells=[new_code_cell("x", outputs=[hidden]), new_code_cell("y", outputs=[shown])])
    course_outputs.finish(nb)
    assert nb.cells[0].outputs[0].data["text/plain"] == "<Styler>"
    (fault,) = course_outputs.faults(nb)
    assert fault.startswith("cell 2 shows a memory address (at 0x7f177be52150)")
