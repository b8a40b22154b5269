"""An SDK in whose frames the engine's call cannot be found as expected: the message stays readable, nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from sdk.environment import ROOT, python_with
from support.provider import Provider, ProviderError

from digicert_pulumi.dynamic.frames import FoundCall, answering
from digicert_pulumi.resources.lifecycle import FailureError, UnfinishedError

if TYPE_CHECKING:
    from support.sandbox import Sandbox

pytestmark = pytest.mark.slow

LINE = "order 1: something failed; do something about it"

HIDING = """\
import runpy
import grpc._server
grpc.ServicerContext = type("AnotherContext", (), {})
runpy.run_module("pulumi.dynamic", run_name="__main__")
"""
"""Starts a provider in whose frames no context of gRPC is found."""


class Context(grpc.ServicerContext):  # type: ignore[misc]  # grpc has no types
    """A context that keeps what is attached to it, or takes nothing."""

    def __init__(self, *, takes: bool = True) -> None:
        self.trailing: Any = None
        self._takes = takes

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        if not self._takes:
            raise NotImplementedError
        self.trailing = trailing_metadata


Context.__abstractmethods__ = frozenset()


class Request:
    """A request of another shape."""

    urn = 5


@answering
def fail() -> None:
    raise FailureError(LINE)


@answering
def fail_unfinished() -> None:
    raise UnfinishedError("1", {"revoked": False}, LINE)


@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("request_", [None, Request()], ids=["no request", "another request"])
@pytest.mark.parametrize("method", [fail, fail_unfinished])
def test_the_failure_stands_whatever_the_frames_hold(method: Any, request_: object, takes: bool) -> None:
    def servicer(request: object, context: Context) -> None:  # noqa: ARG001  # found in this frame
        method()

    context = Context(takes=takes)
    with pytest.raises(FailureError, match=f"^{LINE}$"):
        servicer(request_, context)
    told = takes and method is fail
    assert (context.trailing is not None) == told


def test_a_request_of_another_shape_has_no_name() -> None:
    def servicer(request: object, context: Context) -> str | None:  # noqa: ARG001  # found in this frame
        return FoundCall().urn()

    assert servicer(Request(), Context()) is None
    assert servicer(None, Context()) is None


def test_without_a_context_the_line_stands_last_and_nothing_else_changes(sandbox: Sandbox, sdk: str) -> None:
    settings = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}
    command = [python_with(sdk), "-u", "-c", HIDING]
    with Provider(settings, {"PYTHONPATH": str(ROOT)}, command) as provider:
        order_id = sandbox.plain(1)[0]
        for name in ("one", "two"):
            inputs, failures = provider.check({"orderId": order_id, "comments": "Key leaked."}, name=name)
            assert failures == []
        with pytest.raises(ProviderError) as failure:
            provider.create({**inputs, "orderId": 999999999})
        assert failure.value.trailing == {}
        last = failure.value.raw.strip().splitlines()[-1]
        assert "order 999999999: DigiCert does not know this order (404 not_found|order" in last
        assert provider.create(inputs)["status"] == "pending"
        assert provider.lines == []
