"""`RevocationDecision`: an administrator's decision on a revoke request."""

from enum import Enum
from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi._declare import Declared, provider_reference
from digicert_pulumi.types import Requester, RequestSnapshot

PROVIDER = provider_reference("digicert_pulumi.dynamic.revocation_decision:RevocationDecisionProvider")


class Decision(str, Enum):
    """What an administrator may decide (CertCentral: "Update request status")."""

    APPROVED = "approved"
    """DigiCert revokes at once. It cannot be undone."""

    REJECTED = "rejected"
    """The certificates stay valid, and the requester is told."""


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
    """The revoke request: a whole number, or its digits. Another request is a replacement."""

    decision: pulumi.Input[str | Decision]
    """`approved` or `rejected`. A decision that was made cannot be changed."""

    processor_comment: pulumi.Input[str] | None = pulumi.property("processorComment", default=None)
    """The message to the requester."""

    allow_own_request: pulumi.Input[bool] | None = pulumi.property("allowOwnRequest", default=None)
    """Whether the key's user may decide on a request of their own. Default: false, so that four eyes see it."""

    expected_order_id: pulumi.Input[int | str] | None = pulumi.property("expectedOrderId", default=None)
    """The order that the request must be about. Anything else is refused, in the preview and again before it is sent.

    Worth it where another stack names the request, which may be a new one at the next `pulumi up`.
    """


class RevocationDecision(Declared):
    """An administrator's decision on a revoke request, for four eyes as code.

    The preview shows the request, who made it, when and why, and the order that an approval would revoke. It refuses
    a request that is no revocation, that is decided otherwise already, or that the key's own user made. A request that is
    decided so already is adopted. An approval **cannot be undone**; `pulumi destroy` sends nothing.

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

    _instead_of_import = "`pulumi up` adopts a request that is decided so already"
    _shown = "request"

    request_id: pulumi.Output[int] = pulumi.property("requestId")
    """The request."""

    decision: pulumi.Output[str]
    """The decision, as declared."""

    processor_comment: pulumi.Output[str | None] = pulumi.property("processorComment")
    """The message to the requester, as declared."""

    allow_own_request: pulumi.Output[bool | None] = pulumi.property("allowOwnRequest")
    """Whether the request may be the own user's, as declared."""

    expected_order_id: pulumi.Output[int | None] = pulumi.property("expectedOrderId")
    """The expected order, as declared."""

    status: pulumi.Output[str]
    """How far the request is, when DigiCert was last asked: a `RequestStatus`, or DigiCert's word where it is none
    of them."""

    date_processed: pulumi.Output[str | None] = pulumi.property("dateProcessed")
    """When it was decided, ISO 8601, UTC."""

    processor: pulumi.Output[Requester | None]
    """Who decided."""

    order_id: pulumi.Output[int | None] = pulumi.property("orderId")
    """The order that the request is about; None where DigiCert does not tell."""

    revoked: pulumi.Output[bool]
    """Whether the order was read back as `revoked`."""

    request: pulumi.Output[RequestSnapshot]
    """The request and its order, as DigiCert described them when they were last read."""

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
            kwargs: `opts`, and the fields of `RevocationDecisionArgs`, which says what each means.

        Raises:
            DeclarationError: An argument is missing, unknown or of a wrong kind.
        """
        self._declare(PROVIDER, RevocationDecisionArgs, resource_name, args, kwargs)
