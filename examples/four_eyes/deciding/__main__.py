"""Approve or reject the revocation that the stack `requesting` requested.

```console
$ pulumi config set --secret digicert:apiKey     # an administrator's key, not that of the requester
$ pulumi config set requestingStack organization/revocation-requests/dev
$ pulumi config set decision approved            # or rejected
$ pulumi preview --diff                          # shows the request, its requester and the order
$ pulumi up
```

The decision applies to whatever request the other stack names: run a preview before every `pulumi up`.
"""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()
requesting = pulumi.StackReference(config.require("requestingStack"))

decision = digicert.RevocationDecision(
    "www-key-leaked",
    request_id=requesting.require_output("request_id"),
    decision=config.require("decision"),
    processor_comment=config.get("processorComment"),
)

pulumi.export("status", decision.status)
pulumi.export("revoked", decision.revoked)
