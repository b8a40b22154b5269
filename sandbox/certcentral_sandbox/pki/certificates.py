"""The account's X.509 certificates, each created when it is first needed."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import date, datetime, time, timezone
from sqlite3 import Row

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from certcentral_sandbox.account.catalogue import ORGANIZATIONS, PRODUCTS
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.pki.authorities import (
    ROOT,
    Authorities,
    Authority,
    end_entity_usage,
    issuing_authority_of,
    sign,
    subject,
)
from certcentral_sandbox.pki.keys import PrivateKey, derive, pem

_SECRET_BYTES = 32
_LAST_MOMENT = time(23, 59, 59)
_USES = {
    "code_signing_certificate": [ExtendedKeyUsageOID.CODE_SIGNING],
    "document_signing_certificate": [ExtendedKeyUsageOID.EMAIL_PROTECTION],
}
_TLS_USES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


class Certificates:
    """Issues the certificates of the state's rows.

    The certificates are stored, because ECDSA signatures aren't deterministic. The keys are derived.
    """

    def __init__(self, store: Store, origin: str) -> None:
        """Load the authorities of the state, or create them.

        Args:
            store: The state.
            origin: The address at which the authorities of a new state publish. An existing state keeps its address.
        """
        self._store = store
        self._secret = bytes.fromhex(self._fact("pki_secret", secrets.token_hex(_SECRET_BYTES)))
        self.origin = self._fact("pki_origin", origin)
        self.authorities = Authorities(self._secret, self.origin, self._kept)

    def _fact(self, name: str, value: str) -> str:
        self._store.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", [name, value])
        return self._store.meta(name) or value

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        row = self._store.one("SELECT der FROM x509 WHERE name = ?", [name])
        if row is not None:
            return bytes(row["der"])
        made = make()
        self._store.execute("INSERT INTO x509 VALUES (?, ?)", [name, made])
        return made

    def complete(self, certificate: Row) -> Row:
        """Return the row of a certificate with its thumbprint. Creates the certificate if necessary."""
        if certificate["serial_number"] is None or certificate["thumbprint"] is not None:
            return certificate
        self.der(certificate)
        row = self._store.one("SELECT * FROM certificates WHERE id = ?", [certificate["id"]])
        assert row is not None  # noqa: S101 - the row was read before
        return row

    def der(self, certificate: Row) -> bytes:
        """Return an issued certificate in DER."""
        return self._kept(f"certificate/{certificate['id']}", lambda: self._issue(certificate))

    def _issue(self, certificate: Row) -> bytes:
        order = self._order(certificate)
        issuer = self.issuer(order)
        uses = _USES.get(PRODUCTS[order["product"]].type, _TLS_USES)
        names = [x509.DNSName(name) for name in json.loads(certificate["dns_names"])]
        public_key = self.key(certificate).public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(_subject(order, certificate["common_name"]))
            .issuer_name(issuer.certificate.subject)
            .public_key(public_key)
            .serial_number(int(certificate["serial_number"], 16))
            .not_valid_before(_moment(certificate["valid_from"], time()))
            .not_valid_after(_moment(certificate["valid_till"], _LAST_MOMENT))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(end_entity_usage(), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        der = sign(self.authorities.with_addresses(builder, issuer), issuer.key)
        self._store.execute(
            "UPDATE certificates SET thumbprint = ? WHERE id = ?",
            [hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(), certificate["id"]],
        )
        return der

    def _order(self, certificate: Row) -> Row:
        order = self._store.one("SELECT * FROM orders WHERE id = ?", [certificate["order_id"]])
        assert order is not None  # noqa: S101 - every certificate has an order
        return order

    def issuer(self, order: Row) -> Authority:
        """Return the issuer of an order's certificates."""
        return self.authorities[issuing_authority_of(order["id"])]

    def key(self, certificate: Row) -> PrivateKey:
        """Return the private key of a certificate. The original certificate has the key of the order's CSR."""
        if certificate["role"] == "original":
            return self._order_key(certificate["order_id"])
        return derive(self._secret, f"certificate/{certificate['id']}")

    def _order_key(self, order_id: int) -> PrivateKey:
        return derive(self._secret, f"order/{order_id}")

    def key_pem(self, certificate: Row) -> bytes:
        """Return the private key of a certificate as PEM."""
        return pem(self.key(certificate))

    def csr(self, order: Row, certificate: Row | None = None) -> str:
        """Return the CSR of a certificate, or the original CSR of an order, as PEM."""
        if certificate is None or certificate["role"] == "original":
            name, key = f"csr/order/{order['id']}", self._order_key(order["id"])
        else:
            name, key = f"csr/certificate/{certificate['id']}", self.key(certificate)
        der = self._kept(name, lambda: _request(order, key))
        return x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM).decode().strip()

    def chain(self, certificate: Row) -> list[Authority]:
        """Return the certificate's issuer and the root."""
        return [self.issuer(self._order(certificate)), self.authorities[ROOT]]

    def pem(self, certificate: Row) -> str:
        """Return a certificate as PEM."""
        return as_pem(x509.load_der_x509_certificate(self.der(certificate)))


def _request(order: Row, key: PrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(order, order["common_name"]))
    names = [x509.DNSName(name) for name in json.loads(order["dns_names"])]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _subject(order: Row, common_name: str) -> x509.Name:
    organization = order["organization_id"] and ORGANIZATIONS[order["organization_id"]]["name"]
    return subject(common_name, organization)


def _moment(day: str, of_day: time) -> datetime:
    return datetime.combine(date.fromisoformat(day), of_day, timezone.utc)


def as_pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
