"""The authorities' own address: CRLs, OCSP (GET and POST, RFC 6960 appendix A) and certificates over plain HTTP."""

import base64
import binascii
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from certcentral_sandbox.pki.authorities import CERTIFICATE_PATH, CRL_PATH, OCSP_PATH, Authority
from certcentral_sandbox.pki.publisher import Publisher

CRL_TYPE = "application/pkix-crl"
OCSP_TYPE = "application/ocsp-response"
CERTIFICATE_TYPE = "application/pkix-cert"


class Published:
    """Answers whoever checks a certificate; it needs no API key."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def app(self) -> Router:
        """The application to serve."""
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
        return Response(self._publisher.crl(authority), media_type=CRL_TYPE)

    async def _certificate(self, request: Request) -> Response:
        authority = self._authority(request)
        if authority is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return Response(self._publisher.certificate(authority), media_type=CERTIFICATE_TYPE)

    async def _post_ocsp(self, request: Request) -> Response:
        return self._ocsp(request, await request.body())

    async def _get_ocsp(self, request: Request) -> Response:
        try:
            question = base64.b64decode(request.path_params["request"], validate=True)
        except binascii.Error:
            question = b""
        return self._ocsp(request, question)

    def _ocsp(self, request: Request, question: bytes) -> Response:
        authority = self._authority(request)
        if authority is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return Response(self._publisher.ocsp(authority, question), media_type=OCSP_TYPE)

    def _authority(self, request: Request) -> Authority | None:
        return self._publisher.authorities.get(request.path_params["authority"])
