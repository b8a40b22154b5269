"""The Pulumi CLI, started so that it can be stopped, and so that what it leaves behind is known for its own."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from pulumi import automation
from pulumi.automation.errors import create_command_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.locks import Processes


class Cli(automation.PulumiCommand):
    """The CLI on PATH.

    Args:
        processes: Where its processes are written down.
    """

    def __init__(self, processes: Processes) -> None:
        super().__init__()
        self._processes = processes
        self._running: subprocess.Popen[str] | None = None

    def interrupt(self) -> None:
        """Do what Ctrl-C does to it."""
        if self._running:
            self._running.send_signal(signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], None] | None = None,  # noqa: ARG002 - nobody here asks for lines as they come
        on_error: Callable[[str], None] | None = None,  # noqa: ARG002
    ) -> automation.CommandResult:
        """Run a command, as the Automation API does, and write down which process works on a stack.

        Raises:
            CommandError: It failed.
        """
        stack = args[args.index("--stack") + 1] if "--stack" in args else None
        if "--non-interactive" not in args:
            args = ["--non-interactive", *args]
        with subprocess.Popen(  # noqa: S603 - the user's own CLI
            [self.command, *args],
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            self._running = process
            if stack:
                self._processes.begin(stack, process.pid)
            out, err = process.communicate()
            self._running = None
        if stack and process.returncode >= 0:
            self._processes.end(stack, process.pid)
        result = automation.CommandResult(stdout=out, stderr=err, code=process.returncode)
        if process.returncode:
            raise create_command_error(result)
        return result
