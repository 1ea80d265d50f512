"""Profiles decide every size of a notebook."""

import copy
import sys
import types

import pytest

from srm_lab import profiles
from srm_lab.errors import SrmLabError


@pytest.fixture
def on_a_machine(monkeypatch):
    def choose(cuda, profile=None):
        fake = types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: cuda))
        monkeypatch.setitem(sys.modules, "torch", fake)
        if profile is None:
            monkeypatch.delenv("SRM_LAB_PROFILE", raising=False)
        else:
            monkeypatch.setenv("SRM_LAB_PROFILE", profile)
        return profiles.current().name

    return choose


@pytest.mark.parametrize(("cuda", "name"), [(True, "gpu"), (False, "cpu")])
def test_the_machine_chooses_where_nobody_did(on_a_machine, cuda, name):
    assert on_a_machine(cuda) == name


@pytest.mark.parametrize("cuda", [True, False])
def test_the_environment_variable_wins_over_the_machine(on_a_machine, cuda):
    assert on_a_machine(cuda, "ci") == "ci"


def test_an_unknown_profile_is_refused_with_the_nearest_name(on_a_machine):
    with pytest.raises(SrmLabError, match=r"(?s)no profile called 'cpus'.*cpu.*SRM_LAB_PROFILE"):
        on_a_machine(False, "cpus")


def test_every_profile_gives_every_notebook_the_same_names():
    assert len({tuple(sorted(values)) for values in profiles.COMMON.values()}) == 1
    for notebook, rows in profiles.NOTEBOOKS.items():
        names = {tuple(sorted(profiles.sizes(notebook, profiles.named(profile)))) for profile in profiles.PROFILES}
        assert len(names) == 1, f"notebook {notebook} lacks a size in one of its profiles"
        assert set(rows) == set(profiles.PROFILES)


def test_no_profile_is_smaller_than_the_one_below_it():
    for notebook in ["99", *profiles.NOTEBOOKS]:
        ci, cpu, gpu = (profiles.sizes(notebook, profiles.named(name)) for name in ("ci", "cpu", "gpu"))
        for name, value in ci.items():
            if isinstance(value, int):
                assert value <= cpu[name] <= gpu[name], f"{notebook}: {name}"


def test_a_notebook_overrides_only_what_differs(monkeypatch):
    monkeypatch.setitem(profiles.NOTEBOOKS, "98", {"ci": {"drafts": 3}, "cpu": {"drafts": 9}, "gpu": {"drafts": 9}})
    size = profiles.sizes("98_a_title.ipynb", profiles.named("cpu"))
    assert (size.drafts, size.problems) == (9, profiles.COMMON["cpu"]["problems"])
    assert (size.notebook, size.profile) == ("98", "cpu")
    assert dict(**size)["drafts"] == 9


def test_a_size_that_does_not_exist_is_named_with_those_that_do():
    size = profiles.sizes("00", profiles.named("ci"))
    with pytest.raises(AttributeError, match=r"no size 'problem', only: .*problems"):
        _ = size.problem
    assert not hasattr(size, "_repr_html_")


def test_sizes_can_be_copied_and_read_in_a_cell():
    size = profiles.sizes("00", profiles.named("ci"))
    assert copy.deepcopy(size).problems == size.problems
    assert "profile='ci'" in repr(size)


@pytest.mark.parametrize("name", ["", "start", "7", "x0"])
def test_a_name_without_two_digits_is_refused(name):
    with pytest.raises(SrmLabError, match="two digits"):
        profiles.sizes(name, profiles.named("ci"))
