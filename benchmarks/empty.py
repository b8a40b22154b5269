"""An empty dynamic provider for comparison: it measures the overhead of Pulumi and its SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MODULE = """
from pulumi.dynamic import (
    CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult,
)

ORDER = {order}
OUTPUTS = {outputs}
PROPERTIES = {properties}


class EmptyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def check(self, olds, news):
        return CheckResult({{**news, "order": ORDER}}, [])

    def diff(self, id_, olds, news):
        return DiffResult(changes=False)

    def create(self, props):
        return CreateResult(str(int(props["orderId"])), {{**OUTPUTS, **props}})

    def read(self, id_, props):
        return ReadResult(id_, props)

    def update(self, id_, olds, news):
        return UpdateResult({{**olds, **news}})


class Empty(Resource, module="digicert", name="OrderRevocation"):
    def __init__(self, name, **inputs):
        super().__init__(EmptyProvider(), name, {{**dict.fromkeys(PROPERTIES), **inputs}})
"""


def module(order: Mapping[str, Any], outputs: Mapping[str, Any], properties: Sequence[str] = ()) -> str:
    """Return the text of a module `empty` with the provider `EmptyProvider` and its resource `Empty`.

    Args:
        order: The order that `check` adds to the inputs.
        outputs: The outputs that `create` adds.
        properties: The names of all properties that the resource declares, including those without a value.
    """
    return _MODULE.format(order=repr(order), outputs=repr(outputs), properties=repr(list(properties)))
