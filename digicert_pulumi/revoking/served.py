"""Whether a host still serves a certificate that would be revoked."""

from __future__ import annotations

import errno
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.revoking.rules import Refuse
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from digicert_pulumi.certcentral import Certificate
    from digicert_pulumi.orders.certificates import Siblings
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target
    from digicert_pulumi.x509.hosts import Host

LOOK_SECONDS = 5.0
"""Seconds for connecting to a host, and again for its handshake."""

_AT_ONCE = 8
"""How many hosts, and how many addresses of a host, are asked at the same time."""

_LONGEST_REASON = 80

_NO_SUCH_NAME = {
    number for name in ("EAI_NONAME", "EAI_NODATA") if (number := getattr(socket, name, None)) is not None
}
"""What the resolver says of a name that there is not. All else, such as no answer, tells nothing of the name."""


_NO_WAY = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
"""What a machine says of an address of a network to which it has no way, such as IPv6."""


class Look(NamedTuple):
    """What was seen of a host.

    Attributes:
        host: The host.
        serial_number: The serial number of the certificate that it serves, hexadecimal; None if it serves none.
        thumbprint: The SHA-1 thumbprint of this certificate, hexadecimal.
        problem: Why it can't be told what the host serves; None if it can.
    """

    host: Host
    serial_number: str | None = None
    thumbprint: str | None = None
    problem: str | None = None


def look(host: Host) -> list[Look]:
    """See which certificates a host serves, at each address of its name.

    Returns:
        Each certificate, and each reason why it can't be told; nothing of an address where nothing listens.
    """
    try:
        found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        is_nobody = isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_NAME
        return [] if is_nobody else [Look(host, problem=_reason(error))]
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        seen = list(pool.map(lambda address: _look_at(host, address), addresses))
    reached = [each for each in seen if each is not None]
    if not reached:
        return [Look(host, problem="this machine has no way to it")]
    return list(dict.fromkeys(each for each in reached if each.serial_number or each.problem))


def _look_at(host: Host, address: str) -> Look | None:
    """See which certificate a host serves at one of its addresses; None if this machine can't get there."""
    # Not at the top: hardly any process needs it.
    from digicert_pulumi.x509.identity import identity  # noqa: PLC0415
    from digicert_pulumi.x509.served import served_certificate  # noqa: PLC0415

    try:
        shown = identity(served_certificate(host.name, host.port, timeout=LOOK_SECONDS, address=address))
    except ConnectionRefusedError:
        return Look(host)
    except (OSError, ValueError) as error:
        is_far = isinstance(error, OSError) and error.errno in _NO_WAY
        return None if is_far else Look(host, problem=_reason(error))
    return Look(host, shown.serial_number, shown.sha1)


def _reason(error: OSError | ValueError) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {LOOK_SECONDS:g} s"
        case ssl.SSLError():
            return f"no TLS: {printable(error.reason or 'failed', _LONGEST_REASON)}"
        case OSError():
            return printable(error.strerror or str(error), _LONGEST_REASON)
    return printable(str(error), _LONGEST_REASON)


def look_at_all(hosts: Sequence[Host], look_at: Callable[[Host], list[Look]] = look) -> list[Look]:
    """See which certificates the hosts serve, several hosts at once."""
    if not hosts:
        return []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [each for seen in pool.map(look_at, hosts) for each in seen]


def still_served(
    spec: RevocationSpec, target: Target, seen: Sequence[Look], others: Callable[[], Siblings]
) -> Refuse | None:
    """Refuse a revocation if a host serves what would be revoked, or if nobody can tell.

    Args:
        spec: The revocation.
        target: What would be revoked.
        seen: What was seen of the hosts.
        others: Reads the order's other certificates. It is called only if they would be revoked, too, and a host serves
            another certificate than the primary one.
    """
    serving = [each for each in seen if each.serial_number is not None]
    if (found := _first_of([target.certificate], serving)) is None and serving and not target.single:
        siblings = others()
        found = _first_of([*siblings.reissues, *siblings.duplicates], serving)
        doubt = next(iter(siblings.unread), None) or _unnamed([*siblings.reissues, *siblings.duplicates])
    else:
        doubt = None
    if found:
        return _served(spec, found)
    return _unclear(spec, seen, doubt or (_unnamed([target.certificate]) if serving else None))


def _first_of(certificates: Iterable[Certificate], serving: Sequence[Look]) -> Look | None:
    return next((each for each in serving for known in certificates if _is_it(each, known)), None)


def _is_it(seen: Look, certificate: Certificate) -> bool:
    """Whether it is the same certificate. If one number is missing or wrong in CertCentral, the other one counts."""
    thumbprint = (certificate.thumbprint or "").replace(":", "").upper()
    return serial.same(seen.serial_number, certificate.serial_number) or thumbprint == seen.thumbprint


def _unnamed(certificates: Iterable[Certificate]) -> str | None:
    """What to say of issued certificates that can be compared with nothing; None if there is none."""
    if any(each.serial_number is None and each.thumbprint is None for each in certificates):
        return "DigiCert shows no serial number of a certificate of the order"
    return None


def _served(spec: RevocationSpec, seen: Look) -> Refuse:
    return Refuse(
        "still-served",
        f"{spec.name}: {seen.host} still serves the certificate with the serial number {seen.serial_number}, which would be "
        "revoked; nothing was sent; install another certificate there, or take the host out of must_not_be_served_by",
    )


def _unclear(spec: RevocationSpec, seen: Sequence[Look], doubt: str | None) -> Refuse | None:
    """Refuse if a host can't be told of, or if what it serves can't be compared."""
    unclear = next((each for each in seen if each.problem), None)
    if unclear is None and doubt:
        unclear = next(each for each in seen if each.serial_number)._replace(problem=doubt)
    if unclear is None:
        return None
    return Refuse(
        "served-unclear",
        f"{spec.name}: cannot tell whether {unclear.host} still serves a certificate that would be revoked "
        f"({unclear.problem}); nothing was sent; if that doesn't matter, take the host out of must_not_be_served_by",
    )
