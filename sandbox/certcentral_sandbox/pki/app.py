"""Serve CRLs, OCSP answers (GET and POST, RFC 6960 appendix A) and the authorities' certificates over plain HTTP."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router

from certcentral_sandbox.pki.authorities import CERTIFICATE_PATH, CRL_PATH, OCSP_PATH, Authority
from certcentral_sandbox.pki.faults import Fault, Faults, Huge, Late, Malformed, Unknown
from certcentral_sandbox.pki.publisher import Publisher

CRL_TYPE = "application/pkix-crl"
OCSP_TYPE = "application/ocsp-response"
CERTIFICATE_TYPE = "application/pkix-cert"
_CHUNK = bytes(65536)


class Published:
    """Answers the relying parties that check certificates, without an API key."""

    def __init__(self, publisher: Publisher, faults: Faults) -> None:
        self._publisher = publisher
        self._faults = faults

    def app(self) -> Router:
        """Return the application to serve."""
        return Router(
            [
                Route(CRL_PATH, self._crl, methods=["GET"]),
                Route(CERTIFICATE_PATH, self._certificate, methods=["GET"]),
                Route(OCSP_PATH, self._post_ocsp, methods=["POST"]),
                Route(OCSP_PATH + "/{request:path}", self._get_ocsp, methods=["GET"]),
            ],
            redirect_slashes=False,
        )

    async def _crl(self, request: Request) -> Response:
        authority = self._authority(request)
        if authority is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        fault = self._faults.pick("crl", authority.name)
        if isinstance(fault, Unknown):
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return await _with_fault(self._publisher.crl(authority, fault), CRL_TYPE, fault)

    async def _certificate(self, request: Request) -> Response:
        authority = self._authority(request)
        if authority is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return Response(self._publisher.certificate(authority), media_type=CERTIFICATE_TYPE)

    async def _post_ocsp(self, request: Request) -> Response:
        return await self._ocsp(request, await request.body())

    async def _get_ocsp(self, request: Request) -> Response:
        try:
            question = base64.b64decode(request.path_params["request"], validate=True)
        except binascii.Error:
            question = b""
        return await self._ocsp(request, question)

    async def _ocsp(self, request: Request, question: bytes) -> Response:
        authority = self._authority(request)
        if authority is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        fault = self._faults.pick("ocsp", authority.name)
        return await _with_fault(self._publisher.ocsp(authority, question, fault), OCSP_TYPE, fault)

    def _authority(self, request: Request) -> Authority | None:
        return self._publisher.authorities.get(request.path_params["authority"])


async def _with_fault(content: bytes, media_type: str, fault: Fault | None) -> Response:
    """Return the answer with the fault applied to its delivery."""
    if isinstance(fault, Huge):
        return StreamingResponse(_padding(fault.bytes), media_type=media_type)
    if isinstance(fault, Malformed):
        content = content[: len(content) // 2]
    if isinstance(fault, Late):
        await asyncio.sleep(fault.seconds)
    return Response(content, media_type=media_type)


async def _padding(length: int) -> AsyncIterator[bytes]:
    for sent in range(0, length, len(_CHUNK)):
        await asyncio.sleep(0)  # lets the server notice that the client disconnected
        yield _CHUNK[: length - sent]
