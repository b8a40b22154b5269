"""One declared resource, driven call by call against the real provider process, as the engine drives it."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from chaos.kinds import DECISION, ORDER
from support.provider import Provider, ProviderError

from digicert_pulumi.text.case import camel_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chaos.kinds import Kind
    from support.sandbox import Sandbox


class Resource:
    """What an engine does with a declared resource, and what it remembers of it.

    Attributes:
        order: The order that it is about.
        kind: What it is.
        settings: What the stack configures.
        outputs: What is in the state; None before the resource is.
        finished: Whether the last `up` ended without an error.
        errors: What the user was told of failures.
        codes: The codes of failed creates and updates; empty if the provider ended.
    """

    def __init__(
        self,
        order: int,
        sandbox: Sandbox,
        settings: Mapping[str, str],
        kind: Kind = ORDER,
        **more: Any,
    ) -> None:
        self.order = order
        self.kind = kind
        self.outputs: dict[str, Any] | None = None
        self.finished = False
        self.errors: list[str] = []
        self.codes: list[str] = []
        self._sandbox = sandbox
        self.settings = settings
        kind.begin(sandbox, [order])
        arguments = kind.arguments(sandbox, order, "Key leaked.")
        self.declared = {camel_case(name): value for name, value in {**arguments, **more}.items()}
        self._inputs: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The resource's id."""
        return str(next(iter(self.declared.values())))

    @property
    def state(self) -> dict[str, Any]:
        """What is in the state, where the resource is."""
        assert self.outputs is not None, self.errors
        return self.outputs

    def up(self, provider: Provider) -> None:
        """`pulumi up`: check, then create, or update where the last `up` left the resource unfinished."""
        inputs, failures = provider.check(self.declared, olds=self._inputs)
        if failures:
            self.errors += [reason for _, reason in failures]
            return
        try:
            if self.outputs is None:
                self.outputs = provider.create(inputs)
            elif not self.finished:
                self.outputs = provider.update(self.id, self.outputs, inputs)
            self._inputs, self.finished = inputs, True
        except ProviderError as error:
            self.errors.append(str(error))
            self.codes.append(error.data.get("code", ""))
            if error.kept is not None:
                self._inputs, self.outputs = inputs, error.kept

    def up_until_settled(self, provider: Provider) -> None:
        """`up`, and up to three more where it failed, each in a provider process of its own."""
        up_until_settled([self], provider)

    def refresh(self, provider: Provider) -> None:
        """`pulumi refresh`."""
        try:
            _, self.outputs, inputs = provider.read(self.id, self.state)
            self._inputs = inputs or self._inputs
        except ProviderError as error:
            self.errors.append(str(error))

    def assert_struck(self) -> None:
        """A fault for this order has hit a call."""
        while True:  # a sandbox that refuses connections refuses its operator's as well
            with contextlib.suppress(ConnectionError):
                faults = self._sandbox.faults()
                break
            time.sleep(0.05)
        assert any(fault["injected"] for fault in faults if fault["rule"].get("order_id") == self.order)

    def assert_unfinished(self) -> None:
        """The last `up` ended with an error."""
        assert not self.finished

    def assert_struck_after_the_put(self) -> None:
        """No fault for this order has hit a call before its PUT."""
        ids = {str(self.order), self.id}
        calls = [call for call in self._sandbox.access_log() if ids & {*call["path"].split("/")}]
        first = next(number for number, call in enumerate(calls) if call["method"] == "PUT")
        assert not any("fault" in call for call in calls[: first + 1])

    def decide(self) -> None:
        """Let the administrator approve the request, if that is not what the resource does."""
        [request] = self._sandbox.revoke_requests(self.order)
        self.kind.decide(self._sandbox, request["id"], approve=True)

    def assert_one_true_request(self) -> None:
        """DigiCert has one request, the state says what became of it, and every error was one line about it."""
        [request] = self._sandbox.revoke_requests(self.order)
        assert self.kind.is_done(request)
        assert self.kind.is_true(self.state, request, self._sandbox.order(self.order)), self.state
        for error in self.errors:
            assert "\n" not in error
            assert str(self.order) in error or (self.kind is DECISION and str(request["id"]) in error)


def at_once(resources: Sequence[Resource], act: Callable[[Resource], object]) -> None:
    """Do the same with all of them, side by side."""
    with ThreadPoolExecutor(len(resources)) as pool:
        list(pool.map(act, resources))


def up_until_settled(resources: Sequence[Resource], provider: Provider) -> None:
    """`up` of resources of one kind and account, and up to three more where it failed, as `Resource` does."""
    at_once(resources, partial(Resource.up, provider=provider))
    for _ in range(3):
        if all(resource.finished for resource in resources):
            return
        with Provider(resources[0].settings, resource=resources[0].kind.provider) as later:
            at_once(resources, partial(Resource.up, provider=later))
