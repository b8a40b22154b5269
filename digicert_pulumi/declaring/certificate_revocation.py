"""`CertificateRevocation`: the revocation of a single certificate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import pulumi

from digicert_pulumi.declaring.declare import Declared, provider_reference
from digicert_pulumi.declaring.types import CertificateSnapshot, Requester, RevocationReason, SentRevocation

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
            must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
            wait_for_decision: pulumi.Input[int] | None = None,
        ) -> None: ...

    comments: pulumi.Input[str]
    """The message to the administrator who decides. Must not be empty."""

    certificate_id: pulumi.Input[int | str] | None = pulumi.property("certificateId", default=None)
    """The certificate's id: a whole number, or its digits. Set exactly one of this and `serial_number`.

    Changing it replaces the resource.
    """

    serial_number: pulumi.Input[str] | None = pulumi.property("serialNumber", default=None)
    """The certificate's serial number in hexadecimal, with or without colons."""

    order_id: pulumi.Input[int | str] | None = pulumi.property("orderId", default=None)
    """The order of the certificate.

    Required if CertCentral's lists don't contain the certificate. CertCentral doesn't document whether they contain
    duplicates and reissues.
    """

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
    """The expected common name of the certificate; case is ignored.

    If it differs, the preview fails, and so does `pulumi up` before it sends anything.
    """

    expected_organization: pulumi.Input[str] | None = pulumi.property("expectedOrganization", default=None)
    """The expected name of the order's organization; checked in the same way."""

    expected_product: pulumi.Input[str] | None = pulumi.property("expectedProduct", default=None)
    """The expected name or name id (`ssl_plus`) of the order's product; checked in the same way.

    Required for certificates other than TLS.
    """

    must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        "mustNotBeServedBy", default=None
    )
    """Hosts that must not serve the certificate: `www.example.com`, or with a port,
    at most 20.

    If one of them serves it, the preview fails, and so does `pulumi up` right before it sends anything. They also fail
    if that can't be determined, for example after a timeout of five seconds. A host that doesn't exist or refuses the
    connection serves nothing. Only a TLS handshake is sent to the hosts. Default: no hosts are checked.
    """

    wait_for_decision: pulumi.Input[int] | None = pulumi.property("waitForDecision", default=None)
    """How long `pulumi up` waits for the decision, in seconds, at most a day. Default: 0, which doesn't wait.

    The wait ends when the order is read as revoked. A rejection is an error. So is a timeout; the next `pulumi up`
    continues to wait. Resources wait in parallel as far as `--parallel` allows.
    """


class CertificateRevocation(Declared):
    """Revokes a single certificate of a CertCentral order: the primary one, a duplicate or a reissue.

    The other certificates of the order stay valid. A setting of the account ("Certificate revocations (API only)")
    decides what happens to the order: it stays active, or is revoked with its last certificate.

    A revocation **cannot be undone**. The lifecycle is that of an `OrderRevocation`. CertCentral doesn't say which
    certificate an open request is for. So the resource adopts a request with the declared comments, and fails if
    any other one is open.

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

    _lists = frozenset({"must_not_be_served_by"})

    certificate_id: pulumi.Output[int | None] = pulumi.property("certificateId")
    """The certificate, as declared."""

    serial_number: pulumi.Output[str | None] = pulumi.property("serialNumber")
    """The serial number, as declared."""

    order_id: pulumi.Output[int | None] = pulumi.property("orderId")
    """The order, as declared; `order` always has it."""

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

    order: pulumi.Output[CertificateSnapshot]
    """The certificate and its order, as last read."""

    revoked: pulumi.Output[bool]
    """True only if CertCentral reported the certificate, or its whole order, as `revoked`.

    DigiCert doesn't document how its lists show a revoked duplicate or reissue. If they don't, an approved `status` is
    the only evidence.
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
        must_not_be_served_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        wait_for_decision: pulumi.Input[int] | None = None,
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the revocation of a certificate.

        Args:
            resource_name: The name of the resource in the stack.
            args: A `CertificateRevocationArgs` and the options, or the options alone.
            kwargs: `opts`, and the fields of `CertificateRevocationArgs`.

        Raises:
            DeclarationError: An argument is missing, unknown or of the wrong type.
        """
        self._declare(PROVIDER, CertificateRevocationArgs, resource_name, args, kwargs)
