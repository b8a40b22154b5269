"""Warnings about the requests of a revocation, for the reviewer of a preview and the reader of an update."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import SubmittedRequest
from digicert_pulumi.revoking.notices import new_request_notice, not_revoked_notice, unknown_status_notice
from digicert_pulumi.revoking.requests import current_request, is_open, same_comments
from digicert_pulumi.revoking.rules import nothing_to_revoke
from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import OrderRequest
    from digicert_pulumi.resources.host import Host
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


class RequestWarnings:
    """The warnings of a kind of resource. Each is shown once for each resource.

    Args:
        host: The front end's view of the engine's call, which names the resource.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def once(self, line: str, kind: str, request_id: int) -> None:
        """Warn of a request, once for each resource: both a check and a diff may find the same."""
        messages.warning_once(line, (kind, (self._host.urn() or line, request_id)))

    def unknown_status(self, spec: RevocationSpec, *requests: OrderRequest) -> None:
        """Warn if a request has a status that the provider doesn't know."""
        if notice := unknown_status_notice(spec.name, *requests):
            messages.warning_once(notice)

    def not_revoked(self, outcome: Outcome, spec: RevocationSpec) -> bool:
        """Warn if a request was approved and the target isn't revoked. Return whether that is so."""
        line = not_revoked_notice(outcome, spec)
        if line and outcome.request:
            self.once(line, "revoked nothing", outcome.request.id)
        return line is not None

    def new_request(self, target: Target, spec: RevocationSpec) -> None:
        """Warn if the new request has nothing to revoke, or follows a decided one."""
        if nothing := nothing_to_revoke(target, datetime.now(timezone.utc).date().isoformat()):
            messages.warning_once(
                f"{nothing}: there is nothing to revoke, and DigiCert may refuse the request"
            )
        line, last = new_request_notice(target.order, spec), current_request(target.order)
        if line and last:
            self.once(line, "asks again", last.id)

    def other_comments(self, request: OrderRequest, spec: RevocationSpec) -> None:
        """Warn if the adopted request may have other comments, so that it may be for a single certificate."""
        if not is_open(request) or same_comments(request, spec):
            return
        adopted = f"{spec.name}: request {request.id} is open, so no request is sent"
        if request.comments is None and not isinstance(request, SubmittedRequest):
            # One line for all of them: there may be thousands, and the update warns of each that has other comments.
            messages.warning_once(
                f"{adopted}; its comments, and those of further open requests, are read only when `pulumi up` adopts it; "
                "it may be for a single certificate of the order",
                subject=("adopted", "unread"),
            )
            return
        comments = "other" if (request.comments or "").strip() else "no"
        self.once(
            f"{adopted}; it has {comments} comments and may be for a single certificate of the order; check it in CertCentral",
            "adopted",
            request.id,
        )
