"""What importing the client costs the provider's process, and what it may know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import digicert_pulumi

ALONE = """
import sys, types
package = types.ModuleType("digicert_pulumi")
package.__path__ = [{path!r}]
sys.modules["digicert_pulumi"] = package
import digicert_pulumi.certcentral as c
{then}
print(*sys.modules)
"""
"""Import the client without the package around it, which imports Pulumi for its own sake."""


def modules_after(then: str) -> set[str]:
    """Tell what a fresh process has loaded after a statement."""
    script = ALONE.format(path=str(Path(digicert_pulumi.__file__).parent), then=then)
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_the_client_loads_no_http_library() -> None:
    loaded = modules_after("c.Client, c.Order, c.OrderNotFound, c.base_url")
    assert loaded.isdisjoint({"requests", "urllib3", "stamina", "tenacity", "http.client", "ssl"})


def test_making_a_client_loads_them_and_nothing_of_pulumi_nor_of_the_rest_of_this_package() -> None:
    loaded = modules_after("c.Client('key')")
    assert {"requests", "stamina"} <= loaded
    ours = {name for name in loaded if name.startswith("digicert_pulumi.")}
    assert {name for name in ours if not name.startswith("digicert_pulumi.certcentral")} == {
        "digicert_pulumi._version",
        "digicert_pulumi.text",
        "digicert_pulumi.text.printable",
    }
    assert loaded.isdisjoint({"pulumi", "grpc", "starlette", "uvicorn"})
