"""The functions that read an account."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from digicert_pulumi.engine import presence
from digicert_pulumi.native import schema
from digicert_pulumi.orders.selection import NotWholeError
from digicert_pulumi.resources import lookups
from digicert_pulumi.resources.lifecycle import FailureError
from digicert_pulumi.runtime import messages
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.text.case import camel_case, snake_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "digicert:index:getOrder": lookups.get_order,
    "digicert:index:getCertificates": lookups.get_certificates,
    "digicert:index:listOrders": lookups.list_orders,
    "digicert:index:findOrders": lookups.find_orders,
}


def call(token: str, args: Mapping[str, Any], config: Callable[[str], str | None]) -> dict[str, Any]:
    """Call a function, and return its result.

    Raises:
        FailureError: There is no such function, or an argument is invalid.
        SettingsError: The configuration is invalid.
        CertCentralError: The account can't be read.
    """
    name = token.rpartition(":")[2]
    if token not in _FUNCTIONS:
        raise FailureError(f"digicert has no function {name}")
    names = {snake_case(each): each for each in schema.inputs_of_function(token)}
    given = {name: args[each] for name, each in names.items() if each in args}
    from digicert_pulumi.runtime.connection import connection  # noqa: PLC0415  # most stacks call no function

    client = connection(config, presence.address()).client
    try:
        found = _FUNCTIONS[token](client, messages.warning, **given)
    except (lookups.LookupFailedError, NotWholeError) as error:
        line = re.sub(r"\b\w+_\w+\b", lambda found: names.get(found[0], found[0]), str(error))
        raise FailureError(f"{name}: {line}") from None
    return masked(_camel_cased(dataclasses.asdict(found)))


def _camel_cased(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel_cased(each) for each in value]
    if isinstance(value, dict):
        return {camel_case(name): _camel_cased(each) for name, each in value.items()}
    return value
