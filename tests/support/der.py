"""Change signed CRLs and OCSP answers in ways that no builder offers, and sign them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

Change: TypeAlias = Callable[[list[bytes]], list[bytes]]
"""Makes the new parts of what was signed of the old ones."""

BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, CONTEXT_0, CONTEXT_1 = 0x01, 0x02, 0x04, 0x30, 0xA0, 0xA1
SUCCESSFUL = bytes.fromhex("0a0100")
BASIC_RESPONSE = bytes.fromhex("06092b0601050507300101")
_BIT_STRING = 0x03
_ECDSA_WITH_SHA1 = bytes.fromhex("300906072a8648ce3d0401")


def value(tag: int, *content: bytes) -> bytes:
    """Encode a value."""
    joined = b"".join(content)
    length = len(joined).to_bytes((len(joined).bit_length() + 7) // 8, "big")
    short = len(joined) < 0x80
    return bytes([tag, len(joined) if short else 0x80 | len(length)]) + (b"" if short else length) + joined


def parts(encoded: bytes) -> list[bytes]:
    """Return the values of which a value consists."""
    found = []
    rest = content(encoded)
    while rest:
        end = len(rest) - len(_after(rest))
        found.append(rest[:end])
        rest = rest[end:]
    return found


def content(encoded: bytes) -> bytes:
    """Return what a value holds."""
    return encoded[_header(encoded) :]


def twice(extensions: bytes) -> bytes:
    """Return a tagged list of extensions with each of them twice."""
    [listed] = parts(extensions)
    return value(extensions[0], value(SEQUENCE, content(listed), content(listed)))


def crl_changed(raw: bytes, key: ec.EllipticCurvePrivateKey, change: Change) -> bytes:
    """Return a CRL with another content, signed with a key."""
    tbs, algorithm, _ = parts(raw)
    return value(SEQUENCE, *_signed(change(parts(tbs)), algorithm, key))


def crl_signed_with_sha1(raw: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a CRL with a weak signature."""
    version, _, *rest = parts(parts(raw)[0])
    return value(SEQUENCE, *_signed([version, _ECDSA_WITH_SHA1, *rest], _ECDSA_WITH_SHA1, key))


def ocsp_changed(raw: bytes, key: ec.EllipticCurvePrivateKey, change: Change) -> bytes:
    """Return an OCSP answer with another content, signed with a key."""
    tbs, algorithm, _, *enclosed = parts(basic_of(raw))
    return ocsp_of(value(SEQUENCE, *_signed(change(parts(tbs)), algorithm, key), *enclosed))


def ocsp_signed_with_sha1(raw: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return an OCSP answer with a weak signature."""
    tbs, _, _, *enclosed = parts(basic_of(raw))
    return ocsp_of(value(SEQUENCE, *_signed(parts(tbs), _ECDSA_WITH_SHA1, key), *enclosed))


def ocsp_of(basic: bytes, kind: bytes = BASIC_RESPONSE) -> bytes:
    """Return an OCSP answer with the part that is signed and its signature."""
    inner = value(SEQUENCE, kind, value(OCTET_STRING, basic))
    return value(SEQUENCE, SUCCESSFUL, value(CONTEXT_0, inner))


def basic_of(raw: bytes) -> bytes:
    """Return the part of an OCSP answer that is signed, and its signature."""
    [inner] = parts(parts(raw)[1])
    return content(parts(inner)[1])


def bits(signature: bytes) -> bytes:
    """Encode a signature."""
    return value(_BIT_STRING, b"\x00", signature)


def _signed(changed: list[bytes], algorithm: bytes, key: ec.EllipticCurvePrivateKey) -> list[bytes]:
    tbs = value(SEQUENCE, *changed)
    digest = hashes.SHA1() if algorithm == _ECDSA_WITH_SHA1 else hashes.SHA256()  # noqa: S303 - weak on purpose
    return [tbs, algorithm, bits(key.sign(tbs, ec.ECDSA(digest)))]


def _header(encoded: bytes) -> int:
    return 2 + (encoded[1] & 0x7F if encoded[1] & 0x80 else 0)


def _after(encoded: bytes) -> bytes:
    begin = _header(encoded)
    size = int.from_bytes(encoded[2:begin], "big") if encoded[1] & 0x80 else encoded[1]
    return encoded[begin + size :]
