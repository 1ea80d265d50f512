"""The offline model: fetched once, its hash checked, converted once, and nothing half-written left behind."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

import srm_lab as srm
from srm_lab.models import packaged


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SRM_LAB_CACHE", str(tmp_path))
    return tmp_path / "models"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel with a GGUF of four bytes, known by its hash, and a converter that copies it."""
    path = tmp_path / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(packaged.GGUF, b"GGUF")
    monkeypatch.setattr(packaged, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(packaged, "_download_wheel", lambda folder: path)

    def convert(gguf: Path, folder: Path) -> Path:
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(gguf.read_bytes())
        return folder

    monkeypatch.setattr(packaged, "_convert", convert)
    return path


def test_the_model_is_made_once_and_found_afterwards(cache, wheel, monkeypatch):
    assert not packaged.is_cached()
    folder = packaged.packaged_model()
    assert (folder / "model.safetensors").read_bytes() == b"GGUF"
    monkeypatch.setattr(packaged, "_download_wheel", lambda folder: pytest.fail("downloaded twice"))
    assert packaged.packaged_model() == folder
    assert packaged.is_cached()


def test_another_file_than_the_known_one_is_refused_and_nothing_is_left(cache, wheel, monkeypatch):
    monkeypatch.setattr(packaged, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(srm.SrmLabError, match="SHA-256"):
        packaged.packaged_model()
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError, srm.SrmLabError])
def test_an_interrupted_conversion_leaves_nothing_half_written(cache, wheel, monkeypatch, stop):
    def convert(gguf, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"half")
        raise stop("now")

    monkeypatch.setattr(packaged, "_convert", convert)
    with pytest.raises(stop):
        packaged.packaged_model()
    assert list(cache.iterdir()) == []
    assert not packaged.is_cached()


def test_two_processes_may_convert_at_once(cache, wheel, monkeypatch):
    convert = packaged._convert

    def slower(gguf, folder):
        made = convert(gguf, folder)
        if not packaged.is_cached():  # the other process finishes first
            target = cache / f"{packaged.NAME}-v{packaged.CONVERSION}"
            target.mkdir()
            (target / "model.safetensors").write_bytes(b"GGUF")
        return made

    monkeypatch.setattr(packaged, "_convert", slower)
    assert (packaged.packaged_model() / "model.safetensors").read_bytes() == b"GGUF"
    assert len(list(cache.iterdir())) == 1


def test_without_a_network_pips_own_words_are_passed_on(cache, monkeypatch):
    def no_pip(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "WARNING: retrying\nERROR: no matching distribution\n")

    monkeypatch.setattr(subprocess, "run", no_pip)
    with pytest.raises(srm.SrmLabError, match="ERROR: no matching distribution"):
        packaged.packaged_model()
    assert list(cache.iterdir()) == []


def test_a_full_disk_says_how_much_is_needed_and_where_else_to_go(cache, wheel, monkeypatch):
    def convert(gguf, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packaged, "_convert", convert)
    with pytest.raises(srm.SrmLabError, match="No space left on device") as caught:
        packaged.packaged_model()
    assert "SRM_LAB_CACHE" in caught.value.fix


@pytest.mark.slow
def test_the_real_model_loads_and_knows_a_capital():
    lm = srm.load_model("smollm2-135m")
    assert lm.num_parameters == 134_515_008
    assert "Paris" in lm.sample("The capital of France is", temperature=0, max_new_tokens=4)[0].text
    assert sum(lm.logprobs("The capital of France is", " Paris")) > sum(
        lm.logprobs("The capital of France is", " Rome")
    )
