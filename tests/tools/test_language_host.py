"""The language host, asked as the engine asks it."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub
from support.engine import RESOLVER
from support.processes import wait_for_text, wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = RESOLVER.with_name("language_host.py")

FAKE_EXECUTOR = """\
import json, os, sys, time
with open(os.environ["EXECUTED"], "w") as file:
    json.dump({"pid": os.getpid(), "arguments": sys.argv[1:], "environment": dict(os.environ)}, file)
time.sleep(float(os.environ.get("EXECUTOR_SECONDS", "0")))
sys.exit(int(os.environ.get("EXECUTOR_CODE", "0")))
"""


class Host:
    """A language host with an executor that notes how it was called."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._executed = folder / "executed.json"
        program = folder / "pulumi-language-python"
        shutil.copyfile(SOURCE, program)
        program.with_name("pulumi-language-python-exec").write_text(FAKE_EXECUTOR)
        self.process = subprocess.Popen(
            [sys.executable, program, "--logtostderr", "-v=3", "127.0.0.1:4711"],
            env=os.environ | {"EXECUTED": str(self._executed)} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.stub: Any = LanguageRuntimeStub(self._channel)

    def executed(self) -> dict[str, Any]:
        """Return how the executor was called, when it is."""
        called: dict[str, Any] = json.loads(wait_for_text(self._executed))
        return called

    def interrupt(self) -> tuple[int, str]:
        """End the host as the engine does; return its exit code and what it told."""
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=120)
        return self.process.returncode, errors

    def close(self) -> None:
        """End the host in any case."""
        self._channel.close()
        with self.process:
            self.process.kill()


@pytest.fixture
def environment() -> dict[str, str]:
    """What the host finds in its environment; a test may fill it by parametrisation."""
    return {}


@pytest.fixture
def host(tmp_path: Path, environment: dict[str, str]) -> Iterator[Host]:
    host = Host(tmp_path, **environment)
    yield host
    host.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host for the tests that ask it something and leave it as it was."""
    host = Host(tmp_path_factory.mktemp("host"))
    yield host
    host.close()


def run_request(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "project": "certificates",
        "stack": "prod",
        "organization": "organization",
        "pwd": "/srv/program",
        "args": ["more"],
        "config": {"digicert:region": "us", "digicert:apiKey": "inert"},
        "configSecretKeys": ["digicert:apiKey"],
        "dryRun": True,
        "parallel": 8,
        "monitor_address": "127.0.0.1:4712",
        "info": language.ProgramInfo(
            root_directory="/srv", program_directory="/srv/program", entry_point="."
        ),
    }
    return language.RunRequest(**(values | changes))


def plugin_request(folder: Path, program: str, *arguments: str, **changes: Any) -> Any:
    (folder / "__main__.py").write_text(program)
    info = language.ProgramInfo(root_directory=str(folder), program_directory=str(folder), entry_point=".")
    values: dict[str, Any] = {"pwd": str(folder), "args": arguments, "info": info}
    return language.RunPluginRequest(**(values | changes))


def options(**values: str) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct


def test_a_program_is_executed_with_all_that_the_engine_says(host: Host) -> None:
    host.stub.Run(run_request())

    called = host.executed()
    assert json.loads(called["environment"]["PULUMI_CONFIG"]) == {
        "digicert:region": "us",
        "digicert:apiKey": "inert",
    }
    assert json.loads(called["environment"]["PULUMI_CONFIG_SECRET_KEYS"]) == ["digicert:apiKey"]
    assert called["arguments"] == [
        "--monitor=127.0.0.1:4712",
        "--engine=127.0.0.1:4711",
        "--root_directory=/srv",
        "--project=certificates",
        "--stack=prod",
        "--organization=organization",
        "--pwd=/srv/program",
        "--dry_run=true",
        "--parallel=8",
        ".",
        "more",
    ]

    host.stub.Handshake(language.LanguageHandshakeRequest(engine_address="127.0.0.1:4713"))
    host.stub.Run(run_request(dryRun=False))
    assert {"--engine=127.0.0.1:4713", "--dry_run=false"} < set(host.executed()["arguments"])


@pytest.mark.parametrize(
    ("environment", "error", "bail"),
    [
        ({}, "", False),
        ({"EXECUTOR_CODE": "32"}, "", True),
        ({"EXECUTOR_CODE": "3"}, "program exited with non-zero exit code: 3", False),
    ],
    ids=["ends well", "has shown its error", "fails"],
)
def test_the_engine_learns_how_a_program_ended(host: Host, error: str, bail: bool) -> None:
    answer = host.stub.Run(run_request())

    assert (answer.error, answer.bail) == (error, bail)


@pytest.mark.parametrize("environment", [{"EXECUTOR_SECONDS": "60"}])
def test_a_cancelled_program_ends(host: Host) -> None:
    call = host.stub.Run.future(run_request())
    pid = host.executed()["pid"]

    call.cancel()

    wait_until_ended(pid)


@pytest.mark.parametrize("environment", [{"EXECUTOR_SECONDS": "60"}])
def test_an_interrupt_ends_host_and_program_without_a_word(host: Host) -> None:
    call = host.stub.Run.future(run_request())
    pid = host.executed()["pid"]

    assert host.interrupt() == (0, "")
    assert call.exception()
    wait_until_ended(pid)


@pytest.mark.parametrize("environment", [{"EXECUTOR_SECONDS": "60"}])
def test_host_and_program_end_when_the_engine_is_gone(host: Host) -> None:
    call = host.stub.Run.future(run_request())
    pid = host.executed()["pid"]
    assert host.process.stdin

    host.process.stdin.close()

    assert host.process.wait(timeout=120) == 0
    assert call.exception()
    wait_until_ended(pid)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            {"virtualenv": "venv"},
            "the virtual environment /srv/venv, which the runtime options name, does not exist. ",
        ),
        ({"toolchain": "uv"}, "the virtual environment /srv/.venv, "),
        (
            {"toolchain": "poetry"},
            "the runtime options of /srv (toolchain: poetry) are not supported by this language host, ",
        ),
        (
            {"typechecker": "mypy"},
            "the runtime options of /srv (typechecker) are not supported by this language host, ",
        ),
    ],
)
def test_runtime_options_that_cannot_be_met_are_one_line(
    shared: Host, tmp_path: Path, asked: dict[str, str], answer: str
) -> None:
    info = language.ProgramInfo(root_directory="/srv", options=options(**asked))
    assert shared.stub.Run(run_request(info=info)).error.startswith(answer)
    with pytest.raises(grpc.RpcError, match=re.escape(answer)):
        list(shared.stub.RunPlugin(plugin_request(tmp_path, "", info=info)))


def test_a_plugin_runs_in_the_virtual_environment_that_its_options_name(shared: Host, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    info = language.ProgramInfo(
        root_directory=str(tmp_path),
        program_directory=str(tmp_path / "p"),
        options=options(virtualenv="venv"),
    )
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__main__.py").write_text("import sys; print(sys.prefix)")
    answers = list(shared.stub.RunPlugin(plugin_request(tmp_path, "", info=info)))
    assert b"".join(answer.stdout for answer in answers).decode().strip() == str(tmp_path / "venv")


def test_a_plugin_is_started_with_arguments_environment_and_folder_and_heard_to_its_exit_code(
    shared: Host, tmp_path: Path
) -> None:
    program = "import os, sys; print(sys.argv[1:], dict(os.environ)['A'], os.getcwd()); sys.exit('why' and 7)"
    request = plugin_request(tmp_path, program, "127.0.0.1:4711", "-x", env=["A=1=2", "B="])

    answers = list(shared.stub.RunPlugin(request))

    assert (
        b"".join(answer.stdout for answer in answers) == f"['127.0.0.1:4711', '-x'] 1=2 {tmp_path}\n".encode()
    )
    assert answers[-1].exitcode == 7


def test_a_plugin_is_heard_as_it_writes(shared: Host, tmp_path: Path) -> None:
    program = (
        "import sys, time; print('out', flush=True); time.sleep(0.2);"
        " print('err', file=sys.stderr, flush=True); time.sleep(60)"
    )
    call = shared.stub.RunPlugin(plugin_request(tmp_path, program), timeout=120)

    written = {"stdout": b"", "stderr": b""}
    while written != {"stdout": b"out\n", "stderr": b"err\n"}:
        answer = next(call)
        written["stdout"] += answer.stdout
        written["stderr"] += answer.stderr
    call.cancel()


def test_a_cancelled_plugin_ends(shared: Host, tmp_path: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    call = shared.stub.RunPlugin(plugin_request(tmp_path, program), timeout=120)
    pid = int(next(call).stdout)

    call.cancel()

    wait_until_ended(pid)


def test_the_host_tells_its_python_and_packages(shared: Host) -> None:
    about = shared.stub.About(language.AboutRequest())
    packages = shared.stub.GetProgramDependencies(language.GetProgramDependenciesRequest()).dependencies

    assert (about.executable, about.version) == (sys.executable, platform.python_version())
    assert shared.stub.GetPluginInfo(Empty()).version in [
        package.version for package in packages if package.name == "pulumi"
    ]


@pytest.mark.parametrize(
    ("call", "request_type"),
    [
        ("GetRequiredPackages", language.GetRequiredPackagesRequest),
        ("GetRequiredPlugins", language.GetRequiredPluginsRequest),
        ("RuntimeOptionsPrompts", language.RuntimeOptionsRequest),
        ("Cancel", Empty),
    ],
)
def test_a_program_needs_no_plugins_and_no_options(shared: Host, call: str, request_type: type) -> None:
    assert getattr(shared.stub, call)(request_type()).ByteSize() == 0


def test_what_is_not_implemented_is_answered_so_without_a_traceback(host: Host) -> None:
    with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
        list(host.stub.InstallDependencies(language.InstallDependenciesRequest()))
    assert host.interrupt() == (0, "")


def test_a_python_without_the_sdk_is_told_in_a_line(tmp_path: Path) -> None:
    host = subprocess.run(
        [sys.executable, "-S", SOURCE, "127.0.0.1:4711"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (host.returncode, host.stdout) == (1, "")
    assert host.stderr.startswith(
        f"pulumi-language-python: {sys.executable}, the first Python on PATH, has no"
    )
    assert host.stderr.count("\n") == 1
