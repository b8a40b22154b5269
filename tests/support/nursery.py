"""Processes by the dozen: forked from one that has imported what they need and done nothing.

Each is then what `python -u -m MODULE` is, at a tenth of the processor time. That the modules start from a shell as
well, the tests of the engine, of the sandbox's command line and of the version see.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NURSE = """\
import faulthandler, gc, io, json, os, runpy, signal, socket, sys
import dill, google.protobuf, grpc._server, pulumi.dynamic, pulumi.runtime.rpc, pulumi.runtime.proto.provider_pb2_grpc
import digicert_pulumi.cli, digicert_pulumi.dynamic.order_revocation
import certcentral_sandbox.command

def live(module, arguments, environment, folder, output, errors):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.closerange(3, 64)
    faulthandler.enable()
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)  # what it was may be able to seek
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")

def wishes():
    while True:
        text, files = b"", []
        while not text.endswith(b"\\n"):
            part, more, _, _ = socket.recv_fds(line, 1 << 16, 2)
            if not part:
                return
            text, files = text + part, files + list(more)
        yield json.loads(text), files

gc.freeze()
line = socket.socket(fileno=int(sys.argv[1]))
children = set()
for wish, files in wishes():
    if isinstance(wish, int):
        ended, status = os.waitpid(wish, os.WNOHANG)
        children.discard(ended)
        answer = os.waitstatus_to_exitcode(status) if ended else None
    else:
        answer = os.fork()
        if not answer:
            children.clear()  # they are the nurse's to kill
            try:
                live(*wish, *files)
            except SystemExit as end:
                sys.stdout.flush()
                os._exit(end.code)  # what was imported need not be taken down
            break
        children.add(answer)
        for file in files:
            os.close(file)
    line.send(json.dumps(answer).encode())
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


class _Child:
    """As much of a `subprocess.Popen` as is used here."""

    def __init__(self, nursery: Nursery, pid: int, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = self._nursery.ask(self.pid)
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Wait until it has ended."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.005)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal; harmless when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Starts processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line, other = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-c", _NURSE, str(other.fileno())], pass_fds=[other.fileno()]
        )
        other.close()

    def close(self) -> None:
        """End it, and what it started."""
        self._line.close()
        self._process.wait(60)

    def ask(self, wish: Any, files: Sequence[int] = ()) -> Any:
        """Have a process started, for its id, or ask by that for the exit code."""
        with self._lock:
            socket.send_fds(self._line, [f"{json.dumps(wish)}\n".encode()], list(files))
            return json.loads(self._line.recv(64))

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        errors: IO[str],
        folder: Path | None = None,
    ) -> subprocess.Popen[str]:
        """Start `python -u -m MODULE` in a folder, which writes its errors to this file."""
        reading, writing = os.pipe()
        wish = [module, list(arguments), dict(environment), str(folder or Path.cwd())]
        pid = self.ask(wish, [writing, errors.fileno()])
        os.close(writing)
        return cast("subprocess.Popen[str]", _Child(self, pid, os.fdopen(reading)))

    def run(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -u -m MODULE` in a folder to its end."""
        with tempfile.TemporaryFile("w+") as errors:
            child = self.start(module, arguments, environment, errors, folder)
            assert child.stdout is not None
            with child.stdout:
                output = child.stdout.read()
            code = child.wait()
            errors.seek(0)
            return subprocess.CompletedProcess([module, *arguments], code, output, errors.read())


@functools.cache
def nursery() -> Nursery:
    """The one of this process, which lives as long."""
    made = Nursery()
    atexit.register(made.close)
    return made
