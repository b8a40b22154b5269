"""Functions that read an account, to select what to revoke.

They run in the program's process, with the stack's configuration and the environment, or with the settings of the
`Provider` in `opts`. They send nothing but GET. On failure they raise `RunError`, which Pulumi prints as one line.

In a unit test (`pulumi.runtime.set_mocks`) they call the test's `Mocks.call` instead, with the tokens `digicert:index:getOrder`,
`digicert:index:getCertificates` and `digicert:index:listOrders` and the arguments in camelCase.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import sys
from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, Mocks
from pulumi.runtime.settings import get_monitor

from digicert_pulumi._configuration import review_configuration
from digicert_pulumi._declare import DeclarationError
from digicert_pulumi.certcentral import CertCentralError, PartlyUnreadable
from digicert_pulumi.orders.selection import NotWholeError, Selection, TooManyError, select
from digicert_pulumi.provider import Provider
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.rules import WholeOrder, Wish, snapshot
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import masked, one_line
from digicert_pulumi.runtime.settings import SettingsError, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.runtime.settings import Settings

_Result = TypeVar("_Result")

MAX_RESULTS = 100
"""The default limit of `list_orders`."""


@dataclass(frozen=True)
class ListedOrder:
    """An order of CertCentral's list."""

    id: int
    """The order's id."""

    status: str
    """The order's status as DigiCert names it: `issued`, `revoked`, `reissue_pending`, ..."""

    common_name: str | None
    """The common name of the order's certificate; None if it has none."""

    dns_names: list[str]
    """All the DNS names of the certificate."""

    organization: str | None
    """The organization's name; None if the order has none (DV)."""

    product: str
    """The product's name."""

    product_name_id: str
    """DigiCert's identifier of the product, such as `ssl_plus`."""

    valid_till: str | None
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""


@dataclass(frozen=True)
class OrderRequest:
    """A request on an order."""

    id: int
    """The request's id."""

    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""

    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""

    date: str | None
    """When it was submitted, ISO 8601, UTC."""

    comments: str | None
    """The requester's message to the administrator."""


@dataclass(frozen=True)
class GetOrderResult(ListedOrder):
    """An order and its requests."""

    revocation: str
    """`none`, or the most relevant revocation request: `request 198 is pending`."""

    requests: list[OrderRequest]
    """All requests, of any type and status."""


@dataclass(frozen=True)
class ListOrdersResult:
    """The orders that match."""

    orders: list[ListedOrder]
    """At least one; the lowest id first."""


@dataclass(frozen=True)
class OrderCertificate:
    """A certificate of an order."""

    role: str
    """`primary`, `duplicate` or `reissue`."""

    id: int | None
    """The certificate's id; None before it is issued."""

    common_name: str | None
    """The common name; None if it has none."""

    dns_names: list[str]
    """All the DNS names."""

    serial_number: str | None
    """The serial number, hexadecimal; None before it is issued."""

    thumbprint: str | None
    """The SHA-1 thumbprint, hexadecimal; None before it is issued."""

    status: str | None
    """The certificate's status as DigiCert names it; mostly None for a primary certificate."""

    valid_from: str | None
    """The first day of its validity, `yyyy-mm-dd`; None before it is issued."""

    valid_till: str | None
    """The last day of its validity, `yyyy-mm-dd`; None before it is issued."""


@dataclass(frozen=True)
class GetCertificatesResult:
    """All the certificates of an order, which its revocation would affect."""

    order_id: int
    """The order's id."""

    certificates: list[OrderCertificate]
    """The primary certificate first."""


def get_order(order_id: int | str, opts: pulumi.InvokeOptions | None = None) -> GetOrderResult:
    """Read an order.

    Args:
        order_id: The order's id, or its digits.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider is used.

    Raises:
        pulumi.RunError: The order doesn't exist or can't be read.
    """
    return _now(_get_order, opts, order_id=order_id)


def get_order_output(
    order_id: pulumi.Input[int | str], opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetOrderResult]:
    """Read an order, as `get_order` does, with outputs as arguments."""
    return _later(_get_order, opts, order_id=order_id)


def get_certificates(order_id: int | str, opts: pulumi.InvokeOptions | None = None) -> GetCertificatesResult:
    """Read all the certificates of an order: the primary one, its duplicates and its reissues.

    Args:
        order_id: The order's id, or its digits.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider is used.

    Raises:
        pulumi.RunError: The order doesn't exist, or its certificates can't be read.
    """
    return _now(_get_certificates, opts, order_id=order_id)


def get_certificates_output(
    order_id: pulumi.Input[int | str], opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetCertificatesResult]:
    """Read all the certificates of an order, as `get_certificates` does, with outputs as arguments."""
    return _later(_get_certificates, opts, order_id=order_id)


def list_orders(
    *,
    status: str | Sequence[str] | None = None,
    common_name: str | None = None,
    organization: str | int | None = None,
    product: str | None = None,
    valid_till_before: str | None = None,
    valid_till_after: str | None = None,
    max_results: int = MAX_RESULTS,
    opts: pulumi.InvokeOptions | None = None,
) -> ListOrdersResult:
    """List the orders that match all the given filters.

    Pass `status=["issued", "revoked"]` if the program declares a revocation for each order. With `status="issued"`
    only, an order drops out of the program once it is revoked, and its resource out of the state.

    Args:
        status: The order's status, or several, as DigiCert names them: `issued`, `revoked`, ...
        common_name: The common name of its certificate; case is ignored. `*` matches any characters, dots included:
            `*.old.example.com` is every name below `old.example.com`. Other DNS names of the certificate don't count;
            they are in `dns_names` of the result.
        organization: The organization's name or id.
        product: The product's name or name id (`ssl_plus`).
        valid_till_before: Only certificates whose last day is before this one, `yyyy-mm-dd`.
        valid_till_after: Only certificates whose last day is after this one, `yyyy-mm-dd`.
        max_results: The largest number of orders that may match.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider is used.

    Raises:
        pulumi.RunError: No order matches, or more than `max_results`, or the list can't be read.
    """
    return _now(
        _list_orders,
        opts,
        status=status,
        common_name=common_name,
        organization=organization,
        product=product,
        valid_till_before=valid_till_before,
        valid_till_after=valid_till_after,
        max_results=max_results,
    )


def list_orders_output(
    *,
    status: pulumi.Input[str | Sequence[str]] | None = None,
    common_name: pulumi.Input[str] | None = None,
    organization: pulumi.Input[str | int] | None = None,
    product: pulumi.Input[str] | None = None,
    valid_till_before: pulumi.Input[str] | None = None,
    valid_till_after: pulumi.Input[str] | None = None,
    max_results: pulumi.Input[int] = MAX_RESULTS,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ListOrdersResult]:
    """List orders, as `list_orders` does, with outputs as arguments."""
    return _later(
        _list_orders,
        opts,
        status=status,
        common_name=common_name,
        organization=organization,
        product=product,
        valid_till_before=valid_till_before,
        valid_till_after=valid_till_after,
        max_results=max_results,
    )


def _get_order(client: Client, order_id: Any) -> GetOrderResult:
    order = client.get_order(_order_id(order_id))
    requests = [
        OrderRequest(each.id, each.type, each.status, each.date, each.comments) for each in order.requests
    ]
    shown = snapshot(order, Wish(order.id, WholeOrder(), comments=""))
    return GetOrderResult(**_described(order), revocation=shown.revocation, requests=requests)


def _get_certificates(client: Client, order_id: Any) -> GetCertificatesResult:
    id_ = _order_id(order_id)
    order = client.get_order(id_)
    roles = (
        ("primary", (order.certificate,)),
        ("duplicate", _readable(client.get_duplicates, id_)),
        ("reissue", _readable(client.get_reissues, id_)),
    )
    # The newest reissue is the primary certificate as well, and is told once.
    known: dict[Any, OrderCertificate] = {}
    for role, certificates in roles:
        for number, each in enumerate(certificates):
            known.setdefault(each.id or (role, number), _certificate(role, each))
    return GetCertificatesResult(order_id=id_, certificates=list(known.values()))


def _readable(read: Callable[[int], tuple[Certificate, ...]], order_id: int) -> tuple[Certificate, ...]:
    """Read a list of certificates, and warn where some of them cannot be read."""
    try:
        return read(order_id)
    except PartlyUnreadable as error:
        pulumi.log.warn(str(error))
        return error.readable


def _list_orders(
    client: Client,
    *,
    status: Any,
    common_name: Any,
    organization: Any,
    product: Any,
    valid_till_before: Any,
    valid_till_after: Any,
    max_results: Any,
) -> ListOrdersResult:
    selection = Selection(
        statuses=_statuses(status),
        common_name=_text("common_name", common_name),
        organization=_organization(organization),
        product=_text("product", product),
        valid_till_before=_day("valid_till_before", valid_till_before),
        valid_till_after=_day("valid_till_after", valid_till_after),
    )
    limit = _whole(max_results)
    if limit is None or limit < 1:
        raise _WrongError("max_results must be a positive whole number", f", not {max_results!r}")
    try:
        orders = select(client, selection, limit, pulumi.log.warn)
    except TooManyError:
        raise _WrongError(
            f"more than {limit} orders match; select fewer, or raise max_results", f" ({selection})"
        ) from None
    if not orders:
        raise _WrongError("no order matches", f" ({selection})")
    return ListOrdersResult([ListedOrder(**_described(order)) for order in orders])


def _described(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "status": order.status,
        "common_name": order.certificate.common_name,
        "dns_names": list(order.certificate.dns_names),
        "organization": order.organization.name if order.organization else None,
        "product": order.product.name,
        "product_name_id": order.product.name_id,
        "valid_till": order.certificate.valid_till,
    }


def _certificate(role: str, certificate: Certificate) -> OrderCertificate:
    return OrderCertificate(
        role=role,
        id=certificate.id,
        common_name=certificate.common_name,
        dns_names=list(certificate.dns_names),
        serial_number=certificate.serial_number,
        thumbprint=certificate.thumbprint,
        status=certificate.status,
        valid_from=certificate.valid_from,
        valid_till=certificate.valid_till,
    )


class _WrongError(Exception):
    """An argument is wrong, or what it selects is.

    Attributes:
        quoted: The end of the message, which quotes arguments: they can be secret.
    """

    def __init__(self, message: str, quoted: str = "") -> None:
        super().__init__(message)
        self.quoted = quoted


def _order_id(value: Any) -> int:
    inputs = parse({"orderId": value})
    if inputs.order_id is None:
        raise _WrongError(f"order_id {inputs.failures[0].reason}")
    return inputs.order_id


def _statuses(status: Any) -> tuple[str, ...]:
    if status is None:
        return ()
    statuses = (status,) if isinstance(status, str) else status
    if not isinstance(statuses, Collection) or not all(isinstance(each, str) for each in statuses):
        raise _WrongError("status must be one such as 'issued', or a list of some", f", not {status!r}")
    if not statuses:
        raise _WrongError("status is an empty list, to which no order applies; leave it out for all")
    return tuple(statuses)


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _WrongError(f"{name} must be a text", f", not {value!r}")


def _organization(value: Any) -> str | int | None:
    if value is None or isinstance(value, str):
        return value
    id_ = _whole(value)
    if id_ is None:
        raise _WrongError("organization must be its name, or its id", f", not {value!r}")
    return id_


def _day(name: str, value: Any) -> str | None:
    """Take no other spelling of a day than DigiCert's: days are compared as texts."""
    if value is None or (isinstance(value, str) and _is_a_day(value)):
        return value
    raise _WrongError(f"{name} must be a day, yyyy-mm-dd", f", not {value!r}")


def _is_a_day(text: str) -> bool:
    try:
        # Python 3.11 reads 20270301 and 2027-W09-1 as well.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _whole(value: Any) -> int | None:
    """The whole number that a value is: a whole one is a float where it comes from the engine."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class _OutsideError(pulumi.RunError, SystemExit):
    """A function has no answer in a script, which Python ends with this line, as Pulumi does a program with RunError."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message


@contextmanager
def _one_line(function: str, *, quoting: bool) -> Iterator[None]:
    """End the program with one line where a function has no answer."""
    try:
        yield
    except (_WrongError, NotWholeError, CertCentralError, SettingsError) as error:
        is_a_script = get_monitor() is None and not hasattr(sys, "ps1")
        kind = _OutsideError if is_a_script else pulumi.RunError
        quoted = error.quoted if quoting and isinstance(error, _WrongError) else ""
        raise kind(f"{function}: {one_line(f'{error}{quoted}')}") from None


def _now(function: Callable[..., _Result], opts: pulumi.InvokeOptions | None, **args: Any) -> _Result:
    name = function.__name__.lstrip("_")
    provider = _provider(opts)
    if mocks := _mocks():
        return _mocked(mocks, function, args)
    if provider and not all(isinstance(value, str) for value in provider.settings.values()):
        raise pulumi.RunError(
            f"{name}: the settings of its provider are not known yet, such as a key from require_secret(); "
            f"call {name}_output, which waits for them"
        )
    return _answer(function, provider.settings if provider else None, args)


def _later(
    function: Callable[..., _Result], opts: pulumi.InvokeOptions | None, **args: Any
) -> pulumi.Output[_Result]:
    provider = _provider(opts)
    given = pulumi.Output.from_input(args)
    if mocks := _mocks():
        return given.apply(lambda known: _mocked(mocks, function, known))
    # The key is a secret, and what is read with it is not: else no preview would show the orders.
    settings = pulumi.Output.unsecret(pulumi.Output.from_input(provider.settings if provider else None))
    together = pulumi.Output.all(args=given, settings=settings)

    async def ask(known: Mapping[str, Any]) -> _Result:
        quoting = not await given.is_secret()
        # In a thread, so that the program goes on meanwhile.
        return await asyncio.to_thread(_answer, function, known["settings"], known["args"], quoting=quoting)

    return together.apply(ask)


def _answer(
    function: Callable[..., _Result],
    settings: Mapping[str, Any] | None,
    args: Mapping[str, Any],
    *,
    quoting: bool = True,
) -> _Result:
    with _one_line(function.__name__.lstrip("_"), quoting=quoting):
        return masked(function(_client(_settings(settings)), **args))


def _mocks() -> Mocks | None:
    """What answers in place of the account, where a unit test runs the program."""
    monitor = get_monitor()
    return monitor.mocks if isinstance(monitor, MockMonitor) else None


def _mocked(mocks: Mocks, function: Callable[..., _Result], args: Mapping[str, Any]) -> _Result:
    name = _camel(function.__name__.lstrip("_"))
    given = {_camel(argument): value for argument, value in args.items() if value is not None}
    answer = mocks.call(MockCallArgs(token=f"digicert:index:{name}", args=given, provider=""))
    values, failures = answer if isinstance(answer, tuple) else (answer, None)
    if failures:
        raise pulumi.RunError(
            f"{function.__name__.lstrip('_')}: {'; '.join(reason for _, reason in failures)}"
        )
    return cast("_Result", _built(globals()[function.__annotations__["return"]], values))


def _built(type_: Any, value: Any) -> Any:
    """Make a result of what a test says of it: texts and numbers as they are, None and [] for what it leaves out."""
    if get_origin(type_) is list:
        return [_built(get_args(type_)[0], each) for each in value or []]
    if not dataclasses.is_dataclass(type_):
        return value
    hints = get_type_hints(type_)
    return cast("type", type_)(
        **{name: _built(hint, value.get(_camel(name))) for name, hint in hints.items()}
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _provider(opts: pulumi.InvokeOptions | None) -> Provider | None:
    if opts is None:
        return None
    if not isinstance(opts, pulumi.InvokeOptions):
        raise DeclarationError(f"opts must be pulumi.InvokeOptions, not {type(opts).__name__}")
    if getattr(opts, "depends_on", None):
        raise DeclarationError(
            "opts must have no depends_on: give an output of what comes first as an argument"
        )
    provider = opts.provider or (opts.parent and opts.parent.get_provider("pulumi-python:dynamic:Resource"))
    if provider is not None and not isinstance(provider, Provider):
        raise DeclarationError(
            f"the provider of opts must be a digicert_pulumi.Provider, not {type(provider).__name__}"
        )
    return provider


def _settings(given: Mapping[str, Any] | None) -> Settings:
    if given is None:
        review_configuration()
    return resolve(pulumi.runtime.get_config if given is None else given.get)


@functools.cache
def _client(settings: Settings) -> Client:
    # One for each account, so that all of a program's calls are paced together.
    return connect(settings, pulumi.log.info)
