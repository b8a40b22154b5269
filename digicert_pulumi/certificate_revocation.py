"""`CertificateRevocation`: the revocation of a single certificate."""

from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi._declare import Declared, provider_reference
from digicert_pulumi.types import CertificateSnapshot, Requester, RevocationReason, SentRevocation

PROVIDER = provider_reference("digicert_pulumi.dynamic.certificate_revocation:CertificateRevocationProvider")


@pulumi.input_type
class CertificateRevocationArgs:
    """The arguments of a `CertificateRevocation`."""

    if TYPE_CHECKING:  # the decorator makes it

        def __init__(
            self,
            *,
            comments: pulumi.Input[str],
            certificate_id: pulumi.Input[int | str] | None = None,
            serial_number: pulumi.Input[str] | None = None,
            order_id: pulumi.Input[int | str] | None = None,
            revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
            skip_approval: pulumi.Input[bool] | None = None,
            expected_common_name: pulumi.Input[str] | None = None,
            expected_organization: pulumi.Input[str] | None = None,
            expected_product: pulumi.Input[str] | None = None,
            wait_for_decision: pulumi.Input[int] | None = None,
        ) -> None: ...

    comments: pulumi.Input[str]
    """The message to the administrator who decides; not empty."""

    certificate_id: pulumi.Input[int | str] | None = pulumi.property("certificateId", default=None)
    """The certificate: a whole number, or its digits. Exactly one of this and `serial_number`.

    Another certificate is a replacement.
    """

    serial_number: pulumi.Input[str] | None = pulumi.property("serialNumber", default=None)
    """The certificate's serial number, hexadecimal, with or without colons."""

    order_id: pulumi.Input[int | str] | None = pulumi.property("orderId", default=None)
    """The order that the certificate belongs to.

    Needed where CertCentral's lists do not find the certificate: whether they know duplicates and reissues is not
    documented.
    """

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
    """What the common name of the certificate must be; letter case does not matter.

    Anything else is refused, in the preview and again before the request is sent.
    """

    expected_organization: pulumi.Input[str] | None = pulumi.property("expectedOrganization", default=None)
    """What the name of the order's organization must be; checked likewise."""

    expected_product: pulumi.Input[str] | None = pulumi.property("expectedProduct", default=None)
    """What the name or the name id (`ssl_plus`) of the order's product must be; checked likewise.

    A certificate that is not a TLS certificate is revoked only if this names its product.
    """

    wait_for_decision: pulumi.Input[int] | None = pulumi.property("waitForDecision", default=None)
    """How long `pulumi up` waits for the administrator's decision, in seconds, a day at most. Default: 0, not at all.

    A revocation that was approved and read back ends the wait. A rejection is an error; so is time that is up, and the
    next `pulumi up` goes on waiting. Resources wait side by side as far as `--parallel` lets them.
    """


class CertificateRevocation(Declared):
    """The revocation of a single certificate of a CertCentral order: the primary one, a duplicate or a reissue.

    The other certificates of the order stay valid. What becomes of the order is a setting of the account
    ("Certificate revocations (API only)"): it stays active, or is revoked with its last certificate.

    A revocation **cannot be undone**. It is previewed, sent once, approved at DigiCert, refreshed and forgotten like an
    `OrderRevocation`. CertCentral does not tell for which certificate an open request on an order is: only one with
    the declared comments is adopted, and another one is refused.

    ## Example Usage

    ```python
    import digicert_pulumi as digicert

    leaked = digicert.CertificateRevocation(
        "mail-duplicate-leaked",
        serial_number="0669D46CAE79EF684A69777490602485",
        comments="The key of the mail server's duplicate leaked, incident 43.",
        revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
        expected_common_name="mail.example.com",
    )
    ```

    Source of the rules: CertCentral Services API, "Revoke certificate".
    """

    certificate_id: pulumi.Output[int | None] = pulumi.property("certificateId")
    """The certificate, as declared."""

    serial_number: pulumi.Output[str | None] = pulumi.property("serialNumber")
    """The serial number, as declared."""

    order_id: pulumi.Output[int | None] = pulumi.property("orderId")
    """The order, as declared; `order` has it in any case."""

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

    order: pulumi.Output[CertificateSnapshot]
    """The certificate and its order, as DigiCert described them when they were last read."""

    revoked: pulumi.Output[bool]
    """Whether the certificate, or all of its order, was read back as `revoked`.

    DigiCert does not document how its lists show a revoked duplicate or reissue: where they do not, an approved `status`
    is all there is to see.
    """

    @overload
    def __init__(
        self,
        resource_name: str,
        args: CertificateRevocationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        comments: pulumi.Input[str],
        certificate_id: pulumi.Input[int | str] | None = None,
        serial_number: pulumi.Input[str] | None = None,
        order_id: pulumi.Input[int | str] | None = None,
        revocation_reason: pulumi.Input[str | RevocationReason] | None = None,
        skip_approval: pulumi.Input[bool] | None = None,
        expected_common_name: pulumi.Input[str] | None = None,
        expected_organization: pulumi.Input[str] | None = None,
        expected_product: pulumi.Input[str] | None = None,
        wait_for_decision: pulumi.Input[int] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the revocation of a certificate.

        Args:
            resource_name: The name of the resource in the stack.
            args: A `CertificateRevocationArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `CertificateRevocationArgs`, which says what each means.

        Raises:
            DeclarationError: An argument is missing, unknown or of a wrong kind.
        """
        self._declare(PROVIDER, CertificateRevocationArgs, resource_name, args, kwargs)
