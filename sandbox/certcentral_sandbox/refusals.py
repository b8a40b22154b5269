"""Every refusal that the sandbox can answer: the documented ones, and the ones that had to be invented.

`DOCUMENTED` holds what CertCentral's documentation or recorded traffic shows. `INVENTED` holds everything for
which no public text gives the answer: a program must not branch on these codes. Each invented entry can be
replaced by `--answers FILE`, a JSON object from an entry's name to

* an object with any of `status`, `code` and `message`, or
* for the entries with `acceptable` set, the string `"accept"`: the rule does not exist and the call is taken.

Invented as well, but no refusals, so not in the table:

* An expired order has the status `expired`; the list filter `issued` returns it too (that part is documented).
* After a revocation every listed certificate has the status `revoked`.
* A list without `limit` gives up to 1000 rows; a larger `limit` counts as 1000. `page.limit` of a request list
  without `limit` is 0, as in the documented sample.
* A call that the rate limiter refused does not count against the limit.
* A revocation request of a single certificate looks like one of an order, with that certificate in its order.
* Without a comment, `comments` is the empty string; with both spellings, `comments` wins.
* Product ids and names other than `ssl_plus` and `ssl_dv_geotrust`, and the ids of users, roles, organizations and
  containers.
* The content type of a download, and the names and ids of the authorities. `pem_all` is the only format.
* An order without an organization has an empty array in its place in order info and in a row of requests, too, as
  in the documented row of orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import msgspec

ACCEPT = "accept"


@dataclass(frozen=True)
class Refusal:
    """One refusal as it goes over the wire.

    Attributes:
        status: The HTTP status.
        code: DigiCert's `errors[].code`.
        message: DigiCert's `errors[].message`.
        acceptable: Whether an override may switch the rule off.
    """

    status: int
    code: str
    message: str
    acceptable: bool = False


class Refused(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """A call was refused; carries the refusal to answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


DOCUMENTED: Mapping[str, Refusal] = {
    "invalid_key": Refusal(
        403,
        "access_denied|access_denied_invalid_key",
        "Access denied due to access_denied_invalid_key.",
    ),
    "missing_permission": Refusal(
        403, "access_denied|missing_permission", "You do not have the permission to do this."
    ),
    "unknown_order": Refusal(404, "not_found|order", "The specified order was not found."),
    "unknown_route": Refusal(404, "not_found|route", "The specified route was not found."),
    "malformed_body": Refusal(400, "bad_request_format", "The request body is not valid JSON."),
    "rate_limit": Refusal(429, "request_limit_exceeded", "Service unavailable, please limit request volume"),
    "window_too_long": Refusal(400, "time_frame_too_long", "The time frame is longer than 7 days."),
    "invalid_approver": Refusal(
        403, "access_denied|invalid_approver", "You are not allowed to approve this request."
    ),
}
"""Codes and meanings from the public record; the messages of those but the first and the rate limit's are ours."""

INVENTED: Mapping[str, Refusal] = {
    "unknown_certificate": Refusal(404, "not_found|certificate", "The specified certificate was not found."),
    "unknown_request": Refusal(404, "not_found|request", "The specified request was not found."),
    "skip_approval_without_rights": Refusal(
        403,
        "access_denied|missing_permission",
        "Only an administrator may skip the approval.",
        acceptable=True,
    ),
    "invalid_revocation_reason": Refusal(
        400, "invalid_revocation_reason", "The revocation reason is not allowed.", acceptable=True
    ),
    "order_already_revoked": Refusal(
        400, "order_already_revoked", "The order is already revoked.", acceptable=True
    ),
    "certificate_already_revoked": Refusal(
        400, "certificate_already_revoked", "The certificate is already revoked.", acceptable=True
    ),
    "revocation_already_requested": Refusal(
        400, "revocation_already_requested", "A revocation request is already open.", acceptable=True
    ),
    "reissue_pending": Refusal(
        400, "reissue_pending", "Certificates with a pending reissue cannot be revoked.", acceptable=True
    ),
    "order_expired": Refusal(400, "order_expired", "The order has expired.", acceptable=True),
    "order_not_issued": Refusal(400, "order_not_issued", "The order has no issued certificate."),
    "request_already_processed": Refusal(
        400, "request_already_processed", "The request has already been approved or rejected."
    ),
    "invalid_request_status": Refusal(
        400, "invalid_request_status", "The status must be submitted, pending, approved or rejected."
    ),
    "invalid_field": Refusal(400, "invalid_field", "A field has a value of the wrong type."),
    "invalid_filter": Refusal(400, "invalid_filter", "A filter, sort field, offset or limit is not valid."),
    "missing_time_frame": Refusal(
        400, "missing_time_frame", "Give minutes, seconds or filters[status_last_updated]."
    ),
    "unknown_format": Refusal(404, "not_found|format", "The specified format is not available."),
    "unsupported_accept": Refusal(406, "not_acceptable", "Only application/json is available."),
}


class Answers:
    """The refusals in force: the documented ones and the invented ones with their overrides."""

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        """Check and apply the overrides.

        Raises:
            ValueError: An override names no invented entry, or is not of a shape that the entry takes.
        """
        self._refusals = {**DOCUMENTED, **INVENTED}
        self._accepted: set[str] = set()
        for name, override in (overrides or {}).items():
            self._override(name, override)

    def _override(self, name: str, override: object) -> None:
        if name not in INVENTED:
            raise ValueError(f"{name}: not an invented answer; those are {', '.join(sorted(INVENTED))}")
        if override == ACCEPT and INVENTED[name].acceptable:
            self._accepted.add(name)
            return
        try:
            fields = msgspec.convert(override, _Override)
        except msgspec.ValidationError as error:
            raise ValueError(f"{name}: {error}") from None
        changes = {key: value for key, value in msgspec.structs.asdict(fields).items() if value is not None}
        self._refusals[name] = replace(INVENTED[name], **changes)

    def __getitem__(self, name: str) -> Refusal:
        """The refusal of that name."""
        return self._refusals[name]

    def refuse(self, name: str) -> NoReturn:
        """Refuse the call for this reason.

        Raises:
            Refused: Always.
        """
        raise Refused(self._refusals[name])

    def refuse_unless_accepted(self, name: str) -> None:
        """Refuse the call for this reason, unless an override accepts it.

        Raises:
            Refused: The rule is in force.
        """
        if name not in self._accepted:
            self.refuse(name)


class _Override(msgspec.Struct, forbid_unknown_fields=True):
    status: int | None = None
    code: str | None = None
    message: str | None = None


def load_answers(path: Path | None) -> Answers:
    """Read the overrides from a JSON file; without one, nothing is overridden.

    Raises:
        ValueError: The file is not such an object.
        OSError: The file cannot be read.
    """
    if path is None:
        return Answers()
    try:
        overrides = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        return Answers(overrides)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
