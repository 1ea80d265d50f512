"""Export, import, size and prune."""

from __future__ import annotations

import pytest
from store_program import said

import srm_lab as srm
from srm_lab import store

MESSAGES = [{"role": "user", "content": "Why?"}]


@pytest.fixture
def filled(counting_model):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?", n=4)
    view.sample(MESSAGES, n=2, temperature=0.0, seed=3)
    view.close()
    return lm


def test_what_is_exported_and_imported_elsewhere_is_not_drawn_again(filled, counting_model, tmp_path):
    path = store.export(tmp_path / "a.jsonl.gz")
    other, lm = tmp_path / "other.sqlite", counting_model()
    assert store.import_(path, store=other) == 6
    view = store.stored(lm, other)
    assert view.sample("Why?", n=4) == [said("Why?", 0, index) for index in range(4)]
    assert view.sample(MESSAGES, n=2, temperature=0, seed=3) == [said(MESSAGES, 3, index, 0.0) for index in range(2)]
    assert lm.drawn == []
    view.close()
    assert store.export(tmp_path / "b.jsonl.gz", store=other).stat().st_size > 0
    assert store.import_(tmp_path / "b.jsonl.gz") == 0  # all of it was there


def test_import_is_found_by_its_name(filled, tmp_path):
    assert getattr(store, "import")(store.export(tmp_path / "a.jsonl.gz")) == 0


def test_where_chooses_samples(filled, tmp_path):
    path = store.export(tmp_path / "a.jsonl.gz", where=lambda s: s["prompt"] == "Why?" and s["index"] < 3)
    assert store.import_(path, store=tmp_path / "o.sqlite") == 3
    with pytest.raises(srm.SrmLabError, match="No sample was chosen"):
        store.export(tmp_path / "b.jsonl.gz", where=lambda s: False)
    assert not (tmp_path / "b.jsonl.gz").exists()


def test_of_several_models_one_must_be_named(filled, counting_model, tmp_path):
    other = counting_model()
    other.fingerprint, other.name = "0ther", "other"
    store.stored(other).sample("Why?")
    with pytest.raises(srm.SrmLabError, match=r"counting \(c0unting\), other \(0ther\)"):
        store.export(tmp_path / "a.jsonl.gz")
    for model, count in ((other, 1), ("0ther", 1), ("counting", 6)):
        path = store.export(tmp_path / "a.jsonl.gz", model=model)
        assert store.import_(path, store=tmp_path / f"{count}{model}.sqlite".replace("/", "")) == count
    with pytest.raises(srm.SrmLabError, match="counting"):
        store.export(tmp_path / "a.jsonl.gz", model="countin")


def test_an_empty_store_has_nothing_to_export(counting_model, tmp_path):
    assert store.size().bytes == 0
    store.stored(counting_model()).close()
    with pytest.raises(srm.SrmLabError, match="is empty"):
        store.export(tmp_path / "a.jsonl.gz")


def test_a_recordings_name_ends_as_recordings_do(filled, tmp_path):
    with pytest.raises(srm.SrmLabError, match=r"ends in \.jsonl\.gz"):
        store.export(tmp_path / "a.json")


def test_size_tells_place_bytes_and_samples_of_each_model(filled, store_of_this_test):
    found = store.size()
    assert (found.path, dict(found.samples)) == (store_of_this_test, {"counting (c0unting)": 6})
    assert found.bytes >= 4096
    assert "6 of counting" in str(found)


def test_prune_needs_a_condition_and_removes_only_what_fits(filled, counting_model):
    with pytest.raises(srm.SrmLabError, match="it would be everything"):
        store.prune()
    assert store.prune(damaged=True) == 0
    assert store.prune(older_than_days=1) == 0
    assert store.prune(model=filled, older_than_days=1) == 0
    assert sum(store.size().samples.values()) == 6
    assert store.prune(model="counting", older_than_days=-1) == 6
    assert store.size().samples == {}


def test_prune_gives_room_back_to_the_disk(counting_model):
    view = store.stored(counting_model())
    for i in range(300):
        view.sample(f"{i} " * 500)
    view.close()
    before = store.size().bytes
    assert store.prune(model="counting") == 300
    assert store.size().bytes < before / 5
