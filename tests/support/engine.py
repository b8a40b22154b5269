"""The real Pulumi CLI, for the tests that run it."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESOLVER = ROOT / "tools" / "pulumi" / "engine.py"

QUICK = {"GOGC": "off", "GOMEMLIMIT": "512MiB"}
"""Settings for commands that are too short to be worth collecting their garbage, which takes a tenth of their time."""


@functools.cache
def engine_bin() -> Path:
    """Return the folder of the Pulumi CLI and its language host, which is made first where there is none.

    Raises:
        RuntimeError: There is no engine and none could be made. A test that needs it fails with what is missing.
    """
    resolved = subprocess.run(
        [sys.executable, RESOLVER, "--quiet"], capture_output=True, text=True, check=False
    )
    if resolved.returncode:
        raise RuntimeError(resolved.stderr)
    return Path(resolved.stdout.strip())


@functools.cache
def add_yaml_host() -> None:
    """Put the language host for YAML programs beside the CLI, where there is none.

    Raises:
        RuntimeError: There is none and it can't be built.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tools.pulumi.yaml_host"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)


def pulumi_env(home: Path, backend: Path, **settings: str) -> dict[str, str]:
    """Return an environment in which ``pulumi`` knows nothing of this machine's user, accounts and configuration.

    Args:
        home: The folder for everything that Pulumi and the programs keep beside the state; it is made.
        backend: The folder for the state of the stacks; it is made.
        **settings: More environment variables.
    """
    for folder in (home, backend):
        folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), str(engine_bin()), os.defpath]),
        "HOME": str(home),
        "PULUMI_HOME": str(home / ".pulumi"),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase-of-this-test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "1",
    }
    return environment | settings
