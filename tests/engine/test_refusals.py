"""What is refused: one line that says what is wrong, with which order, and what to do. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001


def test_an_order_that_must_not_be_revoked_fails_the_preview_and_the_update(
    stack: Stack, sandbox: Sandbox
) -> None:
    order = sandbox.find("reissue_pending")
    line = "has a pending reissue, and CertCentral does not revoke such an order; nothing was sent"
    stack.declare(order_id=order, comments="Key leaked.")
    for refused in (stack.preview(), stack.up()):
        assert refused.code != 0
        [error] = refused.errors
        assert f"resource 'leaked' has a problem: order {order} {line}" in error
        assert "\n" not in error
        assert (refused.changes, refused.notices, refused.writes) == ({}, [], [])
    assert stack.resources() == {}


def test_a_refusal_by_digicert_is_one_line_and_leaves_no_resource(stack: Stack, sandbox: Sandbox) -> None:
    order = sandbox.find("expired")
    stack.declare(order_id=order, comments="Key leaked.")
    up = stack.up()
    assert up.code != 0
    [error] = up.errors
    assert error.startswith(f"order {order}: DigiCert refused the request (400 order_expired")
    assert "\n" not in error
    [notice] = up.notices
    assert notice.startswith(f"warning: order {order}: it expired on ")
    assert stack.resources() == {}


def test_a_certificate_that_a_host_serves_is_revoked_once_the_host_has_another_one(
    stack: Stack, sandbox: Sandbox
) -> None:
    _, order, another = sandbox.plain(3)
    served, other = (sandbox.certificate_ids(of)[0] for of in (order, another))
    with sandbox.tls_server(served) as server:
        stack.declare(
            order_id=order, comments="Key leaked.", must_not_be_served_by=[f"localhost:{server.port}"]
        )
        refused = stack.preview()
        assert refused.code != 0
        [error] = refused.errors
        assert f"order {order}: localhost:{server.port} still serves the certificate with the serial" in error
        assert "\n" not in error
        assert (refused.changes, refused.writes) == ({}, [])
        server.swap(sandbox.pem_all(other), sandbox.private_key(other))
        up = stack.up()
    assert up.code == 0
    assert len(up.writes) == 1
