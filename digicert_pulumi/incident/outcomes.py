"""The outcome of each order of a run, stored between its starts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import InitVar, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from digicert_pulumi.incident import run_files
from digicert_pulumi.incident.comparison import is_rejected, is_without_effect
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
"""The outcomes of orders that have a request or are revoked."""

LEFT = (REFUSED, FAILED, NOT_REACHED)
"""The outcomes of orders that are worth a retry without changes."""

OUTCOMES = (*STANDS, REJECTED, *LEFT)
"""All outcomes, in the order of the report."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of an order.

    Attributes:
        kind: One of `OUTCOMES`.
        why: Why it was rejected or refused, failed, or couldn't be refreshed; empty otherwise.
        request_id: The request; None if there is none.
        status: The status of the request when it was last read.
        revoked: Whether DigiCert reported the order as revoked.
        processor: The user who decided on the request; empty if unknown.
        processor_comment: The processor's message to the requester.
        date_processed: The date of the decision.
        is_without_effect: Whether the request was approved, and the order was not read as revoked after that.
    """

    kind: str
    why: str = ""
    request_id: int | None = None
    status: str | None = None
    revoked: bool = False
    processor: str = ""
    processor_comment: str = ""
    date_processed: str = ""
    is_without_effect: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the order has a request that may still revoke it, or is revoked."""
        return self.kind in STANDS and not self.is_without_effect


@dataclass
class Outcomes:
    """The outcomes of a run's orders that this machine knows.

    Args:
        orders: The orders of the run.
        file: The file that stores the outcomes.
        say: Receives a warning if the file can't be read.
    """

    orders: Collection[int]
    file: Path
    say: InitVar[Callable[[str], None]]
    _known: dict[int, Outcome] = field(default_factory=dict)
    _kept: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self, say: Callable[[str], None]) -> None:
        """Load the outcomes of an earlier start."""
        self._kept = run_files.load(self.file, dict[int, tuple[str, str]], say) or {}
        for order_id, (kind, why) in self._kept.items():
            if kind not in STANDS:
                self._known[order_id] = Outcome(kind, why)

    def __getitem__(self, order_id: int) -> Outcome:
        """Return the outcome of an order."""
        return self._known.get(order_id, Outcome(NOT_REACHED))

    def counts(self) -> Counter[str]:
        """Return the number of orders with each outcome."""
        return Counter(self[order_id].kind for order_id in self.orders)

    def add_state(self, revocations: Mapping[int, Revocation], sent: Collection[int]) -> None:
        """Record the outcomes of the revocations in a stack's state.

        Args:
            revocations: The revocations of the state, by order.
            sent: The orders whose requests this machine sent. Their outcome is `requested` even if an update was killed
                after it sent the request, so that the next update adopted it.
        """
        for order_id, revocation in revocations.items():
            outputs = revocation.outputs
            kind = self._kind(order_id, revocation, sent)
            request_id = outputs.get("requestId")
            self._known[order_id] = Outcome(
                kind,
                _trouble(order_id, revocation),
                None if request_id is None else int(request_id),
                outputs.get("status"),
                bool(outputs.get("revoked")),
                _person(outputs.get("processor")),
                str(outputs.get("processorComment") or ""),
                str(outputs.get("dateProcessed") or ""),
                is_without_effect(revocation),
            )

    def _kind(self, order_id: int, revocation: Revocation, sent: Collection[int]) -> str:
        if is_rejected(revocation):
            return REJECTED
        if order_id in sent:
            return REQUESTED
        # A refresh replaces the reviewed order in the state, so an order that was revoked since would look already revoked.
        kept, _ = self._kept.get(order_id, ("", ""))
        return kept if kept in STANDS else _kind(revocation)

    def reopen(self, orders: Iterable[int]) -> None:
        """Remove refusals and failures of orders that are about to be retried."""
        for order_id in orders:
            if self[order_id].kind in (REFUSED, FAILED):
                del self._known[order_id]

    def refuse(self, reasons: Mapping[int, str]) -> None:
        """Record refused orders and the reasons, except for orders that have a request or are revoked."""
        self._read_state(REFUSED, reasons)

    def fail(self, reasons: Mapping[int, str]) -> None:
        """Record failed orders and the reasons, except for orders that have a request or are revoked."""
        self._read_state(FAILED, reasons)

    def _read_state(self, kind: str, reasons: Mapping[int, str]) -> None:
        for order_id, why in reasons.items():
            if self[order_id].kind not in STANDS:
                self._known[order_id] = Outcome(kind, why)

    def add_not_refreshed(self, reasons: Mapping[int, str]) -> None:
        """Record orders that couldn't be refreshed, and the reasons: their outcomes may be stale."""
        for order_id, why in reasons.items():
            known = self[order_id]
            remarks = [remark for remark in (known.why, f"not refreshed: {why}") if remark]
            self._known[order_id] = replace(known, why="; ".join(remarks))

    def add_vanished(self, orders: Iterable[int]) -> None:
        """Record orders that a refresh removed from the state."""
        for order_id in orders:
            why = f"order {order_id}: DigiCert no longer knows this order"
            self._known[order_id] = Outcome(REFUSED, why)

    def merge(self, reported: Mapping[int, Outcome]) -> None:
        """Record the decisions in a report if they are about the same requests.

        `approve` and `reject` write the report, not the stacks' states.
        """
        for order_id, earlier in reported.items():
            if earlier.request_id is not None and earlier.request_id == self[order_id].request_id:
                self._known[order_id] = _merged(earlier, self[order_id])

    def keep(self) -> None:
        """Store the outcomes for the next start of the run."""
        self._kept |= {order_id: (known.kind, known.why) for order_id, known in self._known.items()}
        run_files.write(self.file, json.dumps(self._kept))


def _kind(revocation: Revocation) -> str:
    """Return the kind of an outcome from the reviewed order, which shows whether the request existed before."""
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


def _trouble(order_id: int, revocation: Revocation) -> str:
    """Return why the order isn't going to be revoked; empty if it may be, or is."""
    outputs = revocation.outputs
    if is_rejected(revocation):
        return rejection(order_id, int(outputs["requestId"]), outputs.get("processorComment"))
    if is_without_effect(revocation):
        return told(
            f"request {outputs['requestId']:.0f} was approved, and the order is not revoked; refresh again; if the request was for "
            "a certificate of the order, change the comments to send a new request",
            order_id,
        )
    return ""


def rejection(order_id: int, request_id: int, comment: str | None) -> str:
    """Return a message that a request was rejected, with the processor's comment and the remedy."""
    quoted = f": {printable(str(comment))}" if comment else ""
    return told(
        f"request {request_id} was rejected{quoted}; to send a new request, change the comments", order_id
    )


def _person(user: Mapping[str, Any] | None) -> str:
    """Return the name and email of a user."""
    if not isinstance(user, dict):
        return ""
    names = " ".join(str(user[key]) for key in ("firstName", "lastName") if user.get(key))
    address = f"<{user['email']}>" if user.get("email") else ""
    return " ".join(filter(None, (names, address)))
