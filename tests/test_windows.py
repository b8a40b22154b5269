"""What runs where Windows runs: the package without what only POSIX has."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT
from support.provider import Provider
from support.sandbox import Sandbox, free_port

from digicert_pulumi.certcentral import Client

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_POSIX = """
import builtins, functools, runpy, sys, types

MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
NAMES = {
    "os": set(
        "chown chroot confstr fchmod fchown fdatasync fork forkpty getegid geteuid getgid getgroups getloadavg getpgid "
        "getpgrp getpriority getresgid getresuid getsid getuid killpg lchown lockf mkfifo mknod nice openpty pathconf "
        "pipe2 posix_fadvise posix_fallocate posix_spawn pread preadv pwrite pwritev readv sched_getaffinity sendfile "
        "setegid seteuid setgid setgroups setpgid setpriority setsid setuid statvfs sync sysconf tcgetpgrp uname wait "
        "wait3 wait4 waitid writev O_ASYNC O_CLOEXEC O_DIRECTORY O_DSYNC O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_SYNC "
        "WNOHANG WIFEXITED WEXITSTATUS WIFSIGNALED WTERMSIG EX_OK".split()
    ),
    "signal": set(
        "SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGPROF SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1 "
        "SIGUSR2 SIGWINCH alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigwait "
        "sigtimedwait".split()
    ),
    "socket": set("AF_UNIX socketpair SO_REUSEPORT recv_fds send_fds sethostname".split()),
    "select": set("poll epoll kqueue devpoll".split()),
    "time": set("clock_settime pthread_getcpuclockid tzset".split()),
}

class Without(types.ModuleType):
    def __init__(self, module, hidden):
        super().__init__(module.__name__)
        self.module, self.hidden = module, hidden
    def __getattr__(self, name):
        if name in self.hidden:
            raise AttributeError(f"{self.module.__name__} has no {name} on Windows")
        return getattr(self.module, name)

original = builtins.__import__
hide = functools.cache(lambda name: Without(original(name), NAMES[name]))

def without_posix(name, globals=None, locals=None, fromlist=(), level=0):
    if globals and str(globals.get("__name__")).startswith(("digicert_pulumi", "__main__")):
        if name in MODULES:
            raise ModuleNotFoundError(f"there is no {name} on Windows", name=name)
        if name in NAMES:
            return hide(name)
    return original(name, globals, locals, fromlist, level)

def refuse(*_):
    raise NotImplementedError

import asyncio
asyncio.SelectorEventLoop.add_signal_handler = asyncio.SelectorEventLoop.add_reader = refuse
builtins.__import__ = without_posix
"""
"""What our own modules get to see: no module, name or loop method that Windows lacks. Libraries see all, since theirs
is a Windows of their own."""

RUN = "module = sys.argv.pop(1); runpy.run_module(module, run_name='__main__', alter_sys=True)"


def windows(module: str, *arguments: str) -> list[str]:
    """Give the command line of a module that sees no POSIX."""
    return [sys.executable, "-u", "-c", WITHOUT_POSIX + RUN, module, *arguments]


def test_the_test_hides_what_it_says() -> None:
    for line in ("import fcntl", "import os; os.pread", "from signal import SIGKILL"):
        script = f"exec({line!r}, {{'__name__': 'digicert_pulumi.x', '__builtins__': builtins}})"
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_POSIX + script], capture_output=True, check=False
        )
        assert done.returncode == 1, line


def test_an_order_is_shown_revoked_and_read(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        settings = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}
        log = {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(tmp_path / "log"), "PYTHONUTF8": "0"}
        with Provider(settings, log, windows("pulumi.dynamic")) as provider:
            inputs, failures = provider.check({"orderId": 100000001, "comments": "Key leaked."})
            assert failures == []
            state = provider.create(inputs)
            assert state["status"] == "pending"
            assert provider.read("100000001", state)[1]["status"] == "pending"
            assert provider.lines == []
    assert "PUT /order/certificate/100000001/revoke: 201" in (tmp_path / "log").read_text()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": f"/bin{os.pathsep}/usr/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "ascii:strict",
    }


def test_the_command_line_runs_and_shows_what_the_terminal_cannot(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with Sandbox(tmp_path) as sandbox:
        Client(sandbox.user_key, sandbox.base_url).revoke_order(100000001, comments="Key leaked.")
        found = {"DIGICERT_API_KEY": sandbox.user_key, "DIGICERT_BASE_URL": sandbox.base_url}
        for command in (["import", "100000001", "--name", "bücher"], ["doctor"]):
            done = subprocess.run(
                windows("digicert_pulumi.cli", *command),
                env={**environment, **found},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Traceback" not in done.stderr
            assert command[0] == "doctor" or "b\\xfccher" in done.stdout, done


def test_the_sandbox_serves_and_stops(tmp_path: Path, environment: dict[str, str]) -> None:
    options = ["--port", str(free_port()), "--state", str(tmp_path / "state.db")]
    keys = {"CERTCENTRAL_SANDBOX_ADMIN_KEY": "admin-key", "CERTCENTRAL_SANDBOX_USER_KEY": "user-key"}
    with subprocess.Popen(
        windows("certcentral_sandbox", *options),
        env={**environment, **keys},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip().removeprefix("CertCentral sandbox: ")
            assert Client("user-key", url).get_order(100000001).id == 100000001
        finally:
            process.terminate()
        assert process.wait(60) == 0
