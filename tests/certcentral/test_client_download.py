"""Downloading a certificate: an answer that is no JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from certcentral.stub import Stub, answer, refusal

from digicert_pulumi.certcentral import Client, NotFound, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("content_type", ["application/x-pem-file", "text/plain", "application/json", None])
def test_the_file_is_returned_whatever_it_is_called(
    client: Callable[..., Client], content_type: str | None
) -> None:
    with Stub(answer(200, PEM, content_type)) as stub:
        assert client(stub).get_certificates_in_pem(112358, order_id=7) == PEM.decode()
    [request] = stub.requests
    assert (request.method, request.path) == (
        "GET",
        "/services/v2/certificate/112358/download/format/pem_all",
    )
    assert request.headers["accept"] == "*/*"


@pytest.mark.parametrize("body", [b"<html></html>", b"", b"{}", PEM + "é".encode()])
def test_what_is_no_certificate_is_no_answer(client: Callable[..., Client], body: bytes) -> None:
    with (
        Stub(answer(200, body, "text/html")) as stub,
        pytest.raises(UnexpectedAnswer, match="order 7: DigiCert's answer holds no certificate in PEM"),
    ):
        client(stub).get_certificates_in_pem(112358, order_id=7)


def test_an_unknown_certificate_is_not_found(client: Callable[..., Client]) -> None:
    with Stub(refusal(404, "not_found|certificate", "No such certificate.")) as stub, pytest.raises(NotFound):
        client(stub).get_certificates_in_pem(112358, order_id=7)
