"""The database of a state."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from certcentral_sandbox.account.store import Store


class Opened:
    """Opens databases, and remembers them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.databases: list[sqlite3.Connection] = []
        self._connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", self)

    def __call__(self, path: Path, *, isolation_level: None) -> sqlite3.Connection:
        self.databases.append(self._connect(path, isolation_level=isolation_level))
        return self.databases[-1]


def garbage(state: Path) -> None:
    state.write_text("not a database, but long enough to be read as one" * 100)


def of_another_version(state: Path) -> None:
    with closing(sqlite3.connect(state)) as database, database:
        database.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        database.execute("INSERT INTO meta VALUES ('format', '0')")


@pytest.mark.parametrize("make", [garbage, of_another_version])
def test_a_refused_state_is_closed(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "state")
    opened = Opened(monkeypatch)
    with pytest.raises(ValueError, match="state"):
        Store(tmp_path / "state")
    (database,) = opened.databases
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        database.execute("SELECT 1")
