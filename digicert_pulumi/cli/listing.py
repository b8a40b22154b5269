"""Format the result of `find`: as text, as the CSV of an incident, as program lines."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from digicert_pulumi.incident import run_files
from digicert_pulumi.orders.certificates import is_the_same
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.text.cells import escaped
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digicert_pulumi.certcentral import Certificate
    from digicert_pulumi.finding import Found, Result

_COLUMNS = (
    "order_id",
    "revocation_reason",
    "comments",
    "expected_common_name",
    "found_by",
    "found_serial_number",
    "found_valid_till",
    "found_status",
    "found_other_certificates",
)
"""The columns of the CSV: those of an incident, then those by which a person recognizes the order."""

_NAMES = 5
"""Maximum number of a certificate's DNS names in the text."""


def text(result: Result) -> str:
    """Return the result as text for a person."""
    return "\n".join(_paragraph(found) for found in result.found)


def _paragraph(found: Found) -> str:
    certificate, order = found.certificate, found.order
    id_ = f"certificate {certificate.id}" if certificate.id else "a certificate without an id"
    names = list(dict.fromkeys(filter(None, (certificate.common_name, *certificate.dns_names))))
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    lines = [
        found.wanted.name,
        f"order {order.id} ({order.status}, {order.product.name}): {id_}, {found.role}",
        f"serial number {certificate.serial_number or 'unknown'}, thumbprint {certificate.thumbprint or 'unknown'}",
        f"names {', '.join(names[:_NAMES]) or 'none'}{more}",
        f"valid {certificate.valid_from or 'from an unknown day'} to {certificate.valid_till or 'an unknown day'}",
        f"the order's other certificates: {other_certificates([found]) or 'none'}",
        f"revocation: {snapshot(Target(order)).revocation}",
    ]
    return "\n  ".join(printable(line, None) for line in lines)


def other_certificates(found: list[Found]) -> str:
    """Return the other certificates of an order, which a revocation of the order would also revoke.

    Args:
        found: The certificates of the order that were found.

    Returns:
        The certificates as text; empty if there are no others.
    """
    order, others = found[0].order, found[0].others
    known, parts = [each.certificate for each in found], []
    for role, certificates in (
        ("primary certificate", (order.certificate,)),
        ("duplicate", others.duplicates),
        ("reissue", others.reissues),
    ):
        for each in certificates:
            name = (
                each.id or each.serial_number
            )  # a certificate that isn't issued yet has no id or serial number
            if name and not any(is_the_same(each, other) for other in known):
                known.append(each)
                parts.append(f"{role} {name}")
    parts += ["some that could not be read"] if others.unread else []
    return ", ".join(parts)


def warnings(result: Result) -> list[str]:
    """Return a line for each order that holds more certificates than were found."""
    return [
        f"order {found[0].order.id} also holds {others}; revoking the order revokes all its certificates"
        for found in _by_order(result)
        if (others := other_certificates(found))
    ]


def write_csv(path: Path, result: Result, comments: str | None, reason: str | None) -> None:
    """Write a CSV for an incident, with one row for each order."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(_COLUMNS)
    for found in _by_order(result):
        first = found[0]
        cells = (
            first.order.id,
            reason,
            comments,
            first.order.certificate.common_name,
            "; ".join(each.wanted.name for each in found),
            first.certificate.serial_number,
            first.certificate.valid_till,
            first.order.status,
            other_certificates(found),
        )
        writer.writerow([escaped(printable(str(cell), None)) if cell is not None else "" for cell in cells])
    run_files.write(path, f"\ufeff{content.getvalue()}")


def program(result: Result, comments: str, reason: str | None) -> str:
    """Return program lines that revoke the found certificates only.

    An order is revoked as a whole if all its certificates were found; otherwise its certificates are revoked one by one.
    """
    return "".join(
        declaration for found in _by_order(result) for declaration in _declarations(found, comments, reason)
    )


def _declarations(found: list[Found], comments: str, reason: str | None) -> Iterator[str]:
    order = found[0].order
    if not other_certificates(found):
        named = [literal(f"order-{order.id}"), f"order_id={order.id}"]
        yield _declaration("OrderRevocation", named, order.certificate, comments, reason)
        return
    known = {each.certificate.id or each.certificate.serial_number: each.certificate for each in found}
    for id_, certificate in known.items():
        name = f"certificate {id_}"
        by = f"certificate_id={id_}" if certificate.id else f"serial_number={literal(str(id_))}"
        named = [literal(name.replace(" ", "-")), by, f"order_id={order.id}"]
        # CertCentral doesn't report which certificate an open request is for; only the comments identify it.
        yield _declaration("CertificateRevocation", named, certificate, f"{comments} ({name})", reason)


def _declaration(
    resource: str, named: list[str], certificate: Certificate, comments: str, reason: str | None
) -> str:
    arguments = [
        *named,
        *([f"revocation_reason={literal(reason)}"] if reason else []),
        f"comments={literal(comments)}",
    ]
    if certificate.common_name:
        arguments.append(f"expected_common_name={literal(certificate.common_name)}")
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"digicert.{resource}(\n{lines})"


def literal(text_: str) -> str:
    """Return a text as a Python literal, in double quotes if that needs no escapes."""
    written = repr(text_)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def _by_order(result: Result) -> list[list[Found]]:
    by_order: dict[int, list[Found]] = {}
    for found in result.found:
        by_order.setdefault(found.order.id, []).append(found)
    return [by_order[order_id] for order_id in sorted(by_order)]
