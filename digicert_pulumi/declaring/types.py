"""The types of inputs and outputs."""

from __future__ import annotations

from enum import Enum

import pulumi


class RevocationReason(str, Enum):
    """The reasons that CertCentral accepts, named as in RFC 5280, section 5.3.1.

    CertCentral ignores the reason for certificates other than TLS/SSL.
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
    """The status of a revocation request (CertCentral: "Request info").

    Outputs hold a `str` that compares equal to the member, so that a new status of DigiCert's breaks no program.
    """

    SUBMITTED = "submitted"
    """Submitted, and waiting for a first step of the account's approval."""

    PENDING = "pending"
    """Waiting for an administrator's decision."""

    APPROVED = "approved"
    """An administrator approved it: DigiCert revokes."""

    REJECTED = "rejected"
    """An administrator rejected it: the certificates stay valid."""


@pulumi.output_type
class Requester:
    """The CertCentral user who submitted a request."""

    id: int
    """The user's id."""

    first_name: str | None = pulumi.property("firstName", default=None)
    """The user's first name."""

    last_name: str | None = pulumi.property("lastName", default=None)
    """The user's last name."""

    email: str | None = None
    """The user's email address."""


@pulumi.output_type
class SentRevocation:
    """What was sent. DigiCert can't edit a request, so later changes are only recorded in the state."""

    comments: str | None = None
    """The message to the administrator."""

    revocation_reason: str | None = pulumi.property("revocationReason", default=None)
    """The reason; None if none was given, or if somebody else submitted the request."""

    skip_approval: bool | None = pulumi.property("skipApproval", default=None)
    """Whether to revoke without an approval."""


@pulumi.output_type
class SiblingCertificate:
    """Another certificate of an order: a duplicate, a reissue, or the primary one."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the certificate; None if it has none."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None before it is issued."""

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """Its id; None if DigiCert doesn't say."""

    role: str | None = None
    """Its role in the order: `primary`, `duplicate` or `reissue`."""


@pulumi.output_type
class OrderSnapshot:
    """The order that a revocation affects, as last read."""

    product: str
    """The product's name."""

    status: str
    """The order's status as DigiCert names it: `issued`, `revoked`, `reissue_pending`, ..."""

    revocation: str
    """`none`, or the most relevant revocation request: `request 198 is pending`."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the order's certificate; None if it has none."""

    organization: str | None = None
    """The organization's name; None if the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """The certificate's id; None if it was not shown."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None if it was not shown: DigiCert's lists of orders may lack it."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None if it was not shown."""

    standing_request_id: int | None = pulumi.property("standingRequestId", default=None)
    """The revocation request that existed when the order was first shown; None if there was none."""

    duplicates: list[SiblingCertificate] | None = None
    """The order's duplicates when it was first shown; None if there are none."""

    reissues: list[SiblingCertificate] | None = None
    """The order's reissues when it was first shown; None if there are none."""


@pulumi.output_type
class CertificateSnapshot:
    """The certificate that a revocation affects, and the other certificates of its order."""

    product: str
    """The product's name."""

    status: str
    """The order's status as DigiCert names it. Whether an order stays active after its last certificate is revoked
    is a setting of the account."""

    revocation: str
    """`none`, or the most relevant revocation request on the order: `request 198 is pending`."""

    order_id: int = pulumi.property("orderId")
    """The order that the certificate belongs to."""

    certificate_id: int = pulumi.property("certificateId")
    """The certificate."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the certificate; None if it has none."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None before it is issued."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None if DigiCert doesn't say."""

    certificate_status: str | None = pulumi.property("certificateStatus", default=None)
    """The certificate's status as DigiCert names it; None if DigiCert doesn't say."""

    organization: str | None = None
    """The organization's name; None if the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    standing_request_id: int | None = pulumi.property("standingRequestId", default=None)
    """The revocation request that existed when the order was first shown; None if there was none."""

    other_certificates: list[SiblingCertificate] | None = pulumi.property("otherCertificates", default=None)
    """The other certificates of the order, which stay valid; None if there are none."""


@pulumi.output_type
class RequestOrder:
    """The order of a revocation request."""

    product: str
    """The product's name."""

    status: str
    """The order's status as DigiCert names it."""

    revocation: str
    """`none`, or the most relevant revocation request: `request 198 is pending`."""

    order_id: int = pulumi.property("orderId")
    """The order's id."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of its certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of its certificate; None if it has none."""

    organization: str | None = None
    """The organization's name; None if the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """The certificate's id; None if it was not shown."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None if it was not shown: DigiCert's lists of orders may lack it."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None if it was not shown."""


@pulumi.output_type
class RequestSnapshot:
    """A revocation request, and what its approval would revoke."""

    type: str
    """The request's type: `revoke`."""

    status: str
    """The status: `submitted`, `pending`, `approved`, `rejected`."""

    date: str
    """When it was submitted, ISO 8601, UTC."""

    requester: Requester | None = None
    """Who submitted it."""

    comments: str | None = None
    """The requester's message."""

    order: RequestOrder | None = None
    """Its order; None if DigiCert doesn't say."""
