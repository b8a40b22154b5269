"""One stack of an incident: it declares the revocations that incident.py put into the file INCIDENT_ORDERS."""

import json
import os
from pathlib import Path

import digicert_pulumi as digicert

for order in json.loads(Path(os.environ["INCIDENT_ORDERS"]).read_text(encoding="utf-8")):
    digicert.OrderRevocation(f"order-{order['order_id']}", **order)
