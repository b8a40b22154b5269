"""The published revocations: each is published after the publication delay."""

from dataclasses import dataclass
from sqlite3 import Row

from certcentral_sandbox.account.clock import now
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.pki.authorities import ISSUING


@dataclass(frozen=True)
class Entry:
    """A revoked certificate.

    Attributes:
        revoked_at: The time of the revocation, in seconds since the epoch.
        reason: CertCentral's name of the revocation reason.
    """

    serial_number: str
    revoked_at: float
    reason: str


class Publication:
    """Reads the published revocations from the state.

    Attributes:
        delay: Seconds from a revocation to its publication.
    """

    def __init__(self, store: Store, delay: float = 0) -> None:
        self._store = store
        self.delay = delay

    def mark(self, authority: str) -> tuple[int, float]:
        """Return a value that changes with an authority's published revocations."""
        row = self._store.one(
            f"SELECT count(*) AS n, coalesce(max(revoked_at), 0) AS last FROM {_REVOKED}",  # noqa: S608 - ours
            self._shown(authority),
        )
        assert row is not None  # noqa: S101 - count always returns a row
        return row["n"], row["last"]

    def revoked(self, authority: str) -> list[Entry]:
        """Return an authority's published revocations."""
        rows = self._store.all(
            f"SELECT * FROM {_REVOKED} ORDER BY revoked_at, id",  # noqa: S608 - our own text
            self._shown(authority),
        )
        return [_entry(row) for row in rows]

    def _shown(self, authority: str) -> list[float]:
        return [_place(authority), now().timestamp() - self.delay]

    def status(self, authority: str, serial_number: str) -> Entry | bool:
        """Return the entry of a revoked certificate, True if it isn't revoked, or False if it doesn't exist."""
        row = self._store.one(
            "SELECT * FROM certificates WHERE serial_number = ? AND order_id % 2 = ?",
            [serial_number, _place(authority)],
        )
        if row is None:
            return False
        if row["status"] != "revoked" or row["revoked_at"] > now().timestamp() - self.delay:
            return True
        return _entry(row)


_REVOKED = "certificates WHERE status = 'revoked' AND order_id % 2 = ? AND revoked_at <= ?"


def _place(authority: str) -> int:
    """Return the remainder (modulo 2) of the ids of an authority's orders; -1 if it has no orders."""
    return ISSUING.index(authority) if authority in ISSUING else -1


def _entry(row: Row) -> Entry:
    return Entry(row["serial_number"], row["revoked_at"], row["revocation_reason"])
