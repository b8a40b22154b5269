"""How a resource is declared: the arguments of either form, and the provider by reference."""

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

from digicert_pulumi._configuration import review_configuration
from digicert_pulumi._program_folder import review_program_folder
from digicert_pulumi.runtime.masking import MISPLACED, holds_a_key
from digicert_pulumi.text.suggestions import did_you_mean

Args = TypeVar("Args")

_LARGEST = 2**53 - 1
"""The largest whole number that survives the way through the engine, whose numbers are doubles."""


class DeclarationError(pulumi.RunError, TypeError):
    """An argument of a program is missing, unknown or of a wrong kind. Pulumi prints it as one line."""


def single_value(what: str, value: Any) -> Any:
    """Return a value that the engine takes for an input: a text, a number, true or false, now or later.

    Args:
        what: What is declared, and which of its arguments this is.
        value: The argument.

    Raises:
        DeclarationError: It is of another kind. The value is not in the message: it can be a secret.
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
    """Return a list of single values without a key, or a single one, now or later.

    Args:
        what: What is declared, and which of its arguments this is.
        value: The argument.

    Raises:
        DeclarationError: It is of another kind.
    """
    if isinstance(value, pulumi.Output | Awaitable):
        return pulumi.Output.from_input(value).apply(lambda known: values(what, known))
    if isinstance(value, list | tuple):
        return [without_a_key(what, single_value(f"each item of {what}", each)) for each in value]
    return without_a_key(what, single_value(what, value))


def without_a_key(what: str, value: Any) -> Any:
    """Return an input that holds no API key of this program, now or later.

    The provider looks as well, but it knows the keys of its own account alone.

    Args:
        what: What is declared, and which of its arguments this is.
        value: The argument.

    Raises:
        DeclarationError: It holds one.
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
    """The dynamic provider by reference, as a pickle that no version of Python or dill changes.

    It stands in every user's state: a frozen contract. A test holds it.

    Args:
        name: The provider's module and class, `module:Class`.
    """
    module, _, class_ = name.partition(":")
    return base64.b64encode(f"\x80\x02c{module}\n{class_}\n)R.".encode("latin-1")).decode()


class Reviewed(pulumi.Resource):
    """A resource that looks at what it is registered with: what the program gave, as transformations have changed it.

    The SDK hands this to nobody but transformations, whose list it takes from here: the review is the last of them.
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
        # Its children take over the list.
        if args.resource is not self:
            return None
        return pulumi.ResourceTransformationResult(self._review(args.name, args.props, args.opts), args.opts)

    def _review(self, name: str, props: pulumi.Inputs, opts: pulumi.ResourceOptions) -> pulumi.Inputs:
        """Return the properties to register the resource with, or raise a DeclarationError."""
        raise NotImplementedError


class Declared(Reviewed, pulumi.CustomResource):
    """A resource of this package."""

    _instead_of_import = "`pulumi up` adopts the existing request"
    """What serves in the place of `import_`."""

    _lists: frozenset[str] = frozenset()
    """The inputs that hold several values."""

    _shown = "order"
    """The snapshot that the provider adds to the inputs. A preview that cannot show it must say that it comes, for update
    plans; the provider cannot tell a preview, and the engine does not ask one whose settings are not known."""

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
            args: What was given by position.
            kwargs: What was given by name.

        Raises:
            DeclarationError: An argument is missing, unknown or of a wrong kind.
        """
        kind = type(self)
        if not isinstance(resource_name, str) or not resource_name:
            raise DeclarationError(
                f"the name of {kind.__name__} must be a non-empty string, not {resource_name!r}"
            )
        given, opts = _sorted(self._named(resource_name), args_type, *args, **kwargs)
        review_program_folder()
        review_configuration()
        # As the SDKs that Pulumi generates do: what is computed stands among the properties, without a value.
        properties = object.__new__(args_type)
        outputs = dict.fromkeys(inspect.get_annotations(kind))
        properties.__dict__.update(outputs | vars(given), __provider=provider)
        if "sent" in outputs and any(isinstance(value, pulumi.Output) for value in vars(given).values()):
            # It repeats inputs, and whether an output is a secret is not known before it is registered.
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
    """Sort the arguments of either form into the declared inputs and the options."""
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
        # From Python 3.13 on it ends in a suggestion of Python's own.
        wrong = str(error).partition("() ")[2].partition(". Did you mean")[0]
        there_are = inspect.get_annotations(args_type)
        unknown = next((field for field in fields if field not in there_are), None)
        meant = did_you_mean(unknown, there_are) if unknown else ""
        raise DeclarationError(f"{name} {wrong}{meant}") from None
