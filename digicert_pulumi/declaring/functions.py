"""Functions that read an account, to select what to revoke.

They run in the program's process, with the stack's configuration and the environment, or with the settings of the
`Provider` in `opts`. They send nothing but GET. On failure they raise `RunError`, which Pulumi prints as one line.

In a unit test (`pulumi.runtime.set_mocks`) they call the test's `Mocks.call` instead, with the tokens `digicert:index:getOrder`,
`digicert:index:getCertificates`, `digicert:index:listOrders` and `digicert:index:findOrders` and the arguments in camelCase.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, Mocks
from pulumi.runtime.settings import get_monitor

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.declaring.declare import DeclarationError
from digicert_pulumi.declaring.provider import Provider
from digicert_pulumi.declaring.stack_configuration import review_configuration
from digicert_pulumi.orders.selection import NotWholeError
from digicert_pulumi.resources import lookups
from digicert_pulumi.resources.lookups import (
    MAX_RESULTS,
    FindOrdersResult,
    FoundOrder,
    GetCertificatesResult,
    GetOrderResult,
    ListedOrder,
    ListOrdersResult,
    LookupFailedError,
    OrderCertificate,
    OrderRequest,
)
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import masked, one_line
from digicert_pulumi.runtime.settings import SettingsError, resolve
from digicert_pulumi.text.case import camel_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from digicert_pulumi.certcentral import Client
    from digicert_pulumi.runtime.settings import Settings

__all__ = [
    "MAX_RESULTS",
    "FindOrdersResult",
    "FoundOrder",
    "GetCertificatesResult",
    "GetOrderResult",
    "ListOrdersResult",
    "ListedOrder",
    "OrderCertificate",
    "OrderRequest",
    "find_orders",
    "find_orders_output",
    "get_certificates",
    "get_certificates_output",
    "get_order",
    "get_order_output",
    "list_orders",
    "list_orders_output",
]

_Result = TypeVar("_Result")


def get_order(order_id: int | str, opts: pulumi.InvokeOptions | None = None) -> GetOrderResult:
    """Read an order.

    Args:
        order_id: The order's id, or its digits.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider to use.

    Raises:
        pulumi.RunError: The order doesn't exist or can't be read.
    """
    return _now(lookups.get_order, opts, order_id=order_id)


def get_order_output(
    order_id: pulumi.Input[int | str], opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetOrderResult]:
    """Read an order, as `get_order` does, with outputs as arguments."""
    return _later(lookups.get_order, opts, order_id=order_id)


def get_certificates(order_id: int | str, opts: pulumi.InvokeOptions | None = None) -> GetCertificatesResult:
    """Read all the certificates of an order: the primary one, its duplicates and its reissues.

    Args:
        order_id: The order's id, or its digits.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider to use.

    Raises:
        pulumi.RunError: The order doesn't exist, or its certificates can't be read.
    """
    return _now(lookups.get_certificates, opts, order_id=order_id)


def get_certificates_output(
    order_id: pulumi.Input[int | str], opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetCertificatesResult]:
    """Read all the certificates of an order, as `get_certificates` does, with outputs as arguments."""
    return _later(lookups.get_certificates, opts, order_id=order_id)


def list_orders(
    *,
    status: str | Sequence[str] | None = None,
    common_name: str | None = None,
    organization: str | int | None = None,
    container: str | int | None = None,
    product: str | None = None,
    valid_till_before: str | None = None,
    valid_till_after: str | None = None,
    max_results: int = MAX_RESULTS,
    opts: pulumi.InvokeOptions | None = None,
) -> ListOrdersResult:
    """List the orders that match all the given filters.

    Give both statuses, `issued` and `revoked`, if the program declares a revocation for each order. With `issued`
    only, an order drops out of the program once it is revoked, and its resource out of the state.

    Args:
        status: The order's status, or several, as DigiCert names them: `issued`, `revoked`, ...
        common_name: The common name of its certificate; case is ignored. `*` matches any characters, dots included:
            `*.old.example.com` is every name below `old.example.com`. Other DNS names of the certificate don't count;
            they are in `dns_names` of the result.
        organization: The organization's name or id.
        container: The name or id of the container (division).
        product: The product's name or name id (`ssl_plus`).
        valid_till_before: Only certificates whose last day is before this date, `yyyy-mm-dd`.
        valid_till_after: Only certificates whose last day is after this date, `yyyy-mm-dd`.
        max_results: The largest number of orders that may match.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider to use.

    Raises:
        pulumi.RunError: No order matches, or more than `max_results`, or the list can't be read.
    """
    return _now(
        lookups.list_orders,
        opts,
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
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
    container: pulumi.Input[str | int] | None = None,
    product: pulumi.Input[str] | None = None,
    valid_till_before: pulumi.Input[str] | None = None,
    valid_till_after: pulumi.Input[str] | None = None,
    max_results: pulumi.Input[int] = MAX_RESULTS,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ListOrdersResult]:
    """List orders, as `list_orders` does, with outputs as arguments."""
    return _later(
        lookups.list_orders,
        opts,
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
        product=product,
        valid_till_before=valid_till_before,
        valid_till_after=valid_till_after,
        max_results=max_results,
    )


def find_orders(
    *,
    serial_numbers: str | Sequence[str] | None = None,
    thumbprints: str | Sequence[str] | None = None,
    certificate_files: str | Sequence[str] | None = None,
    key_files: str | Sequence[str] | None = None,
    hosts: str | Sequence[str] | None = None,
    all_certificates: bool = False,
    status: str | Sequence[str] | None = None,
    common_name: str | None = None,
    organization: str | int | None = None,
    container: str | int | None = None,
    product: str | None = None,
    valid_till_after: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> FindOrdersResult:
    """Find orders by serial numbers, thumbprints, files, keys or hosts of their certificates.

    A serial number, a SHA-1 thumbprint, a certificate or a host costs one call, or a few for a duplicate. A key or a
    SHA-256 thumbprint is compared with each order that matches the filters, which costs at least one call for each order,
    at every run of the program.

    Args:
        serial_numbers: Serial numbers, hexadecimal in any spelling.
        thumbprints: SHA-1 or SHA-256 thumbprints.
        certificate_files: Files (PEM, DER, a chain) or folders with certificates; those of authorities are ignored.
        key_files: Files with private keys, public keys or requests (CSR). A private key is read only for its public key,
            and is never sent, logged or kept.
        hosts: Hosts whose served certificates to find: `www.example.com`, or with a port.
        all_certificates: Whether to compare what CertCentral doesn't find with each matching order, like a key, and also
            with its duplicates and reissues. Default: false.
        status: The status of the orders to compare, or several.
        common_name: The common name of these orders, as for `list_orders`.
        organization: Their organization's name or id.
        container: The name or id of their container (division).
        product: Their product's name or name id (`ssl_plus`).
        valid_till_after: Only certificates whose last day is after this date, `yyyy-mm-dd`.
        opts: `provider`: a `Provider`; `parent`: a resource whose provider to use.

    Raises:
        pulumi.RunError: Something was not found or could not be compared, or an argument is invalid.
    """
    return _now(
        lookups.find_orders,
        opts,
        serial_numbers=serial_numbers,
        thumbprints=thumbprints,
        certificate_files=certificate_files,
        key_files=key_files,
        hosts=hosts,
        all_certificates=all_certificates,
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
        product=product,
        valid_till_after=valid_till_after,
    )


def find_orders_output(
    *,
    serial_numbers: pulumi.Input[str | Sequence[str]] | None = None,
    thumbprints: pulumi.Input[str | Sequence[str]] | None = None,
    certificate_files: pulumi.Input[str | Sequence[str]] | None = None,
    key_files: pulumi.Input[str | Sequence[str]] | None = None,
    hosts: pulumi.Input[str | Sequence[str]] | None = None,
    all_certificates: pulumi.Input[bool] = False,
    status: pulumi.Input[str | Sequence[str]] | None = None,
    common_name: pulumi.Input[str] | None = None,
    organization: pulumi.Input[str | int] | None = None,
    container: pulumi.Input[str | int] | None = None,
    product: pulumi.Input[str] | None = None,
    valid_till_after: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[FindOrdersResult]:
    """Find orders, as `find_orders` does, with outputs as arguments."""
    return _later(
        lookups.find_orders,
        opts,
        serial_numbers=serial_numbers,
        thumbprints=thumbprints,
        certificate_files=certificate_files,
        key_files=key_files,
        hosts=hosts,
        all_certificates=all_certificates,
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
        product=product,
        valid_till_after=valid_till_after,
    )


class _OutsideError(pulumi.RunError, SystemExit):
    """A failure in a script. Python prints only its line, as Pulumi does for a RunError."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message


@contextmanager
def _one_line(function: str, *, quoting: bool) -> Iterator[None]:
    """End the program with one line if the function fails."""
    try:
        yield
    except (LookupFailedError, NotWholeError, CertCentralError, SettingsError) as error:
        is_a_script = get_monitor() is None and not hasattr(sys, "ps1")
        kind = _OutsideError if is_a_script else pulumi.RunError
        quoted = error.quoted if quoting and isinstance(error, LookupFailedError) else ""
        raise kind(f"{function}: {one_line(f'{error}{quoted}')}") from None


def _now(function: Callable[..., _Result], opts: pulumi.InvokeOptions | None, **args: Any) -> _Result:
    name = function.__name__
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
    # The key is a secret, but the result isn't; otherwise no preview would show the orders.
    settings = pulumi.Output.unsecret(pulumi.Output.from_input(provider.settings if provider else None))
    together = pulumi.Output.all(args=given, settings=settings)

    async def ask(known: Mapping[str, Any]) -> _Result:
        quoting = not await given.is_secret()
        # In a thread, so that the program continues.
        return await asyncio.to_thread(_answer, function, known["settings"], known["args"], quoting=quoting)

    return together.apply(ask)


def _answer(
    function: Callable[..., _Result],
    settings: Mapping[str, Any] | None,
    args: Mapping[str, Any],
    *,
    quoting: bool = True,
) -> _Result:
    with _one_line(function.__name__, quoting=quoting):
        return masked(function(_client(_settings(settings)), pulumi.log.warn, **args))


def _mocks() -> Mocks | None:
    """Return the mocks of a unit test; None outside of one."""
    monitor = get_monitor()
    return monitor.mocks if isinstance(monitor, MockMonitor) else None


def _mocked(mocks: Mocks, function: Callable[..., _Result], args: Mapping[str, Any]) -> _Result:
    name = camel_case(function.__name__)
    given = {camel_case(argument): value for argument, value in args.items() if value is not None}
    answer = mocks.call(MockCallArgs(token=f"digicert:index:{name}", args=given, provider=""))
    values, failures = answer if isinstance(answer, tuple) else (answer, None)
    if failures:
        raise pulumi.RunError(f"{function.__name__}: {'; '.join(reason for _, reason in failures)}")
    return cast("_Result", _built(getattr(lookups, function.__annotations__["return"]), values))


def _built(type_: Any, value: Any) -> Any:
    """Build a result from a test's values: None and [] for those that are missing."""
    if get_origin(type_) is list:
        return [_built(get_args(type_)[0], each) for each in value or []]
    if not dataclasses.is_dataclass(type_):
        return value
    hints = get_type_hints(type_)
    return cast("type", type_)(
        **{name: _built(hint, value.get(camel_case(name))) for name, hint in hints.items()}
    )


def _provider(opts: pulumi.InvokeOptions | None) -> Provider | None:
    if opts is None:
        return None
    if not isinstance(opts, pulumi.InvokeOptions):
        raise DeclarationError(f"opts must be pulumi.InvokeOptions, not {type(opts).__name__}")
    if getattr(opts, "depends_on", None):
        raise DeclarationError(
            "opts must not set depends_on; pass an output of the other resource as an argument instead"
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
    # One for each account, so that all calls of the program share a rate limiter.
    return connect(settings, pulumi.log.info)
