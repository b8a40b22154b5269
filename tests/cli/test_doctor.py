"""`digicert-pulumi doctor`: what it finds, and that the exit code says so."""

from __future__ import annotations

import json
import platform
import re
import threading
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from digicert_pulumi._version import VERSION
from digicert_pulumi.cli.doctor import OLDEST_SDK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Command
    from support.sandbox import Sandbox

    Put = Callable[[str, str], None]

INSTALL = "install Pulumi 3.254.0 or newer: https://www.pulumi.com/docs/install/"


@pytest.fixture
def pulumi(put: Put) -> None:
    """A Pulumi CLI and its language host on PATH."""
    put("pulumi", "echo v3.259.0")
    put("pulumi-language-python", "")


@contextmanager
def certcentral_at(
    date: Callable[[], str | None], body: bytes = b'{"id": 7}'
) -> Iterator[tuple[str, list[Any]]]:
    """A CertCentral whose clock shows that; its base URL, and the headers of the calls that only ask for the time."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            asked.append(self.headers)
            self.send_response_only(404)
            if time := date():
                self.send_header("Date", time)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/services/v2", asked
        finally:
            server.shutdown()
            thread.join()


def problems(command: Command, *options: str, **settings: str | None) -> list[str]:
    done = command("doctor", "--json", *options, **settings)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["ok"] is False
    listed: list[str] = found["problems"]
    return listed


@pytest.mark.usefixtures("pulumi")
def test_everything_in_place_is_said_and_the_exit_code_is_0(command: Command, sandbox: Sandbox) -> None:
    done = command("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"CertCentral      {sandbox.base_url}",
        "API key          valid, for Uma Example <user@example.com>",
        "roles            Standard User",
        (
            "may              request revocations, but not approve them or skip the approval (unless it is restricted "
            'to "View Only", which CertCentral does not report)'
        ),
        f"digicert-pulumi  {VERSION}",
        f"Python           {platform.python_version()}",
        f"Pulumi SDK       {metadata.version('pulumi')}",
        "Pulumi CLI       3.259.0",
        "plugin           not installed; `digicert-pulumi plugin install` installs it for YAML, TypeScript, Go and C#",
        "",
        "Everything is in place.",
    ]


@pytest.mark.usefixtures("pulumi")
def test_the_debug_log_is_written_on_request(command: Command, sandbox: Sandbox, tmp_path: Path) -> None:
    log = tmp_path / "debug.log"
    done = command("doctor", DIGICERT_LOG="debug", DIGICERT_LOG_PATH=str(log))
    assert (done.returncode, done.stderr) == (0, "")
    assert "GET /user/me: 200" in log.read_text()
    assert sandbox.user_key not in log.read_text()


@pytest.mark.usefixtures("pulumi")
def test_an_administrator_may_approve_and_skip_the_approval(command: Command, sandbox: Sandbox) -> None:
    done = command("doctor", DIGICERT_API_KEY=sandbox.admin_key)
    assert done.returncode == 0
    assert "may              request and approve revocations, and skip the approval (unless" in done.stdout


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize("administrator", [True, False])
def test_programs_read_json(command: Command, sandbox: Sandbox, administrator: bool) -> None:
    key = sandbox.admin_key if administrator else sandbox.user_key
    done = command("doctor", "--json", DIGICERT_API_KEY=key)
    assert done.returncode == 0
    found = json.loads(done.stdout)
    name, role, id_ = ("Ada", "Administrator", 242140) if administrator else ("Uma", "Standard User", 242141)
    assert found == {
        "ok": True,
        "problems": [],
        "base_url": sandbox.base_url,
        "clock_offset_seconds": None,  # the sandbox does not tell
        "user": {
            "id": id_,
            "first_name": name,
            "last_name": "Example",
            "email": f"{'admin' if administrator else 'user'}@example.com",
            "roles": [role],
        },
        "may": {"request": None, "approve": administrator, "skip_approval": administrator},
        "versions": {
            "digicert_pulumi": VERSION,
            "python": platform.python_version(),
            "pulumi_sdk": metadata.version("pulumi"),
            "pulumi_cli": "3.259.0",
            "plugin": None,
        },
    }


@pytest.mark.usefixtures("pulumi")
def test_a_key_that_is_refused_is_a_problem(command: Command) -> None:
    [problem] = problems(command, DIGICERT_API_KEY="another-key")
    assert problem.startswith("DigiCert denied access (403 access_denied|access_denied_invalid_key")


@pytest.mark.usefixtures("pulumi")
def test_a_missing_key_is_a_problem(command: Command) -> None:
    [problem] = problems(command, DIGICERT_API_KEY=None)
    assert problem.startswith("no CertCentral API key: ")


@pytest.mark.usefixtures("pulumi")
def test_an_address_where_nobody_listens_is_a_problem_that_is_told_at_once(command: Command) -> None:
    [problem] = problems(command, DIGICERT_BASE_URL="http://127.0.0.1:9/services/v2")
    assert problem.startswith("127.0.0.1:9 cannot be reached (connection refused)")


def test_a_missing_cli_is_a_problem(command: Command) -> None:
    assert problems(command) == [f"the Pulumi CLI is not on PATH, or does not start; {INSTALL}"]


@pytest.mark.parametrize("says", ["exit 1", "echo no version", "echo v3.259.0; exit 1"])
def test_a_cli_that_does_not_tell_its_version_is_a_problem(command: Command, put: Put, says: str) -> None:
    put("pulumi", says)
    put("pulumi-language-python", "")
    assert problems(command) == [f"the Pulumi CLI is not on PATH, or does not start; {INSTALL}"]


def test_a_cli_that_is_too_old_is_a_problem(command: Command, put: Put) -> None:
    put("pulumi", "echo v3.99.0")
    put("pulumi-language-python", "")
    assert problems(command) == [f"the Pulumi CLI 3.99.0 is too old; {INSTALL}"]


def test_a_missing_language_host_is_a_problem(command: Command, put: Put) -> None:
    put("pulumi", "echo v3.259.0")
    [problem] = problems(command)
    assert problem.startswith("pulumi-language-python is neither on PATH nor beside ")


def test_several_problems_are_told_at_once_a_line_each(command: Command) -> None:
    listed = problems(command, DIGICERT_API_KEY=None)
    assert len(listed) == 2
    done = command("doctor", DIGICERT_API_KEY=None)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-2:] == [f"problem: {problem}" for problem in listed]


@pytest.mark.usefixtures("pulumi")
def test_a_stack_whose_configuration_cannot_be_read_is_a_problem(command: Command, put: Put) -> None:
    put("pulumi", '[ "$1" = version ] && echo v3.259.0 || { echo "error: no stack selected" >&2; exit 255; }')
    done = command("doctor", "--stack", "dev")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == (
        "problem: the stack's configuration cannot be read: no stack selected"
    )


@pytest.fixture
def stack_of(put: Put, tmp_path: Path, sandbox: Sandbox) -> Callable[..., None]:
    """A CLI that knows the configuration and the state of a stack; the key in it is the sandbox's."""

    def make(*, state: str = "{}", **settings: tuple[str, bool]) -> None:
        values = {
            "digicert:apiKey": (sandbox.user_key, True),
            "digicert:baseUrl": (sandbox.base_url, False),
        } | {key.replace("__", ":"): value for key, value in settings.items()}
        entries = {key: {"value": value, "secret": secret} for key, (value, secret) in values.items()}
        (tmp_path / "config.json").write_text(json.dumps(entries))
        (tmp_path / "state.json").write_text(state)
        put("pulumi-language-python", "")
        put(
            "pulumi",
            f'case "$*" in version) echo v3.259.0 ;; *config*) cat {tmp_path}/config.json ;;'
            f' "--non-interactive stack export"*) cat {tmp_path}/state.json ;; *) exit 1 ;; esac',
        )

    return make


def problems_of_the_stack(command: Command) -> list[str]:
    return problems(command, "--stack", "dev", DIGICERT_API_KEY=None, DIGICERT_BASE_URL=None)


def test_a_stack_without_fault_has_no_problem(command: Command, stack_of: Callable[..., None]) -> None:
    stack_of(project__note=("digicert", False), state='{"apiKey": {"ciphertext": "v1:abc"}}')
    assert command("doctor", "--stack", "dev").returncode == 0


@pytest.mark.parametrize("key", ["digicert:apiKey", "project:euKey"])
def test_a_key_in_plain_is_a_problem(
    command: Command, stack_of: Callable[..., None], sandbox: Sandbox, key: str
) -> None:
    stack_of(**{key.replace(":", "__"): (sandbox.user_key, False)})
    [problem] = problems_of_the_stack(command)
    assert problem.startswith(
        f"{key} holds an API key in plain text; run `pulumi config set --secret {key}`, and "
    )


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("digicert:baseURL", "; did you mean digicert:baseUrl?"),
        ("digicert:base_url", "; did you mean digicert:baseUrl?"),
        ("digicert:apikey", "; did you mean digicert:apiKey?"),
        ("digicert:requestPerMinute", "; did you mean digicert:requestsPerMinute?"),
        ("digicert:colour", "; the settings are apiKey, region, "),
    ],
)
def test_an_unknown_setting_is_named_with_the_right_one(
    command: Command, stack_of: Callable[..., None], key: str, end: str
) -> None:
    stack_of(**{key.replace(":", "__"): ("x", True)})
    [problem] = problems_of_the_stack(command)
    assert problem.startswith(f"digicert_pulumi has no setting {key}{end}")


def test_a_misspelt_key_in_plain_is_told_as_such(command: Command, stack_of: Callable[..., None]) -> None:
    stack_of(digicert__apikey=("0123456789abcdef", False))
    assert [problem.split(";")[0] for problem in problems_of_the_stack(command)] == [
        "digicert_pulumi has no setting digicert:apikey",
        "digicert:apikey holds an API key in plain text",
    ]
    assert "0123456789abcdef" not in command("doctor", "--stack", "dev").stdout


def test_a_state_that_holds_the_key_in_plain_is_a_problem(
    command: Command, stack_of: Callable[..., None], sandbox: Sandbox
) -> None:
    stack_of(state=json.dumps({"resources": [{"inputs": {"comments": f"key {sandbox.user_key}"}}]}))
    [problem] = problems_of_the_stack(command)
    assert problem.startswith("the stack's state holds the API key in plain text; make it a secret, ")


@pytest.mark.usefixtures("pulumi")
def test_what_digicert_says_of_the_user_reaches_no_terminal_as_it_is(command: Command) -> None:
    with certcentral_at(
        formatdate, b'{"id": 7, "first_name": "A\\u001b[2JB\\nproblem: none", "email": "a\\u202e"}'
    ) as (url, _):
        done = command("doctor", DIGICERT_BASE_URL=url)
    assert done.returncode == 0
    assert "API key          valid, for A [2JB problem: none <a >" in done.stdout.splitlines()
    assert "\x1b" not in done.stdout


@pytest.mark.usefixtures("pulumi")
def test_a_clock_that_shows_digicert_s_time_is_no_problem(command: Command) -> None:
    with certcentral_at(formatdate) as (url, _):
        done = command("doctor", DIGICERT_BASE_URL=url)
    assert done.returncode == 0
    assert "clock            in sync with DigiCert's\n" in done.stdout


@pytest.mark.usefixtures("pulumi")
def test_a_clock_that_is_far_off_is_a_problem(command: Command) -> None:
    with certcentral_at(lambda: "Sat, 01 Jan 2000 00:00:00 GMT") as (url, _):
        [problem] = problems(command, DIGICERT_BASE_URL=url)
    assert re.fullmatch(r"this machine's clock is \d+ s ahead of DigiCert's; set it", problem)
    with certcentral_at(lambda: "Thu, 01 Jan 2099 00:00:00 GMT") as (url, _):
        [problem] = problems(command, DIGICERT_BASE_URL=url)
    assert re.fullmatch(r"this machine's clock is \d+ s behind DigiCert's; set it", problem)


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_time_that_is_not_told_is_no_problem(command: Command, date: str | None) -> None:
    with certcentral_at(lambda: date) as (url, _):
        done = command("doctor", "--json", DIGICERT_BASE_URL=url)
    assert done.returncode == 0
    assert json.loads(done.stdout)["clock_offset_seconds"] is None


@pytest.mark.usefixtures("pulumi")
def test_whoever_is_asked_for_the_time_gets_neither_the_key_nor_other_credentials(
    command: Command, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / ".netrc").chmod(0o600)
    with certcentral_at(lambda: None) as (url, asked):
        command("doctor", DIGICERT_BASE_URL=url, HOME=str(tmp_path))
    [headers] = asked
    assert "Authorization" not in headers
    assert "X-DC-DEVKEY" not in headers


def test_the_oldest_sdk_is_the_one_that_the_package_asks_for() -> None:
    [requirement] = [each for each in metadata.requires("digicert-pulumi") or [] if each.startswith("pulumi")]
    assert f">={'.'.join(map(str, OLDEST_SDK)).removesuffix('.0')}" in requirement
