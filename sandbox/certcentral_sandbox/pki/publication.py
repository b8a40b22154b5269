"""Which revocations the authorities show: each one, once the delay of its publication is over."""

from dataclasses import dataclass
from sqlite3 import Row

from certcentral_sandbox.account.clock import now
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.pki.authorities import ISSUING


@dataclass(frozen=True)
class Entry:
    """A revoked certificate.

    Attributes:
        revoked_at: Seconds since the epoch.
        reason: As CertCentral names it.
    """

    serial_number: str
    revoked_at: float
    reason: str


class Publication:
    """What is published of the state.

    Attributes:
        delay: Seconds from a revocation until it shows.
    """

    def __init__(self, store: Store, delay: float = 0) -> None:
        self._store = store
        self.delay = delay

    def mark(self, authority: str) -> tuple[int, float]:
        """A value that changes when more revocations of an authority show, or fewer."""
        row = self._store.one(
            f"SELECT count(*) AS n, coalesce(max(revoked_at), 0) AS last FROM {_REVOKED}",  # noqa: S608 - ours
            self._shown(authority),
        )
        assert row is not None  # noqa: S101 - count always gives a row
        return row["n"], row["last"]

    def revoked(self, authority: str) -> list[Entry]:
        """What an authority shows as revoked."""
        rows = self._store.all(
            f"SELECT * FROM {_REVOKED} ORDER BY revoked_at, id",  # noqa: S608 - our own text
            self._shown(authority),
        )
        return [_entry(row) for row in rows]

    def _shown(self, authority: str) -> list[float]:
        return [_place(authority), now().timestamp() - self.delay]

    def status(self, authority: str, serial_number: str) -> Entry | bool:
        """The entry of a certificate; True if it isn't revoked, False if the authority has none of this number."""
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
    """The remainder of its orders' ids; that of an authority without orders is none's."""
    return ISSUING.index(authority) if authority in ISSUING else -1


def _entry(row: Row) -> Entry:
    return Entry(row["serial_number"], row["revoked_at"], row["revocation_reason"])
