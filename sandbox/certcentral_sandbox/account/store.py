"""Store the sandbox's state in SQLite. Transactions are committed before the call is answered."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FORMAT = "2"

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    product TEXT NOT NULL,
    common_name TEXT NOT NULL,
    dns_names TEXT NOT NULL,
    organization_id INTEGER,
    container_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    certificate_id INTEGER,
    date_created TEXT NOT NULL,
    valid_till TEXT,
    is_renewed INTEGER NOT NULL,
    disable_renewal_notifications INTEGER NOT NULL,
    price INTEGER NOT NULL,
    has_duplicates INTEGER NOT NULL,
    changed_at REAL NOT NULL
);
CREATE TABLE certificates (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    serial_number TEXT,
    thumbprint TEXT,
    common_name TEXT NOT NULL,
    dns_names TEXT NOT NULL,
    date_created TEXT NOT NULL,
    date_issued TEXT,
    valid_from TEXT,
    valid_till TEXT,
    revoked_at REAL,
    revocation_reason TEXT
);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    certificate_id INTEGER,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    date TEXT NOT NULL,
    date_processed TEXT,
    requester_id INTEGER NOT NULL,
    processor_id INTEGER,
    comments TEXT NOT NULL,
    processor_comment TEXT,
    revocation_reason TEXT,
    visible_at REAL NOT NULL DEFAULT 0
);
CREATE TABLE x509 (name TEXT PRIMARY KEY, der BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE order_versions (
    order_id INTEGER NOT NULL,
    replaced_at REAL NOT NULL,
    document BLOB NOT NULL
);
"""

_INDEXES = """
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_kind ON orders (kind);
CREATE INDEX orders_common_name ON orders (common_name);
CREATE INDEX orders_valid_till ON orders (valid_till);
CREATE INDEX orders_date_created ON orders (date_created);
CREATE INDEX orders_changed_at ON orders (changed_at);
CREATE INDEX orders_certificate_id ON orders (certificate_id);
CREATE INDEX certificates_order_id ON certificates (order_id);
CREATE UNIQUE INDEX certificates_serial_number ON certificates (serial_number);
CREATE UNIQUE INDEX certificates_thumbprint ON certificates (thumbprint);
CREATE INDEX requests_order_id ON requests (order_id);
CREATE INDEX requests_type_status ON requests (type, status);
CREATE INDEX order_versions_order_id ON order_versions (order_id, replaced_at);
"""


class Store:
    """One SQLite database, used by one thread.

    Commits survive `kill -9` of the process. They aren't synchronized to disk, so a power failure may lose the last ones,
    which a sandbox can afford.
    """

    def __init__(self, path: Path) -> None:
        """Open the database.

        Raises:
            ValueError: The file isn't a state of this version of the sandbox.
            OSError: The file can't be opened.
        """
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            try:
                self._prepare(path)
            except BaseException:
                self._db.close()
                raise
        except sqlite3.OperationalError as error:
            raise OSError(f"{path}: {error}") from None
        except sqlite3.DatabaseError:
            raise ValueError(f"{path} is not the state of a sandbox; use another file") from None

    def _prepare(self, path: Path) -> None:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self.is_new = not self.all("SELECT 1 FROM sqlite_master LIMIT 1")
        if not self.is_new and self.meta("format") != FORMAT:
            raise ValueError(f"{path}: another version of the sandbox wrote this state; use another file")

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def create_tables(self) -> None:
        """Create the tables, in the caller's transaction."""
        self._run_script(_TABLES)
        self.execute("INSERT INTO meta VALUES ('format', ?)", [FORMAT])

    def create_indexes(self) -> None:
        """Create the indexes. This is several times faster after the bulk insert."""
        self._run_script(_INDEXES)

    def _run_script(self, script: str) -> None:
        for statement in script.split(";\n"):
            self._db.execute(statement)

    def meta(self, name: str) -> str | None:
        """Return a property of the state; None if it isn't set."""
        row = self.one("SELECT value FROM meta WHERE name = ?", [name])
        return None if row is None else str(row["value"])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements inside, or none of them if an exception is raised."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query; None if there is none."""
        row: sqlite3.Row | None = self._db.execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._db.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement, and return the id of the inserted row."""
        return self._db.execute(sql, parameters).lastrowid or 0

    def insert_many(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Insert complete rows into a table."""
        marks = ", ".join("?" * len(rows[0]))
        self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
