"""Declare resources: arguments in either form, and the provider by reference."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Awaitable
from enum import Enum
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from digicert_pulumi.declaring.program_folder import review_program_folder
from digicert_pulumi.declaring.stack_configuration import review_configuration
from digicert_pulumi.runtime.masking import MISPLACED, holds_a_key
from digicert_pulumi.text.suggestions import did_you_mean

Args = TypeVar("Args")

_LARGEST = 2**53 - 1
"""The largest integer that the engine doesn't round: its numbers are doubles."""


class DeclarationError(pulumi.RunError, TypeError):
    """An argument of a program is missing, unknown or of the wrong type. Pulumi prints it as one line."""


def single_value(what: str, value: Any) -> Any:
    """Validate a single value of an input: a string, a number or a boolean, or an output of one.

    Args:
        what: The resource and the argument, for the message.
        value: The argument.

    Raises:
        DeclarationError: It is of another type. The message doesn't quote the value, which can be a secret.
    """
    if isinstance(value, pulumi.Output | Awaitable):
        return pulumi.Output.from_input(value).apply(lambda known: single_value(what, known))
    plain = value.value if isinstance(value, Enum) else value
    if not isinstance(plain, str | int | float | None):
        raise DeclarationError(
            f"{what} must be a single value, such as a string or a number, not {type(value).__name__}"
        )
    if isinstance(plain, int) and abs(plain) > _LARGEST:
        raise DeclarationError(f"{what} must be a whole number of at most {_LARGEST}")
    if isinstance(plain, str) and not _is_unicode(plain):
        raise DeclarationError(f"{what} contains a lone surrogate, which is not valid Unicode")
    return value


def values(what: str, value: Any) -> Any:
    """Validate a list of single values, or a single value, without an API key.

    Args:
        what: The resource and the argument, for the message.
        value: The argument.

    Raises:
        DeclarationError: It is of another type, or contains a key.
    """
    if isinstance(value, pulumi.Output | Awaitable):
        return pulumi.Output.from_input(value).apply(lambda known: values(what, known))
    if isinstance(value, list | tuple):
        return [without_a_key(what, single_value(f"each item of {what}", each)) for each in value]
    return without_a_key(what, single_value(what, value))


def without_a_key(what: str, value: Any) -> Any:
    """Check that an input contains no API key of this program.

    The provider checks, too, but knows only the keys of its own account.

    Args:
        what: The resource and the argument, for the message.
        value: The argument.

    Raises:
        DeclarationError: It contains a key.
    """
    if isinstance(value, pulumi.Output | Awaitable):
        return pulumi.Output.from_input(value).apply(lambda known: without_a_key(what, known))
    if holds_a_key(value):
        raise DeclarationError(f"{what} {MISPLACED}")
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def provider_reference(name: str) -> str:
    """Return the dynamic provider by reference, as a pickle that is the same on every version of Python and dill.

    Every user's state contains it, so it never changes. A test compares it.

    Args:
        name: The provider's module and class, `module:Class`.
    """
    module, _, class_ = name.partition(":")
    return base64.b64encode(f"\x80\x02c{module}\n{class_}\n)R.".encode("latin-1")).decode()


class Reviewed(pulumi.Resource):
    """A resource that checks its properties after the program's transformations changed them.

    The SDK passes these properties only to transformations, so the check is the last of them.
    """

    _own_transformations: list[pulumi.ResourceTransformation]

    @property
    def _transformations(self) -> list[pulumi.ResourceTransformation]:
        return [*self._own_transformations, self._reviewed]

    @_transformations.setter
    def _transformations(self, transformations: list[pulumi.ResourceTransformation]) -> None:
        self._own_transformations = transformations

    def _reviewed(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        # Its children inherit the list.
        if args.resource is not self:
            return None
        return pulumi.ResourceTransformationResult(self._review(args.name, args.props, args.opts), args.opts)

    def _review(self, name: str, props: pulumi.Inputs, opts: pulumi.ResourceOptions) -> pulumi.Inputs:
        """Return the properties to register, or raise a DeclarationError."""
        raise NotImplementedError


class Declared(Reviewed, pulumi.CustomResource):
    """A resource of this package."""

    _instead_of_import = "`pulumi up` adopts the existing request"
    """The alternative to `import_`, for the message."""

    _lists: frozenset[str] = frozenset()
    """The inputs that take lists."""

    _shown = "order"
    """The snapshot that the provider adds to the inputs.

    A preview declares it as unknown, because update plans allow only unknown values to appear later. The program does it,
    because the provider can't tell a preview from an update, and isn't called if its settings are unknown.
    """

    def _declare(
        self,
        provider: str,
        args_type: type[Any],
        resource_name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Register the resource.

        Args:
            provider: The provider by reference.
            args_type: The type of its arguments.
            resource_name: Its name in the stack.
            args: The positional arguments.
            kwargs: The keyword arguments.

        Raises:
            DeclarationError: An argument is missing, unknown or of the wrong type.
        """
        kind = type(self)
        if not isinstance(resource_name, str) or not resource_name:
            raise DeclarationError(
                f"the name of {kind.__name__} must be a non-empty string, not {resource_name!r}"
            )
        given, opts = _sorted(self._named(resource_name), args_type, *args, **kwargs)
        review_program_folder()
        review_configuration()
        # Like the SDKs that Pulumi generates: outputs are properties without a value.
        properties = object.__new__(args_type)
        outputs = dict.fromkeys(inspect.get_annotations(kind))
        properties.__dict__.update(outputs | vars(given), __provider=provider)
        if "sent" in outputs and any(isinstance(value, pulumi.Output) for value in vars(given).values()):
            # It repeats inputs, and it is not known before registration whether an output is a secret.
            opts = pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(additional_secret_outputs=["sent"])
            )
        token = f"pulumi-python:dynamic/digicert:{kind.__name__}"
        super().__init__(token, resource_name, cast("pulumi.Inputs", properties), opts)

    def _named(self, resource_name: str) -> str:
        return f"{type(self).__name__} {resource_name!r}"

    def _review(self, name: str, props: pulumi.Inputs, opts: pulumi.ResourceOptions) -> pulumi.Inputs:
        what = self._named(name)
        if opts.import_:
            raise DeclarationError(
                f"{what}: this resource does not support import_; remove it: {self._instead_of_import}"
            )
        declared = {
            key: values(f"{what}: {key}", value)
            if key in self._lists
            else without_a_key(f"{what}: {key}", single_value(f"{what}: {key}", value))
            for key, value in props.items()
        }
        if pulumi.runtime.is_dry_run() and opts.id is None and not isinstance(get_monitor(), MockMonitor):
            declared[self._shown] = Unknown()  # type: ignore[no-untyped-call]
        return declared


def _sorted(
    name: str, args_type: type[Args], /, *args: Any, opts: Any = None, **fields: Any
) -> tuple[Args, pulumi.ResourceOptions | None]:
    """Split the arguments, in either form, into the inputs and the options."""
    given = list(args)
    declared = fields.pop("args", None)
    if declared is None and given and isinstance(given[0], args_type):
        declared = given.pop(0)
    if given and opts is None:
        opts = given.pop(0)
    if given:
        raise DeclarationError(f"{name} takes only {args_type.__name__} and opts as positional arguments")
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise DeclarationError(f"opts of {name} must be pulumi.ResourceOptions, not {type(opts).__name__}")
    if declared is not None and (fields or not isinstance(declared, args_type)):
        raise DeclarationError(f"{name} takes either {args_type.__name__} or its fields as keyword arguments")
    return declared or _single_fields(name, args_type, fields), opts


def _single_fields(name: str, args_type: type[Args], fields: dict[str, Any]) -> Args:
    try:
        return args_type(**fields)
    except TypeError as error:
        # From Python 3.13 on, the text ends in Python's own suggestion.
        wrong = str(error).partition("() ")[2].partition(". Did you mean")[0]
        known = inspect.get_annotations(args_type)
        unknown = next((field for field in fields if field not in known), None)
        meant = did_you_mean(unknown, known) if unknown else ""
        raise DeclarationError(f"{name} {wrong}{meant}") from None
