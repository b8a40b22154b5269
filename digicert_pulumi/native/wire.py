"""Convert property maps to and from the engine's format: unknown values, secrets and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf import struct_pb2

from digicert_pulumi.resources.inputs import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The encoding of a value that is not known yet."""

_UNKNOWNS = {
    _UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # true or false
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
    "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
}
"""The engine's encodings of unknown values, by type (Pulumi's Go SDK, `common/resource/plugin/rpc.go`)."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # Pulumi's marker of a secret
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


class Properties(NamedTuple):
    """A property map, and the names of its secrets.

    Attributes:
        values: The values, without nulls; `UNKNOWN` for values that are not known yet.
        secrets: The names of the properties that are secrets.
    """

    values: dict[str, Any]
    secrets: frozenset[str]


def read(struct: struct_pb2.Struct) -> Properties:
    """Read a property map."""
    raw = _raw(struct)
    values = {name: _value(value) for name, value in raw.items()}
    secrets = frozenset(name for name, value in raw.items() if _holds_a_secret(value))
    return Properties({name: value for name, value in values.items() if value is not None}, secrets)


def write(values: Mapping[str, Any], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """Write a property map, with these properties as secrets."""
    plain = {name: _UNKNOWN if isinstance(value, Unknown) else value for name, value in values.items()}
    marked = {
        name: {_SIGNATURE: _SECRET, "value": value}
        for name, value in plain.items()
        if name in secrets and value is not None
    }
    struct = struct_pb2.Struct()
    struct.update(plain | marked)
    return struct


def _raw(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return a property map as plain data. protobuf's conversion to JSON fails for NaN and infinity."""
    return {name: _raw_value(value) for name, value in struct.fields.items()}


def _raw_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _raw(value.struct_value)
        case "list_value":
            return [_raw_value(each) for each in value.list_value.values]
        case None | "null_value":
            return None
        case kind:
            return getattr(value, kind)


def _value(value: Any) -> Any:
    if isinstance(value, str) and value in _UNKNOWNS:
        return UNKNOWN
    if isinstance(value, list):
        return [_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(_SIGNATURE) == _SECRET:
        return _value(value.get("value"))
    if value.get(_SIGNATURE) == _OUTPUT:
        return _value(value["value"]) if "value" in value else UNKNOWN
    return {name: _value(each) for name, each in value.items()}


def _holds_a_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_a_secret, value))
    if not isinstance(value, dict):
        return False
    is_secret = value.get(_SIGNATURE) == _SECRET or (
        value.get(_SIGNATURE) == _OUTPUT and value.get("secret") is True
    )
    return is_secret or any(map(_holds_a_secret, value.values()))
