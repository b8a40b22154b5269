"""Revoke orders of two CertCentral accounts in one program, each with its own key and region.

```console
$ pulumi config set --secret us:apiKey
$ pulumi config set --secret eu:apiKey
$ pulumi config set eu:region eu
$ pulumi config set us:orders '[123456789]'
$ pulumi config set eu:orders '[223456789]'
```
"""

import pulumi

import digicert_pulumi as digicert

for name in ("us", "eu"):
    config = pulumi.Config(name)
    account = digicert.Provider(
        name,
        api_key=config.require_secret("apiKey"),
        region=config.get("region"),
        base_url=config.get("baseUrl"),
    )
    for order_id in config.require_object("orders"):
        revocation = digicert.OrderRevocation(
            f"{name}-{order_id}",
            order_id=order_id,
            comments="Private key found in a public repository, incident 42.",
            revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
            opts=pulumi.ResourceOptions(provider=account),
        )
        pulumi.export(f"{name}-{order_id}", revocation.status)
