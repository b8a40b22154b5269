"""The certificate that a TLS server shows now."""

from __future__ import annotations

import contextlib
import socket
import ssl

from cryptography import x509


def served_certificate(host: str, port: int = 443, *, timeout: float = 10.0) -> x509.Certificate:
    """Open TLS with SNI, and return the certificate that the server shows.

    The certificate is not verified: it is compared, and nothing is sent. A server that asks for a certificate of its
    client shows its own first.

    Args:
        host: The host's name, or an IP address.
        port: The port.
        timeout: Seconds for each step.

    Raises:
        OSError: No connection, or no TLS: `ConnectionRefusedError`, `socket.gaierror`, `TimeoutError`, `ssl.SSLError`.
        ValueError: What the server shows is no certificate, or the host is no name.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with contextlib.suppress(ssl.SSLError):  # old servers count, too
        context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((host, port), timeout) as plain:
        plain.settimeout(timeout)
        with context.wrap_socket(plain, server_hostname=host) as secured:
            shown = secured.getpeercert(binary_form=True)
    if not shown:
        raise ValueError("the server shows no certificate")
    return x509.load_der_x509_certificate(shown)
