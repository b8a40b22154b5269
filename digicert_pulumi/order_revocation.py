"""`OrderRevocation`: what programs import."""

from __future__ import annotations

import base64
from enum import Enum
from typing import TYPE_CHECKING, Any, cast, overload

import pulumi

PROVIDER = base64.b64encode(
    b"\x80\x02cdigicert_pulumi.dynamic.order_revocation\nOrderRevocationProvider\n)R."
).decode()
"""The dynamic provider by reference, as a pickle that no version of Python or dill changes.

It stands in every user's state: a frozen contract. A test holds it.
"""


class RevocationReason(str, Enum):
    """Why an order is revoked: the reasons that CertCentral takes, RFC 5280 (section 5.3.1) names.

    CertCentral uses the reason for TLS/SSL certificates only and ignores it for other types.
    """

    UNSPECIFIED = "unspecified"
    """None of the others applies (CRLReason 0). CertCentral's default."""

    KEY_COMPROMISE = "keyCompromise"
    """The private key was lost, stolen or otherwise compromised (CRLReason 1)."""

    AFFILIATION_CHANGED = "affiliationChanged"
    """The organization's name or other information in the certificate changed (CRLReason 3)."""

    SUPERSEDED = "superseded"
    """The certificate was replaced by another one (CRLReason 4)."""

    CESSATION_OF_OPERATION = "cessationOfOperation"
    """The domain is no longer active or managed, or the certificate is no longer used (CRLReason 5)."""


class RequestStatus(str, Enum):
    """How far a revoke request is (CertCentral: "Request info")."""

    SUBMITTED = "submitted"
    """Made, and waiting for a first step of the account's approval."""

    PENDING = "pending"
    """Waiting for an administrator's decision."""

    APPROVED = "approved"
    """An administrator approved it: DigiCert revokes."""

    REJECTED = "rejected"
    """An administrator rejected it: the certificates stay valid."""


@pulumi.output_type
class Requester:
    """The CertCentral user who made a request."""

    id: int
    """The user's id."""

    first_name: str | None = pulumi.property("firstName", default=None)
    """The user's first name."""

    last_name: str | None = pulumi.property("lastName", default=None)
    """The user's last name."""

    email: str | None = None
    """The user's mail address."""


@pulumi.output_type
class SiblingCertificate:
    """A duplicate or a reissue of an order's certificate, which the revocation hits too."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the certificate; None where it has none."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None before it is issued."""


@pulumi.output_type
class OrderSnapshot:
    """What a revocation of the order hits, as DigiCert described it when it was last read."""

    product: str
    """The product's name."""

    status: str
    """The order's status in DigiCert's word: `issued`, `revoked`, `reissue_pending`, ..."""

    revocation: str
    """`none`, or the revoke request that says most: `request 198 is pending`."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the order's certificate; None where it has none."""

    organization: str | None = None
    """The organization's name; None where the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    duplicates: list[SiblingCertificate] | None = None
    """The order's duplicates when it was first shown; None where there are none."""

    reissues: list[SiblingCertificate] | None = None
    """The order's reissues when it was first shown; None where there are none."""


@pulumi.input_type
class OrderRevocationArgs:
    """The arguments of an `OrderRevocation`."""

    if TYPE_CHECKING:  # the decorator makes it

        def __init__(
            self,
            *,
            order_id: pulumi.Input[int],
            comments: pulumi.Input[str],
            revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
            skip_approval: pulumi.Input[bool] | None = None,
            expected_common_name: pulumi.Input[str] | None = None,
            expected_organization: pulumi.Input[str] | None = None,
            expected_product: pulumi.Input[str] | None = None,
        ) -> None: ...

    order_id: pulumi.Input[int] = pulumi.property("orderId")
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


_COMPUTED = ("request_id", "status", "request_date", "requester", "processor_comment", "order", "revoked")


class OrderRevocation(pulumi.CustomResource):
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

    request_id: pulumi.Output[int | None] = pulumi.property("requestId")
    """The revoke request's id; None where DigiCert revoked without a request."""

    status: pulumi.Output[RequestStatus | None]
    """How far the request is, when DigiCert was last asked; None where there is no request."""

    request_date: pulumi.Output[str | None] = pulumi.property("requestDate")
    """When the request was submitted, ISO 8601, UTC."""

    requester: pulumi.Output[Requester | None]
    """Who made the request."""

    processor_comment: pulumi.Output[str | None] = pulumi.property("processorComment")
    """What the administrator who decided had to say."""

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
        order_id: pulumi.Input[int],
        comments: pulumi.Input[str],
        revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
        skip_approval: pulumi.Input[bool] | None = None,
        expected_common_name: pulumi.Input[str] | None = None,
        expected_organization: pulumi.Input[str] | None = None,
        expected_product: pulumi.Input[str] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the revocation of an order.

        Args:
            resource_name: The name of the resource in the stack.
            args: An `OrderRevocationArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `OrderRevocationArgs`, which says what each means.

        Raises:
            TypeError: An argument is missing, unknown or of a wrong kind.
        """
        declared, opts = _arguments(*args, **kwargs)
        properties = OrderRevocationArgs.__new__(OrderRevocationArgs)
        properties.__dict__.update(dict.fromkeys(_COMPUTED), **declared.__dict__, __provider=PROVIDER)
        super().__init__(
            "pulumi-python:dynamic/digicert:OrderRevocation",
            resource_name,
            cast("pulumi.Inputs", properties),  # as the SDKs that Pulumi generates do
            opts,
        )


def _arguments(
    *args: Any, opts: Any = None, **fields: Any
) -> tuple[OrderRevocationArgs, pulumi.ResourceOptions | None]:
    """Sort the arguments of either overload into the declared inputs and the options."""
    given = list(args)
    declared = fields.pop("args", None)
    if declared is None and given and isinstance(given[0], OrderRevocationArgs):
        declared = given.pop(0)
    if given and opts is None:
        opts = given.pop(0)
    if given:
        raise TypeError("OrderRevocation takes an OrderRevocationArgs and opts by position, and nothing else")
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError(
            f"opts of an OrderRevocation must be pulumi.ResourceOptions, not {type(opts).__name__}"
        )
    if declared is not None and (fields or not isinstance(declared, OrderRevocationArgs)):
        raise TypeError("OrderRevocation takes either an OrderRevocationArgs or single fields")
    return declared or _single_fields(fields), opts


def _single_fields(fields: dict[str, Any]) -> OrderRevocationArgs:
    try:
        return OrderRevocationArgs(**fields)
    except TypeError as error:
        wrong = str(error).partition("() ")[2]
        raise TypeError(f"OrderRevocation {wrong}") from None
