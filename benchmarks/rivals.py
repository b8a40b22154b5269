"""Other ways to revoke orders: the loop that the API's documentation suggests, and certmesh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Sequence

CERTMESH = "certmesh==3.0.38"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "digicert-pulumi" / "benchmarks"
_COMMANDS = Path(__file__).with_name("certmesh_commands.py")


def loop(base_url: str, key: str, orders: Sequence[int]) -> None:
    """Read each order, request its revocation, and read it back, like a script without its own state."""
    session = requests.Session()
    session.headers["X-DC-DEVKEY"] = key
    for order in orders:
        url = f"{base_url}/order/certificate/{order}"
        session.get(url, timeout=60).raise_for_status()
        body = {"comments": "Revoked by a loop.", "revocation_reason": "superseded"}
        session.put(f"{url}/revoke", json=body, timeout=60).raise_for_status()
        session.get(url, timeout=60).raise_for_status()


def certmesh(base_url: str, key: str, orders: Sequence[int]) -> dict[str, Any]:
    """Run certmesh's own commands on each order: a dry run, `revoke`, and `describe` of the certificate.

    All commands run in one process, which saves certmesh's start-up for each order. The calls are the same.

    Returns:
        The number of failed commands, by command, and the messages of the first failures.
    """
    environment = {
        **os.environ,
        "CM_DIGICERT_BASE_URL": base_url,
        "CM_DIGICERT_API_KEY": key,
        # Without these, every command requires a HashiCorp Vault.
        "CM_VENAFI_USERNAME": "unused",
        "CM_VENAFI_PASSWORD": "unused",
    }
    done = subprocess.run(
        [_certmesh_python(), _COMMANDS],
        input=json.dumps(list(orders)),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def _certmesh_python() -> Path:
    folder = _CACHE / CERTMESH.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", CERTMESH], check=True
        )
        (folder / "ready").touch()
    return python
