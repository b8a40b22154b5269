"""`Provider`: another CertCentral account in a program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pulumi

from digicert_pulumi.declaring.declare import DeclarationError, Reviewed, single_value
from digicert_pulumi.runtime.masking import hide, holds_a_key
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError, api_keys, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = "digicert:apiKey"


class Provider(Reviewed, pulumi.ProviderResource):
    """A CertCentral account with its own API key, for programs that work with several accounts or regions.

    Pass it as the option `provider` to a resource, to a component for everything that it declares, or to a function such as
    `list_orders`. Arguments that you leave out come from the environment (`DIGICERT_API_KEY`, ...), never from the
    stack's configuration, which belongs to the resources without a `Provider`.

    The key is always a secret in the state.

    ## Example Usage

    ```python
    import digicert_pulumi as digicert
    import pulumi

    eu = digicert.Provider("eu", api_key=pulumi.Config("eu").require_secret("apiKey"), region="eu")
    digicert.OrderRevocation(
        "www-key-leaked",
        order_id=123456789,
        comments="Private key found in a public repository, incident 42.",
        opts=pulumi.ResourceOptions(provider=eu),
    )
    ```
    """

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        api_key: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        base_url: pulumi.Input[str] | None = None,
        request_timeout: pulumi.Input[float] | None = None,
        retry_timeout: pulumi.Input[float] | None = None,
        settle_timeout: pulumi.Input[float] | None = None,
        requests_per_minute: pulumi.Input[float] | None = None,
        request_share: pulumi.Input[str | float] | None = None,
        batch_reads: pulumi.Input[bool] | None = None,
        require_review: pulumi.Input[bool] | None = None,
    ) -> None:
        """Declare an account.

        Args:
            resource_name: The name of the provider in the stack.
            opts: The options of the provider itself.
            api_key: A CertCentral API key. Default: `DIGICERT_API_KEY`.
            region: `us` or `eu`, the account's region. Default: the environment's region or base URL, else `us`.
            base_url: URL of another Services API, instead of a region.
            request_timeout: Seconds without a byte before a call times out. Default: 30.
            retry_timeout: Seconds for which a failed call is retried. Default: 45.
            settle_timeout: Seconds for which an order is polled after the response to its request was lost. Default: 15.
            requests_per_minute: Calls per minute. Default: 200.
            request_share: This machine's share of that rate, such as `1/4`. Default: 1.
            batch_reads: Read orders from the account's lists if that costs fewer calls. Default: true.
            require_review: Fail a preview that can't show what would be revoked. Default: false.

        Raises:
            DeclarationError: `opts` is something else.
            pulumi.RunError: A setting is missing, wrong, or contradicts another.
        """
        if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
            raise DeclarationError(
                f"opts of a Provider must be pulumi.ResourceOptions, not {type(opts).__name__}"
            )
        given: dict[str, pulumi.Input[str | float] | None] = {
            _KEY: api_key,
            "digicert:region": region,
            "digicert:baseUrl": base_url,
            "digicert:requestTimeout": request_timeout,
            "digicert:retryTimeout": retry_timeout,
            "digicert:settleTimeout": settle_timeout,
            "digicert:requestsPerMinute": requests_per_minute,
            "digicert:requestShare": request_share,
            "digicert:batchReads": batch_reads,
            "digicert:requireReview": require_review,
        }
        self.settings = {
            key: _text(f"provider {resource_name!r}: {key}", value)
            for key, value in given.items()
            if value is not None
        }
        """The given settings, by their keys in the stack's configuration."""
        _check_known_settings(resource_name, self.settings)
        later = [value for value in self.settings.values() if isinstance(value, pulumi.Output)]
        if later:
            asyncio.ensure_future(_warn_of_unknown_settings(resource_name, later))  # noqa: RUF006  # the engine's loop
        super().__init__("pulumi-python", resource_name, _as_stored(resource_name, self.settings), opts)

    def _review(self, name: str, props: pulumi.Inputs, opts: pulumi.ResourceOptions) -> pulumi.Inputs:
        if opts.import_:
            raise DeclarationError(f"provider {name!r}: a provider cannot be imported; remove import_")
        return {key: single_value(f"provider {name!r}: {key}", value) for key, value in props.items()}


def _text(what: str, value: pulumi.Input[str | float]) -> pulumi.Input[str]:
    checked = single_value(what, value)
    return checked.apply(_spelled) if isinstance(checked, pulumi.Output) else _spelled(checked)


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_stored(name: str, settings: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    if _KEY not in settings:
        return dict(settings)
    key = pulumi.Output.secret(settings[_KEY])
    return {**settings, _KEY: key.apply(lambda known: _checked_key(name, known, settings))}


def _checked_key(name: str, key: str, settings: Mapping[str, pulumi.Input[str]]) -> str:
    """Check that the key isn't empty and that no other setting contains it: only the key is a secret in the state."""
    if not key:
        # The provider would use the key of the environment instead, possibly of another account.
        raise pulumi.RunError(f"provider {name!r}: api_key is empty")
    hide([key])
    for setting, value in settings.items():
        if setting != _KEY and holds_a_key(value):
            raise pulumi.RunError(f"provider {name!r}: {setting} contains the API key; remove it")
    return key


def _check_known_settings(name: str, settings: Mapping[str, pulumi.Input[str]]) -> None:
    """Check the values that are known. The preview of the first resource checks the others."""
    key = settings.get(_KEY)
    if isinstance(key, str):
        _checked_key(name, key, settings)
    known = {setting: value for setting, value in settings.items() if isinstance(value, str)}
    if key is None and not api_keys(known.get):
        raise pulumi.RunError(f"provider {name!r}: no CertCentral API key: set api_key or DIGICERT_API_KEY")
    if settings.keys() - known.keys() - {_KEY}:
        return
    try:
        resolve(known.get)
    except NoApiKeyError:
        return  # the key is not known yet
    except SettingsError as error:
        raise pulumi.RunError(f"provider {name!r}: {error}") from None


async def _warn_of_unknown_settings(name: str, settings: list[pulumi.Output[str]]) -> None:
    """Warn if a setting is unknown, because the engine then doesn't call the provider and shows no warning."""
    if not all([await value.is_known() for value in settings]):
        pulumi.log.warn(
            f"provider {name!r}: its settings are not known yet, so this preview can neither show nor check what its "
            "resources would revoke; create their source first, or read them from the configuration"
        )
