"""The store's SQLite file: schema, transactions, and checks of what is read.

One connection a Database, used under a lock, is the simplest that is safe: a write takes about a tenth of a
millisecond. Write-ahead logging lets other processes read meanwhile, and with synchronous=NORMAL a committed sample
survives the death of the process at any moment (a power cut may take the last ones, never the file).
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import SrmLabError
from ..models.recording import to_json
from ..records import Completion
from .location import ELSEWHERE, damaged, explained
from .rows import Request, checksum, pack, request_checksum, unpack

SCHEMA = 1
APPLICATION = 0x53524D53  # "SRMS", in the file's header: tells a store from any other SQLite file
PATIENCE_SECONDS = 10.0  # how long a write waits for other processes

_OF_A_PARENT: list[sqlite3.Connection] = []  # brought here by a fork: SQLite forbids even closing them in a child

_TABLES = """
CREATE TABLE models (fingerprint TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE origins (id INTEGER PRIMARY KEY, versions TEXT NOT NULL UNIQUE);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
    prompt TEXT NOT NULL, rendered TEXT, settings TEXT NOT NULL, seed TEXT NOT NULL, checksum BLOB NOT NULL);
CREATE TABLE samples (
    request INTEGER NOT NULL REFERENCES requests (id), number INTEGER NOT NULL, origin INTEGER NOT NULL,
    created INTEGER NOT NULL, data BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (request, number)) WITHOUT ROWID;
CREATE INDEX requests_by_model ON requests (fingerprint);
"""


class Database:
    """A store's file, opened (and made where it is missing). Safe to use from many threads.

    Raises SrmLabError for a folder that cannot be written, a damaged file, or one of a newer version.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0  # the one that opened the connection
        self._opened: tuple[int, ...] = ()  # process and file of the connection
        with self._errors():
            self._connect()

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            elif self._connection is not None:
                _OF_A_PARENT.append(self._connection)
            self._connection = None

    def _connect(self) -> None:
        """Opens the file. While another process makes it SQLite says "locked" at once, so this waits by itself."""
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._connect_once()
            except BaseException as error:
                self.close()
                in_the_making = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
                if not in_the_making or time.monotonic() > patient_until:
                    raise
            time.sleep(0.02)

    def _connect_once(self) -> None:
        self._connection = connection = sqlite3.connect(
            str(self.path), timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._process = os.getpid()
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._create(connection)
        self._check_version(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.text_factory = lambda data: data.decode("utf-8", "replace")  # damaged text: the checksum finds it
        self._opened = self._identity()

    def _create(self, connection) -> None:
        """Makes the tables in one transaction; of several processes at once, one does it."""
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables:
            return
        connection.execute("PRAGMA journal_mode=WAL")
        with self.transaction():
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id={APPLICATION}")
                connection.execute(f"PRAGMA user_version={SCHEMA}")

    def _check_version(self, connection) -> None:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise SrmLabError(f"{self.path} is not a store.", "It is an SQLite file of something else.", ELSEWHERE)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA:
            raise SrmLabError(
                f"The store {self.path} has format {version}; this srm_lab knows format {SCHEMA}.",
                "It was written by another version of srm_lab.",
                f"Update srm_lab. {ELSEWHERE}",
            )

    def _identity(self) -> tuple[int, ...]:
        """Process and file: a connection is of no use in a forked child, or once its file was deleted."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return ()
        return os.getpid(), status.st_dev, status.st_ino

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise explained(error, self.path) from error

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone, with SQLite's errors told as SrmLabErrors."""
        with self._errors():
            if self._connection is None or self._opened != self._identity():
                self._connect()
            yield self._connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write of all or nothing. Inside `open`, or while the file is made."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have rolled it back already
                connection.execute("ROLLBACK")
            raise

    def describe(self, fingerprint: str, facts: Mapping[str, Any]) -> None:
        """Keep what a recording's header will say about the model."""
        with self.open() as connection:
            row = connection.execute("SELECT facts FROM models WHERE fingerprint=?", (fingerprint,)).fetchone()
            if row is None or row[0] != to_json(facts):
                with self.transaction():
                    connection.execute("INSERT OR REPLACE INTO models VALUES (?, ?)", (fingerprint, to_json(facts)))

    def put(self, request: Request, samples: Mapping[int, Completion], versions: Mapping[str, str],
            created: Mapping[int, int] | None = None) -> int:  # fmt: skip
        """Commit samples, by number, in one transaction; returns how many were new. What is there already stays."""
        now, new = int(time.time()), 0
        rows = [(number, pack(chain)) for number, chain in samples.items()]
        with self.open(), self.transaction() as connection:
            owner = self._request_id(connection, request)
            connection.execute("INSERT INTO origins (versions) VALUES (?) ON CONFLICT DO NOTHING", (to_json(versions),))
            for number, data in rows:
                new += connection.execute(
                    "INSERT INTO samples SELECT ?, ?, id, ?, ?, ? FROM origins WHERE versions=? ON CONFLICT DO NOTHING",
                    (owner, number, (created or {}).get(number, now), data, checksum(request.key, number, data),
                     to_json(versions)),
                ).rowcount  # fmt: skip
        return new

    def _request_id(self, connection, request: Request) -> int:
        found = connection.execute("SELECT id FROM requests WHERE key=?", (request.key,)).fetchone()
        if found is not None:
            return found[0]
        rendered = None if request.rendered == request.prompt else to_json(request.rendered)
        texts = (
            request.fingerprint,
            to_json(request.prompt),
            rendered,
            to_json(request.settings),
            to_json(request.seed),
        )
        return connection.execute(
            "INSERT INTO requests (key, fingerprint, prompt, rendered, settings, seed, checksum) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (request.key, *texts, request_checksum(request.key, *texts)),
        ).lastrowid

    def get(self, request: Request, numbers: Sequence[int]) -> dict[int, Completion]:
        """Those of the numbered samples that are stored. Raises SrmLabError for a damaged row."""
        if not numbers:
            return {}
        wanted = set(numbers)
        with self.open() as connection:
            rows = connection.execute(
                "SELECT number, data, checksum FROM samples WHERE request = (SELECT id FROM requests WHERE key=?) "
                "AND number BETWEEN ? AND ?", (request.key, min(wanted), max(wanted)),
            ).fetchall()  # fmt: skip
        return {row[0]: self.checked(request.key, *row) for row in rows if row[0] in wanted}

    def checked(self, key: bytes, number: int, data: bytes, written: bytes) -> Completion:
        """A completion out of a row, where its checksum fits."""
        if checksum(key, number, data) != written:
            raise damaged(self.path, f"sample {number} of request {key.hex()[:12]} was changed")
        return unpack(data)

    def requests(self, fingerprint: str | None = None) -> list[tuple[int, Request]]:
        """Every request with its id, of one model or of all; not those of an engine that drew other tokens (SAMPLING).

        Raises SrmLabError for a damaged one."""
        query = "SELECT id, key, fingerprint, prompt, rendered, settings, seed, checksum FROM requests"
        with self.open() as connection:
            where, values = (" WHERE fingerprint=?", (fingerprint,)) if fingerprint else ("", ())
            rows = connection.execute(f"{query}{where} ORDER BY id", values).fetchall()
        found = [(row[0], row[1], self._checked_request(*row[1:])) for row in rows]
        return [(number, request) for number, key, request in found if request.key == key]

    def _checked_request(self, key: bytes, *row: str) -> Request:
        *texts, written = row
        if request_checksum(key, *texts) != written:
            raise damaged(self.path, f"request {key.hex()[:12]} was changed")
        fingerprint, prompt, rendered, settings, seed = texts
        sent, read = json.loads(prompt), json.loads(prompt if rendered is None else rendered)
        return Request(fingerprint, read, sent, json.loads(settings), json.loads(seed))

    def samples(self, number: int, request: Request) -> list[tuple[int, Completion, int, dict[str, str]]]:
        """(sample number, completion, seconds since 1970, versions) of the request with this id."""
        query = "SELECT number, data, checksum, created, versions FROM samples JOIN origins ON origins.id = origin"
        with self.open() as connection:
            rows = connection.execute(f"{query} WHERE request=? ORDER BY number", (number,)).fetchall()
        return [(row[0], self.checked(request.key, *row[:3]), row[3], json.loads(row[4])) for row in rows]

    def models(self) -> dict[str, dict[str, Any]]:
        """Fingerprint -> facts of every model that has samples here."""
        with self.open() as connection:
            rows = connection.execute(
                "SELECT fingerprint, facts FROM models WHERE fingerprint IN (SELECT fingerprint FROM requests)"
            ).fetchall()
        return {fingerprint: json.loads(facts) for fingerprint, facts in rows}
