"""Run the Pulumi CLI so that it can be interrupted, and record its processes so that their stale locks are recognized."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from pulumi import automation
from pulumi.automation.errors import create_command_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.incident.locks import Processes

_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")

_LOCKED_OUT = "incorrect passphrase"
"""Part of the CLI's error message if a stack has another passphrase."""


class Cli(automation.PulumiCommand):
    """The CLI on PATH.

    Args:
        processes: Records its processes.
    """

    def __init__(self, processes: Processes) -> None:
        super().__init__()
        self._processes = processes
        self._running: subprocess.Popen[str] | None = None

    def interrupt(self) -> None:
        """Send it the signal of Ctrl-C."""
        if self._running:
            self._running.send_signal(signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], None] | None = None,  # noqa: ARG002 - no caller needs lines as they arrive
        on_error: Callable[[str], None] | None = None,  # noqa: ARG002
    ) -> automation.CommandResult:
        """Run a command like the Automation API, and record the process if it works on a stack.

        Raises:
            CommandError: The command failed.
        """
        stack = args[args.index("--stack") + 1] if "--stack" in args else None
        if "--non-interactive" not in args:
            args = ["--non-interactive", *args]
        environment = {name: value for name, value in os.environ.items() if name not in _PASSPHRASE}
        environment |= {**additional_env, "PULUMI_AUTOMATION_API": "true"}
        own = {name: os.environ[name] for name in _PASSPHRASE if name in os.environ}
        # The stacks hold no secrets, so they use an empty passphrase, whatever the environment sets for other stacks.
        result = self._run(args, cwd, environment | {_PASSPHRASE[0]: ""}, stack)
        if (
            own and result.code and _LOCKED_OUT in result.stderr
        ):  # an earlier release created the stack with the environment's passphrase
            result = self._run(args, cwd, environment | own, stack)
        if result.code:
            raise create_command_error(result)
        return result

    def _run(
        self, args: list[str], cwd: str, environment: Mapping[str, str], stack: str | None
    ) -> automation.CommandResult:
        with subprocess.Popen(  # noqa: S603 - the user's own CLI
            [self.command, *args],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process:
            self._running = process
            if stack:
                self._processes.begin(stack, process.pid)
            out, err = process.communicate()
            self._running = None
        if stack and process.returncode >= 0:
            self._processes.end(stack, process.pid)
        return automation.CommandResult(stdout=out, stderr=err, code=process.returncode)
