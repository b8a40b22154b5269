"""Run one call: send it, retry it if it only reads, and decode its response."""

import logging
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeVar

import stamina

from digicert_pulumi.certcentral.answers import decoded, listed, require
from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.decoding import Lenient
from digicert_pulumi.certcentral.errors import CertCentralError, UnexpectedAnswer, Unreachable
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.models import Order, Request, SubmittedRequest, User
from digicert_pulumi.certcentral.pacer import Pacer
from digicert_pulumi.certcentral.retry import Patience
from digicert_pulumi.certcentral.transport import Answer, Transport

__all__ = ["Session"]

_logger = logging.getLogger("digicert_pulumi.certcentral")

_Model = TypeVar("_Model", Order, Request, User)
_List = TypeVar("_List", bound=Lenient)
_Result = TypeVar("_Result")


class Session:
    """Calls to one base URL with one API key. Thread-safe.

    Args:
        key: Authenticates every request, and is masked in every text from outside.
        transport: Sends requests.
        pacer: The rate limiter.
        retry_budget: Seconds in which another attempt may begin.
        report: Called with a one-line warning if retries take long.
        note: Called after each call, with its HTTP status; None without a response.
        may_send: Whether this thread may send other calls than GET.
    """

    def __init__(
        self,
        key: ApiKey,
        transport: Transport,
        pacer: Pacer,
        *,
        retry_budget: float,
        report: Callable[[str], None],
        note: Callable[[Call, int | None], None],
        may_send: Callable[[], bool],
    ) -> None:
        self._key = key
        self._transport = transport
        self._pacer = pacer
        self._retry_budget = retry_budget
        self._report = report
        self._note = note
        self._may_send = may_send

    def read(self, call: Call, model: type[_Model]) -> _Model:
        """Read a document, and check that it has the id that the call names.

        Raises:
            CertCentralError: There is no such response.
        """

        def understand(answer: Answer) -> _Model:
            require(call, answer, self._key, 200)
            found = decoded(call, answer, self._key, model)
            if call.asked_for not in (None, found.id):
                raise _unexpected(call, answer, f"DigiCert answered about {found.id}")
            return found

        return self._send(call, understand)

    def read_list(self, call: Call, model: type[_List]) -> _List:
        """Read a list, which has no id.

        Raises:
            CertCentralError: There is no such response.
        """
        return self._send(call, lambda answer: listed(call, answer, self._key, model))

    def read_pem(self, call: Call) -> str:
        """Read certificates in PEM.

        Raises:
            CertCentralError: There is no such response.
        """

        def understand(answer: Answer) -> str:
            require(call, answer, self._key, 200)
            if b"-----BEGIN CERTIFICATE-----" not in answer.body or not answer.body.isascii():
                raise _unexpected(call, answer, "DigiCert's answer holds no certificate in PEM")
            return answer.body.decode("ascii")

        return self._send(call, understand)

    def revoke(self, call: Call, *, at_once: bool) -> SubmittedRequest | None:
        """Submit a request to revoke, or revoke `at_once`.

        Returns:
            The request (201); None if DigiCert revoked at once (204), which only `at_once` allows.

        Raises:
            CertCentralError: The call failed; `fate` shows what DigiCert did with it.
        """

        def understand(answer: Answer) -> SubmittedRequest | None:
            require(call, answer, self._key, 201, *([204] if at_once else []))
            if answer.status == 204:  # noqa: PLR2004
                return None
            request = decoded(call, answer, self._key, SubmittedRequest)
            if request.type != "revoke":
                raise _unexpected(
                    call, answer, f"DigiCert made a request of type {self._key.quote(request.type)}"
                )
            if request.order and request.order.id != call.order_id:
                raise _unexpected(call, answer, f"DigiCert made a request on order {request.order.id}")
            return request

        return self._send(call, understand)

    def carry_out(self, call: Call) -> None:
        """Send a request whose success response has no body (204).

        Raises:
            CertCentralError: The call failed; `fate` shows what DigiCert did with it.
        """
        self._send(call, lambda answer: require(call, answer, self._key, 204))

    def attempts(self) -> Iterator[stamina.Attempt]:
        """Yield attempts to send a call that changes something, as long as DigiCert surely didn't process the last one.

        Raises:
            RuntimeError: This thread may only send GET.
        """
        self._require_permission()
        return self._patience(only_reads=False).attempts()

    def _send(self, call: Call, understand: Callable[[Answer], _Result]) -> _Result:
        """Send a call, and retry it if it only reads."""
        try:
            if not call.only_reads:
                self._require_permission()
                return understand(self._exchange(call, 1))
            for attempt in self._patience(only_reads=True).attempts():
                with attempt:
                    return understand(self._exchange(call, attempt.num))
        except CertCentralError as error:
            # Drop the frames of the exchange: their local variables hold the server's response.
            failure = error.with_traceback(None)
        if failure.order_id is None and failure.request_id is None:
            failure.order_id, failure.request_id = call.order_id, call.request_id
        raise failure

    def _patience(self, *, only_reads: bool) -> Patience:
        return Patience(self._retry_budget, self._pacer, self._report, only_reads=only_reads)

    def _require_permission(self) -> None:
        if not self._may_send():
            raise RuntimeError("nothing but GET may be sent here: nothing is being applied")

    def _exchange(self, call: Call, number: int) -> Answer:
        """Wait for the call's turn, send it once, and report the result to the rate limiter."""
        with self._pacer.turn() as turn:
            started = monotonic()
            status: int | None = None
            try:
                answer = self._transport.exchange(call)
                status = answer.status
            except Unreachable:
                turn.sent = False
                raise
            finally:
                self._note(call, status)
                milliseconds = (monotonic() - started) * 1000
                _logger.debug(
                    "%s %s: %s in %.0f ms (attempt %d)",
                    call.method,
                    call.path,
                    status or "no answer",
                    milliseconds,
                    number,
                )
            turn.turned_away = status == 429  # noqa: PLR2004
            return answer


def _unexpected(call: Call, answer: Answer, what: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(what, status=answer.status, remedy=call.remedy_for_surprise, **call.about)
