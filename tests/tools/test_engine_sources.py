"""Where tools/pulumi/engine.py takes the CLI from, and what it tells about it."""

from __future__ import annotations

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.machine import PINNED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.machine import Machine


class InstallerIsThere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a site that answers."""
    with HTTPServer(("127.0.0.1", 0), InstallerIsThere) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/install.sh"
        server.shutdown()
        thread.join()


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a site that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/install.sh"


@pytest.mark.parametrize("version", ["v3.254.0", "3.254.1", f"v{PINNED}", "v3.999.0-alpha.1"])
def test_the_cli_on_path_comes_first(machine: Machine, version: str) -> None:
    machine.put_cli(version)
    machine.put_go()

    run = machine.run()

    assert run.stdout == f"{machine.bin}\n"
    assert run.stderr == f"engine: Pulumi {version.lstrip('v')} in {machine.bin}\n"
    assert not machine.cache.exists()


def test_the_language_host_may_be_elsewhere_on_path(machine: Machine, tmp_path: Path) -> None:
    machine.put_cli()
    machine.put(tmp_path / "other" / "pulumi-language-python", "")
    (machine.bin / "pulumi-language-python").unlink()
    machine.environment["PATH"] += f":{tmp_path / 'other'}"

    assert machine.run().stdout == f"{machine.bin}\n"


def test_the_language_host_may_be_where_a_link_on_path_leads_to(machine: Machine, tmp_path: Path) -> None:
    machine.put_cli(folder=tmp_path / "opt")
    (machine.bin / "pulumi").symlink_to(tmp_path / "opt" / "pulumi")

    assert machine.run().stdout == f"{machine.bin}\n"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#!/bin/sh\necho v3.253.9", "is version 3.253.9, but 3.254.0 or newer is required"),
        ("#!/bin/sh\necho hello", "prints 'hello' instead of its version"),
        ("#!/bin/sh\necho no disk >&2; exit 3", "ended with exit code 3: no disk"),
        ("#!/bin/sh\nkill -9 $$", "ended with exit code -9"),
        ("#!/no/such/shell", "does not start: No such file or directory"),
        ("\x7fELF", "does not start: Exec format error"),
    ],
)
def test_an_unusable_cli_on_path_is_refused_with_the_reason_and_the_search_goes_on(
    machine: Machine, program: str, reason: str
) -> None:
    machine.put(machine.bin / "pulumi", program)
    machine.put(machine.bin / "pulumi-language-python", "")

    run = machine.run()

    assert run.stderr.startswith(f"engine: not used: {machine.bin / 'pulumi'} {reason}\n")
    assert "  Go module: go is not on PATH\n" in run.stderr


def test_a_cli_on_path_that_hangs_is_refused(machine: Machine) -> None:
    machine.put(machine.bin / "pulumi", "#!/bin/sh\n/bin/sleep 60")

    run = machine.run(START_SECONDS=0.2)

    assert f"engine: not used: {machine.bin / 'pulumi'} did not end within 0.2 s\n" in run.stderr


def test_a_cli_on_path_without_language_host_is_refused(machine: Machine) -> None:
    machine.put_cli()
    (machine.bin / "pulumi-language-python").unlink()

    run = machine.run()

    reason = f"{machine.bin / 'pulumi'} has no pulumi-language-python in its folder or on PATH"
    assert f"engine: not used: {reason}\n" in run.stderr


def test_the_official_installer_comes_before_a_build(machine: Machine, site: str) -> None:
    machine.put_installer()
    machine.put_go()

    run = machine.run(INSTALLER=site)

    assert run.stdout == f"{machine.home / 'official'}\n"
    installing, done, found = run.stderr.splitlines()
    assert installing == f"engine: installing Pulumi {PINNED} with its official installer"
    assert re.fullmatch(r"engine: done in \d+ s", done)
    assert found == f"engine: Pulumi {PINNED} in {machine.home / 'official'}"
    assert machine.kept() == ["official"]
    assert machine.builds() == 0


def test_a_failed_installation_is_told_and_a_build_follows(machine: Machine, site: str) -> None:
    machine.put_installer(FAKE_INSTALL_FAILS="")
    machine.put_go()

    run = machine.run(INSTALLER=site)

    assert "ended with exit code 1: no space left on device\nengine: building" in run.stderr
    assert machine.kept() == ["bin", "built"]


def test_an_installation_that_hangs_is_ended(machine: Machine, site: str) -> None:
    machine.put_installer(FAKE_INSTALL_SECONDS="60")
    machine.put_go()

    run = machine.run(INSTALLER=site, INSTALL_SECONDS=1)

    assert "did not end within 1 s\nengine: building" in run.stderr
    assert machine.kept() == ["bin", "built"]


def test_a_network_that_hangs_is_not_waited_for(machine: Machine, silence: str) -> None:
    machine.put_go()

    run = machine.run(INSTALLER=silence, PROBE_SECONDS=0.3)

    assert run.returncode == 0
    assert "install" not in run.stderr


def test_a_build_is_told_and_brings_the_files_of_the_sdk_and_the_language_host_of_the_project(
    machine: Machine,
) -> None:
    machine.put_installer()  # is not mentioned: there is no network
    machine.put_go()

    run = machine.run()

    building, done, found = run.stderr.splitlines()
    assert (
        building == f"engine: building Pulumi {PINNED} from its Go module, which takes minutes the first time"
    )
    assert re.fullmatch(r"engine: done in \d+ s", done)
    assert found == f"engine: Pulumi {PINNED} in {run.stdout.strip()}"
    folder = Path(run.stdout.strip())
    assert {path.name for path in folder.iterdir() if path.stat().st_mode & 0o111} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    }
    host = folder / "pulumi-language-python"
    assert host.read_text() == (machine.tools / "language_host.py").read_text()
    assert (folder / "pulumi-language-python-exec").read_text() == "pulumi-language-python-exec of the SDK"


def test_a_failed_build_shows_the_last_lines_of_go(machine: Machine) -> None:
    machine.put_go(FAKE_GO_FAILS="")

    run = machine.run()

    assert (run.returncode, run.stdout) == (1, "")
    assert "line 29" in run.stderr
    assert "line 9\n" not in run.stderr
    assert machine.kept() == []


def test_a_build_of_another_version_is_not_kept(machine: Machine) -> None:
    machine.put_go(FAKE_GO_BUILDS="3.1.0")

    run = machine.run()

    assert run.returncode == 1
    assert f"is version 3.1.0 instead of {PINNED}" in run.stderr
    assert machine.kept() == []


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"FAKE_GO_VERSION": "go1.21.13"}, "is go1.21.13, but go1.26 or newer is required"),
        (
            {"FAKE_GO_ENV_ERROR": "go: download go1.26: dial tcp"},
            "ended with exit code 1: go: download go1.26: dial tcp",
        ),
    ],
)
def test_a_go_that_is_too_old_and_gets_no_newer_one_is_told(
    machine: Machine, behaviour: dict[str, str], reason: str
) -> None:
    machine.put_go(**behaviour)

    run = machine.run()

    assert run.returncode == 1
    assert f"  Go module: {machine.bin / 'go'} {reason}\n" in run.stderr
    assert machine.builds() == 0


def test_with_nothing_it_says_why_of_every_source_and_what_to_install(machine: Machine) -> None:
    run = machine.run("--quiet")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "engine: there is no usable Pulumi CLI\n"
        "  PATH: pulumi is not on PATH\n"
        f"  cache: {machine.home} does not contain Pulumi {PINNED}\n"
        "  official installer: get.pulumi.com is not reachable\n"
        "  Go module: go is not on PATH\n"
        "Install one of these, and run the command again:\n"
        "  Pulumi 3.254.0 or newer, with its Python language host: https://www.pulumi.com/docs/install/\n"
        "  Go 1.26 or newer, with a reachable Go module proxy, to build Pulumi from source: https://go.dev/dl/\n"
    )
