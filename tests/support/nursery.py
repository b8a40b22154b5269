"""Processes by the dozen: forked by a server that has imported what they need and done nothing.

Each is then what `python -u -m MODULE` is, at a tenth of the processor time. The server has one thread, and gRPC in it is
imported and not used, which is what makes a fork safe. That the modules start from a shell as well, the tests of the
engine, of the quickstart and of the version see.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, cast
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess

_lock = threading.Lock()
"""multiprocessing reads an exit code from a pipe, once, for whoever asks and at every start."""


class _Child:
    """As much of a `subprocess.Popen` as is used here."""

    def __init__(self, process: BaseProcess, stdout: IO[str]) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self.stdout = stdout
        self._process = process

    @property
    def returncode(self) -> int | None:
        """The exit code, once it has ended."""
        return self.poll()

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        with _lock:
            return self._process.exitcode

    def wait(self, timeout: float = 60) -> int:
        """Wait until it has ended."""
        wait([self._process.sentinel], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal; harmless when it has ended."""
        # It can have ended before its exit code is known here.
        with contextlib.suppress(ProcessLookupError):
            if self.poll() is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)


def start(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    errors: IO[str],
    folder: Path | None = None,
) -> subprocess.Popen[str]:
    """Start `python -u -m MODULE` in a folder, which writes its errors to this file."""
    reading, writing = os.pipe()
    with Connection(writing, readable=False) as output, Connection(os.dup(errors.fileno())) as dup:
        given = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder or Path.cwd()),
            "output": output,
            "errors": dup,
        }
        process = _server().Process(target=_live, args=(module,), kwargs=given, daemon=True)
        with _lock:
            # It would be imported anew in each of them.
            main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
            try:
                process.start()
            finally:
                sys.modules["__main__"] = main
    return cast("subprocess.Popen[str]", _Child(process, os.fdopen(reading)))


@functools.cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.preload"])
    with mock.patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parents[1])):
        forkserver.ensure_running()
    return context


def run(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `python -u -m MODULE` in a folder to its end."""
    with tempfile.TemporaryFile("w+") as errors:
        child = start(module, arguments, environment, errors, folder)
        assert child.stdout is not None
        with child.stdout:
            output = child.stdout.read()
        code = child.wait()
        errors.seek(0)
        return subprocess.CompletedProcess([module, *arguments], code, output, errors.read())


def _live(
    module: str,
    *,
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
    output: Connection,
    errors: Connection,
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with output, errors:
        os.dup2(output.fileno(), 1)
        os.dup2(errors.fileno(), 2)
    faulthandler.enable()
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    sys.path[:] = ["", *(each for each in sys.path if each and not each.endswith("/tests"))]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


def _end_with_the_tests() -> None:
    tests = multiprocessing.parent_process()
    assert tests is not None
    tests.join()
    os._exit(1)
