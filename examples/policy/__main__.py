"""A policy pack (CrossGuard) for revocations: a violation stops the preview or the update.

```console
$ pulumi preview --policy-pack examples/policy --policy-pack-config examples/policy/config.json
```

The rules read the snapshot in the preview, so they check the names in the certificates, not those in the program. Every rule
is mandatory; set its `"enforcementLevel"` to `"advisory"` to make it a warning.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

TYPES = "pulumi-python:dynamic/digicert:"
ORDER = TYPES + "OrderRevocation"
CERTIFICATE = TYPES + "CertificateRevocation"
DECISION = TYPES + "RevocationDecision"


def hits(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
    """The snapshot of the order or the certificate that would die; None where it could not be read.

    Raises:
        UnknownValueError: Which it is will be known in the update. Pulumi puts the rule off until then.
    """
    for identity in ("orderId", "certificateId", "serialNumber", "requestId"):
        args.props.get(identity)
    try:
        holder: Mapping[str, Any] = (
            args.props.get("request", {}) if args.resource_type == DECISION else args.props
        )
        order: Mapping[str, Any] | None = holder.get("order")
    except UnknownValueError:
        return None
    return order


def names(snapshot: Mapping[str, Any]) -> Iterator[str]:
    """All the names of the certificates that would die: for an order, its duplicates and reissues included."""
    for certificate in (snapshot, *snapshot.get("duplicates", ()), *snapshot.get("reissues", ())):
        if "commonName" in certificate:
            yield certificate["commonName"]
        yield from certificate.get("dnsNames", ())


def serves(name: str, protected: str) -> bool:
    """Whether a name of a certificate is a protected one, or a wildcard that serves it."""
    name, protected = name.lower(), protected.lower()
    return fnmatchcase(name, protected) or (name.startswith("*.") and fnmatchcase(protected, name))


def revocations_at_a_time(args: StackValidationArgs, report: ReportViolation) -> None:
    """Count what the update would revoke or approve: what stands in the state says whether it is revoked.

    It is the preview that counts. When an update ends, it has made them all: do not skip the preview.
    """
    new = [
        each
        for each in args.resources
        if "revoked" not in each.props
        and (
            each.resource_type in {ORDER, CERTIFICATE}
            or (each.resource_type == DECISION and each.props.get("decision") == "approved")
        )
    ]
    most = args.get_config()["most"]
    if len(new) > most:
        report(f"this update would make {len(new)} revocations, and {most:.0f} are allowed at a time")


def protected_names(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """See that no protected name is in a certificate that would die."""
    if args.resource_type not in {ORDER, CERTIFICATE, DECISION} or args.props.get("decision") == "rejected":
        return
    snapshot = hits(args)
    protected = args.get_config()["names"]
    if snapshot is None and protected:
        report(
            "what would be revoked could not be read, so nobody can tell whether it is protected; try again"
        )
        return
    hit = {name: glob for name in names(snapshot or {}) for glob in protected if serves(name, glob)}
    for name, glob in sorted(hit.items()):
        report(f"{name} is in a certificate that would be revoked, and {glob} is protected")


def reason_required(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """See that a reason is given. DigiCert's default, `unspecified`, is none."""
    if args.resource_type in {ORDER, CERTIFICATE}:
        reason = args.props.get("revocationReason", "unspecified")
        if reason == "unspecified":
            report("a revocation needs a revocation_reason other than unspecified")


def incident_number(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """See that the comments on a compromised key name the incident."""
    if args.resource_type in {ORDER, CERTIFICATE} and args.props.get("revocationReason") == "keyCompromise":
        pattern = args.get_config()["pattern"]
        if not re.search(pattern, args.props["comments"]):
            report(f"the comments on a compromised key must name an incident, as {pattern} finds it")


def no_skipped_approval(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """See that an approval is skipped in stacks for emergencies alone."""
    if args.resource_type in {ORDER, CERTIFICATE} and args.props.get("skipApproval"):
        stack = args.urn.split("::")[0].removeprefix("urn:pulumi:")
        stacks = args.get_config()["emergencyStacks"]
        if not any(fnmatchcase(stack, glob) for glob in stacks):
            report(f"skip_approval is for the stacks {', '.join(stacks)} alone, and this one is {stack}")


def texts(default: list[str]) -> dict[str, Any]:
    """The schema of a list of texts."""
    return {"type": "array", "items": {"type": "string"}, "default": default}


PolicyPack(
    "digicert-revocations",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        StackValidationPolicy(
            "digicert-revocations-at-a-time",
            "An update makes no more revocations than are allowed at a time.",
            revocations_at_a_time,
            config_schema=PolicyConfigSchema({"most": {"type": "integer", "minimum": 0, "default": 10}}),
        ),
        ResourceValidationPolicy(
            "digicert-protected-names",
            "No certificate with a protected name is revoked.",
            protected_names,
            config_schema=PolicyConfigSchema({"names": texts([])}),
        ),
        ResourceValidationPolicy(
            "digicert-reason-required",
            "A revocation has a reason.",
            reason_required,
        ),
        ResourceValidationPolicy(
            "digicert-incident-number",
            "The comments on a compromised key name the incident.",
            incident_number,
            config_schema=PolicyConfigSchema(
                {"pattern": {"type": "string", "default": "(?i)\\bincident [0-9]+"}}
            ),
        ),
        ResourceValidationPolicy(
            "digicert-no-skipped-approval",
            "Approvals are skipped in stacks for emergencies alone.",
            no_skipped_approval,
            config_schema=PolicyConfigSchema({"emergencyStacks": texts(["emergency"])}),
        ),
    ],
)
