"""All refusals of the sandbox: the documented ones, and invented ones for what isn't documented.

`DOCUMENTED` holds refusals from CertCentral's documentation or recorded traffic. `INVENTED` holds refusals that no public
source documents: programs must not branch on their codes. `--answers FILE` overrides invented refusals. The file is a
JSON object that maps a refusal's name to

* an object with any of `status`, `code` and `message`, or
* if the refusal is `acceptable`, the string `"accept"`: the rule doesn't exist, and the call is accepted.

These answers are also invented. They aren't refusals, so they aren't in the table:

* An expired order has the status `expired`. The list filter `issued` returns it too (this part is documented).
* After an order's revocation, every listed certificate has the status `revoked`.
* A list without `limit` returns up to 1000 rows; a larger `limit` counts as 1000. In a request list without `limit`,
  `page.limit` is 0, as in the documented sample.
* Calls that the rate limiter refuses don't count against the limit.
* A request to revoke one certificate looks like a request to revoke its order, and its order shows that certificate.
* Without a comment, `comments` is the empty string. If both spellings are set, `comments` wins.
* Product ids and names other than `ssl_plus` and `ssl_dv_geotrust`, and the ids of users, roles, organizations and
  containers.
* The content type of a download, and the names and ids of the authorities. `pem_all` is the only format.
* If an order has no organization, order info and rows of requests show an empty array instead, as the documented row of
  orders does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import msgspec

ACCEPT = "accept"


@dataclass(frozen=True)
class Refusal:
    """A refusal in its wire format.

    Attributes:
        status: The HTTP status.
        code: DigiCert's `errors[].code`.
        message: DigiCert's `errors[].message`.
        acceptable: Whether an override may disable the rule.
    """

    status: int
    code: str
    message: str
    acceptable: bool = False


class Refused(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """A call was refused. The exception holds the refusal to answer with."""

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
"""The codes are publicly documented. The messages are invented, except for the first one and that of the rate limit."""

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
        400, "missing_time_frame", "Set minutes, seconds or filters[status_last_updated]."
    ),
    "unknown_format": Refusal(404, "not_found|format", "The specified format is not available."),
    "unsupported_accept": Refusal(406, "not_acceptable", "Only application/json is available."),
}


class Answers:
    """The active refusals: the documented ones, and the invented ones with their overrides."""

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        """Check and apply the overrides.

        Raises:
            ValueError: An override doesn't name an invented refusal, or its value isn't valid for the refusal.
        """
        self._refusals = {**DOCUMENTED, **INVENTED}
        self._accepted: set[str] = set()
        for name, override in (overrides or {}).items():
            self._override(name, override)

    def _override(self, name: str, override: object) -> None:
        if name not in INVENTED:
            raise ValueError(
                f"{name} is not an invented refusal; the invented refusals are {', '.join(sorted(INVENTED))}"
            )
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
        """Return the refusal with a name."""
        return self._refusals[name]

    def refuse(self, name: str) -> NoReturn:
        """Refuse the call.

        Raises:
            Refused: Always.
        """
        raise Refused(self._refusals[name])

    def refuse_unless_accepted(self, name: str) -> None:
        """Refuse the call, unless an override accepts it.

        Raises:
            Refused: No override accepts the call.
        """
        if name not in self._accepted:
            self.refuse(name)


class _Override(msgspec.Struct, forbid_unknown_fields=True):
    status: int | None = None
    code: str | None = None
    message: str | None = None


def load_answers(path: Path | None) -> Answers:
    """Read the overrides from a JSON file; no overrides if there is no file.

    Raises:
        ValueError: The file isn't an object of valid overrides.
        OSError: The file can't be read.
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
