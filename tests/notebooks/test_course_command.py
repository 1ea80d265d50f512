"""The command runs a course in real kernels, and writes only what ran to its end and is fit to be committed."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from conftest import CLAIM, FIGURE, HEADER, REGISTER, START, checks, edit

from srm_lab import claims, course, profiles
from srm_lab.errors import SrmLabError

pytestmark = pytest.mark.slow
CPU, CI = profiles.named("cpu"), profiles.named("ci")


def run(path, profile="cpu", **options):
    return course.run([], profile, folder=path.parent, **options)


def sources(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_the_command_makes_a_course_that_keeps_every_rule_and_leaves_it_alone_the_second_time(make_course, capsys):
    path = make_course()
    assert run(path) == 0
    nb = nbformat.read(path, as_version=4)
    (figure,) = [out for cell in nb.cells for out in cell.get("outputs", ()) if "image/png" in out.get("data", {})]
    assert figure.data["application/vnd.plotly.v1+json"]["data"]
    assert "text/html" not in figure.data
    assert "about " in sources(path)[0]
    assert "+31.3 points" in sources(path)[-1]
    stored = claims.load("99")["99.two_beats_one"]
    assert (stored["verdict"], stored["command"]) == ("holds", "srm-lab course 99 --profile cpu")
    assert course.run([], "cpu", folder=path.parent, only_review=True) == 0, capsys.readouterr().out
    before = path.read_bytes()
    assert run(path) == 0
    assert capsys.readouterr().out.count("unchanged") == 2
    assert path.read_bytes() == before


def test_only_a_changed_cell_makes_a_notebook_run_again(make_course, capsys):
    path = make_course([START, REGISTER, *checks("...", "...", "...")], prose="As it was.")
    run(path)
    edit(path, lambda nb: nb.cells[-1].update(source="New words."))
    capsys.readouterr()
    run(path)
    assert capsys.readouterr().out.count("unchanged") == 2
    edit(path, lambda nb: nb.cells[1].update(source=START + "\n1 + 1"))
    run(path)
    assert "99_fixture            written" in (shown := capsys.readouterr().out), shown
    assert sources(path)[-1] == "New words."


def test_the_ci_profile_writes_nothing(make_course, tmp_path):
    path = make_course()
    before = path.read_bytes()
    assert run(path, "ci") == 0
    assert path.read_bytes() == before
    assert not (tmp_path / "results").exists()


def test_a_failing_cell_is_named_and_the_old_file_and_results_stay(make_course, tmp_path, capsys):
    path = make_course([START, REGISTER, CLAIM, "value = 1\nvalue / 0"])
    before = path.read_bytes()
    assert run(path) == 1
    shown = capsys.readouterr()
    assert "failed in cell 5 (`value = 1`): ZeroDivisionError: division by zero" in shown.err
    assert "value / 0" in shown.err
    assert "solutions/99_fixture  written" in shown.out, "the next notebook still runs"
    assert path.read_bytes() == before
    assert not (tmp_path / "results" / "99.json").exists()


def test_a_path_of_this_machine_in_an_output_is_refused(make_course, capsys):
    path = make_course([START, "print(srm.__file__)"])
    before = path.read_bytes()
    assert run(path) == 1
    assert "cell 3 shows a path of this machine" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_an_output_too_large_is_refused_with_its_cell(make_course, capsys):
    path = make_course([START, "print('x' * 1_600_000)"])
    assert run(path) == 1
    assert "1.5 MB is the limit (cell 3, text: 1.60 MB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("notebook", "solution", "message"),
    [("4", "4", "check 99.1 should fail here"), ("...", "5", "check 99.1 should pass here")],
)
def test_a_hole_that_passes_or_a_solution_that_fails_stops_the_course(make_course, capsys, notebook, solution, message):
    path = make_course([START, REGISTER, *checks(notebook)], solutions=[START, REGISTER, *checks(solution)])
    assert run(path, "ci") == 1
    assert message in capsys.readouterr().err


def test_a_claim_taken_out_of_a_notebook_is_forgotten(make_course):
    path = make_course([START, CLAIM, CLAIM.replace("two_beats_one", "old")])
    run(path)
    assert set(claims.load("99")) == {"99.old", "99.two_beats_one"}
    edit(path, lambda nb: nb.cells.pop(3))
    run(path)
    assert set(claims.load("99")) == {"99.two_beats_one"}


def test_a_claim_on_too_little_is_refused_where_it_would_be_stored(make_course, capsys):
    path = make_course([START, CLAIM.replace(", 2: 0.35", "")], prose="")
    assert run(path, "ci") == 0
    assert run(path) == 1
    assert "2 seeds; a stored claim needs" in capsys.readouterr().err


def test_a_notebook_over_its_time_is_stopped_with_the_cell_it_was_in(make_course):
    path = make_course([START, "import time\ntime.sleep(60)"])
    began = time.monotonic()
    with pytest.raises(SrmLabError, match=r"stopped after 4 seconds, in cell 3 \(`import time`\)"):
        course.execute(path, CI, time_limit_s=4)
    assert time.monotonic() - began < 20


def test_a_kernel_that_dies_is_said_to_have_died(make_course):
    path = make_course([START, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"])
    with pytest.raises(SrmLabError, match=r"(?s)cell 3 .*run out of memory"):
        course.execute(path, CI)


def test_an_edit_made_while_the_notebook_runs_is_kept(make_course, capsys):
    touch = 'import pathlib\nfile = pathlib.Path("99_fixture.ipynb")\n_ = file.write_text(file.read_text() + " ")'
    path = make_course([START, touch])
    assert run(path) == 1
    assert "was edited while it ran" in capsys.readouterr().err
    assert path.read_text().endswith(" ")


def test_ctrl_c_ends_the_kernel_and_leaves_the_old_file(make_course, tmp_path):
    path = make_course([START, f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
                               "time.sleep(60)"])  # fmt: skip
    before = path.read_bytes()
    code = "import sys, pathlib; from srm_lab import course; course.run([], 'cpu', folder=pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(path.parent)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    pid_file = tmp_path / "pid"
    deadline = time.monotonic() + 60
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    assert path.read_bytes() == before
    assert not (tmp_path / "results").exists()
    time.sleep(0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_widgets_keep_a_small_state_and_say_what_they_are(make_course):
    path = make_course([START, "import ipywidgets\nipywidgets.IntSlider(3)"], prose="")
    assert run(path) == 0
    nb = nbformat.read(path, as_version=4)
    state = nb.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(model["model_name"] == "IntSliderModel" for model in state.values())
    (output,) = nb.cells[2].outputs
    assert output.data["text/plain"] == "(an interactive view: run this notebook in Jupyter to use it)"
    assert "application/vnd.jupyter.widget-view+json" in output.data


def test_a_large_widget_state_is_dropped_with_its_view(make_course):
    path = make_course([START, "import ipywidgets\nipywidgets.HTML('x' * 500_000)"], prose="")
    assert run(path) == 0
    nb = nbformat.read(path, as_version=4)
    assert "widgets" not in nb.metadata
    assert set(nb.cells[2].outputs[0].data) == {"text/plain"}


def test_the_kernel_is_this_python_in_this_profile_and_plotly_adds_no_html(make_course):
    tell = "import sys, os, json\nprint(json.dumps([sys.executable, size.profile, os.environ['PLOTLY_RENDERER']]))"
    nb = course.execute(make_course([START, tell]), CI)
    assert json.loads(nb.cells[2].outputs[0].text) == [sys.executable, "ci", "plotly_mimetype"]


def test_srm_start_works_in_a_kernel_and_shows_a_table(make_course):
    nb = course.execute(make_course(['import srm_lab as srm\nsize = srm.start("99")']), CI)
    (output,) = nb.cells[1].outputs
    assert "Profile" in output.data["text/plain"]
    assert output.data["text/html"].startswith("<table>")


def test_a_figure_and_header_survive_a_second_forced_run(make_course):
    path = make_course([START, FIGURE], prose="", header=HEADER)
    run(path)
    first = nbformat.read(path, as_version=4).cells[2].outputs[0].data["image/png"]
    run(path, force=True)
    assert nbformat.read(path, as_version=4).cells[2].outputs[0].data["image/png"] == first
    assert sources(path)[0].count("srm:running-time") == 1
