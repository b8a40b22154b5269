"""`RevocationDecision`: an administrator's decision on a revoke request."""

from enum import Enum
from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi.declaring.declare import Declared, provider_reference
from digicert_pulumi.declaring.types import Requester, RequestSnapshot

PROVIDER = provider_reference("digicert_pulumi.dynamic.revocation_decision:RevocationDecisionProvider")


class Decision(str, Enum):
    """An administrator's decision (CertCentral: "Update request status")."""

    APPROVED = "approved"
    """DigiCert revokes at once. This cannot be undone."""

    REJECTED = "rejected"
    """The certificates stay valid, and DigiCert informs the requester."""


@pulumi.input_type
class RevocationDecisionArgs:
    """The arguments of a `RevocationDecision`."""

    if TYPE_CHECKING:  # the decorator makes it

        def __init__(
            self,
            *,
            request_id: pulumi.Input[int | str],
            decision: pulumi.Input[str | Decision],
            processor_comment: pulumi.Input[str] | None = None,
            allow_own_request: pulumi.Input[bool] | None = None,
            expected_order_id: pulumi.Input[int | str] | None = None,
        ) -> None: ...

    request_id: pulumi.Input[int | str] = pulumi.property("requestId")
    """The revocation request's id: a whole number, or its digits. Changing it replaces the resource."""

    decision: pulumi.Input[str | Decision]
    """`approved` or `rejected`. A decision can't be changed once it is made."""

    processor_comment: pulumi.Input[str] | None = pulumi.property("processorComment", default=None)
    """The message to the requester."""

    allow_own_request: pulumi.Input[bool] | None = pulumi.property("allowOwnRequest", default=None)
    """Whether the key's user may decide on their own request. Default: false."""

    expected_order_id: pulumi.Input[int | str] | None = pulumi.property("expectedOrderId", default=None)
    """The order of the request. If it differs, the preview fails, and so does `pulumi up` before it sends anything.

    Set it if the id comes from another stack, because it can be that of a new request at the next `pulumi up`.
    """


class RevocationDecision(Declared):
    """Approves or rejects a revocation request as an administrator: four eyes as code.

    The preview shows the request, who submitted it, when and why, and the order that an approval would revoke. It
    fails if the request is not a revocation request, is already decided otherwise, or was submitted by the key's own
    user. If the request is already decided as declared, nothing is sent. An approval **cannot be undone**;
    `pulumi destroy` sends nothing.

    ## Example Usage

    ```python
    import digicert_pulumi as digicert
    import pulumi

    requesting = pulumi.StackReference("organization/revocations/prod")
    digicert.RevocationDecision(
        "www-key-leaked",
        request_id=requesting.require_output("request_id"),
        decision=digicert.Decision.APPROVED,
        processor_comment="Incident 42, checked with the web team.",
    )
    ```

    Source of the rules: CertCentral Services API, "Request info" and "Update request status".
    """

    _instead_of_import = "`pulumi up` adopts a request that is already decided as declared"
    _shown = "request"

    request_id: pulumi.Output[int] = pulumi.property("requestId")
    """The request."""

    decision: pulumi.Output[str]
    """The decision, as declared."""

    processor_comment: pulumi.Output[str | None] = pulumi.property("processorComment")
    """The message to the requester, as declared."""

    allow_own_request: pulumi.Output[bool | None] = pulumi.property("allowOwnRequest")
    """Whether the key's user may decide on their own request, as declared."""

    expected_order_id: pulumi.Output[int | None] = pulumi.property("expectedOrderId")
    """The expected order, as declared."""

    status: pulumi.Output[str]
    """The status of the request as of the last read: a `RequestStatus`, or a status that DigiCert adds later."""

    date_processed: pulumi.Output[str | None] = pulumi.property("dateProcessed")
    """When it was decided; ISO 8601, UTC."""

    processor: pulumi.Output[Requester | None]
    """Who decided."""

    order_id: pulumi.Output[int | None] = pulumi.property("orderId")
    """The order of the request; None if DigiCert doesn't say."""

    revoked: pulumi.Output[bool]
    """True only if CertCentral reported the order as `revoked`."""

    request: pulumi.Output[RequestSnapshot]
    """The request and its order, as last read."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: RevocationDecisionArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        request_id: pulumi.Input[int | str],
        decision: pulumi.Input[str | Decision],
        processor_comment: pulumi.Input[str] | None = None,
        allow_own_request: pulumi.Input[bool] | None = None,
        expected_order_id: pulumi.Input[int | str] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:  # of both overloads
        """Declare a decision.

        Args:
            resource_name: The name of the resource in the stack.
            args: A `RevocationDecisionArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `RevocationDecisionArgs`.

        Raises:
            DeclarationError: An argument is missing, unknown or of the wrong type.
        """
        self._declare(PROVIDER, RevocationDecisionArgs, resource_name, args, kwargs)
