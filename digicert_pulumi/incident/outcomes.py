"""The outcome of each order of a run, kept between its starts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import InitVar, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from digicert_pulumi.incident import files
from digicert_pulumi.incident.standing import is_rejected
from digicert_pulumi.incident.words import told
from digicert_pulumi.revoking.requests import is_open_status
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from digicert_pulumi.incident.stacks import Revocation

REQUESTED = "requested"
ADOPTED = "adopted"
ALREADY_REVOKED = "already revoked"
REJECTED = "rejected"
REFUSED = "refused"
FAILED = "failed"
NOT_REACHED = "not reached"

STANDS = (REQUESTED, ADOPTED, ALREADY_REVOKED)
"""The outcomes of orders for which a request stands, or that are revoked."""

LEFT = (REFUSED, FAILED, NOT_REACHED)
"""The outcomes of orders that are worth another try as they are."""

OUTCOMES = (*STANDS, REJECTED, *LEFT)
"""All of them, in the order in which a reader wants them."""


@dataclass(frozen=True)
class Outcome:
    """What became of an order.

    Attributes:
        kind: One of `OUTCOMES`.
        why: Why it was rejected, refused or failed, or could not be refreshed; empty where none of it was.
        request_id: The revoke request; None where there is none.
        status: How far the request was, when DigiCert was last asked.
        revoked: Whether the order was read as revoked.
        processor: Who decided on the request; empty where that is not known.
        processor_comment: What they said to the requester.
        date_processed: When they decided.
    """

    kind: str
    why: str = ""
    request_id: int | None = None
    status: str | None = None
    revoked: bool = False
    processor: str = ""
    processor_comment: str = ""
    date_processed: str = ""


@dataclass
class Outcomes:
    """What became of the orders, as far as it is known on this machine.

    Args:
        orders: The orders of the run.
        file: Where it is kept.
        say: Is told where that cannot be read.
    """

    orders: Collection[int]
    file: Path
    say: InitVar[Callable[[str], None]]
    _known: dict[int, Outcome] = field(default_factory=dict)
    _kept: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self, say: Callable[[str], None]) -> None:
        """Read what an earlier start of the run kept."""
        self._kept = files.load(self.file, dict[int, tuple[str, str]], say) or {}
        for order_id, (kind, why) in self._kept.items():
            if kind not in STANDS:
                self._known[order_id] = Outcome(kind, why)

    def __getitem__(self, order_id: int) -> Outcome:
        """Return what became of an order."""
        return self._known.get(order_id, Outcome(NOT_REACHED))

    def counts(self) -> Counter[str]:
        """Return how many orders met which outcome."""
        return Counter(self[order_id].kind for order_id in self.orders)

    def stand(self, revocations: Mapping[int, Revocation], sent: Collection[int]) -> None:
        """Take note of what stands in a stack's state.

        Args:
            revocations: The revocations of the state, by order.
            sent: The orders whose requests this machine sent: an update that was killed sends one, and the next one
                finds it there.
        """
        for order_id, revocation in revocations.items():
            outputs = revocation.outputs
            kind = self._kind(order_id, revocation, sent)
            request_id = outputs.get("requestId")
            self._known[order_id] = Outcome(
                kind,
                _rejection(order_id, outputs) if kind == REJECTED else "",
                None if request_id is None else int(request_id),
                outputs.get("status"),
                bool(outputs.get("revoked")),
                _person(outputs.get("processor")),
                str(outputs.get("processorComment") or ""),
                str(outputs.get("dateProcessed") or ""),
            )

    def _kind(self, order_id: int, revocation: Revocation, sent: Collection[int]) -> str:
        if is_rejected(revocation):
            return REJECTED
        if order_id in sent:
            return REQUESTED
        # A refresh replaces the reviewed order in the state: one that was revoked since looks as if it had been before.
        kept, _ = self._kept.get(order_id, ("", ""))
        return kept if kept in STANDS else _kind(revocation)

    def reopen(self, orders: Iterable[int]) -> None:
        """Forget what was refused or failed of these orders: it is tried again."""
        for order_id in orders:
            if self[order_id].kind in (REFUSED, FAILED):
                del self._known[order_id]

    def refuse(self, reasons: Mapping[int, str]) -> None:
        """Take note of orders that must not be revoked, and why; what stands all the same, stands."""
        self._take(REFUSED, reasons)

    def fail(self, reasons: Mapping[int, str]) -> None:
        """Take note of orders for which it did not succeed, and why; what stands all the same, stands."""
        self._take(FAILED, reasons)

    def _take(self, kind: str, reasons: Mapping[int, str]) -> None:
        for order_id, why in reasons.items():
            if self[order_id].kind not in STANDS:
                self._known[order_id] = Outcome(kind, why)

    def miss(self, reasons: Mapping[int, str]) -> None:
        """Take note of orders that DigiCert could not be asked about, so that what is known of them is old."""
        for order_id, why in reasons.items():
            known = self[order_id]
            remarks = [remark for remark in (known.why, f"not refreshed: {why}") if remark]
            self._known[order_id] = replace(known, why="; ".join(remarks))

    def lose(self, orders: Iterable[int]) -> None:
        """Take note of orders that a refresh took out of the state."""
        for order_id in orders:
            why = f"order {order_id}: DigiCert does not know this order any more"
            self._known[order_id] = Outcome(REFUSED, why)

    def learn(self, reported: Mapping[int, Outcome]) -> None:
        """Take note of what a report tells of decisions on the same requests: `approve` and `reject` write no states."""
        for order_id, earlier in reported.items():
            if earlier.request_id is not None and earlier.request_id == self[order_id].request_id:
                self._known[order_id] = _merged(earlier, self[order_id])

    def keep(self) -> None:
        """Write down what is known, for the next start of the run."""
        self._kept |= {order_id: (known.kind, known.why) for order_id, known in self._known.items()}
        files.write(self.file, json.dumps(self._kept))


def _kind(revocation: Revocation) -> str:
    """Tell from the order as it was reviewed whether the request is a new one."""
    reviewed: Mapping[str, Any] = revocation.inputs.get("order") or {}
    request_id = revocation.outputs.get("requestId")
    if reviewed.get("status") == "revoked":
        return ALREADY_REVOKED
    if request_id is not None and reviewed.get("standingRequestId") == request_id:
        return ADOPTED
    return REQUESTED


def _merged(earlier: Outcome, now: Outcome) -> Outcome:
    if is_open_status(now.status) and not is_open_status(earlier.status) and not now.revoked:
        return earlier
    if now.status != earlier.status or now.processor:
        return now
    return replace(
        now,
        processor=earlier.processor,
        processor_comment=now.processor_comment or earlier.processor_comment,
        date_processed=now.date_processed or earlier.date_processed,
    )


def _rejection(order_id: int, outputs: Mapping[str, Any]) -> str:
    return rejection(order_id, int(outputs["requestId"]), outputs.get("processorComment"))


def rejection(order_id: int, request_id: int, comment: str | None) -> str:
    """Tell that a request was rejected, and what to do."""
    words = f": {printable(str(comment))}" if comment else ""
    return told(f"request {request_id} was rejected{words}; to ask again, change the comments", order_id)


def _person(user: Mapping[str, Any] | None) -> str:
    """Name a user as a person would."""
    if not isinstance(user, dict):
        return ""
    names = " ".join(str(user[key]) for key in ("firstName", "lastName") if user.get(key))
    address = f"<{user['email']}>" if user.get("email") else ""
    return " ".join(filter(None, (names, address)))
