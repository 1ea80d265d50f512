"""`srm.start` says what the machine is before anything is loaded."""

import html
import subprocess
import sys
import types

import pytest

from srm_lab import preflight as preflight_module
from srm_lab import profiles
from srm_lab.errors import SrmLabError
from srm_lab.models import machine, packaged


@pytest.fixture
def on(monkeypatch):
    """A machine of our choosing: free memory in GB, native bfloat16, the model in the cache."""

    def set_up(memory_gb=16.0, native=True, cached=True):
        monkeypatch.setattr(machine, "pick_device", lambda device: "cpu")
        monkeypatch.setattr(machine, "free_memory", lambda device: int(memory_gb * 1e9))
        monkeypatch.setattr(machine, "native_bfloat16", lambda device: native)
        monkeypatch.setattr(packaged, "is_cached", lambda name: cached)
        monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
        return lambda profile="cpu": preflight_module.preflight(profiles.named(profile), packaged.NAME)

    return set_up


def test_the_preflight_names_device_memory_versions_profile_and_model(on):
    rows = dict(on()().rows)
    assert rows["Device"].startswith("CPU, ")
    assert rows["Free memory"] == "16.0 GB"
    assert all(name in rows["Versions"] for name in ("Python 3.", "torch ", "transformers ", "srm-lab "))
    assert rows["Profile"].startswith("cpu: ")
    assert rows["Model"] == "smollm2-135m: ready, no network needed"


def test_a_machine_without_bfloat16_or_model_is_told_so(on):
    rows = dict(on(native=False, cached=False)().rows)
    assert "no native bfloat16" in rows["Device"]
    assert "93 MB" in rows["Model"]


@pytest.mark.parametrize("profile", profiles.PROFILES)
def test_too_little_memory_is_one_sentence_with_both_numbers(on, profile):
    (warning,) = on(memory_gb=1.2)(profile).warnings
    assert "1.2 GB" in warning
    assert f"{profiles.named(profile).memory_gb:.0f} GB" in warning


def test_enough_memory_warns_of_nothing(on):
    assert on(memory_gb=64)("gpu").warnings == ()


def test_colab_is_told_about_its_pip_line(on, monkeypatch):
    preflight = on()
    assert "Colab" not in dict(preflight().rows)
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_1")
    assert "pip install" in dict(preflight().rows)["Colab"]


def test_text_and_html_say_the_same_and_html_is_escaped():
    found = preflight_module.Preflight((("Device", "a <b> & c"),), ("small <i>",))
    assert "a <b> & c" in repr(found)
    assert html.escape("a <b> & c") in found._repr_html_()
    assert "<i>" not in found._repr_html_()


def test_start_prints_outside_a_notebook_and_returns_the_sizes(on, capsys, monkeypatch):
    on()
    monkeypatch.setenv("SRM_LAB_PROFILE", "ci")
    size = preflight_module.start("00")
    assert (size.notebook, size.profile) == ("00", "ci")
    assert "Profile" in capsys.readouterr().out


def test_start_refuses_an_unknown_profile(on, monkeypatch):
    on()
    monkeypatch.setenv("SRM_LAB_PROFILE", "huge")
    with pytest.raises(SrmLabError, match="no profile called 'huge'"):
        preflight_module.start("00")


def test_show_displays_where_ipython_runs(monkeypatch):
    import IPython

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=shown.append))
    preflight_module.show("thing")
    assert shown == ["thing"]


def test_a_missing_package_is_named_and_not_an_error(monkeypatch):
    monkeypatch.setattr(preflight_module, "_PACKAGES", ("no-such-package-here",))
    assert preflight_module.versions()["no-such-package-here"] == "not installed"


def test_srm_start_stays_a_function_whatever_was_imported_before():
    code = "import srm_lab.claims, srm_lab.course, srm_lab as srm; print(callable(srm.start))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
