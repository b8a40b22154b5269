"""Four threads share one client, as they do in the provider's process."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.samples import ORDER
from certcentral.stub import Got, Stub, answer, close, refusal, revoke

from digicert_pulumi.certcentral import CertCentralError, Client, Fate

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

THREADS = 4
ORDERS = range(1, 81)


class Orders(Stub):
    """Answers about whatever order was asked for; those whose id 10 divides are lost, those that 7 divides refused."""

    def _answer_one(self, connection: socket.socket, number: int) -> bool:
        self.answers = [lambda _: True]
        if not super()._answer_one(connection, number):
            return False
        mine = [request for request in self.requests if request.connection == number]
        return self._act(mine[-1])(connection)

    @staticmethod
    def _act(request: Got) -> Callable[[socket.socket], bool]:
        order = int(request.path.split("/")[5])
        if order % 10 == 0:
            return close
        if order % 7 == 0:
            return refusal(400, f"refused_{order}")
        return answer(204) if request.method == "PUT" else answer(200, {**ORDER, "id": order})


def test_threads_that_share_a_client_get_their_own_answers_and_their_own_errors(
    client: Callable[..., Client],
) -> None:
    with Orders() as stub:
        shared = client(stub)

        def attempt(call: Callable[[], Any]) -> Any:
            try:
                return call()
            except CertCentralError as error:
                return error.order_id, error.fate, error.digicert_code

        def work(order: int) -> tuple[Any, Any]:
            return (
                attempt(lambda: shared.get_order(order).id),
                attempt(lambda: revoke(shared, order, comments="Gone.", skip_approval=True)),
            )

        with ThreadPoolExecutor(THREADS) as pool:
            results = dict(zip(ORDERS, pool.map(work, ORDERS), strict=True))

    for order, (read, revoked) in results.items():
        if order % 10 == 0:
            assert (read, revoked) == ((order, Fate.UNKNOWN, None),) * 2
        elif order % 7 == 0:
            assert (read, revoked) == ((order, Fate.REFUSED, f"refused_{order}"),) * 2
        else:
            assert (read, revoked) == (order, None)
    puts = [request.path for request in stub.requests if request.method == "PUT"]
    assert len(puts) == len(set(puts)) == len(ORDERS)


@pytest.mark.slow  # quicker: test_architecture.py, of every type
def test_threads_that_decode_the_first_answer_at_once_do_not_crash_the_process() -> None:
    program = """\
import sys, threading
from digicert_pulumi.certcentral.decoding import decode
from digicert_pulumi.certcentral.models import Order

together = threading.Barrier(8)
document = b'{"id": 1, "status": "", "certificate": {}, "product": {"name_id": "", "name": ""}}'

def first() -> None:
    together.wait()
    decode(document, Order)

sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=first) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_threads_keep_no_more_connections_than_they_are(client: Callable[..., Client]) -> None:
    with Orders() as stub:
        shared = client(stub)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(shared.get_order, [1, 2, 3, 4, 5, 6] * 10))
    assert stub.connections <= THREADS
