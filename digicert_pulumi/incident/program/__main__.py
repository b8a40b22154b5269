"""One stack of an incident: declare the revocations that `digicert-pulumi incident` wrote to the file INCIDENT_ORDERS."""

import json
import os
from pathlib import Path

import pulumi

import digicert_pulumi as digicert

file = os.environ.get("INCIDENT_ORDERS")
if not file:
    raise pulumi.RunError(
        "this stack belongs to an incident; update it with `digicert-pulumi incident run`, not with `pulumi`"
    )

for order in json.loads(Path(file).read_text(encoding="utf-8")):
    digicert.OrderRevocation(f"order-{order['order_id']}", **order)
