"""The functions in a user's unit test: `pulumi.runtime.set_mocks` answers them, and never the network."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import mocks
from support.program import run

from digicert_pulumi.declaring import functions as module
from digicert_pulumi.declaring.functions import (
    GetCertificatesResult,
    GetOrderResult,
    ListedOrder,
    ListOrdersResult,
    OrderCertificate,
    OrderRequest,
    get_certificates,
    get_certificates_output,
    get_order,
    get_order_output,
    list_orders,
    list_orders_output,
)
from digicert_pulumi.declaring.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable

ORDER = {
    "id": 5,
    "status": "issued",
    "commonName": "www.example.com",
    "dnsNames": ["www.example.com"],
    "product": "Standard SSL",
    "productNameId": "ssl_plus",
}
LISTED: dict[str, Any] = {
    "id": 5,
    "status": "issued",
    "common_name": "www.example.com",
    "dns_names": ["www.example.com"],
    "organization": None,
    "product": "Standard SSL",
    "product_name_id": "ssl_plus",
    "valid_till": None,
}
REQUEST = {"id": 198, "type": "revoke", "status": "pending", "date": "2026-01-02T03:04:05+00:00"}


class Account(mocks.Mocks):
    """What a user's unit test says of an account."""

    def __init__(self, answer: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> Any:
        self.asked.append((args.token, args.args))
        return self._answer


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment, and nothing that could reach DigiCert."""
    monkeypatch.setenv("DIGICERT_API_KEY", "key-of-a-developer")
    monkeypatch.setattr(module, "connect", None)


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("functions", "given", "asked", "answer", "result"),
    [
        (
            (get_order, get_order_output),
            {"order_id": 5},
            ("digicert:index:getOrder", {"orderId": 5}),
            {**ORDER, "revocation": "request 198 is pending", "requests": [REQUEST]},
            GetOrderResult(
                **LISTED,
                revocation="request 198 is pending",
                requests=[OrderRequest(198, "revoke", "pending", "2026-01-02T03:04:05+00:00", None)],
            ),
        ),
        (
            (get_certificates, get_certificates_output),
            {"order_id": "5"},
            ("digicert:index:getCertificates", {"orderId": "5"}),
            {"orderId": 5, "certificates": [{"role": "primary", "id": 7, "serialNumber": "0A"}]},
            GetCertificatesResult(
                5, [OrderCertificate("primary", 7, None, [], "0A", None, None, None, None)]
            ),
        ),
        (
            (list_orders, list_orders_output),
            {"common_name": "*.example.com", "status": ["issued", "revoked"]},
            (
                "digicert:index:listOrders",
                {"commonName": "*.example.com", "status": ["issued", "revoked"], "maxResults": 100},
            ),
            {"orders": [ORDER]},
            ListOrdersResult([ListedOrder(**LISTED)]),
        ),
        (
            (list_orders, list_orders_output),
            {},
            ("digicert:index:listOrders", {"maxResults": 100}),
            {},
            ListOrdersResult([]),
        ),
    ],
)
def test_a_test_s_mocks_are_asked(
    *,
    later: bool,
    functions: tuple[Callable[..., Any], Callable[..., Any]],
    given: dict[str, Any],
    asked: tuple[str, dict[str, Any]],
    answer: dict[str, Any],
    result: object,
) -> None:
    account = Account(answer)
    mocks.set_mocks(account)
    assert run(lambda: functions[later](**given)) == result
    assert account.asked == [asked]


def test_the_key_of_a_provider_is_not_asked_for() -> None:
    account = Account({**ORDER, "revocation": "none"})
    mocks.set_mocks(account)

    def program() -> Any:
        provider = Provider("eu", api_key=pulumi.Output.secret("key-of-eu"))
        return get_order(5, pulumi.InvokeOptions(provider=provider)).requests

    assert run(program) == []


def test_a_failure_that_a_test_makes_up_ends_the_program() -> None:
    mocks.set_mocks(Account(({}, [("orderId", "there is no such order")])))
    with pytest.raises(pulumi.RunError, match=r"^get_order: there is no such order$"):
        run(lambda: get_order(5))


def test_in_a_script_a_function_without_an_answer_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import digicert_pulumi; digicert_pulumi.get_order(5)"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("get_order: no CertCentral API key")
