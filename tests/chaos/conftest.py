"""A sandbox that takes whatever it is sent: what keeps a second request away is the client alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chaos.faults import REQUEST_TIMEOUT
from chaos.kinds import ORDER
from chaos.life import TAKES_A_SECOND_REQUEST
from chaos.resource import Resource
from support.provider import Provider
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chaos.kinds import Kind


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, front_end: str) -> Iterator[Sandbox]:  # noqa: ARG001
    """One for the tests of a module that each use an order of their own, for each front end."""
    with Sandbox(tmp_path_factory.mktemp("sandbox"), orders=200, answers=TAKES_A_SECOND_REQUEST) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    """What is declared: the revocation of an order, unless a test says otherwise."""
    declared: Kind = getattr(request, "param", ORDER)
    return declared


@pytest.fixture(scope="module")
def settings(shared: Sandbox, kind: Kind) -> dict[str, str]:
    """What the stack configures: short patience."""
    return {
        "digicert:apiKey": shared.admin_key if kind.is_administrators else shared.user_key,
        "digicert:baseUrl": shared.base_url,
        "digicert:requestTimeout": str(REQUEST_TIMEOUT),
        "digicert:retryTimeout": "1.5",
        "digicert:settleTimeout": "0.3",
        # Else the orders of these tests would be read from lists, which no fault hits, and read back together.
        "digicert:batchReads": "false",
        "digicert:requestsPerMinute": "60000",
    }


@pytest.fixture(scope="module")
def provider(settings: dict[str, str], kind: Kind) -> Iterator[Provider]:
    """The provider process of a first `pulumi up`."""
    with Provider(settings, resource=kind.provider) as started:
        yield started


@pytest.fixture(scope="module")
def orders(shared: Sandbox) -> Iterator[int]:
    """Orders for which no revocation was ever asked."""
    return iter(shared.plain(150))


@pytest.fixture
def resource(orders: Iterator[int], settings: dict[str, str], shared: Sandbox, kind: Kind) -> Resource:
    """One for an order of its own; no fault of an earlier test is in force."""
    shared.clear_faults()
    return Resource(next(orders), shared, settings, kind)
