"""`OrderRevocation`: the revocation of all the certificates of an order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi.declaring.declare import Declared, provider_reference
from digicert_pulumi.declaring.types import OrderSnapshot, Requester, RevocationReason, SentRevocation

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
            must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
            wait_for_decision: pulumi.Input[int] | None = None,
        ) -> None: ...

    order_id: pulumi.Input[int | str] = pulumi.property("orderId")
    """The order's id: a whole number, or its digits. All its certificates are revoked.

    Changing it replaces the resource.
    """

    comments: pulumi.Input[str]
    """The message to the administrator who decides. Must not be empty."""

    revocation_reason: pulumi.Input[str | RevocationReason] | None = pulumi.property(
        "revocationReason", default=None
    )
    """The reason: a `RevocationReason` or its value.

    DigiCert's default is `unspecified`. DigiCert ignores it for certificates other than TLS/SSL.
    """

    skip_approval: pulumi.Input[bool] | None = pulumi.property("skipApproval", default=None)
    """Whether to revoke at once, without a request. DigiCert then doesn't keep the comments.

    Requires an administrator's API key. Default: false.
    """

    expected_common_name: pulumi.Input[str] | None = pulumi.property("expectedCommonName", default=None)
    """The expected common name of the order's certificate; case is ignored.

    If it differs, the preview fails, and so does `pulumi up` before it sends anything.
    """

    expected_organization: pulumi.Input[str] | None = pulumi.property("expectedOrganization", default=None)
    """The expected name of the order's organization; checked in the same way."""

    expected_product: pulumi.Input[str] | None = pulumi.property("expectedProduct", default=None)
    """The expected name or name id (`ssl_plus`) of the order's product; checked in the same way.

    Required for orders of certificates other than TLS.
    """

    must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        "mustNotBeServedBy", default=None
    )
    """Hosts that must not serve a certificate of the order: `www.example.com`, or with a port,
    at most 20.

    If one of them serves one, the preview fails, and so does `pulumi up` right before it sends anything. They also fail
    if that can't be determined, for example after a timeout of five seconds. A host that doesn't exist or refuses the
    connection serves nothing. Only a TLS handshake is sent to the hosts. Default: no hosts are checked.
    """

    wait_for_decision: pulumi.Input[int] | None = pulumi.property("waitForDecision", default=None)
    """How long `pulumi up` waits for the decision, in seconds, at most a day. Default: 0, which doesn't wait.

    The wait ends when the order is read as revoked. A rejection is an error. So is a timeout; the next `pulumi up`
    continues to wait. Resources wait in parallel as far as `--parallel` allows.
    """


class OrderRevocation(Declared):
    """Revokes all the certificates of a CertCentral order, duplicates and reissues included.

    A revocation **cannot be undone**. `pulumi preview` shows the order and sends nothing. `pulumi up` sends one
    request; it adopts an open request and leaves a revoked order alone. An administrator then approves or rejects
    the request at DigiCert, and `pulumi refresh` shows the decision. `pulumi destroy` sends nothing and removes the
    resource from the state.

    DigiCert can't edit a request: changed `comments`, `revocation_reason` or `skip_approval` are only recorded in
    the state. After a rejection, changed `comments` send a new request.

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

    _instead_of_import = f"{Declared._instead_of_import}, and for many orders `digicert-pulumi import` writes a file for `pulumi import`"  # noqa: SLF001

    _lists = frozenset({"must_not_be_served_by"})

    order_id: pulumi.Output[int] = pulumi.property("orderId")
    """The order."""

    comments: pulumi.Output[str]
    """The message to the administrator, as declared."""

    revocation_reason: pulumi.Output[str | None] = pulumi.property("revocationReason")
    """The reason, as declared."""

    skip_approval: pulumi.Output[bool | None] = pulumi.property("skipApproval")
    """Whether to skip the approval, as declared."""

    expected_common_name: pulumi.Output[str | None] = pulumi.property("expectedCommonName")
    """The expected common name, as declared."""

    expected_organization: pulumi.Output[str | None] = pulumi.property("expectedOrganization")
    """The expected organization, as declared."""

    expected_product: pulumi.Output[str | None] = pulumi.property("expectedProduct")
    """The expected product, as declared."""

    must_not_be_served_by: pulumi.Output[Sequence[str] | None] = pulumi.property("mustNotBeServedBy")
    """The hosts, as declared."""

    wait_for_decision: pulumi.Output[int | None] = pulumi.property("waitForDecision")
    """The wait for a decision, as declared."""

    request_id: pulumi.Output[int | None] = pulumi.property("requestId")
    """The id of the revocation request; None if DigiCert revoked without one."""

    status: pulumi.Output[str | None]
    """The status of the request as of the last read: a `RequestStatus`, or a status that DigiCert adds later; None if there is no
    request."""

    request_date: pulumi.Output[str | None] = pulumi.property("requestDate")
    """When the request was submitted; ISO 8601, UTC."""

    requester: pulumi.Output[Requester | None]
    """Who submitted the request."""

    processor_comment: pulumi.Output[str | None] = pulumi.property("processorComment")
    """The comment of the administrator who decided."""

    processor: pulumi.Output[Requester | None]
    """The administrator who decided."""

    date_processed: pulumi.Output[str | None] = pulumi.property("dateProcessed")
    """When the administrator decided; ISO 8601, UTC."""

    accepted_at: pulumi.Output[str | None] = pulumi.property("acceptedAt")
    """When DigiCert accepted a revocation without a request, by this machine's clock; ISO 8601, UTC. DigiCert keeps no
    record of it. None if there is a request."""

    sent: pulumi.Output[SentRevocation | None]
    """What was sent, if it differs from the current inputs; else None."""

    order: pulumi.Output[OrderSnapshot]
    """The order, as last read."""

    revoked: pulumi.Output[bool]
    """True only if CertCentral reported the order as `revoked`."""

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
        must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        wait_for_decision: pulumi.Input[int] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the revocation of an order.

        Args:
            resource_name: The name of the resource in the stack.
            args: An `OrderRevocationArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `OrderRevocationArgs`.

        Raises:
            DeclarationError: An argument is missing, unknown or of the wrong type.
        """
        self._declare(PROVIDER, OrderRevocationArgs, resource_name, args, kwargs)
