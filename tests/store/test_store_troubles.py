"""A store that is full, locked, read-only, damaged or too new: a clear error, never a wrong or lost sample."""

from __future__ import annotations

import sqlite3

import pytest
from store_program import problems, said

import srm_lab as srm
from srm_lab import store
from srm_lab.store import database


@pytest.fixture
def ask():
    def ask(problem, lm, *, n=1):
        return srm.vote(lm.sample(problem.question, n=n))

    known = dict(srm.methods.METHODS)
    yield srm.method(ask)
    srm.methods.METHODS.clear()
    srm.methods.METHODS.update(known)


def fill_up(view) -> None:
    """Let the file have no more pages than it has: SQLite then says what it says on a full disk."""
    with view._database.open() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")


def make_room(view) -> None:
    with view._database.open() as connection:
        connection.execute("PRAGMA max_page_count=1000000")


def change(path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


LONG = [{"role": "user", "content": "long " * 3000}]  # more than fits into the pages that a fresh file has


@pytest.mark.parametrize("tells", [True, False])
def test_a_full_disk_is_an_error_and_the_samples_stay_until_there_is_room(counting_model, tells):
    lm = counting_model(tells=tells)
    view = store.stored(lm)
    fill_up(view)
    with pytest.raises(srm.SrmLabError, match=r"(?s)is full.*kept in memory"):
        view.sample(LONG, n=3)
    with pytest.raises(srm.SrmLabError, match="is full"):
        view.flush()
    make_room(view)
    assert view.sample(LONG, n=3) == [said(LONG, 0, index) for index in range(3)]
    assert len(lm.drawn) == 3  # out of memory: nothing was drawn twice
    view.flush()
    view.close()
    assert store.stored(counting_model()).sample(LONG, n=3) == [said(LONG, 0, index) for index in range(3)]
    assert sum(store.size().samples.values()) == 3


def test_an_evaluation_on_a_full_disk_warns_and_has_all_its_results(counting_model, ask, monkeypatch):
    lm = counting_model()
    expected = srm.evaluate(lm, ask, problems(40), n=2, progress=False, store=False)
    connect = database.Database._connect

    def connect_to_a_small_disk(self):
        connect(self)
        self._connection.execute("PRAGMA max_page_count=10")

    monkeypatch.setattr(database.Database, "_connect", connect_to_a_small_disk)
    with pytest.warns(store.StoreWarning, match="is full") as told:
        run = srm.evaluate(lm, ask, problems(40), n=2, progress=False)
    assert [r.solution for r in run.records] == [r.solution for r in expected.records]
    assert run.failed == 0
    first, last = (str(warning.message) for warning in told)  # one at once, while room can be made, one at the end
    assert first.startswith("Samples are not being stored")
    assert last.startswith(f"{80 - sum(store.size().samples.values())} samples are not in the store")


def test_a_store_locked_for_too_long_is_an_error_that_says_so(counting_model, store_of_this_test, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.05)
    lm = counting_model()
    view = store.stored(lm)
    other = sqlite3.connect(store_of_this_test, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(srm.SrmLabError, match=r"(?s)locked.*Another process"):
        view.sample("Why?")
    other.execute("ROLLBACK")
    other.close()
    assert view.sample("Why?") == [said("Why?", 0, 0)]
    assert len(lm.drawn) == 1


@pytest.mark.parametrize("times", [2, 10**9])
def test_a_store_that_another_process_is_just_making_is_waited_for(counting_model, monkeypatch, times):
    create, tries = database.Database._create, []

    def made_by_another(self, connection):
        tries.append(1)
        if len(tries) <= times:
            raise sqlite3.OperationalError("database is locked")
        create(self, connection)

    monkeypatch.setattr(database.Database, "_create", made_by_another)
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.3)
    if times == 2:
        assert store.stored(counting_model()).sample("Why?") == [said("Why?", 0, 0)]
    else:  # not for ever
        with pytest.raises(srm.SrmLabError, match="locked"):
            store.stored(counting_model())
    assert len(tries) > 2


@pytest.mark.parametrize("below", ["samples.sqlite", "deeper/samples.sqlite"])
def test_a_folder_that_cannot_be_made_or_written_is_an_error_before_any_sample(counting_model, ask, tmp_path,
                                                                             monkeypatch, below):  # fmt: skip
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SRM_LAB_STORE", str(tmp_path / "file" / below))
    lm = counting_model()
    with pytest.raises(srm.SrmLabError, match=r"(?s)cannot be written.*SRM_LAB_STORE"):
        srm.evaluate(lm, ask, problems(2), progress=False)
    assert lm.drawn == []


def test_a_file_that_may_only_be_read_is_an_error_that_says_so(counting_model, store_of_this_test):
    view = store.stored(counting_model())
    with view._database.open() as connection:
        connection.execute("PRAGMA query_only=1")  # what SQLite says of a read-only file; root may write any file
    with pytest.raises(srm.SrmLabError, match=r"(?s)readonly.*cannot be written"):
        view.sample("Why?")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE samples SET data = (SELECT data FROM samples WHERE number = 1) WHERE number = 0",
        "UPDATE samples SET data = substr(data, 1, length(data) - 1) || x'00' WHERE number = 0",
        "UPDATE samples SET data = 'text' WHERE number = 0",
        "UPDATE samples SET checksum = x'00' WHERE number = 0",
        "UPDATE samples SET number = number + 10",
    ],
)
def test_a_damaged_row_is_an_error_and_never_a_sample(counting_model, store_of_this_test, statement):
    lm = counting_model()
    store.stored(lm).sample("Why?", n=2)
    change(store_of_this_test, statement)
    indices = [0, 10]
    with pytest.raises(srm.SrmLabError, match=r"(?s)is damaged.*prune\(damaged=True\)"):
        store.stored(lm).sample("Why?", indices=indices)
    assert store.prune(damaged=True) in (1, 2)
    assert store.stored(lm).sample("Why?", indices=indices) == [said("Why?", 0, index) for index in indices]


@pytest.mark.parametrize("column", ["prompt", "rendered", "settings", "seed", "fingerprint"])
def test_a_damaged_request_is_not_exported(counting_model, store_of_this_test, tmp_path, column):
    store.stored(counting_model()).sample([{"role": "user", "content": "Why?"}])
    change(store_of_this_test, f"UPDATE requests SET {column} = replace({column}, substr({column}, 3, 1), '7')"
           if column != "seed" else "UPDATE requests SET seed = '7'")  # fmt: skip
    if column == "fingerprint":
        change(store_of_this_test, "UPDATE models SET fingerprint = (SELECT fingerprint FROM requests)")
    with pytest.raises(srm.SrmLabError, match="is damaged"):
        store.export(tmp_path / "x.jsonl.gz")
    assert store.prune(damaged=True) == 1


@pytest.mark.parametrize("where", [0, 30, 5000])
def test_a_damaged_file_is_an_error(counting_model, ask, store_of_this_test, where):
    lm = counting_model()
    view = store.stored(lm)
    for i in range(50):
        view.sample(f"Question {i}?", n=3)
    view.close()
    drawn = len(lm.drawn)
    data = bytearray(store_of_this_test.read_bytes())
    data[where : where + 20_000] = bytes(byte ^ 0x5A for byte in data[where : where + 20_000])
    store_of_this_test.write_bytes(data)
    with pytest.raises(srm.SrmLabError, match="damaged"):
        srm.evaluate(lm, ask, problems(50), n=3, progress=False)
    assert len(lm.drawn) == drawn


def test_a_file_that_is_no_database_is_an_error(counting_model, store_of_this_test):
    store_of_this_test.parent.mkdir()
    store_of_this_test.write_text("a shopping list\n" * 100)
    with pytest.raises(srm.SrmLabError, match=r"(?s)not a database.*Move it away"):
        store.stored(counting_model())


def test_a_database_of_something_else_is_left_alone(counting_model, store_of_this_test):
    store_of_this_test.parent.mkdir()
    change(store_of_this_test, "CREATE TABLE holidays (day TEXT)")
    before = store_of_this_test.read_bytes()
    with pytest.raises(srm.SrmLabError, match="not a store"):
        store.stored(counting_model())
    assert store_of_this_test.read_bytes() == before


def test_a_store_of_a_newer_version_is_an_error_that_says_so(counting_model, store_of_this_test):
    store.stored(counting_model()).close()
    change(store_of_this_test, "PRAGMA user_version=2")
    with pytest.raises(srm.SrmLabError, match=r"(?s)format 2; this srm_lab knows format 1.*Update srm_lab"):
        store.stored(counting_model())
    with pytest.raises(srm.SrmLabError, match="format 2"):
        store.size()


def test_without_a_store_its_functions_say_so(monkeypatch, tmp_path):
    monkeypatch.setenv("SRM_LAB_STORE", "off")
    for function in (store.size, lambda: store.export(tmp_path / "x.jsonl.gz"), lambda: store.prune(damaged=True)):
        with pytest.raises(srm.SrmLabError, match="SRM_LAB_STORE is off"):
            function()
