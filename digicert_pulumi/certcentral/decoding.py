"""Decode responses: strictly what the rules need, leniently the rest.

A field that a model names in `needed` must fit, and must be present unless it has a default. Any other field that
doesn't fit counts as absent. In a list, the rows that fit are used. If a model has a field `unreadable_rows` beside
`rows`, it gets the readable fields of the other rows.
"""

from functools import cache
from typing import Any, ClassVar, TypeAlias, TypeVar, cast, get_args, get_origin

import msgspec

__all__ = ["Lenient", "decode", "prepare"]

_UNREADABLE = "unreadable_"

_Json: TypeAlias = bytes | msgspec.Raw


class Lenient(msgspec.Struct, frozen=True):
    """A document in which only some fields are needed."""

    needed: ClassVar[tuple[str, ...]] = ()
    """The fields that must fit."""


_Model = TypeVar("_Model", bound=Lenient)

_decoders: dict[type[Lenient], msgspec.json.Decoder[Any]] = {}


def prepare(*models: type[Lenient]) -> None:
    """Prepare models for decoding. The module that defines them calls this when it is imported.

    msgspec prepares a type when it first decodes it, without a lock. If two threads do so at once, the process crashes.
    """
    _decoders.update((model, msgspec.json.Decoder(model)) for model in models)


def decode(raw: _Json, model: type[_Model]) -> _Model:
    """Decode a document.

    Raises:
        msgspec.ValidationError: A needed field doesn't fit; the message names it.
        msgspec.MsgspecError: The document isn't JSON.
        ValueError: The document isn't UTF-8.
        RecursionError: The document is nested too deeply.
    """
    try:
        return cast("_Model", _decoders[model].decode(raw))
    except msgspec.ValidationError:
        return _fitted(raw, model)


def _fitted(raw: _Json, model: type[_Model]) -> _Model:
    found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    fields = _fields(model)
    values: dict[str, Any] = {name: None for name, field in fields.items() if field.required}
    for name, field in fields.items():
        needed = name in model.needed
        if name not in found and needed and field.required:
            msg = f"Object missing required field `{name}`"
            raise msgspec.ValidationError(msg)
        if name not in found or name.startswith(_UNREADABLE):
            continue
        try:
            if get_origin(field.type) is tuple:
                rows = _rows(found[name])
                values[name], others = _split(rows, get_args(field.type)[0])
                if of_others := fields.get(_UNREADABLE + name):
                    legible = get_args(of_others.type)[0]
                    values[of_others.name] = tuple(_legible(row, legible) for row in others)
            else:
                values[name] = _value(found[name], field.type)
        except msgspec.ValidationError as error:
            if needed:
                raise _at(name, error) from None
    return model(**values)


@cache
def _fields(model: type[Lenient]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.name: field for field in msgspec.structs.fields(model)}


def _rows(raw: _Json) -> list[msgspec.Raw]:
    """Split a list into rows. Any other value counts as a single row, but `null`, `{}` and `""` count as no rows."""
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return [] if msgspec.json.decode(raw) in (None, {}, "") else [msgspec.Raw(raw)]


def _split(rows: list[msgspec.Raw], kind: Any) -> tuple[tuple[Any, ...], list[msgspec.Raw]]:
    """Return the rows that fit, decoded, and the other rows, not decoded."""
    fitting, others = [], []
    for row in rows:
        try:
            fitting.append(_value(row, kind))
        except msgspec.ValidationError:  # noqa: PERF203 - each row can fail by itself
            others.append(row)
    return tuple(fitting), others


def _legible(row: msgspec.Raw, model: type[_Model]) -> _Model:
    """Decode the readable fields of a row that doesn't fit; no fields if the row isn't a document."""
    try:
        return decode(row, model)
    except msgspec.ValidationError:
        return model()


def _value(raw: _Json, kind: Any) -> Any:
    """Decode a value. If it is a document, decode it leniently."""
    for each in get_args(kind) or (kind,):
        if isinstance(each, type) and issubclass(each, Lenient) and raw != b"null":
            return decode(raw, each)
    return msgspec.json.decode(raw, type=kind)


def _at(name: str, error: msgspec.ValidationError) -> msgspec.ValidationError:
    """Return the error with the path of the field, in msgspec's format."""
    what, _, inner = str(error).partition(" - at `$")
    return msgspec.ValidationError(f"{what} - at `$.{name}{inner or '`'}")
