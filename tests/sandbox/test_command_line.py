"""The command: its first line, its keys, its refusals, its end."""

import json
import os
import signal
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from certcentral_sandbox.command import main
from support import nursery
from support.sandbox import free_port

if TYPE_CHECKING:
    import subprocess

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("CERTCENTRAL_SANDBOX_")}


@contextmanager
def running(
    *options: str, env: dict[str, str] | None = None
) -> Iterator["tuple[str, subprocess.Popen[str]]"]:
    with tempfile.TemporaryFile("w+") as errors:
        arguments = ["--orders", "30", *options]
        process = nursery.start("certcentral_sandbox", arguments, {**CLEAN, **(env or {})}, errors)
        process.stderr = errors
        assert process.stdout is not None
        with process.stdout:
            try:
                yield process.stdout.readline().strip(), process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def last_words(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[str, str]:
    process.send_signal(number)
    assert process.stdout is not None
    assert process.stderr is not None
    output = process.stdout.read()
    process.wait(60)
    process.stderr.seek(0)
    return output, process.stderr.read()


def status(base_url: str, key: str) -> int:
    url = urlsplit(base_url)
    with closing(HTTPConnection(url.hostname or "", url.port, timeout=60)) as connection:
        connection.request("GET", f"{url.path}/user/me", headers={"X-DC-DEVKEY": key})
        return connection.getresponse().status


@pytest.fixture
def failure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command where it cannot start: the one line that it says."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def fail(*options: str, code: int) -> str:
        try:
            returned = main(options)
        except SystemExit as stop:
            returned = stop.code  # type: ignore[assignment]
        said = capsys.readouterr()
        assert (returned, said.out) == (code, "")
        assert said.err.startswith("certcentral-sandbox: error: ")
        assert said.err.count("\n") == 1
        return said.err

    return fail


def base_url(first: str) -> str:
    assert first.startswith("CertCentral sandbox: ")
    return first.removeprefix("CertCentral sandbox: ")


def test_the_first_line_is_the_base_url_and_it_accepts_connections(tmp_path: Path) -> None:
    with running("--state", str(tmp_path / "state"), "--user-key", "u-key", "--admin-key", "a-key") as (
        first,
        _,
    ):
        assert base_url(first).startswith("http://127.0.0.1:")
        assert base_url(first).endswith("/services/v2")
        assert status(base_url(first), "u-key") == status(base_url(first), "a-key") == 200


def test_it_listens_on_the_port_that_it_is_given(tmp_path: Path) -> None:
    port = free_port()
    with running("--state", str(tmp_path / "state"), "--port", str(port)) as (first, _):
        assert base_url(first) == f"http://127.0.0.1:{port}/services/v2"


def test_it_listens_on_the_ipv6_loopback_address(tmp_path: Path) -> None:
    with running("--state", str(tmp_path / "state"), "--host", "::1", "--user-key", "u-key") as (first, _):
        assert base_url(first).startswith("http://[::1]:")
        assert status(base_url(first), "u-key") == 200


def test_keys_come_from_the_environment(tmp_path: Path) -> None:
    env = {"CERTCENTRAL_SANDBOX_ADMIN_KEY": "env-a", "CERTCENTRAL_SANDBOX_USER_KEY": "env-u"}
    with running("--state", str(tmp_path / "state"), env=env) as (first, _):
        assert [status(base_url(first), key) for key in ("env-a", "env-u")] == [200, 200]
    assert not (tmp_path / "state.keys").exists()


def test_options_win_over_the_environment(tmp_path: Path) -> None:
    env = {"CERTCENTRAL_SANDBOX_ADMIN_KEY": "env-a", "CERTCENTRAL_SANDBOX_USER_KEY": "env-u"}
    with running("--state", str(tmp_path / "state"), "--user-key", "option-u", env=env) as (first, _):
        assert [status(base_url(first), key) for key in ("env-a", "option-u", "env-u")] == [200, 200, 403]


def test_generated_keys_are_in_a_private_file_and_never_printed(tmp_path: Path) -> None:
    with running("--state", str(tmp_path / "state")) as (first, process):
        file = tmp_path / "state.keys"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        keys = json.loads(file.read_text())
        assert set(keys) == {"admin_key", "user_key"}
        assert [status(base_url(first), key) for key in keys.values()] == [200, 200]
        output, errors = last_words(process)
    assert f"Keys: {file}" in output
    assert not [key for key in keys.values() if key in first + output + errors]


def test_generated_keys_are_used_again_with_the_same_state(tmp_path: Path) -> None:
    with running("--state", str(tmp_path / "state")):
        keys = (tmp_path / "state.keys").read_text()
    with running("--state", str(tmp_path / "state")) as (first, _):
        assert (tmp_path / "state.keys").read_text() == keys
        assert status(base_url(first), json.loads(keys)["user_key"]) == 200


def test_without_a_state_it_uses_a_temporary_one_and_removes_it() -> None:
    with running() as (_, process):
        assert process.stdout is not None
        state = Path(process.stdout.readline().strip().removeprefix("State: "))
        assert state.exists()
        last_words(process)
        assert not state.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_with_connections_open(tmp_path: Path, number: signal.Signals) -> None:
    with running("--state", str(tmp_path / "state")) as (first, process):
        with closing(socket.create_connection(("127.0.0.1", urlsplit(base_url(first)).port or 0))):
            _, errors = last_words(process, number)
        assert (process.wait(60), errors) == (0, "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "abc"], "--port: 'abc' is not a whole number from 0 to 65535"),
        (["--port", "70000"], "--port: '70000'"),
        (["--orders", "0"], "--orders: '0'"),
        (["--orders", "-5"], "--orders: '-5'"),
        (["--seed", "x"], "--seed: invalid int value: 'x'"),
        (["--limit", "fast"], "--limit: 'fast' is not a limit such as 1000/180"),
        (["--latency", "-1"], "--latency: '-1'"),
        (["--unknown"], "unrecognized arguments: --unknown"),
        (["--certificate-revocations", "all"], "--certificate-revocations: invalid choice"),
    ],
)
def test_a_bad_option_is_one_clear_line(failure: Callable[..., str], options: list[str], words: str) -> None:
    assert words in failure(*options, code=2)


def test_what_cannot_work_is_one_clear_line(failure: Callable[..., str], tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_text("not a database, but long enough to be read as one" * 100)
    bad = tmp_path / "bad.json"
    bad.write_text('[{"fault": "explode"}]')
    for options, words in (
        (["--state", str(garbage)], f"{garbage} is not the state of a sandbox"),
        (["--state", str(tmp_path / "no" / "state")], f"{tmp_path / 'no' / 'state'}"),
        (["--host", "0.0.0.0"], "0.0.0.0 is not a loopback address"),  # noqa: S104 - it must be refused
        (["--host", "192.0.2.1"], "192.0.2.1 is not a loopback address"),
        (["--host", "host.invalid"], "cannot listen on host.invalid:0"),
        (["--admin-key", "same", "--user-key", "same"], "are the same"),
        (["--admin-key", "", "--user-key", "u"], "the administrator's key must be printable"),
        (["--admin-key", "a b\n", "--user-key", "u"], "the administrator's key must be printable"),
        (["--faults", str(bad)], "bad.json: Invalid value 'explode'"),
        (["--answers", str(bad)], "bad.json: Expected `object`"),
        (["--faults", str(tmp_path / "none")], "No such file"),
    ):
        assert words in failure(*options, code=1)


def test_a_port_in_use_is_one_clear_line(failure: Callable[..., str], tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = failure("--state", str(tmp_path / "state"), "--port", str(port), code=1)
    assert said == f"certcentral-sandbox: error: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert not (tmp_path / "state").exists()


def test_it_listens_beyond_loopback_only_when_told_so(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "state"), "--host", "0.0.0.0")  # noqa: S104 - what the option allows
    with running(*options, "--allow-remote") as (first, _):
        assert base_url(first).startswith("http://0.0.0.0:")


def test_what_disturbs_calls_is_said_at_the_start(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('[{"fault": "drop", "when": "after"}, {"fault": "status", "status": 503}]')
    options = ["--faults", str(rules), "--limit", "1000/180", "--limit", "100/5", "--latency", "2.5"]
    with running("--state", str(tmp_path / "state"), *options) as (_, process):
        output, _ = last_words(process)
    assert output.splitlines()[-3:] == [
        "Faults: drop_after, status_503_before",
        "Limits: 1000/180, 100/5",
        "Latency: 2.5 ms",
    ]
