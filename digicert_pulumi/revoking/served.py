"""Refuse a revocation if a host still serves a certificate that would be revoked."""

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
"""Timeout for connecting to a host, and again for the TLS handshake, in seconds."""

_AT_ONCE = 8
"""The number of hosts, and of addresses of a host, to connect to in parallel."""

_LONGEST_REASON = 80

_NO_SUCH_NAME = {
    number for name in ("EAI_NONAME", "EAI_NODATA") if (number := getattr(socket, name, None)) is not None
}
"""Resolver errors for a name that doesn't exist. After any other error, such as a timeout, the name may exist."""


_NO_WAY = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
"""Errors for an address that this machine can't reach, for example IPv6 without an IPv6 network."""


class Look(NamedTuple):
    """The certificate that a host serves.

    Attributes:
        host: The host.
        serial_number: The certificate's serial number, hexadecimal; None if the host serves no certificate.
        thumbprint: The certificate's SHA-1 thumbprint, hexadecimal.
        problem: Why the host's certificate couldn't be determined; None if it could.
    """

    host: Host
    serial_number: str | None = None
    thumbprint: str | None = None
    problem: str | None = None


def look(host: Host) -> list[Look]:
    """Read the certificates that a host serves, at each address of its name.

    Returns:
        The certificates, and the problems. An address where nothing listens adds nothing.
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
    """Read the certificate that a host serves at one of its addresses; None if this machine can't reach the address."""
    # Imported here because few processes need it.
    from digicert_pulumi.x509.handshake import served_certificate  # noqa: PLC0415
    from digicert_pulumi.x509.identity import identity  # noqa: PLC0415

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
    """Read the certificates that the hosts serve, several hosts in parallel."""
    if not hosts:
        return []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [each for seen in pool.map(look_at, hosts) for each in seen]


def still_served(
    spec: RevocationSpec, target: Target, seen: Sequence[Look], others: Callable[[], Siblings]
) -> Refuse | None:
    """Refuse a revocation if a host serves a certificate that would be revoked, or if the check fails.

    Args:
        spec: The revocation.
        target: The target.
        seen: The certificates that the hosts serve.
        others: Reads the order's duplicates and reissues. Called only if they would be revoked too, and a host serves a
            certificate other than the primary one.
    """
    serving = [each for each in seen if each.serial_number is not None]
    if (found := _first_of([target.certificate], serving)) is None and serving and not target.single:
        siblings = others()
        found = _first_of([*siblings.reissues, *siblings.duplicates], serving)
        doubt = next(iter(siblings.unread), None) or _without_number(
            [*siblings.reissues, *siblings.duplicates]
        )
    else:
        doubt = None
    if found:
        return _served(spec, found)
    return _unclear(spec, seen, doubt or (_without_number([target.certificate]) if serving else None))


def _first_of(certificates: Iterable[Certificate], serving: Sequence[Look]) -> Look | None:
    return next((each for each in serving for known in certificates if _matches(each, known)), None)


def _matches(seen: Look, certificate: Certificate) -> bool:
    """Whether the host serves this certificate. A match of the serial number or of the thumbprint is enough."""
    thumbprint = (certificate.thumbprint or "").replace(":", "").upper()
    return serial.same(seen.serial_number, certificate.serial_number) or thumbprint == seen.thumbprint


def _without_number(certificates: Iterable[Certificate]) -> str | None:
    """Return the problem of a certificate without a serial number and a thumbprint; None if there is none."""
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
    """Refuse if a host couldn't be checked, or if its certificate can't be compared."""
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
