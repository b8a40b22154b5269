"""The table of all inputs. Validation, revocations, the columns of an incident and the reference use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from digicert_pulumi.orders import serial_number
from digicert_pulumi.text.case import snake_case
from digicert_pulumi.x509 import hosts

if TYPE_CHECKING:
    from collections.abc import Callable

REVOCATION_REASONS = (
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
)
"""The reasons that CertCentral accepts ("Revoke order certificates"), named as in RFC 5280."""

MAX_ID = 2**53 - 1
"""The largest integer that the engine doesn't round: its numbers are doubles."""

DECISIONS = ("approved", "rejected")
"""The decisions of an administrator on a revoke request ("Update request status")."""

MAX_WAIT = 86_400
"""The longest wait for a decision, in seconds: a day."""

MAX_HOSTS = 20
"""The largest number of hosts that must not serve a certificate: all are checked right before the revocation is sent."""


class Field(NamedTuple):
    """An input.

    Attributes:
        name: Its name in the state, and in every language but Python.
        type: The type of its value: `int`, `str`, `bool`, or `list` for a list of strings.
        meaning: Its purpose, in one sentence.
        canonical: Returns a value in canonical form; None if the value counts as not set. Raises ValueError.
        required: Whether it must be set.
        asks: Whether it is a field of `RevocationSpec`, under its Python name.
    """

    name: str
    type: type
    meaning: str
    canonical: Callable[[Any], Any]
    required: bool = False
    asks: bool = False

    @property
    def python_name(self) -> str:
        """Its name in Python, and as an incident's column."""
        return snake_case(self.name)


def _number(what: str) -> Callable[[Any], int]:
    def canonical(value: Any) -> int:
        if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
            value = int(value.strip().lstrip("0")[:20] or 0)  # 20 digits are out of range
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise ValueError(f"must be {what}'s id, a whole number such as 123456789")
        if not 0 < value <= MAX_ID:
            raise ValueError(f"must be {what}'s id, a whole number from 1 to {MAX_ID}")
        return int(value)

    return canonical


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004  # every invalid input raises ValueError
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _reason(value: Any) -> str:
    if value in REVOCATION_REASONS:
        return str(value)
    import difflib  # noqa: PLC0415  # only an invalid value needs it

    guess = difflib.get_close_matches(str(value).replace("_", ""), REVOCATION_REASONS, n=1)
    meant = f"; did you mean {guess[0]}?" if guess else ""
    raise ValueError(f"must be one of {', '.join(REVOCATION_REASONS)}{meant}")


def _flag(value: Any) -> bool | None:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  # as above
    return value or None


def _serial_number(value: Any) -> str:
    return serial_number.canonical(_text(value))


def _decision(value: Any) -> str:
    if value in DECISIONS:
        return str(value)
    raise ValueError(f"must be one of {', '.join(DECISIONS)}")


def _seconds(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WAIT:
        raise ValueError(f"must be a number of seconds from 0 to {MAX_WAIT}")
    return int(value) or None


def _hosts(value: Any) -> list[str] | None:
    """Return the hosts. In a file, one string can list several."""
    given = value.replace(",", " ").replace(";", " ").split() if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError("must be a list of hosts, such as www.example.com and www.example.com:8443")
    try:
        found = list(dict.fromkeys(str(hosts.host(each)) for each in given))
    except ValueError as error:
        raise ValueError(f"contains an invalid host: each {error}") from None
    if len(found) > MAX_HOSTS:
        raise ValueError(f"must be a list of at most {MAX_HOSTS} hosts")
    return found or None


def _table(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


_ORDER_ID = Field("orderId", int, "The order.", _number("the order"))

_REVOCATION_FIELDS = _table(
    Field("comments", str, "The message to the administrator who decides.", _text, required=True, asks=True),
    Field("revocationReason", str, f"The reason: {', '.join(REVOCATION_REASONS)}.", _reason, asks=True),
    Field("skipApproval", bool, "Whether to revoke at once, without a request.", _flag, asks=True),
    Field("expectedCommonName", str, "The expected common name of the certificate.", _text, asks=True),
    Field("expectedOrganization", str, "The expected name of the organization.", _text, asks=True),
    Field("expectedProduct", str, "The expected name or name id of the product.", _text, asks=True),
    Field("mustNotBeServedBy", list, "Hosts that must not serve what would be revoked.", _hosts, asks=True),
    Field("waitForDecision", int, "Seconds to wait for the administrator's decision.", _seconds),
)

ORDER_FIELDS = _table(_ORDER_ID._replace(required=True)) | _REVOCATION_FIELDS
"""The inputs of `OrderRevocation`."""

CERTIFICATE_FIELDS = (
    _table(
        Field("certificateId", int, "The certificate, by its id.", _number("the certificate")),
        Field("serialNumber", str, "The certificate, by its serial number, hexadecimal.", _serial_number),
        _ORDER_ID,
    )
    | _REVOCATION_FIELDS
)
"""The inputs of `CertificateRevocation`."""

DECISION_FIELDS = _table(
    Field("requestId", int, "The revocation request.", _number("the request"), required=True),
    Field("decision", str, "`approved` or `rejected`.", _decision, required=True),
    Field("processorComment", str, "The message to the requester.", _text),
    Field("allowOwnRequest", bool, "Whether the key's user may decide on their own request.", _flag),
    Field("expectedOrderId", int, "The expected order of the request.", _number("the order")),
)
"""The inputs of `RevocationDecision`."""
