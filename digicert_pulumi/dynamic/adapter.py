"""Adapt a lifecycle, which doesn't import Pulumi, to a dynamic provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown as EngineUnknown

from digicert_pulumi.dynamic import frames
from digicert_pulumi.dynamic.frames import FoundCall, answering
from digicert_pulumi.resources.inputs import UNKNOWN, Unknown
from digicert_pulumi.runtime import sending

if TYPE_CHECKING:
    from digicert_pulumi.resources.lifecycle import Lifecycle


class DynamicProvider(ResourceProvider):
    """A stateless dynamic provider: the engine stores its module and class by name.

    Attributes:
        lifecycle: The lifecycle of its resource.
    """

    serialize_as_secret_always = False

    lifecycle: ClassVar[type[Lifecycle]]

    def __init__(self) -> None:
        super().__init__()
        self._lifecycle = self.lifecycle(FoundCall())

    @answering
    def configure(self, req: ConfigureRequest) -> None:
        """Set the stack's configuration."""
        sending.require_permission()
        frames.follow_the_engine()
        self._lifecycle.configure(req.config.get)

    @answering
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs, and add the snapshot on the first check."""
        checked = self._lifecycle.check(olds, _read(news))
        # No property is named: the engine would print its value, even if that is a secret or the API key.
        return CheckResult(_written(checked.inputs), [CheckFailure("", line) for line in checked.failures])

    @answering
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Carry out the declared action, unless it is done."""
        with sending.permitted():
            return CreateResult(*self._lifecycle.create(props))

    @answering
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the state with the inputs."""
        found = self._lifecycle.diff(olds, _read(news))
        return DiffResult(changes=found.changes, replaces=found.replaces)

    @answering
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the resource."""
        seen = self._lifecycle.read(
            id_, {name: value for name, value in props.items() if name != "__provider"}
        )
        return ReadResult("", {}) if seen is None else ReadResult(*seen)

    @answering
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Record changed inputs, and continue unfinished work."""
        with sending.permitted():
            return UpdateResult(self._lifecycle.update(id_, olds, news))

    @answering
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Remove the resource from the state. Nothing is sent."""
        self._lifecycle.delete(id_, props)


def _read(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: _known(value) for name, value in properties.items()}


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(each) for each in value]
    return UNKNOWN if isinstance(value, EngineUnknown) else value


def _written(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        name: EngineUnknown() if isinstance(value, Unknown) else value  # type: ignore[no-untyped-call]
        for name, value in properties.items()
    }
