"""Provider processes by the dozen: forked from one that has imported everything and done nothing.

Each is then what `python -u -m pulumi.dynamic` is, at a tenth of the processor time.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NURSE = """\
import json, os, runpy, signal, socket, sys
import dill, google.protobuf, grpc._server, pulumi.dynamic, pulumi.runtime.rpc, pulumi.runtime.proto.provider_pb2_grpc
import digicert_pulumi.dynamic.order_revocation

def live(environment, output, errors):
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.closerange(3, 64)
    runpy.run_module("pulumi.dynamic", run_name="__main__")

def end(child):
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

def orders():
    while True:
        text, files = b"", []
        while not text.endswith(b"\\n"):
            part, more, _, _ = socket.recv_fds(line, 1 << 16, 2)
            if not part:
                return
            text, files = text + part, files + list(more)
        yield json.loads(text), files

line = socket.socket(fileno=int(sys.argv[1]))
children = set()
for order, files in orders():
    if isinstance(order, int):
        children.remove(order)
        end(order)
        answer = 0
    else:
        answer = os.fork()
        if not answer:
            live(order, *files)
        children.add(answer)
        for file in files:
            os.close(file)
    line.send(str(answer).encode())
for child in children:
    end(child)
"""


class _Child:
    """As much of a `subprocess.Popen` as a provider's process needs."""

    def __init__(self, nursery: Nursery, pid: int, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._nursery = nursery
        self._lives = True

    def kill(self) -> None:
        """`kill -9`; harmless when it is dead."""
        if self._lives:
            self._lives = False
            self._nursery.ask(self.pid)

    def wait(self) -> None:
        """Nothing is left to wait for."""


class Nursery:
    """Starts provider processes."""

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
        self._process.wait(10)

    def ask(self, order: Any, files: Sequence[int] = ()) -> int:
        """Have a process started or ended; its id, or 0."""
        with self._lock:
            socket.send_fds(self._line, [f"{json.dumps(order)}\n".encode()], list(files))
            return int(self._line.recv(64))

    def start(self, environment: Mapping[str, str], errors: IO[str]) -> subprocess.Popen[str]:
        """Start a provider process that writes its errors to this file."""
        reading, writing = os.pipe()
        pid = self.ask(dict(environment), [writing, errors.fileno()])
        os.close(writing)
        return cast("subprocess.Popen[str]", _Child(self, pid, os.fdopen(reading)))


@functools.cache
def nursery() -> Nursery:
    """The one of this process, which lives as long."""
    made = Nursery()
    atexit.register(made.close)
    return made
