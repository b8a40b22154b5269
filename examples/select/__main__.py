"""Revoke every order whose common name is in a zone that is no longer used.

The program selects again at every run. It also selects revoked orders. Otherwise an order would drop out of the program
once it is revoked, and its resource out of the state.

```console
$ pulumi config set commonName '*.old.example.com'
$ pulumi preview --diff
```
"""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()

selected = digicert.list_orders(
    common_name=config.require("commonName"),
    status=["issued", "revoked"],
    max_results=config.get_int("maxResults") or 50,
)
for order in selected.orders:
    digicert.OrderRevocation(
        f"order-{order.id}",
        order_id=order.id,
        comments="The zone is given up.",
        revocation_reason=digicert.RevocationReason.CESSATION_OF_OPERATION,
        expected_common_name=order.common_name,
    )

pulumi.export("common_names", [order.common_name for order in selected.orders])
