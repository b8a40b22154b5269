"""One stack of an incident: it declares the revocations that `digicert-pulumi incident` put into the file INCIDENT_ORDERS."""

import json
import os
from pathlib import Path

import pulumi

import digicert_pulumi as digicert

file = os.environ.get("INCIDENT_ORDERS")
if not file:
    raise pulumi.RunError(
        "the stacks of an incident are driven by `digicert-pulumi incident`; see `digicert-pulumi incident --help`"
    )

for order in json.loads(Path(file).read_text(encoding="utf-8")):
    digicert.OrderRevocation(f"order-{order['order_id']}", **order)
