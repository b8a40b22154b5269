#!/usr/bin/env python3
# ruff: noqa: D102, E402, N802
# D102, N802: language.proto names and documents the methods. E402: the interrupt must be blocked before any import.
"""The language host that runs Python programs for a Pulumi CLI built from its Go module.

The engine starts it as ``pulumi-language-python`` from the CLI's folder, reads the port from its first line of output, and
calls it by gRPC (``language.proto`` of the Pulumi SDK). It runs in the Python environment that is first on ``PATH``.
Programs and plugins run in the same environment, or in the virtual environment that their ``runtime.options`` name. Calls
of ``pulumi install``, ``pulumi package`` and ``pulumi convert`` return "not implemented".
"""

from __future__ import annotations

import signal

# The engine interrupts the whole process group to end its plugins. Threads and child processes inherit the block, so an
# interrupt only ends the wait in `serve`, and causes no traceback.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

import json
import logging
import os
import platform
import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

try:
    import grpc
    from google.protobuf.empty_pb2 import Empty

    # Import only the protocol of the SDK: its other packages would double the start-up time.
    for package in ("pulumi", "pulumi.runtime"):
        if spec := find_spec(package):
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = list(spec.submodule_search_locations or ())
    from pulumi.runtime.proto import language_pb2 as language
    from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2
except ImportError as missing:
    sys.exit(
        f"pulumi-language-python: {sys.executable}, the first Python on PATH, has no Pulumi SDK ({missing})."
        " Put the bin folder of an environment with the SDK first on PATH."
    )

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXECUTOR = Path(__file__).with_name("pulumi-language-python-exec")
ERROR_WAS_SHOWN = 32
"""Exit code of the executor if it already printed the error, so that the engine doesn't print it again."""

CALLS = 64
"""Maximum concurrent calls. The program, and every policy pack and plugin, is one call for as long as it runs."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Reports the Python environment to the engine, and runs programs and plugins in it."""

    def __init__(self, engine: str) -> None:
        self.engine = engine

    def Handshake(self, request: Any, _: grpc.ServicerContext) -> Any:
        self.engine = request.engine_address
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _: grpc.ServicerContext) -> Any:
        from importlib import metadata  # noqa: PLC0415  # rarely needed, and a fifth of the start-up time

        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return language.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return language.GetRequiredPluginsResponse()

    def RuntimeOptionsPrompts(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return language.RuntimeOptionsResponse()

    def About(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return language.AboutResponse(executable=sys.executable, version=platform.python_version())

    def GetProgramDependencies(self, _request: Any, _: grpc.ServicerContext) -> Any:
        from importlib import metadata  # noqa: PLC0415  # as above

        packages = sorted((package.name, package.version) for package in metadata.distributions())
        return language.GetProgramDependenciesResponse(
            dependencies=[language.DependencyInfo(name=name, version=version) for name, version in packages]
        )

    def Cancel(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return Empty()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            python = interpreter(request.info)
        except OptionsError as error:
            return language.RunResponse(error=str(error))
        settings = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "root_directory": request.info.root_directory,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
        }
        environment = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        options = [f"--{name}={value}" for name, value in settings.items() if value]
        program = subprocess.Popen(
            [python, EXECUTOR, *options, request.info.entry_point, *request.args],
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        end_with_the_call(program, context)
        code = program.wait()
        if code == ERROR_WAS_SHOWN:
            return language.RunResponse(bail=True)
        return language.RunResponse(error=f"program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            python = interpreter(request.info)
        except OptionsError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        plugin = subprocess.Popen(
            # Unbuffered: the engine waits for the port that a policy pack prints.
            [python, "-u", request.info.program_directory, *request.args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=request.pwd,
            env=dict(variable.split("=", 1) for variable in request.env),
        )
        end_with_the_call(plugin, context)
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for stream, answer in ((plugin.stdout, stdout_answer), (plugin.stderr, stderr_answer)):
            threading.Thread(target=forward, args=(stream, answer, answers)).start()
        try:
            for _ in range(2):
                yield from iter(answers.get, None)
            yield language.RunPluginResponse(exitcode=plugin.wait())
        finally:
            plugin.wait()  # also if the call is cancelled: then gRPC stops this generator


class OptionsError(Exception):
    """The ``runtime.options`` aren't supported, or name a virtual environment that doesn't exist."""


def interpreter(info: Any) -> str:
    """Return the Python of a program's ``runtime.options``; by default, that of this process.

    Raises:
        OptionsError: The virtual environment doesn't exist, or an option isn't supported.
    """
    options = dict(info.options)
    toolchain = options.pop("toolchain", "pip")
    folder = options.pop("virtualenv", ".venv" if toolchain == "uv" else None)
    if toolchain not in ("pip", "uv") or options:
        unsupported = ", ".join(sorted(options)) or f"toolchain: {toolchain}"
        raise OptionsError(
            f"the runtime options of {info.root_directory} ({unsupported}) are not supported by this language host, which"
            " only supports virtualenv, with pip or uv. Remove the others, or install the official Pulumi CLI."
        )
    if folder is None:
        return sys.executable
    python = Path(
        info.root_directory, folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
    )
    if not python.exists():
        raise OptionsError(
            f"the virtual environment {python.parents[1]}, which the runtime options name, does not exist. Create it with"
            f" `python3 -m venv {folder}`, and install the program's packages there."
        )
    return str(python)


def end_with_the_call(process: subprocess.Popen[bytes], context: grpc.ServicerContext) -> None:
    """Terminate the process if the engine cancels the call or ends."""
    if not context.add_callback(process.terminate):
        process.terminate()


def stdout_answer(output: bytes) -> Any:
    """Return a response with a plugin's standard output."""
    return language.RunPluginResponse(stdout=output)


def stderr_answer(output: bytes) -> Any:
    """Return a response with a plugin's standard error."""
    return language.RunPluginResponse(stderr=output)


def forward(stream: IO[bytes], answer: Callable[[bytes], Any], answers: queue.SimpleQueue[Any]) -> None:
    """Forward the output of a plugin's stream to a queue, and None at its end."""
    with stream:
        for output in iter(lambda: os.read(stream.fileno(), 65536), b""):
            answers.put(answer(output))
    answers.put(None)


def watch_engine() -> None:
    """Interrupt this process when the engine ends. The engine holds the other end of standard input, and never writes."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGINT)


def serve(engine: str) -> None:
    """Serve until interrupted, then end the running programs."""
    # The engine receives the status of calls that aren't implemented or are cancelled; don't log tracebacks as well.
    logging.getLogger("grpc").setLevel(logging.CRITICAL)
    server = grpc.server(ThreadPoolExecutor(CALLS))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=watch_engine, daemon=True).start()
    signal.sigwait({signal.SIGINT})
    server.stop(grace=None).wait()


if __name__ == "__main__":
    serve(sys.argv[-1])  # the engine's address is the last argument, after options for tracing and logs
