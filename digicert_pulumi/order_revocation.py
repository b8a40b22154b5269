"""`OrderRevocation`: the revocation of all the certificates of an order."""

from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi._declare import Declared, provider_reference
from digicert_pulumi.types import OrderSnapshot, Requester, RevocationReason, SentRevocation

PROVIDER = provider_reference("digicert_pulumi.dynamic.order_revocation:OrderRevocationProvider")


@pulumi.input_type
class OrderRevocationArgs:
    """The arguments of an `OrderRevocation`."""

    if TYPE_CHECKING:  # the decorator makes it

        def __init__(
            self,
            *,
            order_id: pulumi.Input[int | str],
            comments: pulumi.Input[str],
            revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
            skip_approval: pulumi.Input[bool] | None = None,
            expected_common_name: pulumi.Input[str] | None = None,
            expected_organization: pulumi.Input[str] | None = None,
            expected_product: pulumi.Input[str] | None = None,
            wait_for_decision: pulumi.Input[int] | None = None,
        ) -> None: ...

    order_id: pulumi.Input[int | str] = pulumi.property("orderId")
    """The order, all of whose certificates are to be revoked: a whole number, or its digits.

    Another order is a replacement.
    """

    comments: pulumi.Input[str]
    """The message to the administrator who decides; not empty."""

    revocation_reason: pulumi.Input[str | RevocationReason] | None = pulumi.property(
        "revocationReason", default=None
    )
    """Why the order is revoked: a `RevocationReason` or its value.

    DigiCert's default is `unspecified`. Used for TLS/SSL certificates only, ignored by DigiCert for others.
    """

    skip_approval: pulumi.Input[bool] | None = pulumi.property("skipApproval", default=None)
    """Whether DigiCert revokes at once, without a request and without keeping the comments.

    Needs an administrator's API key. Default: false.
    """

    expected_common_name: pulumi.Input[str] | None = pulumi.property("expectedCommonName", default=None)
    """What the common name of the order's certificate must be; letter case does not matter.

    Anything else is refused, in the preview and again before the request is sent.
    """

    expected_organization: pulumi.Input[str] | None = pulumi.property("expectedOrganization", default=None)
    """What the name of the order's organization must be; checked likewise."""

    expected_product: pulumi.Input[str] | None = pulumi.property("expectedProduct", default=None)
    """What the name or the name id (`ssl_plus`) of the order's product must be; checked likewise.

    An order that is not for a TLS certificate is revoked only if this names its product.
    """

    wait_for_decision: pulumi.Input[int] | None = pulumi.property("waitForDecision", default=None)
    """How long `pulumi up` waits for the administrator's decision, in seconds, a day at most. Default: 0, not at all.

    A revocation that was approved and read back ends the wait. A rejection is an error; so is time that is up, and the
    next `pulumi up` goes on waiting. Resources wait side by side as far as `--parallel` lets them.
    """


class OrderRevocation(Declared):
    """The revocation of all the certificates of a CertCentral order, its duplicates and reissues included.

    A revocation **cannot be undone**. `pulumi preview` shows the order that it would hit and sends nothing;
    `pulumi up` sends one request, unless one stands already: an open request is adopted, and an order that is
    revoked is left alone. An administrator then approves or rejects the request at DigiCert, and
    `pulumi refresh` shows it. `pulumi destroy` forgets the resource and sends nothing.

    DigiCert cannot edit a request: changed `comments`, `revocation_reason` or `skip_approval` are recorded in the
    state only. Changed `comments` after a rejection ask again, with a new request.

    ## Example Usage

    ```python
    import digicert_pulumi as digicert
    import pulumi

    leaked = digicert.OrderRevocation(
        "www-key-leaked",
        order_id=123456789,
        comments="Private key found in a public repository, incident 42.",
        revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
        expected_common_name="www.example.com",
    )
    pulumi.export("request_id", leaked.request_id)
    pulumi.export("status", leaked.status)
    ```

    Source of the rules: CertCentral Services API, "Revoke order certificates" and "Update request status".
    """

    _instead_of_import = f"{Declared._instead_of_import}, and `digicert-pulumi import` makes a file for `pulumi import` from many orders"  # noqa: SLF001

    order_id: pulumi.Output[int] = pulumi.property("orderId")
    """The order."""

    comments: pulumi.Output[str]
    """The message to the administrator, as declared."""

    revocation_reason: pulumi.Output[str | None] = pulumi.property("revocationReason")
    """The reason, as declared."""

    skip_approval: pulumi.Output[bool | None] = pulumi.property("skipApproval")
    """Whether the approval was to be skipped, as declared."""

    expected_common_name: pulumi.Output[str | None] = pulumi.property("expectedCommonName")
    """The expected common name, as declared."""

    expected_organization: pulumi.Output[str | None] = pulumi.property("expectedOrganization")
    """The expected organization, as declared."""

    expected_product: pulumi.Output[str | None] = pulumi.property("expectedProduct")
    """The expected product, as declared."""

    wait_for_decision: pulumi.Output[int | None] = pulumi.property("waitForDecision")
    """The wait for a decision, as declared."""

    request_id: pulumi.Output[int | None] = pulumi.property("requestId")
    """The revoke request's id; None where DigiCert revoked without a request."""

    status: pulumi.Output[str | None]
    """How far the request is, when DigiCert was last asked: a `RequestStatus`, or DigiCert's word where it is none
    of them; None where there is no request."""

    request_date: pulumi.Output[str | None] = pulumi.property("requestDate")
    """When the request was submitted, ISO 8601, UTC."""

    requester: pulumi.Output[Requester | None]
    """Who made the request."""

    processor_comment: pulumi.Output[str | None] = pulumi.property("processorComment")
    """What the administrator who decided had to say."""

    accepted_at: pulumi.Output[str | None] = pulumi.property("acceptedAt")
    """When DigiCert took a revocation without a request, by this machine's clock, ISO 8601, UTC; DigiCert keeps no
    trace of it. None where there is a request."""

    sent: pulumi.Output[SentRevocation | None]
    """What DigiCert was asked with, where that differs from what is declared now; None where it does not."""

    order: pulumi.Output[OrderSnapshot]
    """The order, as DigiCert described it when it was last read."""

    revoked: pulumi.Output[bool]
    """Whether the order was read back as `revoked`. Never true on a promise alone."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: OrderRevocationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        order_id: pulumi.Input[int | str],
        comments: pulumi.Input[str],
        revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
        skip_approval: pulumi.Input[bool] | None = None,
        expected_common_name: pulumi.Input[str] | None = None,
        expected_organization: pulumi.Input[str] | None = None,
        expected_product: pulumi.Input[str] | None = None,
        wait_for_decision: pulumi.Input[int] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the revocation of an order.

        Args:
            resource_name: The name of the resource in the stack.
            args: An `OrderRevocationArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `OrderRevocationArgs`, which says what each means.

        Raises:
            DeclarationError: An argument is missing, unknown or of a wrong kind.
        """
        self._declare(PROVIDER, OrderRevocationArgs, resource_name, args, kwargs)
