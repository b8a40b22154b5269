"""The quickstart: a CertCentral sandbox, and a stack that revokes one of its orders.

All its files are in one folder of the project, which git ignores. The stack's base URL is the sandbox's, so it never uses
a real account. `make up`, `approve`, `reject`, `refresh` and `down` call it. They can run in any order, any number of
times, and after a run that was interrupted or killed. Concurrent runs wait for each other.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
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
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".quickstart"
STACK = "quickstart"
ORDER_ID = 100000001
START_SECONDS = 60
ANSWER_SECONDS = 20
STOP_SECONDS = 10
POLL_SECONDS = 0.05


class QuickstartError(Exception):
    """The quickstart failed. The message is one line with the reason and the remedy."""


class Interrupts:
    """Handles Ctrl-C and similar signals: the running command ends first, so that nothing is left half done."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.received = 0
        self._undelivered = False
        self._process: subprocess.Popen[str] | None = None
        for number in self.SIGNALS:
            signal.signal(number, self._receive)

    def _receive(self, number: int, _: FrameType | None) -> None:
        self.received = number
        if self._process is None:
            self._undelivered = True
        else:
            self._process.send_signal(signal.SIGINT)

    @contextlib.contextmanager
    def passed_to(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Forward signals to a process, including those that arrived while it was started."""
        self._process = process
        if self._undelivered:
            self._undelivered = False
            process.send_signal(signal.SIGINT)
        try:
            yield
        finally:
            self._process = None
        self.check()

    def check(self) -> None:
        """Exit if a signal arrived.

        Raises:
            SystemExit: A signal arrived.
        """
        if self.received:
            raise SystemExit(128 + self.received)


def alone(interrupts: Interrupts) -> IO[str]:
    """Lock the quickstart against other runs; wait until the lock is free.

    The lock is released when the returned file is closed, in this process and in all processes that inherited it.
    """
    # Lock this script: a lock file in the folder would be removed with the folder.
    lock = Path(__file__).open()  # noqa: SIM115  # held until the process ends
    printed = False
    while not _locked(lock):
        if not printed:
            print("waiting for another run of the quickstart to end", file=sys.stderr, flush=True)
            printed = True
        time.sleep(POLL_SECONDS)
        interrupts.check()
    return lock


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keys() -> dict[str, str]:
    """Return the sandbox's API keys. They are generated once, in a file that only its owner can read."""
    path = FOLDER / "keys.json"
    if not path.exists():
        made = path.with_suffix(".new")
        made.touch(mode=0o600)
        made.write_text(json.dumps({name: secrets.token_hex(32) for name in ("admin_key", "user_key")}))
        made.replace(path)
    found: dict[str, str] = json.loads(path.read_text())
    return found


class Sandbox:
    """The sandbox. It runs in the background between commands, and stores its state in the folder.

    It holds a lock on its pid file from before its start to its end. So the pid file is never mistaken for that of another
    process, and no running sandbox is missed, whatever is killed.
    """

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._pid = FOLDER / "sandbox.pid"
        self._log = FOLDER / "sandbox.log"

    def ensure(self) -> str:
        """Start the sandbox if it doesn't run or doesn't answer. Return its base URL."""
        if url := self._url():
            return url
        self.stop()
        with self._pid.open("a") as held:
            _locked(held)
            held.truncate(0)
            self._start(held)
        deadline = time.monotonic() + START_SECONDS
        while not (url := self._url()):
            if time.monotonic() > deadline or not self.runs():
                reason = self._log.read_text().strip().rpartition("\n")[2]
                raise QuickstartError(f"the sandbox did not start: {reason or 'it printed nothing'}")
            time.sleep(POLL_SECONDS)
            self._interrupts.check()
        print(f"CertCentral sandbox: {url} (log in {self._log.relative_to(PROJECT)})", flush=True)
        return url

    def _start(self, held: IO[str]) -> None:
        sandbox = [sys.executable, "-m", "certcentral_sandbox", "--orders", "100"]
        sandbox += ["--state", str(FOLDER / "sandbox.sqlite"), "--access-log", str(FOLDER / "access.jsonl")]
        environment = {
            **os.environ,
            "CERTCENTRAL_SANDBOX_ADMIN_KEY": keys()["admin_key"],
            "CERTCENTRAL_SANDBOX_USER_KEY": keys()["user_key"],
        }
        # The shell writes its process id, then becomes the sandbox with `exec`.
        command = ["/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', str(self._pid), *sandbox]
        with self._log.open("w") as output:
            subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=environment, cwd=FOLDER, start_new_session=True, pass_fds=[held.fileno()],
            )  # fmt: skip

    def _url(self) -> str | None:
        """Return the base URL; None until the sandbox answers."""
        if not self.runs() or not self._log.exists():
            return None
        first, newline, _ = self._log.read_text().partition("\n")
        url = first.removeprefix("CertCentral sandbox: ")
        try:
            return url if newline and self.call(url, "GET", "/user/me") == 200 else None  # noqa: PLR2004
        except (OSError, ValueError):
            return None

    def call(self, url: str, method: str, path: str, body: object = None) -> int:
        """Call the sandbox's API as the administrator, and return the HTTP status."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-DC-DEVKEY": keys()["admin_key"], "Content-Type": "application/json"}
        request = urllib.request.Request(url + path, data, headers, method=method)  # noqa: S310  # loopback
        # Don't use a proxy from the environment for loopback.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=ANSWER_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def runs(self) -> bool:
        """Return whether the sandbox runs."""
        try:
            with self._pid.open() as held:
                return not _locked(held)
        except FileNotFoundError:
            return False

    def stop(self) -> None:
        """Stop the sandbox and wait for its end. Kill it if it doesn't stop."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + STOP_SECONDS
            sent = False
            while self.runs() and time.monotonic() < deadline:
                if not sent and (pid := self._pid.read_text().strip()):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), number)
                    sent = True
                time.sleep(POLL_SECONDS)
                self._interrupts.check()
        if self.runs():
            raise QuickstartError(
                f"the sandbox (process {self._pid.read_text().strip()}) does not stop; kill it"
            )


class Stack:
    """The quickstart's stack, on the real engine and a file backend in the folder.

    Args:
        engine: The folder of the Pulumi CLI.
        lock: The lock against other runs. The CLI inherits it, and so holds it even if this process is killed.
        interrupts: Forwards signals to the CLI.
    """

    def __init__(self, engine: Path, lock: IO[str], interrupts: Interrupts) -> None:
        self._engine = engine
        self._lock = lock
        self._interrupts = interrupts
        self._backend = FOLDER / "backend"
        self._account: dict[str, str] = {}

    def exists(self) -> bool:
        """Return whether the stack exists."""
        return any(self._backend.glob(f".pulumi/stacks/*/{STACK}.json"))

    def make(self) -> None:
        """Create the stack, or complete it after an interrupted run."""
        settings = FOLDER / f"Pulumi.{STACK}.yaml"
        if not settings.exists() or "orderId" not in settings.read_text():
            settings.write_text(f"config:\n  digicert-quickstart:orderId: {ORDER_ID}\n")
        self._backend.mkdir(exist_ok=True)
        if not self.exists():
            self._quietly("stack", "init", STACK)

    def use(self, url: str) -> None:
        """Set the provider's base URL, and the API key of a user who can't approve requests."""
        self._account = {"DIGICERT_BASE_URL": url, "DIGICERT_API_KEY": keys()["user_key"]}

    def run(self, *arguments: str) -> None:
        """Run a command of the CLI, and print its output."""
        if any((self._backend / ".pulumi" / "locks").rglob("*.json")):
            # No other run is active, so this lock is stale.
            self._quietly("cancel", "--yes", STACK)
        print(f"\n$ pulumi {' '.join(arguments)}", flush=True)
        # With --non-interactive, the CLI doesn't detect a terminal, so it needs --color.
        colors = ["--color", "always"] if sys.stdout.isatty() and "NO_COLOR" not in os.environ else []
        if self._call(["--stack", STACK, *colors, *arguments], capture=False)[0]:
            raise QuickstartError(f"pulumi {arguments[0]} failed; see its output above")

    def outputs(self) -> str:
        """Return the outputs as JSON."""
        return self._quietly("--stack", STACK, "stack", "output", "--json")

    def _quietly(self, *arguments: str) -> str:
        code, output, errors = self._call([*arguments], capture=True)
        if code:
            raise QuickstartError(f"pulumi {' '.join(arguments)} failed: {' '.join(errors.split())}")
        return output

    def _call(self, arguments: list[str], *, capture: bool) -> tuple[int, str, str]:
        foreign = ("DIGICERT_", "PULUMI_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment |= {
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), str(self._engine), os.environ["PATH"]]
            ),
            "PULUMI_BACKEND_URL": self._backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": keys()["user_key"],
            "PULUMI_HOME": str(FOLDER / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **self._account,
        }
        self._interrupts.check()
        process = subprocess.Popen(
            [shutil.which("pulumi", path=environment["PATH"]) or "pulumi", "--non-interactive", *arguments], cwd=PROJECT, env=environment, text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None, stderr=subprocess.PIPE if capture else None,
            start_new_session=True, pass_fds=[self._lock.fileno()],
        )  # fmt: skip
        with self._interrupts.passed_to(process):
            output, errors = process.communicate()
        return process.returncode, output, errors


def up(stack: Stack, sandbox: Sandbox) -> None:
    """Preview and apply the revocation. A second run finds nothing to do."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    stack.use(sandbox.ensure())
    stack.make()
    stack.run("preview", "--diff")
    stack.run("up", "--yes", "--skip-preview", "--suppress-outputs")
    print("\nOutputs:")
    print(stack.outputs().strip())


def decide(stack: Stack, sandbox: Sandbox, decision: str, comment: str) -> None:
    """Approve or reject the open request as the sandbox's administrator."""
    request_id = json.loads(stack.outputs()).get("request_id") if stack.exists() else None
    if request_id is None:
        raise QuickstartError("there is no request yet; run `make up` first")
    body = {"status": decision, "processor_comment": comment}
    status = sandbox.call(sandbox.ensure(), "PUT", f"/request/{int(request_id)}/status", body)
    if status != 204:  # noqa: PLR2004
        raise QuickstartError(
            f"the sandbox refused the decision (HTTP {status}); request {request_id} is already decided"
        )
    print(f"The administrator {decision} request {request_id}. Run `make refresh` to see it.")


def refresh(stack: Stack, sandbox: Sandbox) -> None:
    """Refresh the stack from the sandbox."""
    if not stack.exists():
        raise QuickstartError("there is no stack yet; run `make up` first")
    stack.use(sandbox.ensure())
    stack.run("refresh", "--yes", "--skip-preview", "--diff", "--run-program")


def down(stack: Stack, sandbox: Sandbox) -> None:
    """Destroy the stack, stop the sandbox, and remove the quickstart's folder."""
    if not FOLDER.exists():
        print("There is nothing to remove.")
        return
    if stack.exists():
        try:
            stack.run("destroy", "--yes", "--skip-preview", "--remove")
        except QuickstartError as error:
            # The whole stack is in the folder, so removing the folder removes it.
            print(f"{error}; the stack is removed with the folder", file=sys.stderr)
    sandbox.stop()
    shutil.rmtree(FOLDER)
    print("Destroyed the stack, stopped the sandbox, and removed .quickstart.")


def main() -> int:
    """Run one command of the quickstart."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", type=Path, required=True, help="folder of the Pulumi CLI")
    parser.add_argument(
        "command", choices=["up", "approve", "reject", "refresh", "down"], help="command to run"
    )
    arguments = parser.parse_args()
    interrupts = Interrupts()
    try:
        with alone(interrupts) as lock:
            stack, sandbox = Stack(arguments.engine, lock, interrupts), Sandbox(interrupts)
            match arguments.command:
                case "up":
                    up(stack, sandbox)
                case "approve":
                    decide(stack, sandbox, "approved", "Approved.")
                case "reject":
                    decide(stack, sandbox, "rejected", "Rejected: not this order.")
                case "refresh":
                    refresh(stack, sandbox)
                case _:
                    down(stack, sandbox)
    except (QuickstartError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except SystemExit as end:
        print("interrupted; run the command again, or `make down` to remove everything", file=sys.stderr)
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
