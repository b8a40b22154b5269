"""Read the certificate that a TLS server presents."""

from __future__ import annotations

import contextlib
import socket
import ssl
from time import monotonic

from cryptography import x509

_CHUNK = 16384
_MOST = 1 << 20
"""The largest handshake, in bytes: a server that sends more doesn't speak TLS."""

_RECORD_HEADER, _MESSAGE_HEADER, _LENGTH = 5, 4, 3
_HANDSHAKE_RECORD, _CERTIFICATE_MESSAGE = 22, 11


def served_certificate(
    host: str, port: int = 443, *, timeout: float = 10.0, address: str | None = None
) -> x509.Certificate:
    """Start a TLS handshake with SNI, and return the certificate that the server presents.

    The certificate is not verified, because it is only compared and nothing is sent. A server that requests a client
    certificate presents its own first.

    Args:
        host: The host's name, or an IP address.
        port: The port.
        timeout: Seconds for connecting, and again for the whole handshake.
        address: The address to connect to; by default the first one of the host that accepts a connection.

    Raises:
        OSError: The connection or the handshake failed: `ConnectionRefusedError`, `socket.gaierror`, `TimeoutError`, `ssl.SSLError`.
        ValueError: The server presents no valid certificate, or the host is not a name.
    """
    received = bytearray()
    with socket.create_connection((address or host, port), timeout) as connection:
        try:
            shown = _handshake(connection, host, monotonic() + timeout, received)
        except OSError:
            # Until TLS 1.2, a server that requires a client certificate presents its own before it ends the handshake.
            shown = _presented_in_plaintext(bytes(received))
            if shown is None:
                raise
    if not shown:
        raise ValueError("the server presents no certificate")
    return x509.load_der_x509_certificate(shown)


def _handshake(connection: socket.socket, host: str, deadline: float, received: bytearray) -> bytes | None:
    """Complete the handshake; `received` collects all data from the server."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _context().wrap_bio(incoming, outgoing, server_hostname=host)
    while not _is_complete(tls):
        _exchange(connection, deadline, incoming, outgoing, received)
    with contextlib.suppress(OSError):
        connection.sendall(outgoing.read())
    return tls.getpeercert(binary_form=True)


def _is_complete(tls: ssl.SSLObject) -> bool:
    """Continue the handshake with the received data. Return whether it is complete."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _context() -> ssl.SSLContext:
    """Return a context that accepts anything a server offers: nothing is trusted, and nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with contextlib.suppress(ssl.SSLError):  # for old servers
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _exchange(
    connection: socket.socket,
    deadline: float,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
    received: bytearray,
) -> None:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("the handshake timed out")
    connection.settimeout(left)
    connection.sendall(outgoing.read())
    data = connection.recv(_CHUNK)
    received += data
    if not data or len(received) > _MOST:
        raise ConnectionError("the server ended the handshake" if not data else "the handshake doesn't end")
    incoming.write(data)


def _presented_in_plaintext(received: bytes) -> bytes | None:
    """Return the server's certificate from the unencrypted part of the handshake (RFC 5246, section 7.4.2)."""
    messages = _handshake_messages(received)
    while len(messages) >= _MESSAGE_HEADER:
        kind, length = messages[0], int.from_bytes(messages[1:_MESSAGE_HEADER], "big")
        body = messages[_MESSAGE_HEADER : _MESSAGE_HEADER + length]
        if kind == _CERTIFICATE_MESSAGE:
            # The length of the list, the length of its first entry, and that entry.
            size = int.from_bytes(body[_LENGTH : 2 * _LENGTH], "big")
            first = body[2 * _LENGTH : 2 * _LENGTH + size]
            return first if size and len(first) == size else None
        messages = messages[_MESSAGE_HEADER + length :]
    return None


def _handshake_messages(received: bytes) -> bytes:
    """Join the handshake records at the start of the received data (RFC 5246, section 6.2.1)."""
    joined = bytearray()
    while len(received) > _RECORD_HEADER and received[0] == _HANDSHAKE_RECORD:
        length = int.from_bytes(received[_LENGTH:_RECORD_HEADER], "big")
        joined += received[_RECORD_HEADER : _RECORD_HEADER + length]
        received = received[_RECORD_HEADER + length :]
    return bytes(joined)
