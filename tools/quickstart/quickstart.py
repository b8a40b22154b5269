"""The quickstart: an embedded CertCentral sandbox and a stack that revokes one of its orders.

Everything that it makes lies in one folder of the project, which git ignores. The stack's base URL is the
sandbox's, so no real account is ever touched. `make up`, `approve`, `reject`, `refresh` and `down` call it.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".quickstart"
STACK = "quickstart"
ORDER_ID = 100000001
START_SECONDS = 30


class QuickstartError(Exception):
    """What went wrong and what to do, in one line."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        pid: Its process.
        base_url: Where its API is.
        admin_key: The API key of its administrator.
        user_key: The API key of its user without rights to approve.
    """

    pid: int
    base_url: str
    admin_key: str
    user_key: str

    def call(self, method: str, path: str, body: object = None) -> int:
        """Call its API as the administrator and return the HTTP status."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-DC-DEVKEY": self.admin_key, "Content-Type": "application/json"}
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)  # noqa: S310  # loopback
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # loopback
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def answers(self) -> bool:
        """Whether this very sandbox, with these keys, answers."""
        try:
            return self.call("GET", "/user/me") == 200  # noqa: PLR2004
        except OSError:
            return False


def running_sandbox() -> Sandbox | None:
    """The sandbox that an earlier call started, where it still runs."""
    try:
        sandbox = Sandbox(**json.loads((FOLDER / "sandbox.json").read_text()))
    except FileNotFoundError:
        return None
    return sandbox if sandbox.answers() else None


def ensure_sandbox() -> Sandbox:
    """Return the running sandbox, started in the background where none runs."""
    if sandbox := running_sandbox():
        return sandbox
    keys = _keys()
    log = FOLDER / "sandbox.log"
    command = [
        sys.executable,
        "-m",
        "digicert_pulumi.sandbox",
        "--state",
        str(FOLDER / "sandbox.sqlite"),
        "--orders",
        "100",
    ]
    command += ["--access-log", str(FOLDER / "access.jsonl")]
    environment = {
        **os.environ,
        "CERTCENTRAL_SANDBOX_ADMIN_KEY": keys["admin_key"],
        "CERTCENTRAL_SANDBOX_USER_KEY": keys["user_key"],
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=environment, cwd=FOLDER, start_new_session=True,
        )  # fmt: skip
    sandbox = Sandbox(process.pid, _first_line(process, log).rsplit(" ", 1)[-1], **keys)
    _write_private(FOLDER / "sandbox.json", json.dumps(sandbox.__dict__))
    (FOLDER / "sandbox.pid").write_text(f"{sandbox.pid}\n")
    print(f"CertCentral sandbox: {sandbox.base_url} (pid {sandbox.pid}, log in {log.relative_to(PROJECT)})")
    return sandbox


def _keys() -> dict[str, str]:
    """The sandbox's API keys: made once, kept where only their owner can read them."""
    path = FOLDER / "keys.json"
    if not path.exists():
        _write_private(
            path, json.dumps({"admin_key": secrets.token_hex(32), "user_key": secrets.token_hex(32)})
        )
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _first_line(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        line, newline, _ = log.read_text().partition("\n")
        if newline:
            return line
        time.sleep(0.05)
    process.kill()
    raise QuickstartError(f"the sandbox did not start; its log is {log}")


class Stack:
    """The quickstart stack, on the real engine and a file backend inside the quickstart's folder.

    Args:
        engine: The folder that holds the Pulumi CLI.
    """

    def __init__(self, engine: Path) -> None:
        backend = FOLDER / "backend"
        backend.mkdir(parents=True, exist_ok=True)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DIGICERT_", "PULUMI_"))
        }
        self._environment = {
            **kept,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(engine), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": _keys()["user_key"],
            "PULUMI_HOME": str(FOLDER / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def configure(self, sandbox: Sandbox) -> None:
        """Make the stack where there is none, and point it at the sandbox."""
        self._quietly("stack", "select", "--create", STACK)
        settings = FOLDER / f"Pulumi.{STACK}.yaml"
        if settings.exists() and sandbox.base_url in settings.read_text():
            return
        self._quietly("config", "set", "digicert:baseUrl", sandbox.base_url)
        self._quietly("config", "set", "--secret", "digicert:apiKey", text=sandbox.user_key)
        self._quietly("config", "set", "orderId", str(ORDER_ID))

    def run(self, *arguments: str) -> None:
        """Run a command of the CLI with its output on the terminal."""
        print(f"\n$ pulumi {' '.join(arguments)}", flush=True)
        if self._call(arguments, capture=False).returncode:
            raise QuickstartError(f"pulumi {arguments[0]} failed; what it says above tells why")

    def outputs(self) -> str:
        """The outputs as JSON."""
        return self._quietly("stack", "output", "--json")

    def _quietly(self, *arguments: str, text: str | None = None) -> str:
        done = self._call(arguments, capture=True, text=text)
        if done.returncode:
            raise QuickstartError(f"pulumi {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def _call(
        self, arguments: tuple[str, ...], *, capture: bool, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", "--non-interactive", *arguments]
        if arguments[0] != "stack":
            command += ["--stack", STACK, "--config-file", str(FOLDER / f"Pulumi.{STACK}.yaml")]
        executable = shutil.which("pulumi", path=self._environment["PATH"])
        return subprocess.run(
            command, executable=executable, cwd=PROJECT, env=self._environment,
            check=False, text=True, capture_output=capture, input=text,
        )  # fmt: skip


def up(stack: Stack) -> None:
    """Preview and apply the revocation; run again, it finds nothing to do."""
    stack.configure(ensure_sandbox())
    stack.run("preview", "--diff")
    stack.run("up", "--yes", "--skip-preview")
    print("\nOutputs:")
    print(stack.outputs().strip())


def decide(stack: Stack, decision: str, comment: str) -> None:
    """Decide on the open request as the sandbox's administrator."""
    sandbox = running_sandbox()
    request_id = json.loads(stack.outputs()).get("request_id") if sandbox else None
    if sandbox is None or request_id is None:
        raise QuickstartError("there is no revoke request yet; run `make up` first")
    body = {"status": decision, "processor_comment": comment}
    status = sandbox.call("PUT", f"/request/{int(request_id)}/status", body)
    if status != 204:  # noqa: PLR2004
        raise QuickstartError(
            f"the sandbox did not take the decision (HTTP {status}); request {request_id} is decided already"
        )
    print(f"The administrator {decision} request {request_id}. `make refresh` shows it.")


def refresh(stack: Stack) -> None:
    """Read from the sandbox what became of the revocation."""
    if running_sandbox() is None:
        raise QuickstartError("the sandbox does not run; run `make up` first")
    stack.run("refresh", "--yes", "--skip-preview", "--diff", "--run-program")


def down(stack: Stack) -> None:
    """Destroy the stack, stop the sandbox and remove all that the quickstart made."""
    sandbox = running_sandbox()
    if (FOLDER / "backend" / ".pulumi").exists():
        stack.run("destroy", "--yes", "--skip-preview", "--remove")
    if sandbox:
        os.kill(sandbox.pid, signal.SIGTERM)
    shutil.rmtree(FOLDER)
    print("The stack is destroyed, the sandbox is stopped, .quickstart is removed.")


def main() -> int:
    """Run one command of the quickstart."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", type=Path, required=True, help="the folder that holds the Pulumi CLI")
    parser.add_argument("command", choices=["up", "approve", "reject", "refresh", "down"])
    arguments = parser.parse_args()
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    stack = Stack(arguments.engine)
    try:
        match arguments.command:
            case "up":
                up(stack)
            case "approve":
                decide(stack, "approved", "Approved.")
            case "reject":
                decide(stack, "rejected", "Rejected: not this order.")
            case "refresh":
                refresh(stack)
            case _:
                down(stack)
    except QuickstartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
