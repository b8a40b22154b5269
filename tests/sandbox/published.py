"""How the tests check a certificate of the sandbox as anybody would: with OpenSSL, and over plain HTTP."""

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from support.sandbox import Sandbox


def chain_of(sandbox: Sandbox, certificate_id: int) -> list[x509.Certificate]:
    """The certificate, its issuer and the root."""
    return x509.load_pem_x509_certificates(sandbox.pem_all(certificate_id).encode())


def one_of_each_authority(sandbox: Sandbox) -> list[list[x509.Certificate]]:
    """The chains of two certificates that nobody revoked, each from another authority."""
    plain = sandbox.plain(10)
    orders = [next(order for order in plain if order % 2 == remainder) for remainder in (0, 1)]
    return [chain_of(sandbox, sandbox.certificate_ids(order)[0]) for order in orders]


def fetch(url: str, body: bytes | None = None) -> bytes:
    headers = {} if body is None else {"Content-Type": "application/ocsp-request"}
    with urlopen(Request(url, body, headers), timeout=60) as response:  # noqa: S310 - the sandbox's http
        content: bytes = response.read()
    return content


def crl_url(certificate: x509.Certificate) -> str:
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    return str(point.full_name[0].value)


def access_url(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> str:
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    (url,) = (item.access_location.value for item in access if item.access_method == method)
    return str(url)


def crl_of(certificate: x509.Certificate) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(fetch(crl_url(certificate)))


def ocsp_of(
    certificate: x509.Certificate, issuer: x509.Certificate, *, get: bool = False
) -> ocsp.OCSPResponse:
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
    der = request.public_bytes(serialization.Encoding.DER)
    url = access_url(certificate, AuthorityInformationAccessOID.OCSP)
    path = quote(base64.b64encode(der), safe="")
    return ocsp.load_der_ocsp_response(fetch(f"{url}/{path}") if get else fetch(url, der))


def write_chain(folder: Path, certificates: list[x509.Certificate]) -> None:
    """`leaf.pem`, `issuer.pem` and `root.pem`."""
    for name, certificate in zip(("leaf", "issuer", "root"), certificates, strict=True):
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem)


def openssl(folder: Path, *arguments: str) -> str:
    """What OpenSSL says, whatever its exit code."""
    done = subprocess.run(
        ["openssl", *arguments],  # noqa: S607 - the machine's own
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return done.stdout + done.stderr
