"""A stack on the real Pulumi CLI, configured for a sandbox, with timed commands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.engine import add_yaml_host, engine_bin, pulumi_env

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.sandbox import Sandbox

_PROJECT, _STACK = "benchmark", "dev"
_SECONDS = 900


class Stack:
    """One stack on a file backend.

    Args:
        folder: The folder for all its files.
        sandbox: The sandbox that the provider calls.
        checkpoints: Whether the engine writes the state after each step, which is its default.
    """

    def __init__(self, folder: Path, sandbox: Sandbox, *, checkpoints: bool = True) -> None:
        skip = {} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_EXPERIMENTAL": "true"}
        self._environment = pulumi_env(folder / "home", folder / "backend", **skip)
        self._project = folder / "project"
        self._project.mkdir()
        (self._project / "Pulumi.yaml").write_text(f"name: {_PROJECT}\nruntime: python\n")
        self._state = folder / "backend" / ".pulumi" / "stacks" / _PROJECT / f"{_STACK}.json"
        self._pulumi("stack", "init", _STACK)
        self._pulumi(
            "config",
            "set-all",
            *("--secret", f"digicert:apiKey={sandbox.user_key}"),
            *("--plaintext", f"digicert:baseUrl={sandbox.base_url}"),
            *("--plaintext", "digicert:requestsPerMinute=60000"),
        )

    def write(self, program: str, module: str = "") -> None:
        """Write a Python program, and optionally the module `empty`."""
        (self._project / "__main__.py").write_text(program)
        if module:
            (self._project / "empty.py").write_text(module)

    def write_yaml(self, resources: str) -> None:
        """Write a YAML program, and install the plugin."""
        add_yaml_host()
        self._run(Path(sys.prefix) / "bin" / "digicert-pulumi", "plugin", "install")
        (self._project / "Pulumi.yaml").write_text(f"name: {_PROJECT}\nruntime: yaml\n{resources}")

    def seconds(self, operation: str) -> float:
        """Run an operation, such as `up` or `unchanged_up`, and return its duration."""
        command = operation.removeprefix("unchanged_")
        options = [] if command == "preview" else ["--yes", "--skip-preview"]
        began = time.monotonic()
        self._pulumi(command, *options)
        return time.monotonic() - began

    def state_bytes(self) -> int:
        """Return the size of the state file."""
        return self._state.stat().st_size

    def resources(self) -> Sequence[dict[str, Any]]:
        """Return the resources in the state file."""
        resources: list[dict[str, Any]] = json.loads(self._state.read_text())["checkpoint"]["latest"][
            "resources"
        ]
        return resources

    def _pulumi(self, *arguments: str) -> None:
        self._run(engine_bin() / "pulumi", "--non-interactive", *arguments)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command,
            cwd=self._project,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
