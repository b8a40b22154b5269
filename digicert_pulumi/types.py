"""What programs give and get: the values of inputs and outputs."""

from __future__ import annotations

from enum import Enum

import pulumi


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
    """How far a revoke request is (CertCentral: "Request info").

    Outputs hold DigiCert's word, a `str` that compares equal to the member, so that a word which DigiCert adds breaks
    no program.
    """

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
class SentRevocation:
    """What DigiCert was asked with. It cannot edit a request, so what is declared later is recorded beside this."""

    comments: str | None = None
    """The message to the approver."""

    revocation_reason: str | None = pulumi.property("revocationReason", default=None)
    """The reason; None where none was given, or where the request was made by somebody else."""

    skip_approval: bool | None = pulumi.property("skipApproval", default=None)
    """Whether DigiCert was to revoke without an approval."""


@pulumi.output_type
class SiblingCertificate:
    """Another certificate of an order: a duplicate, a reissue, or the primary one."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the certificate; None where it has none."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None before it is issued."""

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """Its id; None where DigiCert does not tell."""

    role: str | None = None
    """What it is to the order: `primary`, `duplicate` or `reissue`."""


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

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """The certificate's id; None where it was not shown."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None where it was not shown: DigiCert's lists of many orders may not tell it."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None where it was not shown."""

    standing_request_id: int | None = pulumi.property("standingRequestId", default=None)
    """The revoke request that stood when the order was first shown; None where there was none."""

    duplicates: list[SiblingCertificate] | None = None
    """The order's duplicates when it was first shown; None where there are none."""

    reissues: list[SiblingCertificate] | None = None
    """The order's reissues when it was first shown; None where there are none."""


@pulumi.output_type
class CertificateSnapshot:
    """What the revocation of a single certificate hits, and what else its order holds."""

    product: str
    """The product's name."""

    status: str
    """The order's status in DigiCert's word. Whether an order stays active after its last certificate is revoked
    is a setting of the account."""

    revocation: str
    """`none`, or the revoke request on the order that says most: `request 198 is pending`."""

    order_id: int = pulumi.property("orderId")
    """The order that the certificate belongs to."""

    certificate_id: int = pulumi.property("certificateId")
    """The certificate."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of the certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of the certificate; None where it has none."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None before it is issued."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None where DigiCert does not tell."""

    certificate_status: str | None = pulumi.property("certificateStatus", default=None)
    """The certificate's status in DigiCert's word; None where DigiCert does not tell."""

    organization: str | None = None
    """The organization's name; None where the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    standing_request_id: int | None = pulumi.property("standingRequestId", default=None)
    """The revoke request that stood when the order was first shown; None where there was none."""

    other_certificates: list[SiblingCertificate] | None = pulumi.property("otherCertificates", default=None)
    """The other certificates of the order, which stay valid; None where there are none."""


@pulumi.output_type
class RequestOrder:
    """The order that a revoke request is about."""

    product: str
    """The product's name."""

    status: str
    """The order's status in DigiCert's word."""

    revocation: str
    """`none`, or the revoke request that says most: `request 198 is pending`."""

    order_id: int = pulumi.property("orderId")
    """The order's id."""

    dns_names: list[str] = pulumi.property("dnsNames")
    """All the DNS names of its certificate."""

    common_name: str | None = pulumi.property("commonName", default=None)
    """The common name of its certificate; None where it has none."""

    organization: str | None = None
    """The organization's name; None where the order has none (DV)."""

    valid_till: str | None = pulumi.property("validTill", default=None)
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""

    certificate_id: int | None = pulumi.property("certificateId", default=None)
    """The certificate's id; None where it was not shown."""

    serial_number: str | None = pulumi.property("serialNumber", default=None)
    """The serial number, hexadecimal; None where it was not shown: DigiCert's lists of many orders may not tell it."""

    thumbprint: str | None = None
    """The SHA-1 of the certificate, hexadecimal; None where it was not shown."""


@pulumi.output_type
class RequestSnapshot:
    """A revoke request, and what its approval would revoke."""

    type: str
    """The request's type: `revoke`."""

    status: str
    """How far it is: `submitted`, `pending`, `approved`, `rejected`."""

    date: str
    """When it was submitted, ISO 8601, UTC."""

    requester: Requester | None = None
    """Who made it."""

    comments: str | None = None
    """The requester's message."""

    order: RequestOrder | None = None
    """The order that it is about; None where DigiCert does not tell."""
