"""The account's state machine: submit revocation requests, and decide on requests."""

from dataclasses import dataclass
from datetime import timedelta
from sqlite3 import Row
from typing import Literal

import msgspec

from certcentral_sandbox.account.catalogue import PRODUCTS, User
from certcentral_sandbox.account.clock import now, timestamp
from certcentral_sandbox.account.queries import Orders
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.refusals import Answers

CertificateRevocations = Literal["revoke_individual", "revoke_order_when_all_revoked"]
"""The account setting "Certificate revocations (API only)"."""

REASONS = ("unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation")
_OPEN = ("submitted", "pending")
_STATUSES = (*_OPEN, "approved", "rejected")
_VALIDITY = timedelta(days=397)


@dataclass(frozen=True)
class RevocationBody:
    """The body of a revocation's PUT, with defaults filled in.

    Attributes:
        reason: The revocation reason; ignored if the product isn't a TLS certificate.
        comments: The message to the administrator.
        skip_approval: Whether to revoke immediately, without a request.
        visible_after: Seconds until the request is visible to reads. A fault sets it; it isn't part of the body.
    """

    reason: str = "unspecified"
    comments: str = ""
    skip_approval: bool = False
    visible_after: float = 0


class Account:
    """The account's writes. Every method commits before it returns."""

    def __init__(
        self,
        store: Store,
        orders: Orders,
        answers: Answers,
        certificate_revocations: CertificateRevocations = "revoke_individual",
    ) -> None:
        self._store = store
        self._orders = orders
        self._answers = answers
        self._certificate_revocations = certificate_revocations

    def revoke_order(self, order_id: str, body: RevocationBody, user: User) -> Row | None:
        """Submit a request to revoke an order, or revoke it immediately.

        Returns:
            The new request; None if the approval was skipped.

        Raises:
            Refused: The order doesn't exist, or its state or the user's role doesn't allow it.
        """
        with self._store.transaction():
            order = self._orders.by_id(order_id)
            skip_approval = self._check_body(body, order, user)
            self._check_order(order)
            if order["status"] == "revoked":
                self._answers.refuse_unless_accepted("order_already_revoked")
            self._check_open_requests(order, None)
            self._keep_version(order)
            if not skip_approval:
                return self._submit(order, None, body, user)
            self._revoke_order(order, body.reason)
            return None

    def revoke_certificate(self, identifier: str, body: RevocationBody, user: User) -> Row | None:
        """Submit a request to revoke one certificate, by its id or serial number, or revoke it immediately.

        Returns:
            The new request; None if the approval was skipped.

        Raises:
            Refused: The certificate doesn't exist, or its state or the user's role doesn't allow it.
        """
        with self._store.transaction():
            certificate = self._orders.certificate(identifier)
            order = self._orders.by_id(str(certificate["order_id"]))
            skip_approval = self._check_body(body, order, user)
            self._check_order(order)
            if certificate["status"] == "revoked":
                self._answers.refuse_unless_accepted("certificate_already_revoked")
            self._check_open_requests(order, certificate["id"])
            self._keep_version(order)
            if not skip_approval:
                return self._submit(order, certificate["id"], body, user)
            self._revoke_certificate(order, certificate["id"], body.reason)
            return None

    def _check_body(self, body: RevocationBody, order: Row, user: User) -> bool:
        """Check the body, and return whether to skip the approval."""
        if body.skip_approval and not user.is_administrator:
            self._answers.refuse_unless_accepted("skip_approval_without_rights")
        if body.reason not in REASONS and PRODUCTS[order["product"]].is_tls:
            self._answers.refuse_unless_accepted("invalid_revocation_reason")
        return body.skip_approval and user.is_administrator

    def _check_order(self, order: Row) -> None:
        if order["status"] == "reissue_pending":
            self._answers.refuse_unless_accepted("reissue_pending")
        if order["status"] == "expired":
            self._answers.refuse_unless_accepted("order_expired")
        if order["certificate_id"] is None:
            self._answers.refuse("order_not_issued")

    def _check_open_requests(self, order: Row, certificate_id: int | None) -> None:
        """Refuse a second open request. An open request for the order also blocks its certificates."""
        existing = self._store.one(
            "SELECT 1 FROM requests WHERE order_id = ? AND type = 'revoke' AND status IN (?, ?)"
            " AND (certificate_id IS NULL OR certificate_id IS ?)",
            [order["id"], *_OPEN, certificate_id],
        )
        if existing:
            self._answers.refuse_unless_accepted("revocation_already_requested")

    def _keep_version(self, order: Row) -> None:
        """Store a copy of the order before it changes."""
        document = msgspec.json.encode(self._orders.info(order))
        self._store.execute(
            "INSERT INTO order_versions VALUES (?, ?, ?)", [order["id"], now().timestamp(), document]
        )

    def _submit(self, order: Row, certificate_id: int | None, body: RevocationBody, user: User) -> Row:
        moment = now()
        request_id = self._store.execute(
            "INSERT INTO requests (order_id, certificate_id, type, status, date, requester_id, comments,"
            " revocation_reason, visible_at) VALUES (?, ?, 'revoke', 'pending', ?, ?, ?, ?, ?)",
            [
                order["id"],
                certificate_id,
                timestamp(moment),
                user.id,
                body.comments,
                body.reason,
                moment.timestamp() + body.visible_after if body.visible_after else 0,
            ],
        )
        row = self._store.one("SELECT * FROM requests WHERE id = ?", [request_id])
        assert row is not None  # noqa: S101 - inserted above
        return row

    def decide(self, request_id: str, status: str, comment: str | None, user: User) -> None:
        """Set the status of a request. An approval or a rejection takes effect immediately.

        Raises:
            Refused: The request doesn't exist or is already processed, the status is unknown, or the user isn't an
                administrator.
        """
        with self._store.transaction():
            request = self._orders.request(request_id)
            if status not in _STATUSES:
                self._answers.refuse("invalid_request_status")
            if not user.is_administrator:
                self._answers.refuse("invalid_approver")
            if request["status"] not in _OPEN:
                self._answers.refuse("request_already_processed")
            order = self._orders.by_id(str(request["order_id"]))
            self._keep_version(order)
            processed = None if status in _OPEN else timestamp(now())
            self._store.execute(
                "UPDATE requests SET status = ?, date_processed = ?, processor_id = ?, processor_comment = ?"
                " WHERE id = ?",
                [status, processed, processed and user.id, comment, request["id"]],
            )
            if status == "approved":
                self._approve(request, order)
            elif status == "rejected":
                self._reject(request, order)

    def _approve(self, request: Row, order: Row) -> None:
        if request["type"] == "revoke" and request["certificate_id"] is None:
            self._revoke_order(order, request["revocation_reason"])
        elif request["type"] == "revoke":
            self._revoke_certificate(order, request["certificate_id"], request["revocation_reason"])
        elif request["type"] == "reissue":
            self._finish_reissue(order)
        else:
            self._issue(order)

    def _reject(self, request: Row, order: Row) -> None:
        if request["type"] == "reissue":
            self._store.execute(
                "UPDATE certificates SET status = 'rejected' WHERE order_id = ? AND status = 'pending'",
                [order["id"]],
            )
            self._set_status(order, "issued")
        elif request["type"] == "new_request":
            self._set_status(order, "rejected")

    def _revoke_order(self, order: Row, reason: str) -> None:
        self._revoke(order, reason, "order_id = ? AND serial_number IS NOT NULL", order["id"])
        self._set_status(order, "revoked")

    def _revoke(self, order: Row, reason: str, which: str, parameter: int) -> None:
        """Revoke certificates. Certificates that are already revoked keep their date and reason."""
        self._store.execute(
            "UPDATE certificates SET status = 'revoked', revoked_at = ?, revocation_reason = ?"  # noqa: S608 - ours
            f" WHERE status != 'revoked' AND {which}",
            [now().timestamp(), reason if PRODUCTS[order["product"]].is_tls else "unspecified", parameter],
        )

    def _revoke_certificate(self, order: Row, certificate_id: int, reason: str) -> None:
        self._revoke(order, reason, "id = ?", certificate_id)
        valid = self._store.one(
            "SELECT 1 FROM certificates WHERE order_id = ? AND status = 'issued'", [order["id"]]
        )
        if not valid and self._certificate_revocations == "revoke_order_when_all_revoked":
            self._set_status(order, "revoked")

    def _finish_reissue(self, order: Row) -> None:
        pending = self._store.one(
            "SELECT id FROM certificates WHERE order_id = ? AND status = 'pending'", [order["id"]]
        )
        if pending:
            self._fill_certificate(order, pending["id"])

    def _issue(self, order: Row) -> None:
        certificate_id = self._store.execute(
            "INSERT INTO certificates (order_id, role, status, common_name, dns_names, date_created)"
            " VALUES (?, 'original', 'pending', ?, ?, ?)",
            [order["id"], order["common_name"], order["dns_names"], order["date_created"]],
        )
        self._fill_certificate(order, certificate_id)

    def _fill_certificate(self, order: Row, certificate_id: int) -> None:
        """Issue a pending certificate and make it the order's primary certificate."""
        moment = now()
        values = (
            f"0E{certificate_id:030X}",
            timestamp(moment),
            moment.date().isoformat(),
            (moment + _VALIDITY).date().isoformat(),
        )
        self._store.execute(
            "UPDATE certificates SET status = 'issued', serial_number = ?, date_issued = ?,"
            " valid_from = ?, valid_till = ? WHERE id = ?",
            [*values, certificate_id],
        )
        self._store.execute(
            "UPDATE orders SET certificate_id = ?, valid_till = ? WHERE id = ?",
            [certificate_id, values[-1], order["id"]],
        )
        self._set_status(order, "issued")

    def _set_status(self, order: Row, status: str) -> None:
        if order["status"] != status:
            self._store.execute(
                "UPDATE orders SET status = ?, changed_at = ? WHERE id = ?",
                [status, now().timestamp(), order["id"]],
            )
