"""A resource's lifecycle in this process, called as a front end calls it; it knows as little as a new process would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from digicert_pulumi.engine.status import for_the_user
from digicert_pulumi.resources import declarations
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.lifecycle import Difference, Seen
from digicert_pulumi.resources.order import OrderLifecycle
from digicert_pulumi.resources.revocation import RevocationLifecycle
from digicert_pulumi.runtime import account, connection, messages, sending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

    from digicert_pulumi.resources.lifecycle import Checked, Lifecycle

Result = TypeVar("Result")

UNCHANGED = Difference(changes=False)
UNFINISHED = Difference(changes=True)
RECORDED = Difference(changes=None, replaces=[])
"""A change that makes no new resource."""


def replaced_for(name: str) -> Difference:
    """A change that makes a new resource."""
    return Difference(changes=None, replaces=[name])


class Driven(Host):
    """A lifecycle, usable as a context manager.

    Args:
        config: The stack's configuration.
        kind: Which lifecycle.

    Attributes:
        lines: What the user was told so far.
    """

    def __init__(
        self, config: Mapping[str, str] | None = None, kind: type[Lifecycle] = OrderLifecycle
    ) -> None:
        known = RevocationLifecycle._made_for, RevocationLifecycle._declared_requests
        for each in (messages._shown, account._pacers, *known):
            each.clear()
        for cached in (connection._connect, account.order_locks, declarations.of_engine):
            cached.cache_clear()
        self.lines: list[str] = []
        self._urn = ""
        self._kind = kind.__name__
        messages.send_to(lambda what, line: self.lines.append(f"{what}: {line}"))
        self._lifecycle = kind(self)
        self._lifecycle.configure((config or {}).get)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        messages.send_to(messages.write_to_standard_error)

    def urn(self) -> str:
        """The URN of the resource that the call is about."""
        return self._urn

    def check(
        self,
        news: Mapping[str, Any],
        olds: Mapping[str, Any] | None = None,
        name: str = "r",
        parents: str = "",
    ) -> Checked:
        self.about(name, parents)
        return self._call(self._lifecycle.check, _sent(olds or {}), _sent(news))

    def about(self, name: str, parents: str = "") -> None:
        """Let the next calls be about the resource of this name."""
        self._urn = f"urn:pulumi:dev::project::{parents}{self._kind}::{name}"

    def diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        return self._call(self._lifecycle.diff, _sent(olds), _sent(news))

    def create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        with sending.permitted():
            return self._call(self._lifecycle.create, _sent(inputs))[1]

    def read(self, id_: str, outputs: Mapping[str, Any]) -> Seen:
        """Refresh; what is gone has an empty id."""
        return self._call(self._lifecycle.read, id_, _sent(outputs)) or Seen("", {})

    def update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        with sending.permitted():
            return self._call(self._lifecycle.update, id_, _sent(olds), _sent(news))

    def delete(self, id_: str, outputs: Mapping[str, Any]) -> None:
        self._call(self._lifecycle.delete, id_, _sent(outputs))

    def _call(self, method: Callable[..., Result], *arguments: Any) -> Result:
        try:
            return method(*arguments)
        except Exception as error:
            raise for_the_user(error, str(error)) from error


def _sent(value: Any) -> Any:
    """A value as the engine sends it: every number is a floating-point one, and nothing is null."""
    if isinstance(value, dict):
        return {name: _sent(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_sent(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
