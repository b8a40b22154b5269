"""How a resource is declared: the arguments of either form, and the provider by reference."""

from __future__ import annotations

import base64
import inspect
from typing import Any, TypeVar, cast

import pulumi

Args = TypeVar("Args")


def provider_reference(name: str) -> str:
    """The dynamic provider by reference, as a pickle that no version of Python or dill changes.

    It stands in every user's state: a frozen contract. A test holds it.

    Args:
        name: The provider's module and class, `module:Class`.
    """
    module, _, class_ = name.partition(":")
    return base64.b64encode(f"\x80\x02c{module}\n{class_}\n)R.".encode("latin-1")).decode()


class Declared(pulumi.CustomResource):
    """A resource of this package."""

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
            TypeError: An argument is missing, unknown or of a wrong kind.
        """
        kind = type(self)
        declared, opts = _sorted(kind.__name__, args_type, *args, **kwargs)
        # As the SDKs that Pulumi generates do: what is computed stands among the properties, without a value.
        properties = object.__new__(args_type)
        outputs = dict.fromkeys(inspect.get_annotations(kind))
        properties.__dict__.update(outputs | declared.__dict__, __provider=provider)
        token = f"pulumi-python:dynamic/digicert:{kind.__name__}"
        super().__init__(token, resource_name, cast("pulumi.Inputs", properties), opts)


def _sorted(
    name: str, args_type: type[Args], *args: Any, opts: Any = None, **fields: Any
) -> tuple[Args, pulumi.ResourceOptions | None]:
    """Sort the arguments of either form into the declared inputs and the options."""
    given = list(args)
    declared = fields.pop("args", None)
    if declared is None and given and isinstance(given[0], args_type):
        declared = given.pop(0)
    if given and opts is None:
        opts = given.pop(0)
    if given:
        raise TypeError(f"{name} takes {args_type.__name__} and opts by position, and nothing else")
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError(f"opts of {name} must be pulumi.ResourceOptions, not {type(opts).__name__}")
    if declared is not None and (fields or not isinstance(declared, args_type)):
        raise TypeError(f"{name} takes either {args_type.__name__} or single fields")
    return declared or _single_fields(name, args_type, fields), opts


def _single_fields(name: str, args_type: type[Args], fields: dict[str, Any]) -> Args:
    try:
        return args_type(**fields)
    except TypeError as error:
        wrong = str(error).partition("() ")[2]
        raise TypeError(f"{name} {wrong}") from None
